"""Fuzz targets of the formats of corpora: packed files, tables, JSON, XML, catalogs, subtitles."""

from __future__ import annotations

import bz2
import contextlib
import csv
import datetime
import functools
import gzip
import io
import itertools
import logging
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st

from malgil.common.encoding import detect_codec, open_text
from malgil.common.errors import UserError
from malgil.common.text_lines import decode_lines
from malgil.preprocessing.corpus.download.archive import check_archive
from malgil.preprocessing.corpus.formats.archive import unpack
from malgil.preprocessing.corpus.formats.base import PairOrReason
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.byte_source import ByteSource
from malgil.preprocessing.corpus.formats.catalogs.accelerators import remove_accelerators
from malgil.preprocessing.corpus.formats.delimited import sniff_delimiter
from malgil.preprocessing.corpus.formats.detection import detect_format
from malgil.preprocessing.corpus.formats.document_kinds import document_kind
from malgil.preprocessing.corpus.formats.file_languages import split_path_language
from malgil.preprocessing.corpus.formats.json_events import json_events
from malgil.preprocessing.corpus.formats.json_text import JsonText
from malgil.preprocessing.corpus.formats.language_names import language_code, match_rank
from malgil.preprocessing.corpus.formats.markup.character_repair import RepairedText
from malgil.preprocessing.corpus.formats.paired_files import belong_together, parse_together
from malgil.preprocessing.corpus.formats.parallel import split_language
from malgil.preprocessing.corpus.formats.quotation_marks import are_cells_quoted
from malgil.preprocessing.corpus.formats.quoted_cells import read_quoted_rows, split_cells
from malgil.preprocessing.corpus.formats.reader import open_corpus_files
from malgil.preprocessing.corpus.formats.text_signatures import (
    json_format,
    text_format,
    xml_format,
)
from malgil.preprocessing.corpus.formats.workbooks.number_format import shown_text
from malgil.preprocessing.text.glossary_file import read_glossary
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings
from tests.fuzz.mutation import mutated
from tests.fuzz.target import target
from tests.preprocessing.corpus.formats.writers import excel_parts, tmx, xlsx, zipped

DATA = DataSettings()
_PAIRS = (
    ("안녕하세요.", "Hello."),
    ('그는 "네"라고 했다.', 'He said, "Yes."'),
    ("A & B는 1,000원, 3 < 4", "A & B cost 1,000 won, 3 < 4"),
    ("저는 학생이에요.", "I am a student."),
)
_MAX_ROWS = 20_000


class _SlowBytes(io.BytesIO):
    """Bytes of which a read returns one to seven, as a pipe may."""

    def read(self, size: int | None = -1, /) -> bytes:
        most = 1 + self.tell() % 7
        return super().read(most if size is None or size < 0 else min(size, most))


def _source(content: bytes, name: str, is_slow: bool = False) -> ByteSource:
    if is_slow:
        return ByteSource(Path(name), lambda: _SlowBytes(content), layers=("slow",))
    return ByteSource(Path(name), lambda: io.BytesIO(content))


def _checked(rows: Iterable[PairOrReason]) -> list[PairOrReason]:
    """Return the first rows, which must be reasons or pairs of text that can be written."""
    found = list(itertools.islice(rows, _MAX_ROWS))
    for row in found:
        if not isinstance(row, str):
            source, target_text = row
            normalize(source).encode("utf-8")
            normalize(target_text).encode("utf-8")
    return found


def _outcome(read: Callable[[], Any]) -> Any:
    """Return what a reader returns, or the message with which it refuses the input."""
    try:
        return read()
    except UserError as error:
        # Which of two damaged files is read first, and the line in it, depend on the pieces.
        return re.sub(r"'\w+\.\w+'|near line [\d,]+", "…", str(error))


def _read(contents: Sequence[bytes], names: Sequence[str], is_slow: bool) -> list[PairOrReason]:
    with ExitStack() as stack:
        files = [
            detect_format(_source(content, name, is_slow), DATA)
            for content, name in zip(contents, names, strict=True)
        ]
        if len(files) == 1:
            return _checked(files[0].parse(DATA, stack).rows)
        if not belong_together(files[0], files[1], DATA):
            return []
        return _checked(parse_together(files[0], files[1], DATA, stack).rows)


