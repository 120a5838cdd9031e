"""zip and tar: their members are read, and nothing is unpacked to a folder."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats import reading_budget
from malgil.preprocessing.corpus.formats.byte_source import ByteSource
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import (
    PAIRS,
    large_dictionaries,
    lines,
    tarred,
    zipped,
)

Mistake = Callable[..., str]
TABLE = lines(PAIRS[4:])
KOREAN, ENGLISH = "가.\n나.\n", "a.\nb.\n"
BOTH = [("가.", "a."), ("나.", "b.")]


class TestWhatIsRead:
    def test_moses_as_opus_ships_it(self, read_file: FileReader) -> None:
        content = zipped(
            {
                "README": "A corpus.\n" * 9,
                "LICENSE": "x\ty\n" * 9,
                "QED.en-ko.en": ENGLISH,
                "QED.en-ko.ko": KOREAN,
                "QED.en-ko.ids": "en/1.xml\tko/1.xml\t1\t1\n" * 2,
                "QED.en-ko.xml": "<?xml version='1.0'?><cesAlign/>",
            }
        )
        corpus = read_file(content, names=("en-ko.txt.zip",))
        assert corpus.pairs == BOTH
        assert corpus.summary() == (
            "2 pairs; en-ko.txt.zip detected as zip, parallel texts, QED.en-ko.ko and QED.en-ko.en"
        )
        swapped = read_file(content, source_language="en", target_language="ko")
        assert swapped.pairs == [(english, korean) for korean, english in BOTH]

    def test_manythings(self, read_file: FileReader) -> None:
        table = "Go.\t가.\tCC-BY 2.0 (France) Attribution: tatoeba.org #1\n" * 3
        corpus = read_file(zipped({"_about.txt": "This\tfile\n" * 3, "kor.txt": table}))
        assert corpus.pairs == [("가.", "Go.")] * 3
        assert corpus.summary() == "3 pairs; file0 detected as zip, TSV, columns 2 and 1"

    @pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
    def test_two_texts_in_a_tar(self, mode: str, read_file: FileReader) -> None:
        members = {"park.train.en": ENGLISH * 9000, "park.train.ko": KOREAN * 9000}
        assert read_file(tarred(members, mode)).pairs == BOTH * 9000

    def test_texts_of_any_name(self, read_file: FileReader) -> None:
        assert read_file(zipped({"1.txt": ENGLISH, "2.txt": KOREAN})).pairs == BOTH

    def test_several_tables(self, read_file: FileReader) -> None:
        corpus = read_file(zipped({f"{n}.tsv": f"가{n}\ta{n}\n" for n in range(3)}))
        assert corpus.pairs == [(f"가{n}", f"a{n}") for n in range(3)]
        assert corpus.summary() == "3 pairs; 3 files in file0 detected as zip, TSV"

    def test_several_pairs_of_texts(self, read_file: FileReader) -> None:
        members = {"a/x.ko": "가\n", "a/x.en": "a\n", "b/x.ko": "나\n", "b/x.en": "b\n"}
        assert read_file(zipped(members)).pairs == [("가", "a"), ("나", "b")]

    def test_tables_go_before_texts(self, read_file: FileReader) -> None:
        members = {"words.txt": ENGLISH, "pairs.tsv": TABLE, "more.txt": KOREAN}
        assert read_file(zipped(members)).pairs == PAIRS[4:]

    def test_archives_in_archives(self, read_file: FileReader) -> None:
        content = zipped({"a.zip": zipped({"b.tar.gz": tarred({"c.tsv": TABLE})})})
        corpus = read_file(content)
        assert corpus.pairs == PAIRS[4:]
        assert "file0 detected as zip, gzip, tar, TSV" in corpus.summary()

    def test_many_members_of_a_compressed_tar_cost_few_passes(
        self, read_file: FileReader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = []
        real = ByteSource.open

        def open_counted(source: ByteSource) -> BinaryIO:
            if source.layers == ("gzip",):
                opened.append(source)
            return real(source)

        monkeypatch.setattr(ByteSource, "open", open_counted)
        members = {f"{n}.tsv": f"가{n}\ta{n}\n" for n in range(200)}
        assert len(read_file(tarred(members)).pairs) == 200
        assert len(opened) <= 3  # the detection of the tar, and two passes


class TestNames:
    def test_no_name_is_a_path(self, read_file: FileReader, tmp_path: Path) -> None:
        names = ["../evil.tsv", f"{tmp_path}/abs.tsv", "a/../../b.tsv", "x\\c.tsv"]
        for pack in (zipped, tarred):
            corpus = read_file(pack(dict.fromkeys(names, TABLE)))
            assert len(corpus.pairs) == 4
        here = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")}
        assert here == {Path("file0")}
        assert not list(tmp_path.parent.glob("*.tsv"))

    def test_links_are_ignored(self, mistake: Mistake, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text(TABLE, encoding="utf-8")
        members = {}
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"{kind!r}.tsv")
            info.type, info.linkname = kind, str(tmp_path / "secret")
            members[info.name] = info
        assert "holds no files that can be read" in mistake(tarred(members))

    def test_hidden_members_are_ignored(self, read_file: FileReader) -> None:
        members = {"__MACOSX/a.tsv": "x\ty\n", "d/.b.tsv": "x\ty\n", "d/": "", "c.tsv": TABLE}
        assert read_file(zipped(members)).pairs == PAIRS[4:]

    def test_a_member_without_a_name(self, mistake: Mistake) -> None:
        assert "holds no files that can be read" in mistake(
            zipped({"XYZ": TABLE}).replace(b"XYZ", b"\0YZ")
        )

    def test_korean_names_of_windows(self, mistake: Mistake) -> None:
        content = zipped({"XX.txt": "sentence\n"}).replace(b"XX.txt", "말.txt".encode("cp949"))
        assert "'말.txt' in 'file0'" in mistake(content)

    def test_control_characters_are_not_shown(self, mistake: Mistake) -> None:
        message = mistake(zipped({"\x1b[31mred.txt": "sentence\n"}))
        assert "\x1b" not in message and r"\x1b[31mred.txt" in message


class TestRefused:
    def test_training_and_test_in_one(self, mistake: Mistake) -> None:
        message = mistake(zipped({"x/train.tsv": TABLE, "x/test.tsv": TABLE}))
        assert "holds several corpora (train.tsv, test.tsv)" in message

    def test_parts_of_one_kind(self, read_file: FileReader) -> None:
        members = {"dev/train.1.tsv": TABLE, "dev/train.2.tsv": TABLE, "dev/latest.tsv": TABLE}
        with pytest.raises(UserError, match="holds several corpora"):
            read_file(zipped(members))
        del members["dev/latest.tsv"]
        assert len(read_file(zipped(members)).pairs) == 2

    def test_nothing_in_it(self, mistake: Mistake) -> None:
        assert "holds no files that can be read" in mistake(zipped({}))
        assert "(README, a.png)" in mistake(zipped({"README": "x", "a.png": b"\x89PNG\r\n"}))
        assert "(a, b, c)" in mistake(zipped({"a": "x\n", "b": "y\n", "c": "z\n"}))

    def test_a_single_text(self, mistake: Mistake) -> None:
        assert "'a.ko' in 'file0' holds no sentence pair" in mistake(zipped({"a.ko": KOREAN}))

    def test_a_password(self, mistake: Mistake) -> None:
        content = bytearray(zipped({"a.tsv": TABLE}))
        content[6] |= 1
        content[content.rindex(b"PK\1\2") + 8] |= 1
        assert "'file0' is protected by a password ('a.tsv')." in mistake(bytes(content))

    def test_an_unknown_method(self, mistake: Mistake) -> None:
        content = bytearray(zipped({"a.tsv": TABLE}))
        content[8] = content[content.rindex(b"PK\1\2") + 10] = 97
        assert "cannot be unpacked here: That compression method" in mistake(bytes(content))

    def test_cut(self, mistake: Mistake) -> None:
        members = {"a.ko": KOREAN * 3000, "a.en": ENGLISH * 3000}
        for content in (zipped(members), tarred(members), tarred(members, "w")):
            assert "is damaged or incomplete" in mistake(content[: len(content) // 2])
        for content in (zipped(members), tarred(members)):
            assert "is damaged or incomplete" in mistake(content[:-30])

    def test_more_after_the_end(self, mistake: Mistake, read_file: FileReader) -> None:
        content = zipped({"a.tsv": TABLE})
        assert "is damaged or incomplete: it goes on after its end" in mistake(content + b"\0x")
        assert read_file(content + bytes(512)).pairs == PAIRS[4:]

    def test_a_changed_bit(self, mistake: Mistake) -> None:
        content = bytearray(zipped({"a.tsv": TABLE * 3000}))
        content[len(content) // 3] ^= 8
        assert "'a.tsv' in 'file0' is damaged or incomplete" in mistake(bytes(content))

    def test_too_deep(self, mistake: Mistake) -> None:
        content = zipped({"a.tsv": TABLE})
        for _ in range(5):
            content = zipped({"a.zip": content})
        assert "is packed more than 4 times." in mistake(content)

    def test_too_many(self, mistake: Mistake, monkeypatch: pytest.MonkeyPatch) -> None:
        limits = reading_budget.LIMITS._replace(members=9)
        monkeypatch.setattr(reading_budget, "LIMITS", limits)
        members = {f"{n}.tsv": TABLE for n in range(10)}
        for pack in (zipped, tarred):
            assert "holds 10 files; the maximum is 9." in mistake(pack(members))

    def test_a_header_that_would_fill_the_memory(self, mistake: Mistake) -> None:
        info = tarfile.TarInfo("a.tsv")
        info.type, info.size = tarfile.XHDTYPE, 1 << 33
        header = info.tobuf(tarfile.GNU_FORMAT)
        assert "a header of more than 1,048,576 bytes" in mistake(header + bytes(4096))

    def test_a_copy_that_would_fill_the_disk(
        self, mistake: Mistake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limits = reading_budget.LIMITS._replace(unpacked_bytes=1 << 20)
        monkeypatch.setattr(reading_budget, "LIMITS", limits)
        inner = zipped({"a.tsv": TABLE}) + bytes(2 << 20)
        assert "'file0' unpacks to more than 1 MiB" in mistake(zipped({"b.zip": inner}))

    def test_a_sparse_member(self, mistake: Mistake) -> None:
        """Refuse a sparse member that claims to be a terabyte of zeros."""
        info = tarfile.TarInfo("a.tsv")
        info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1",
                            "GNU.sparse.size": str(1 << 40), "GNU.sparse.map": "0,5"}  # fmt: skip
        info.size = 5
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as packed:
            packed.addfile(info, io.BytesIO(b"a\tb\n."))
        assert "holds no files that can be read" in mistake(file.getvalue())


def test_a_zip_in_the_middle_of_a_file_is_a_zip(read_file: FileReader) -> None:
    """Leave the check of what follows the signature to zipfile."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("a.tsv", TABLE)
    assert read_file(file.getvalue()).pairs == PAIRS[4:]


def test_a_dictionary_that_would_fill_the_memory(mistake: Mistake) -> None:
    members = {"a.ko": KOREAN, "a.en": ENGLISH}
    content = zipped(members, zipfile.ZIP_LZMA)
    message = mistake(large_dictionaries(content))
    assert "'a.ko' needs a dictionary of 4,294,967,295 bytes" in message
    assert "Unpack it with another program" in message


def test_lzma_is_read(read_file: FileReader) -> None:
    content = zipped({"a.ko": KOREAN, "a.en": ENGLISH}, zipfile.ZIP_LZMA)
    assert read_file(content).pairs == BOTH


def test_a_record_of_a_tar_with_a_length_of_hundreds_of_digits(mistake: Mistake) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 405
    record = (b"9" * 400 + b" a=b\n").ljust(512, b"\0")
    content = header.tobuf(tarfile.USTAR_FORMAT) + record + tarred({"a.tsv": TABLE}, "w")
    assert "is damaged or incomplete" in mistake(content)
