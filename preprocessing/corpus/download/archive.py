"""Whether a downloaded archive is whole: each byte is read and compared with its checksum."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error

_BYTES_AT_ONCE = 1 << 20
# Text shrinks to a third or a tenth; what grows far beyond that is made to fill a disk or a memory.
_MOST_EXPANSION = 300
_SMALL = 1 << 20
_WEB_PAGE = (b"<!doctype html", b"<html")

# What zipfile, gzip and tarfile raise for what is no archive, cut short, or damaged.
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    ValueError,  # names that are not text
    RuntimeError,  # a zip file with a password
    NotImplementedError,  # a kind of compression that zipfile does not have
)


def check(path: Path, name: str) -> None:
    """Read an archive through: .zip, .tar.gz, .tgz, .gz. Other files are not looked into.

    Args:
        path: The file.
        name: What it will be called; the ending says what it must be.

    Raises:
        UserError: If it is something else, cut short, damaged, or grows beyond all measure. The
            message does not say what happens to the file.
    """
    if not name.endswith((".zip", ".gz", ".tgz")):
        return
    limit = max(path.stat().st_size, _SMALL) * _MOST_EXPANSION
    with as_user_error(path, "read"), open(path, "rb") as file:
        start = file.read(1024).lstrip().lower()
        if start.startswith(_WEB_PAGE):
            raise UserError(f"what came for {name} is a web page, not the file.")
        file.seek(0)
        try:
            if name.endswith(".zip"):
                _read_zip(file, limit)
            else:
                _read_gzip(file, limit, is_tar=not name.endswith(".gz") or ".tar." in name)
        except _DAMAGED as error:
            told = " ".join(str(error).split()) or type(error).__name__
            raise UserError(f"{name} is damaged or cut short ({told}).") from error


def _read_zip(file: IO[bytes], limit: int) -> None:
    with zipfile.ZipFile(file) as archive:
        if sum(member.file_size for member in archive.infolist()) > limit:
            raise zipfile.BadZipFile(f"its content is more than {_MOST_EXPANSION} times as large")
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"the checksum of {damaged!a} is wrong")


def _read_gzip(file: IO[bytes], limit: int, is_tar: bool) -> None:
    size = 0
    with gzip.GzipFile(fileobj=file) as content:
        while part := content.read(_BYTES_AT_ONCE):
            size += len(part)
            if size > limit:
                raise gzip.BadGzipFile(f"its content is more than {_MOST_EXPANSION} times as large")
    if not size:
        raise gzip.BadGzipFile("it holds nothing")
    if is_tar:
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            if not any(member.isfile() for member in archive):
                raise tarfile.ReadError("it holds no file")