def _same_in_pieces(*contents: bytes, names: Sequence[str] = ("file",)) -> list[PairOrReason]:
    """Check that read files, at once and in small pieces: the rows are the same."""
    whole = _outcome(lambda: _read(contents, names, is_slow=False))
    in_pieces = _outcome(lambda: _read(contents, names, is_slow=True))
    assert whole == in_pieces, (whole, in_pieces)
    return [] if isinstance(whole, str) else whole


def _encoded(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


def _rows(between: str) -> str:
    return "".join(between.join(pair) + "\n" for pair in _PAIRS)


def _csv(**options: Any) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, **options).writerows([("한국어", "영어"), *_PAIRS])
    return file.getvalue()


_TSV = _encoded(_rows("\t"), "ko\ten\n" + _rows("\t"), _csv(delimiter="\t", quoting=csv.QUOTE_ALL))


@target(
    lambda: mutated(
        [*_TSV, _rows("\t").encode("utf-16"), _rows("\t").encode("cp949")], [b"\t", b'"', b'""']
    )
)
def tab_separated(content: bytes) -> None:
    _same_in_pieces(content)


@target(
    lambda: mutated(
        [
            *_encoded(_csv(), _csv(delimiter=";", quoting=csv.QUOTE_ALL), _csv(delimiter="|")),
            b"id,source,target,split\r\n1,\xea\xb0\x80.,Go.,train\r\n2,\xec\x99\x80.,Come.,test\r\n",
        ],
        [b",", b'"', b'""', b";", b"|", b"\r\n"],
    )
)
def comma_separated(content: bytes) -> None:
    _same_in_pieces(content)


_JSON = _encoded(
    '[{"ko": "안녕", "en": "Hello"}, {"ko": "네", "en": "\\u00e9\\ud83d\\ude00"}]',
    '{"data": [{"원문": "가요.", "번역문": "Go.", "n": 1.5e3, "ok": true, "x": null}]}',
    '{"translation": {"ko": "안녕", "en": "Hello"}}\n{"translation": {"ko": "네", "en": "Yes"}}\n',
    '[["안녕", "Hello"], ["네", "Yes"], ["가요", "Go"]]',
    '{"안녕": "Hello", "네": "Yes", "가요.": "Go."}',
    '{"greeting": {"hello": {"ko": "안녕", "en": "Hello"}, "list": ["가", "나", {"ko": "다", "en": "C"}]}}',
)
_JSON_TOKENS = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b":",
        b",",
        b"null",
        b"true",
        b"NaN",
        b"Infinity",
        b"-",
        b"1e400",
    ),
    *(
        b"\\u",
        b"\\ud800",
        b"\\udc00",
        b"\\\\",
        b'\\"',
        b'"ko":',
        b'"en":',
        b'[{"ko":"a","en":"b"},',
    ),
]


@target(lambda: mutated(_JSON, _JSON_TOKENS))
def json_corpus(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated(_JSON, _JSON_TOKENS))
def json_catalogs(content: bytes) -> None:
    _same_in_pieces(content, b'{"a": "Hello", "b": {"c": "Yes"}}', names=("ko.json", "en.json"))


@target(
    lambda: mutated([text.decode() for text in _JSON], [token.decode() for token in _JSON_TOKENS])
)
def json_pieces(text: str) -> None:
    """Check that the parser gets the same text for any size of its pieces, and the same events."""

    def whole(size: int) -> str:
        reader = JsonText(io.StringIO(text, newline=""))
        return "".join(iter(lambda: reader.readline(size), ""))

    expected = whole(1 << 20)
    for size in (1, 2, 5, 64):
        assert whole(size) == expected
    text.encode("utf-8", "surrogatepass")
    for __ in json_events(BoundedReader(JsonText(io.StringIO(text)), "'a'"), "'a'"):
        pass


