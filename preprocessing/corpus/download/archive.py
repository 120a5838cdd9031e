"""The check of downloaded archives: whole, undamaged, and not far larger when unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _

_BYTES_AT_ONCE = 1 << 20
# Text compresses to a third or a tenth; a file that expands far more would fill the disk or memory.
_MAX_EXPANSION = 300
MIN_EXPANSION_BASE = 1 << 20  # bytes; a smaller archive counts as one of this size
_WEB_PAGE = (b"<!doctype html", b"<html")


def check_archive(path: Path, name: str) -> None:
    """Read an archive (.zip, .tar.gz, .tgz, .gz) to its end, which compares its checksums.

    Args:
        path: The file.
        name: Its final name, whose ending gives the format. Files with other endings pass.

    Raises:
        UserError: If it has another format, is cut short or damaged, or expands too much. The
            caller adds what happens to the file.
    """
    import gzip
    import tarfile
    import zipfile
    import zlib

    if not name.endswith((".zip", ".gz", ".tgz")):
        return
    damage_errors = (
        *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError),
        ValueError,  # names that cannot be decoded
        RuntimeError,  # a password, or an unknown compression
    )
    max_content = max(path.stat().st_size, MIN_EXPANSION_BASE) * _MAX_EXPANSION
    with as_user_error(path, "read"), open(path, "rb") as file:
        if file.read(1024).lstrip().lower().startswith(_WEB_PAGE):
            raise UserError(_("{name} is a web page instead of an archive.").format(name=name))
        file.seek(0)
        try:
            if name.endswith(".zip"):
                _read_zip(file, max_content)
            else:
                _read_gzip(file, max_content, is_tar=not name.endswith(".gz") or ".tar." in name)
        except damage_errors as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UserError(
                _("{name} is damaged or incomplete ({reason}).").format(name=name, reason=reason)
            ) from error


def _read_zip(file: IO[bytes], max_content: int) -> None:
    import zipfile

    with zipfile.ZipFile(file) as archive:
        if sum(member.file_size for member in archive.infolist()) > max_content:
            raise zipfile.BadZipFile(_expansion_message())
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(_("the checksum of {name!a} is wrong").format(name=damaged))


def _read_gzip(file: IO[bytes], max_content: int, is_tar: bool) -> None:
    import gzip
    import tarfile

    size = 0
    with gzip.GzipFile(fileobj=file) as content:
        while part := content.read(_BYTES_AT_ONCE):
            size += len(part)
            if size > max_content:
                raise gzip.BadGzipFile(_expansion_message())
    if not size:
        raise gzip.BadGzipFile(_("it is empty"))
    if is_tar:
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            if not any(member.isfile() for member in archive):
                raise tarfile.ReadError(_("it holds no file"))


def _expansion_message() -> str:
    return _("its content is more than {count} times as large").format(count=_MAX_EXPANSION)
