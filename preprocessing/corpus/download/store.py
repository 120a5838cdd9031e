"""The downloaded datasets: files are fetched, checked, recorded and put in their place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, make_folder, sha256_of, sync_folder
from malgil.preprocessing.corpus.download.catalogue import Dataset, RemoteFile, check_web_address
from malgil.preprocessing.corpus.download.transfer import (
    RETRY_POLICY,
    RetryPolicy,
    discard,
    fetch,
    parse_record,
    part_path,
    write_record,
)

# A file may have grown since the catalogue was written, but not that much.
_MAX_GROWTH, _ALWAYS_ACCEPTED_BYTES = 4, 16_000_000
_BYTES_AT_ONCE = 1 << 20
# Text is compressed to a third or a tenth; what expands far more would fill the disk or the memory.
_MAX_EXPANSION = 300
MIN_EXPANSION_BASE = 1 << 20  # bytes; a smaller archive counts as one of this size
_WEB_PAGE = (b"<!doctype html", b"<html")


@dataclass(frozen=True)
class DownloadRecord:
    """A whole file as it was when it was first downloaded; it is trusted from then on.

    Attributes:
        url: The address that was requested.
        size: In bytes.
        sha256: The checksum of the content, in hexadecimal.
        date: The day of the download (UTC), `2025-01-31`.
    """

    url: str
    size: int
    sha256: str
    date: str


def local_paths(dataset: Dataset, downloads: Path) -> list[Path]:
    """Return where the files of a dataset are kept: `downloads/NAME/FILE`, in catalogue order."""
    return [downloads / dataset.name / file.name for file in dataset.files]


def record_path(path: Path) -> Path:
    """Return where the record of a file is kept: `kor-eng.zip.json`."""
    return path.with_name(path.name + ".json")


def read_record(path: Path) -> DownloadRecord | None:
    """Return the record of the file `path`; None if it has none.

    Raises:
        UserError: If the record cannot be read or is damaged: a checksum that was once trusted must
            not be lost silently.
    """
    record = record_path(path)
    try:
        with as_user_error(record, "read"):
            content = record.read_bytes() if record.exists() else None
        return None if content is None else parse_record(DownloadRecord, content)
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{str(record)!r} is not the record of a download ({error}). Remove it, and the next "
            "download will be trusted anew."
        ) from error


def addresses(dataset: Dataset, urls: Sequence[str]) -> list[str]:
    """Return the address of each file.

    Args:
        dataset: The dataset.
        urls: Addresses in place of those of the catalogue, in its order; or none.

    Raises:
        UserError: If there are too few or too many, or one is not a web address.
    """
    if not urls:
        return [file.url for file in dataset.files]
    names = ", ".join(file.name for file in dataset.files)
    if len(urls) != len(dataset.files):
        raise UserError(
            f"--url takes an address for each file, in this order: {names}. Received {len(urls)}."
        )
    for url in urls:
        check_web_address(url, "--url")
    return list(urls)


def is_complete(dataset: Dataset, downloads: Path) -> bool:
    """Return whether all files exist, each with the checksum that was recorded.

    A file without a record, which someone has put there by hand, is checked and recorded.

    Raises:
        UserError: If a file has changed since it was recorded.
    """
    paths = local_paths(dataset, downloads)
    valid = [_is_valid(file, path) for file, path in zip(dataset.files, paths, strict=True)]
    return all(valid)


def download(
    dataset: Dataset,
    downloads: Path,
    urls: Sequence[str],
    progress: Callable[[int, int | None], None],
    retry_policy: RetryPolicy = RETRY_POLICY,
) -> list[Path]:
    """Download those files of a dataset that are missing.

    Args:
        dataset: The dataset.
        downloads: The folder of all datasets; made if it is missing.
        urls: As for `addresses`.
        progress: As for `transfer.fetch`.
        retry_policy: As for `transfer.fetch`.

    Returns:
        Where the files are.

    Raises:
        UserError: If a file cannot be downloaded, or is not what it should be. It is then removed.
    """
    paths = local_paths(dataset, downloads)
    for file, path, url in zip(dataset.files, paths, addresses(dataset, urls), strict=True):
        if _is_valid(file, path):
            continue
        make_folder(path.parent)
        record = read_record(path)  # a damaged record is reported before hours are spent
        fetch(url, path, _max_bytes(file), progress, retry_policy)
        part = part_path(path)
        try:
            sha256 = _check_download(file, path, record)
        except UserError as error:
            discard(path)
            raise UserError(f"{error} What came was removed.") from error
        if record is None:
            _write_new_record(path, url, part.stat().st_size, sha256)
        with as_user_error(path):
            os.replace(part, path)
            sync_folder(path.parent)
        discard(path)
    return paths


def _max_bytes(file: RemoteFile) -> int:
    return _MAX_GROWTH * file.size.value + _ALWAYS_ACCEPTED_BYTES


def _check_download(file: RemoteFile, path: Path, record: DownloadRecord | None) -> str:
    """Return the SHA-256 of what was downloaded for `path`.

    Raises:
        UserError: If it is damaged, or differs from what the catalogue or the record says.
    """
    part = part_path(path)
    check_archive(part, file.name)
    sha256 = sha256_of(part)
    if file.sha256 and sha256 != file.sha256:
        raise UserError(
            f"{file.name} is not what its publisher has made: its SHA-256 is {sha256}, not the "
            f"catalogue's {file.sha256}."
        )
    if record is not None and sha256 != record.sha256:
        raise UserError(
            f"{file.name} is another file than on {record.date}: its SHA-256 is {sha256}, not "
            f"{record.sha256}. The publisher may have a new version, or someone else sends it. To "
            f"accept it, remove {str(record_path(path))!r} and download again."
        )
    return sha256


def _is_valid(file: RemoteFile, path: Path) -> bool:
    """Return whether a file exists. Raises `UserError` if it has changed since it was recorded."""
    if not path.exists():
        return False
    record = read_record(path)
    sha256 = sha256_of(path)
    for expected in (file.sha256, record.sha256 if record else ""):
        if expected and sha256 != expected:
            raise UserError(
                f"{str(path)!r} has changed since it was downloaded: its SHA-256 is {sha256}, not "
                f"{expected}. Remove it, and download again."
            )
    if record is None:
        try:
            check_archive(path, file.name)
        except UserError as error:
            raise UserError(f"{error} Remove {str(path)!r}, and download again.") from error
        _write_new_record(path, file.url, path.stat().st_size, sha256)
    return True


def _write_new_record(path: Path, url: str, size: int, sha256: str) -> None:
    today = time.strftime("%Y-%m-%d", time.gmtime())
    write_record(record_path(path), DownloadRecord(url, size, sha256, today))


def check_archive(path: Path, name: str) -> None:
    """Read an archive (.zip, .tar.gz, .tgz, .gz) to its end, so that its checksums are compared.

    Args:
        path: The file.
        name: Its final name, whose ending says what it must be. Other files are not checked.

    Raises:
        UserError: If it is something else, cut short, damaged, or expands too much. The message
            does not say what happens to the file.
    """
    import gzip
    import tarfile
    import zipfile
    import zlib

    if not name.endswith((".zip", ".gz", ".tgz")):
        return
    damage_errors = (
        *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError),
        ValueError,  # names that are not text
        RuntimeError,  # a password, or an unknown compression
    )
    max_content = max(path.stat().st_size, MIN_EXPANSION_BASE) * _MAX_EXPANSION
    with as_user_error(path, "read"), open(path, "rb") as file:
        if file.read(1024).lstrip().lower().startswith(_WEB_PAGE):
            raise UserError(f"what came for {name} is a web page, not the file.")
        file.seek(0)
        try:
            if name.endswith(".zip"):
                _read_zip(file, max_content)
            else:
                _read_gzip(file, max_content, is_tar=not name.endswith(".gz") or ".tar." in name)
        except damage_errors as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UserError(f"{name} is damaged or cut short ({reason}).") from error


def _read_zip(file: IO[bytes], max_content: int) -> None:
    import zipfile

    with zipfile.ZipFile(file) as archive:
        if sum(member.file_size for member in archive.infolist()) > max_content:
            raise zipfile.BadZipFile(f"its content is more than {_MAX_EXPANSION} times as large")
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"the checksum of {damaged!a} is wrong")


def _read_gzip(file: IO[bytes], max_content: int, is_tar: bool) -> None:
    import gzip
    import tarfile

    size = 0
    with gzip.GzipFile(fileobj=file) as content:
        while part := content.read(_BYTES_AT_ONCE):
            size += len(part)
            if size > max_content:
                raise gzip.BadGzipFile(f"its content is more than {_MAX_EXPANSION} times as large")
    if not size:
        raise gzip.BadGzipFile("it holds nothing")
    if is_tar:
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            if not any(member.isfile() for member in archive):
                raise tarfile.ReadError("it holds no file")