_XML_TOKENS = [
    *b"< > </ /> &amp; &#0; &#xD800; &x; <![CDATA[ ]]> <!-- --> <? ?> <seg> </seg> <tuv> </g>".split(),
    *b"<source> <target> <target/> <it> <x/> <a:b> xml:lang='ko' xmlns='a' encoding='utf-16'".split(),
    b"<?xml version='1.0' encoding='undefined'?>",
    b" encoding='idna'",
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>",
    b"<g id='1'>",
]
_UNITS = [[("ko", source), ("en", translation)] for source, translation in _PAIRS]
_XLIFF = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<xliff version="1.2"><file source-language="ko" '
    'target-language="en"><body><trans-unit id="1"><source>안녕 <g id="1">A</g></source><target>'
    'Hello <g id="1">A</g></target></trans-unit><trans-unit id="2"><source>네</source><target>Yes'
    "</target></trans-unit></body></file></xliff>"
)
_XLIFF2 = (
    '<xliff version="2.0" srcLang="ko" trgLang="en" xmlns="urn:oasis:names:tc:xliff:document:2.0">'
    '<file id="f"><unit id="1"><segment><source>안녕</source><target>Hello</target></segment>'
    "<segment><source>네 <pc id='1'>A</pc></source><target>Yes</target></segment></unit></file></xliff>"
)
_LINGUIST = (
    '<?xml version="1.0"?><!DOCTYPE TS><TS version="2.1" language="en" sourcelanguage="ko">'
    "<context><name>A</name><message><source>안녕(&amp;H)</source><translation>&amp;Hello"
    '</translation></message><message numerus="yes"><source>%n개</source><translation>'
    "<numerusform>%n item</numerusform><numerusform>%n items</numerusform></translation></message>"
    "</context></TS>"
)


@target(lambda: mutated(_encoded(tmx(_UNITS), tmx(_UNITS[:1])), _XML_TOKENS))
def translation_memory(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated(_encoded(_XLIFF, _XLIFF2, _LINGUIST), _XML_TOKENS))
def xliff_and_linguist(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated([tmx(_UNITS), _LINGUIST], [token.decode() for token in _XML_TOKENS]))
def xml_repair(text: str) -> None:
    """Check that the repaired text is the same for any size of its pieces."""

    def whole(size: int) -> str:
        reader = RepairedText(io.StringIO(text, newline=""))
        return "".join(iter(lambda: reader.readline(size), ""))

    expected = whole(1 << 20)
    for size in (1, 3, 64):
        assert whole(size) == expected


_PO = (
    'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n#: a.c:1\n#, fuzzy\nmsgctxt "menu"\n'
    'msgid "열기(_O)"\nmsgstr "_Open"\n\nmsgid "%d개"\nmsgid_plural "%d개들"\nmsgstr[0] "%d item"\n'
    'msgstr[1] "%d items"\n\n#~ msgid "옛"\n#~ msgstr "old"\n'
)
_PO_TOKENS = [
    *(
        b'msgid "',
        b'msgstr "',
        b"msgstr[",
        b"msgctxt",
        b"msgid_plural",
        b'"\n"',
        b"#~ ",
        b"#| ",
        b"#, ",
    ),
    *(
        b"charset=idna\\n",
        b"charset=UTF-7",
        b"charset=",
        b"\\",
        b"\\x",
        b"\\777",
        b"nplurals=99999999",
    ),
]


@functools.cache
def _mo() -> bytes:
    import polib

    return bytes(polib.pofile(_PO).to_binary())


@target(lambda: mutated(_encoded(_PO, _PO.replace("UTF-8", "EUC-KR")), _PO_TOKENS))
def gettext_text(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated([_mo()], [b"\xde\x12\x04\x95", b"\x95\x04\x12\xde", b"\0"]))
def gettext_binary(content: bytes) -> None:
    _same_in_pieces(content)


