"""The check of downloaded archives: whole, undamaged, and not far larger when unpacked."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.archive import (
    TarArchive,
    bounded_zip_file,
    check_dictionaries,
)
from malgil.preprocessing.corpus.formats.byte_source import (
    ByteSource,
    damage_errors,
    decompressed,
)
from malgil.preprocessing.corpus.formats.reading_budget import ReadingBudget

if TYPE_CHECKING:
    from gzip import GzipFile

_BYTES_AT_ONCE = 1 << 20
_WEB_PAGE = (b"<!doctype html", b"<html")


def check_archive(path: Path, name: str) -> None:
    """Read an archive (.zip, .tar.gz, .tgz, .gz) to its end, which compares its checksums.

    What is read counts, not what the archive says about its sizes.

    Args:
        path: The file.
        name: Its final name, whose ending gives the format. Files with other endings pass.

    Raises:
        UserError: If it has another format, is cut short or damaged, or exceeds the limits of
            `ReadingLimits`. The caller adds what happens to the file.
    """
    if not name.endswith((".zip", ".gz", ".tgz")):
        return
    with as_user_error(path, "read"), open(path, "rb") as file:
        if file.read(1024).lstrip().lower().startswith(_WEB_PAGE):
            raise UserError(_("{name} is a web page instead of an archive.").format(name=name))
        file.seek(0)
        budget = ReadingBudget(name, path.stat().st_size)
        try:
            if name.endswith(".zip"):
                _read_zip(file, budget)
            else:
                _read_gzip(file, budget)
                if not name.endswith(".gz") or ".tar." in name:
                    source = ByteSource(Path(name), partial(open, path, "rb"), budget=budget)
                    _list_tar(source)
        except damage_errors() as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UserError(
                _("{name} is damaged or incomplete ({reason}).").format(name=name, reason=reason)
            ) from error


def _read_zip(file: BinaryIO, budget: ReadingBudget) -> None:
    import zipfile

    with zipfile.ZipFile(bounded_zip_file(file, budget)) as archive:
        check_dictionaries(archive, file)
        members = archive.infolist()
        budget.add_members(len(members))
        for member in members:
            with archive.open(member) as content:
                _read(content, budget)


def _read_gzip(file: BinaryIO, budget: ReadingBudget) -> None:
    import gzip

    with gzip.GzipFile(fileobj=file) as content:
        if not _read(content, budget):
            raise gzip.BadGzipFile(_("it is empty"))


def _read(content: IO[bytes] | GzipFile, budget: ReadingBudget) -> int:
    """Read to the end, where the checksum is compared, and return the number of bytes."""
    size = 0
    while part := content.read(_BYTES_AT_ONCE):
        size += len(part)
        budget.unpack(len(part))
    return size


def _list_tar(source: ByteSource) -> None:
    import tarfile

    content = decompressed(source, source.read_head(16))
    assert content is not None  # its checksum was right
    with ExitStack() as stack:
        archive = TarArchive(content)
        stack.callback(archive.close)
        if not archive.members:
            raise tarfile.ReadError(_("it holds no file"))
