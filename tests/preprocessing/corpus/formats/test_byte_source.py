"""Compressed files, and the one-line errors for damaged ones."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.byte_source import ByteSource
from malgil.preprocessing.corpus.reader import read_corpus
from malgil.settings import DataSettings
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import PAIRS, READ, csv_text, lines, xlsx

Mistake = Callable[..., str]
CONTENT = csv_text([("ko", "en"), *PAIRS]).encode()
COMPRESSIONS = [("gzip", gzip.compress), ("xz", lzma.compress), ("bzip2", bz2.compress)]


@pytest.mark.parametrize(("name", "compress"), COMPRESSIONS)
class TestCompressions:
    def test_read(
        self, name: str, compress: Callable[[bytes], bytes], read_file: FileReader
    ) -> None:
        for codec in ("utf-8", "utf-16", "cp949"):
            corpus = read_file(compress(CONTENT.decode().encode(codec)))
            assert corpus.pairs == READ
            assert corpus.summary().startswith(f"5 pairs; file0 detected as {name}, CSV, ")

    def test_a_plain_table_is_described_too(
        self, name: str, compress: Callable[[bytes], bytes], read_file: FileReader
    ) -> None:
        assert read_file(compress(b"a\tb\n")).summary() == f"1 pair; file0 detected as {name}, TSV"

    def test_cut(self, name: str, compress: Callable[[bytes], bytes], mistake: Mistake) -> None:
        content = compress(CONTENT * 2000)
        for part in (content[: len(content) // 2], content[:-5], content[:20]):
            message = mistake(part)
            assert message.startswith("'file0' is damaged or incomplete: ")
            assert message.endswith("Get the file again.")

    def test_nothing_in_it(
        self, name: str, compress: Callable[[bytes], bytes], mistake: Mistake
    ) -> None:
        assert "'file0' is empty." in mistake(compress(b""))

    def test_a_changed_bit(
        self, name: str, compress: Callable[[bytes], bytes], mistake: Mistake
    ) -> None:
        content = bytearray(compress(lines((f"가{n}", f"a{n * n}") for n in range(3000)).encode()))
        content[len(content) // 2] ^= 4
        assert "is damaged or incomplete" in mistake(bytes(content))


def test_several_files_in_one(read_file: FileReader) -> None:
    content = gzip.compress("가\ta\n".encode()) + gzip.compress("나\tb\n".encode())
    assert read_file(content).pairs == [("가", "a"), ("나", "b")]


def test_twice_compressed(read_file: FileReader) -> None:
    corpus = read_file(lzma.compress(gzip.compress("가\ta\n".encode())))
    assert corpus.summary() == "1 pair; file0 detected as xz, gzip, TSV"


def test_a_pipe_is_read_once(tmp_path: Path, read_file: FileReader) -> None:
    """Read a pipe, as in `--input <(zcat …)`."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names here")
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(CONTENT))
    writer.start()
    assert read_corpus([tmp_path / "pipe"], DataSettings()).pairs == READ
    writer.join()


class TestTemporaryFiles:
    """A workbook in an archive is copied to a temporary file."""

    @pytest.fixture
    def packed(self) -> bytes:
        """Return a workbook in a gzip file."""
        return gzip.compress(xlsx({"s": [["ko", "en"], ["가", "a"]]}))

    def test_a_folder_that_is_missing(
        self, packed: bytes, mistake: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = str(tmp_path / "gone")
        monkeypatch.setattr(tempfile, "tempdir", folder)
        assert f"cannot write {folder!r}: No such file or directory." in mistake(packed)

    def test_no_folder_at_all(
        self, packed: bytes, mistake: Mistake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail() -> str:
            raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

        monkeypatch.setattr(tempfile, "gettempdir", fail)
        assert mistake(packed) == (
            "cannot create a temporary file: No usable temporary directory found. Free some space, "
            "or set TMPDIR to a folder that you may write to."
        )

    def test_a_full_disk(
        self, packed: bytes, mistake: Mistake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Full(io.BytesIO):
            def write(self, content: object) -> int:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(tempfile, "TemporaryFile", Full)
        message = mistake(packed)
        assert f"cannot write {tempfile.gettempdir()!r}: No space left on device." in message


def test_a_device() -> None:
    with pytest.raises(UserError, match="is a device. Name a file of sentence pairs."):
        read_corpus(["/dev/zero"], DataSettings())


def test_names() -> None:
    source = ByteSource(Path("a/b.zip"), lambda: None)
    assert (source.name, source.base_name) == ("'a/b.zip'", "b.zip")
    member = source.unpacked("zip", lambda: None, "x\\y/z.ko")
    assert (member.name, member.base_name) == ("'x\\\\y/z.ko' in 'a/b.zip'", "z.ko")
    assert member.unpacked("gzip", lambda: None).layers == ("zip", "gzip")