_KEYED: dict[str, tuple[list[str], list[str], list[bytes]]] = {
    "properties": (
        ["a.b = 안녕\\\n  하세요\nc.d: 네\n# x\ne\\ f=\\uac00\ng.h=1\ni.j=2\nk.l=3\n"],
        ["a.b = Hello\nc.d: Yes\ne\\ f=Go\ng.h=1\ni.j=2\nk.l=3\n"],
        [b"\\", b"\\u", b"\\uD800", b"=", b":", b"#", b"!", b"\\\n"],
    ),
    "strings": (
        ['/* 인사 */\n"hello" = "안녕 \\U0001F600 \\"네\\"";\n"yes" = "네";\nkey = "값";\n'],
        ['"hello" = "Hello";\n"yes" = "Yes";\nkey = "value";\n'],
        [b"/*", b"*/", b"//", b'"', b"\\U", b"\\Ud800", b"\\", b";", b"=", b"\\012"],
    ),
    "xml": (
        [
            '<resources><string name="a">안녕 %1$s \\\'네\\\' \\u0041</string><plurals name="p">'
            '<item quantity="other">%d개</item></plurals><string-array name="l"><item>가</item>'
            "</string-array></resources>"
        ],
        [
            '<resources><string name="a">Hello %1$s</string><plurals name="p"><item quantity="one">'
            '%d item</item><item quantity="other">%d items</item></plurals><string-array name="l">'
            "<item>A</item></string-array></resources>"
        ],
        [*_XML_TOKENS, b"\\u", b"\\'", b"@string/a", b"<xliff:g>"],
    ),
    "resx": (
        ['<root><data name="a" xml:space="preserve"><value>안녕</value></data><data name="b"><value>네</value></data></root>'],
        ['<root><data name="a"><value>Hello</value></data><data name="b"><value>Yes</value></data></root>'],
        [*_XML_TOKENS, b"<value>", b'type="x"'],
    ),
    "yml": (
        ["ko:\n  a: 안녕\n  b:\n    - 가\n    - \"네\\u0041\"\n  c: |\n    여러\n    줄\n  d: &x 값\n  e: *x\n"],
        ["en:\n  a: Hello\n  b:\n    - A\n    - 'Yes'\n  c: >\n    many\n    lines\n  d: value\n  e: 1\n"],
        [b"&a ", b"*a", b"!!python/object:os.system", b"---", b"...", b"{", b"[", b"? ", b"<<: ", b"|", b">", b"%YAML 9.9", b"!!binary", b": ", b"- "],
    ),
    "po": ([_PO.replace("Language: en", "Language: ko")], [_PO], _PO_TOKENS),
    "srt": (
        ["1\n00:00:01,000 --> 00:00:02,500\n안녕 <i>네</i>\n\n2\n00:00:03,000 --> 00:00:04,000\n- 가요.\n- 네.\n"],
        ["1\n00:00:01,100 --> 00:00:02,400\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\n- Go.\n- Yes.\n"],
        [b" --> ", b"99:59:59,999", b"00:00:00,000", b"{\\an8}", b"<i>", b"- ", b"\n\n"],
    ),
    "vtt": (
        ["WEBVTT\n\nNOTE x\n\nSTYLE\n::cue{}\n\na\n00:01.000 --> 00:02.000 align:start\n<v A>안녕</v>\n\n00:03.000 --> 00:04.000\n네 &amp; <00:03.500>가\n"],
        ["WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n\n00:03.000 --> 00:04.000\nYes\n"],
        [b" --> ", b"99999999:00:00.000", b"<v ", b"&", b"NOTE", b"REGION", b"<c.a.b>", b"\n\n"],
    ),
    "txt": (
        ["".join(source + "\n" for source, _text in _PAIRS)],
        ["".join(text + "\n" for _source, text in _PAIRS)],
        [b"\n", b"\r", b"\r\n", b"\n\n", b"\t"],
    ),
}  # fmt: skip


def _keyed_target(kind: str) -> None:
    sources, translations, tokens = _KEYED[kind]

    def check(contents: tuple[bytes, bytes]) -> None:
        names = ("a_ko.xml", "a.xml") if kind in ("xml", "resx") else (f"ko.{kind}", f"en.{kind}")
        _same_in_pieces(*contents, names=names)

    check.__name__ = f"{kind}_files"
    target(
        lambda: st.tuples(
            mutated(_encoded(*sources), tokens), mutated(_encoded(*translations), tokens, edits=2)
        )
    )(check)


for _kind in _KEYED:
    _keyed_target(_kind)


@functools.cache
def _workbook_parts() -> dict[str, str]:
    parts = excel_parts([("한국어", "영어"), *_PAIRS])
    with zipfile.ZipFile(io.BytesIO(xlsx({"a": [["ko", "en"], *_PAIRS, [1.5, 2]]}))) as book:
        own = {name: book.read(name).decode() for name in book.namelist()}
    return {
        **{f"excel:{name}": text for name, text in parts.items()},
        **{f"openpyxl:{name}": text for name, text in own.items()},
    }


_SHEET_TOKENS = [
    *(
        "<c",
        "</c>",
        '<c r="A1">',
        '<c r="XFD1048576">',
        '<c r="ZZZZ9">',
        't="s"',
        't="b"',
        't="e"',
        't="d"',
        't="inlineStr"',
    ),
    *(
        "<v>",
        "</v>",
        "<v>99999999</v>",
        "<v>-1</v>",
        "<v>1e999</v>",
        "<si/>",
        "<t>",
        "<r><t>",
        "<rPh>",
        "<mergeCell ref='A1:XFD1048576'/>",
    ),
    *(
        'hidden="1"',
        'r="0"',
        'r="-5"',
        'r="99999999999"',
        "<f>A1</f>",
        's="999"',
        'count="4294967295"',
        "<dimension ref='A1:ZZ99'/>",
    ),
    *(
        'numFmtId="14"',
        'formatCode="[h]:mm"',
        'Target="../../etc/passwd"',
        "<!DOCTYPE a [<!ENTITY b 'c'>]>&b;",
        'state="veryHidden"',
    ),
]


