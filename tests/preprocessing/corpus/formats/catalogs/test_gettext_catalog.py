"""PO files, and MO files that msgfmt and Python compile."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.preprocessing.corpus.formats.conftest import FileReader

Mistake = Callable[..., str]
HEADER = (
    'msgid ""\nmsgstr ""\n"Project-Id-Version: x\\n"\n"Language: {language}\\n"\n'
    '"Content-Type: text/plain; charset={charset}\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)
ENTRIES = (
    '# a comment\n#. for translators\n#: main.c:12\n#, c-format\nmsgid "Open %s"\n'
    'msgstr "%s 열기"\n\nmsgctxt "verb"\nmsgid "Open"\nmsgstr "열기"\n\n'
    'msgctxt "adjective"\nmsgid "Open"\nmsgstr "열림"\n\n'
    '#, fuzzy\n#| msgid "Shut"\nmsgid "Close"\nmsgstr "닫기"\n\n'
    'msgid "%d file"\nmsgid_plural "%d files"\nmsgstr[0] "파일 %d개"\n\n'
    'msgid "Untranslated"\nmsgstr ""\n\n'
    'msgid ""\n"Two \\"lines\\"\\n"\n"of text"\nmsgstr ""\n"두 \\"줄\\"의\\n"\n"글"\n\n'
    '#~ msgid "Old"\n#~ msgstr "옛"\n'
)
PAIRS = [
    ("%s 열기", "Open %s"),
    ("열기", "Open"),
    ("열림", "Open"),
    ('두 "줄"의 글', 'Two "lines" of text'),
]


def po(entries: str = ENTRIES, language: str = "ko", charset: str = "UTF-8") -> str:
    return HEADER.format(language=language, charset=charset) + entries


class TestPo:
    @pytest.mark.parametrize("language", ["ko", "ko_KR", ""])
    def test_entries(self, language: str, read_file: FileReader) -> None:
        corpus = read_file(po(language=language))
        assert corpus.pairs == PAIRS
        assert corpus.left_out == {
            "not reviewed or fuzzy": 1,
            "with plural forms": 1,
            "not translated": 1,
            "obsolete": 1,
        }
        assert corpus.summary().endswith("file0 detected as PO, msgid and msgstr")

    def test_english_to_korean(self, read_file: FileReader) -> None:
        corpus = read_file(po(), source_language="en", target_language="ko")
        assert corpus.pairs == [(english, korean) for korean, english in PAIRS]

    def test_korean_msgids(self, read_file: FileReader) -> None:
        content = po('msgid "열기"\nmsgstr "Open"\n\nmsgid "닫기"\nmsgstr "Close"\n', "en")
        assert read_file(content).pairs == [("열기", "Open"), ("닫기", "Close")]

    @pytest.mark.parametrize("codec", ["euc-kr", "cp949", "utf-16"])
    def test_encodings(self, codec: str, read_file: FileReader) -> None:
        assert read_file(po(charset=codec).encode(codec)).pairs == PAIRS

    def test_an_encoding_that_only_the_header_declares(self, read_file: FileReader) -> None:
        content = po('msgid "Seen"\nmsgstr "Déjà vu"\n', "fr", "ISO-8859-1").encode("latin-1")
        assert read_file(content, source_language="fr").pairs == [("Déjà vu", "Seen")]

    def test_line_separators_within_texts(self, read_file: FileReader) -> None:
        content = po('msgid "a\u2028b"\nmsgstr "가\x85나"\n')
        assert read_file(content).pairs == [("가 나", "a b")]

    def test_two_languages_by_msgid(self, read_file: FileReader) -> None:
        korean = po('msgid "app.open"\nmsgstr "열기"\n\nmsgid "app.only"\nmsgstr "하나"\n')
        english = po('msgid "app.open"\nmsgstr "Open"\n', "en_GB")
        corpus = read_file(english, korean, names=("en.po", "ko.po"))
        assert (corpus.pairs, corpus.left_out) == ([("열기", "Open")], {"without en": 1})

    def test_two_files_of_one_language(self, read_file: FileReader) -> None:
        assert read_file(po(), po()).pairs == PAIRS * 2


class TestMo:
    @pytest.mark.skipif(not shutil.which("msgfmt"), reason="needs msgfmt")
    def test_compiled_by_msgfmt(self, read_file: FileReader, tmp_path: Path) -> None:
        path = tmp_path / "a.po"
        path.write_text(po(), encoding="utf-8")
        subprocess.run(["msgfmt", "-o", "a.mo", "a.po"], cwd=tmp_path, check=True)
        corpus = read_file((tmp_path / "a.mo").read_bytes())
        assert sorted(corpus.pairs) == sorted(PAIRS)
        assert corpus.left_out == {"with plural forms": 1}

    @pytest.mark.parametrize("order", ["<", ">"])
    def test_both_byte_orders(self, order: str, read_file: FileReader) -> None:
        header = HEADER.format(language="ko", charset="UTF-8").split('msgstr ""\n')[1]
        header = "".join(line.strip('"').replace("\\n", "\n") for line in header.splitlines())
        assert read_file(mo({"": header, "Open": "열기"}, order)).pairs == [("열기", "Open")]

    def test_texts_that_overlap(self, mistake: Mistake) -> None:
        """Refuse a file whose entries all are the same large text."""
        count, text = 1000, b"a" * 10_000 + b"\0"
        start = 28 + 16 * count
        table = struct.pack("<2I", len(text) - 1, start) * count
        head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
        assert "is not a valid gettext catalog: its texts overlap." in mistake(
            head + table * 2 + text
        )

    @pytest.mark.parametrize("size", [4, 12, 27, 40, 60])
    def test_incomplete(self, size: int, mistake: Mistake) -> None:
        assert "is not a valid gettext catalog" in mistake(mo({"a": "가", "b": "나"})[:size])


def mo(texts: dict[str, str], order: str = "<") -> bytes:
    """Return an MO file, as the manual of gettext describes it."""
    pairs = [(key.encode(), text.encode()) for key, text in sorted(texts.items())]
    tables, content, start = [b"", b""], b"", 28 + 16 * len(pairs)
    for side in (0, 1):
        for pair in pairs:
            tables[side] += struct.pack(f"{order}2I", len(pair[side]), start + len(content))
            content += pair[side] + b"\0"
    size = 28 + 8 * len(pairs)
    head = struct.pack(f"{order}7I", 0x950412DE, 0, len(pairs), 28, size, 0, start)
    return head + tables[0] + tables[1] + content


class TestRefused:
    def test_keys_instead_of_texts(self, mistake: Mistake) -> None:
        content = po("".join(f'msgid "app.key{n}"\nmsgstr "글 {n}"\n\n' for n in range(5)))
        assert "has keys instead of texts as msgid." in mistake(content)

    def test_another_language(self, mistake: Mistake) -> None:
        message = mistake(po('msgid "Open"\nmsgstr "Ouvrir"\n', "fr"))
        assert "(1 in en and fr)" in message

    def test_damage(self, mistake: Mistake) -> None:
        assert "is not a valid gettext catalog" in mistake(
            po('msgid "a"\nmsgstr "b"\nmsgfoo "c"\n')
        )
