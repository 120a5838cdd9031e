"""Complete archives, and damaged ones."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.download.archive import check_archive
from malgil.preprocessing.corpus.formats import reading_budget
from tests.preprocessing.corpus.formats.writers import large_dictionaries, zipped
from tests.web import tar_of, zip_of

ZIP, TAR = zip_of(1, 3000), tar_of(1, 3000)
GZIP = gzip.compress(random.Random(1).randbytes(3000))
KINDS = [("kor.zip", ZIP), ("park.tar.gz", TAR), ("park.tgz", TAR), ("text.gz", GZIP)]


def checked(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    check_archive(tmp_path / "file", name)


@pytest.mark.parametrize(("name", "content"), KINDS)
class TestKinds:
    def test_whole(self, tmp_path: Path, name: str, content: bytes) -> None:
        checked(tmp_path, name, content)

    @pytest.mark.parametrize("left", [0, 1, 10, 500, -1])
    def test_cut_short(self, tmp_path: Path, name: str, content: bytes, left: int) -> None:
        with pytest.raises(UserError, match=f"{name} is damaged or incomplete"):
            checked(tmp_path, name, content[:left])

    @pytest.mark.parametrize("place", [0, 0.3, 0.5])
    def test_one_byte_altered(
        self, tmp_path: Path, name: str, content: bytes, place: float
    ) -> None:
        at = int(len(content) * place)
        altered = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        with pytest.raises(UserError, match=f"{name} is damaged or incomplete"):
            checked(tmp_path, name, altered)

    @pytest.mark.parametrize("page", [b"<!DOCTYPE html><p>", b"\n <html lang='ko'>"])
    def test_a_web_page(self, tmp_path: Path, name: str, content: bytes, page: bytes) -> None:
        with pytest.raises(UserError, match=f"{name} is a web page"):
            checked(tmp_path, name, page + content)

    def test_one_of_the_others(self, tmp_path: Path, name: str, content: bytes) -> None:
        other = ZIP if content != ZIP else TAR
        with pytest.raises(UserError):
            checked(tmp_path, name, other)


@given(st.binary(max_size=300), st.sampled_from([name for name, _ in KINDS]), st.booleans())
def test_anything_else_is_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str, has_start: bool
) -> None:
    starts = {"kor.zip": ZIP, "text.gz": GZIP}.get(name, TAR)
    path = tmp_path_factory.getbasetemp() / "anything"
    path.write_bytes(starts[: 200 * has_start] + content)
    with pytest.raises(UserError) as caught:
        check_archive(path, name)
    assert len(str(caught.value).splitlines()) == 1


def test_other_files_are_not_checked(tmp_path: Path) -> None:
    checked(tmp_path, "pairs.tsv", b"\x00")


def test_a_tar_without_a_file(tmp_path: Path) -> None:
    content = io.BytesIO()
    tarfile.open(fileobj=content, mode="w:gz").close()
    with pytest.raises(UserError, match="it holds no file"):
        checked(tmp_path, "park.tar.gz", content.getvalue())


def test_an_archive_that_expands_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = reading_budget.LIMITS._replace(unpacked_bytes=5_000_000)
    monkeypatch.setattr(reading_budget, "LIMITS", limits)
    with pytest.raises(UserError, match="text.gz unpacks to more than 5 MiB"):
        checked(tmp_path, "text.gz", gzip.compress(bytes(10_000_000)))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("kor.txt", b"text")
        packed.writestr("eng.txt", bytes(10_000_000), zipfile.ZIP_DEFLATED)
    # What is read counts: the directory claims 4 bytes for 10,000,000.
    lying = content.getvalue().replace((10**7).to_bytes(4, "little"), (4).to_bytes(4, "little"))
    with pytest.raises(UserError, match="kor.zip is damaged or incomplete"):
        checked(tmp_path, "kor.zip", lying)
    with pytest.raises(UserError, match="kor.zip unpacks to more than 5 MiB"):
        checked(tmp_path, "kor.zip", content.getvalue())


def test_a_zip_with_a_password(tmp_path: Path) -> None:
    # Bit 0 of the flags of both headers (APPNOTE.TXT, section 4.4.4).
    altered = bytearray(ZIP)
    altered[6] |= 1
    altered[ZIP.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UserError, match="password"):
        checked(tmp_path, "kor.zip", bytes(altered))


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_of_a_zip(tmp_path: Path, method: int) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        archive.writestr("a.tsv", "가.\ta.\n" * 100)
    altered = bytearray(content.getvalue())
    begin = altered.index(b"a.tsv") + 5 + 9  # after the properties of LZMA
    altered[begin : begin + 10] = bytes(byte ^ 0xFF for byte in altered[begin : begin + 10])
    with pytest.raises(UserError, match="kor.zip is damaged or incomplete"):
        checked(tmp_path, "kor.zip", bytes(altered))


def test_a_dictionary_that_would_fill_the_memory(tmp_path: Path) -> None:
    content = large_dictionaries(zipped({"a.tsv": "가.\ta.\n"}, zipfile.ZIP_LZMA))
    with pytest.raises(UserError, match="'a.tsv' needs a dictionary of 4,294,967,295 bytes"):
        checked(tmp_path, "kor.zip", content)