@target(
    lambda: st.sampled_from(sorted(_workbook_parts())).flatmap(
        lambda name: st.tuples(st.just(name), mutated([_workbook_parts()[name]], _SHEET_TOKENS))
    )
)
def workbook(changed: tuple[str, str]) -> None:
    """Check that a workbook with one changed part is read, or refused."""
    name, text = changed
    maker = name.partition(":")[0]
    parts = {
        key.partition(":")[2]: text if key == name else part
        for key, part in _workbook_parts().items()
        if key.startswith(f"{maker}:")
    }
    content = zipped({key: part.encode("utf-8", "surrogatepass") for key, part in parts.items()})
    _read([content], ["a.xlsx"], is_slow=False)


_CODES = [
    *(
        '#,##0"원"',
        "0.00%",
        'yyyy"년" m"월" d"일"',
        "[h]:mm:ss",
        "[$₩-412]#,##0;[Red]-0",
        "m/d/yy h:mm AM/PM",
    ),
    *(
        "General",
        "@",
        "0.00E+00",
        "# ?/?",
        "_(* #,##0_)",
        "[$-412]yyyy-mm-dd dddd",
        "aaa",
        "ss.000",
        "[mm]",
    ),
]
_VALUES = [0, -1, 1.5, 1e300, -1e-300, float("inf"), float("nan"), 10**400, True, 2958465.99, -0.0]


@target(
    lambda: st.tuples(
        mutated(
            _CODES,
            [
                '"',
                "\\",
                "[",
                "]",
                ";",
                "0",
                "#",
                "?",
                ".",
                ",",
                "%",
                "E+",
                "y",
                "m",
                "d",
                "h",
                "s",
                "A/P",
                "*",
                "_",
            ],
        ),
        st.integers(0, len(_VALUES) - 1),
    )
)
def number_format(example: tuple[str, int]) -> None:
    """Check that a number and a date are shown with any format."""
    code, index = example
    value = _VALUES[index]
    assert isinstance(shown_text(value, code), str)
    moments: tuple[Any, ...] = (
        *(datetime.datetime.max, datetime.datetime.min, datetime.date(2024, 2, 29)),
        *(
            datetime.time(23, 59, 59, 999999),
            datetime.timedelta.max,
            datetime.timedelta(days=-1, seconds=1),
        ),
    )
    assert isinstance(shown_text(moments[index % len(moments)], code), str)


@functools.cache
def _archives() -> list[bytes]:
    content = _rows("\t").encode()
    texts = {
        "a.ko": b"".join(s.encode() + b"\n" for s, _ in _PAIRS),
        "a.en": b"".join(t.encode() + b"\n" for _, t in _PAIRS),
    }
    archives = [zipped({"README": "x", "train.tsv": content}), zipped(texts)]
    for mode in ("w", "w:gz"):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode=mode) as archive:
            for name, member in texts.items():
                info = tarfile.TarInfo("가" * 120 + name)
                info.size = len(member)
                archive.addfile(info, io.BytesIO(member))
        archives.append(file.getvalue())
    packed = [gzip.compress(content, mtime=0), bz2.compress(content), lzma.compress(content)]
    return [*archives, *packed, gzip.compress(archives[0], mtime=0), zipped({"b.zip": archives[1]})]


_ARCHIVE_TOKENS = [
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"ustar",
    b"../../x",
    b"L",
    b"x",
    b"\x1f\x8b\x08",
    b"BZh9",
    b"\xfd7zXZ\0",
]


@target(lambda: mutated(_archives(), _ARCHIVE_TOKENS))
def packed_files(content: bytes) -> None:
    with ExitStack() as stack:
        for source in unpack(_source(content, "a"), stack):
            with contextlib.suppress(UserError):
                _checked(detect_format(source, DATA).parse(DATA, stack).rows)


@target(lambda: mutated(_archives(), _ARCHIVE_TOKENS))
def corpus_file(content: bytes) -> None:
    Path("파일").write_bytes(content)
    for file in open_corpus_files(["파일"], DATA):
        _checked(file.rows)


@target(lambda: mutated(_archives(), _ARCHIVE_TOKENS))
def downloaded_archive(content: bytes) -> None:
    Path("download").write_bytes(content)
    for name in ("a.zip", "a.gz", "a.tar.gz"):
        with contextlib.suppress(UserError):
            check_archive(Path("download"), name)


_TEXT_LINES = [
    "안녕\nHello\r\nthird\rstill third\n".encode(codec)
    for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp949")
]


@target(lambda: mutated(_TEXT_LINES, [b"\n", b"\r", b"\r\n", b"\n\0", b"\0\n", b"\x85"]))
def encoding_and_lines(content: bytes) -> None:
    """Check that the lines hold all of a text in UTF-8, and are the same in pieces."""
    lines = _outcome(lambda: list(decode_lines(io.BytesIO(content), "a")))
    if isinstance(lines, list):
        assert not any("\n" in line for line in lines)
    codec = detect_codec(content, is_whole=True)

    def text(size: int) -> str:
        file = open_text(io.BytesIO(content), codec, newline="")
        cast(Any, file)._CHUNK_SIZE = size
        try:
            return file.read() if size > 100 else "".join(iter(lambda: file.read(size), ""))
        except UnicodeDecodeError as error:
            return error.reason

    assert text(1 << 20) == text(3)


_LINES = [
    text.decode() for text in (*_TSV, *_encoded(_csv(), _csv(delimiter=";", quoting=csv.QUOTE_ALL)))
]


@target(
    lambda: st.tuples(mutated(_LINES, ["\t", '"', '""', ",", ";", "\n"]), st.sampled_from("\t,;|"))
)
def quoted_cells(example: tuple[str, str]) -> None:
    """Check that a row has cells, and no line is endless."""
    text, delimiter = example
    lines = text.split("\n")
    for line in lines[:100]:
        assert split_cells(line, delimiter)
    for __ in read_quoted_rows(lines, delimiter, "'a'"):
        pass
    are_cells_quoted(lines, "'a'")
    sniff_delimiter(lines, lambda cells: False, "'a'")


_NAMES = [
    "한국어",
    "source_text",
    "en-US",
    "zh_Hant_TW",
    "target (English)",
    "번역문",
    "corpus/ko/a.en.txt",
    "values-ko-rKR/strings.xml",
    "train.ko",
    "sr@latin",
]


@target(lambda: mutated(_NAMES, ["_", "-", ".", "/", "\\", "ko", "en", "(", "@", " ", "values-"]))
def language_names(name: str) -> None:
    assert isinstance(language_code(name), str)
    for language, side in (("ko", "source"), ("en", "target")):
        for allows_spaces in (False, True):
            match_rank(name, language, side, allows_spaces)
    split_path_language(name)
    split_language(name)


@target(
    lambda: mutated(
        [text.decode() for text in (*_JSON, *_encoded(tmx(_UNITS), _PO))]
        + [part for texts, _, _ in _KEYED.values() for part in texts],
        ["<", "{", "[", '"', "msgid ", " = ", "-->", "WEBVTT", "<?xml", "/*", "*/"],
    )
)
def signatures(text: str) -> None:
    for name in ("a.yml", "a.properties", "a"):
        text_format(text, name)
    xml_format(text)
    json_format(text, is_whole=len(text) % 2 == 0)
    document_kind(text.encode("utf-8", "surrogatepass"), "a.docx")


@target(
    lambda: st.tuples(
        mutated(["열기(_O)…", "파일(&F)", "~저장"], ["&", "_", "(", ")"]),
        mutated(["_Open…", "&File", "~Save"], ["&", "_"]),
    )
)
def accelerators(pair: tuple[str, str]) -> None:
    remove_accelerators(*pair)


@target(
    lambda: mutated(
        [
            *_encoded(
                "서울\tSeoul\n# x\n부산\tBusan | Pusan\n",
                "원어,번역\n서울,Seoul\n",
                '"서울"\t"Se""oul"\n',
            ),
            xlsx({"a": [["한국어", "영어"], ["서울", "Seoul"]], "b": [["부산", "Busan"]]}),
        ],
        [b"\t", b"|", b"#", b'"', b",", b"PK\x03\x04"],
    )
)
def glossary_file(content: bytes) -> None:
    Path("terms.csv").write_bytes(content)
    logging.disable(logging.WARNING)
    try:
        glossary = read_glossary("terms.csv", DATA)
        list(glossary.find("서울에서 부산까지 Seoul"))
    finally:
        logging.disable(logging.NOTSET)
