"""The downloaded datasets: files are downloaded, checked, recorded and moved into place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, make_folder, sha256_of, sync_folder
from malgil.common.localization import _
from malgil.common.locks import exclusive
from malgil.preprocessing.corpus.download.archive import check_archive
from malgil.preprocessing.corpus.download.catalogue import Dataset, RemoteFile, check_web_address
from malgil.preprocessing.corpus.download.exchange import NetworkLimits
from malgil.preprocessing.corpus.download.record import (
    DownloadRecord,
    read_record,
    record_path,
    write_record,
)
from malgil.preprocessing.corpus.download.transfer import discard, fetch, part_path

# A file may have grown since the catalogue was written, up to this limit.
_MAX_GROWTH, _ALWAYS_ACCEPTED_BYTES = 4, 16_000_000


def local_paths(dataset: Dataset, downloads: Path) -> list[Path]:
    """Return the paths of the files of a dataset: `downloads/NAME/FILE`, in catalogue order."""
    return [downloads / dataset.name / file.name for file in dataset.files]


def addresses(dataset: Dataset, urls: Sequence[str]) -> list[str]:
    """Return the address of each file.

    Args:
        dataset: The dataset.
        urls: Addresses that replace those of the catalogue, in the same order; or none.

    Raises:
        UserError: If their number differs from that of the files, or one is not a web address.
    """
    if not urls:
        return [file.url for file in dataset.files]
    names = ", ".join(file.name for file in dataset.files)
    if len(urls) != len(dataset.files):
        raise UserError(
            _(
                "--url accepts one address per file, in this order: {names}. Received: {count}."
            ).format(names=names, count=len(urls))
        )
    for url in urls:
        check_web_address(url, "--url")
    return list(urls)


def is_complete(dataset: Dataset, downloads: Path) -> bool:
    """Return whether all files exist, each with the checksum that was recorded.

    A file without a record, which was put there by hand, is checked and recorded.

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
    limits: NetworkLimits,
) -> list[Path]:
    """Download those files of a dataset that are missing.

    Args:
        dataset: The dataset.
        downloads: The folder of all datasets. It is created if it is missing; folders that stay
            empty are removed again.
        urls: As for `addresses`.
        progress: As for `transfer.fetch`.
        limits: As for `transfer.fetch`.

    Returns:
        The paths of the files.

    Raises:
        UserError: If a file cannot be downloaded, or does not pass the checks; it is then removed.
            If another process downloads it.
    """
    paths = local_paths(dataset, downloads)
    for file, path, url in zip(dataset.files, paths, addresses(dataset, urls), strict=True):
        if _is_valid(file, path):
            continue
        with _folder_for(path), exclusive(path):
            if _is_valid(file, path):  # another process has downloaded it in the meantime
                continue
            record = read_record(path)  # a damaged record is reported before hours are spent
            fetch(url, path, _max_bytes(file), progress, limits)
            _move_into_place(file, path, url, record)
    return paths


@contextmanager
def _folder_for(path: Path) -> Iterator[None]:
    """Create the folder of a file for the body. If it stays empty, it is removed again.

    The same holds for its parents that did not exist before.
    """
    with as_user_error(path.parent, "create"):
        folders = [path.parent, *(each for each in path.parent.parents if not each.exists())]
    make_folder(path.parent)
    try:
        yield
    finally:
        with suppress(OSError):  # a folder that is not empty stays, and so do its parents
            for folder in folders:
                folder.rmdir()


def _move_into_place(file: RemoteFile, path: Path, url: str, record: DownloadRecord | None) -> None:
    """Check a downloaded file, record it, and give it its name. A bad file is removed.

    Args:
        file: The file of the dataset.
        path: Its final path; its content is in `part_path(path)`.
        url: The address that it was downloaded from.
        record: Its record, if it was downloaded before.

    Raises:
        UserError: If the file does not pass the checks, or cannot be renamed.
    """
    part = part_path(path)
    try:
        sha256 = _check_download(file, path, record)
    except UserError as error:
        discard(path)
        raise UserError(
            _("{error} The downloaded file was removed.").format(error=error)
        ) from error
    if record is None:
        _write_new_record(path, url, part.stat().st_size, sha256)
    with as_user_error(path):
        os.replace(part, path)
        sync_folder(path.parent)
    discard(path)


def _max_bytes(file: RemoteFile) -> int:
    return _MAX_GROWTH * file.size.value + _ALWAYS_ACCEPTED_BYTES


def _check_download(file: RemoteFile, path: Path, record: DownloadRecord | None) -> str:
    """Return the SHA-256 of what was downloaded for `path`.

    Raises:
        UserError: If it is damaged, or its checksum differs from the catalogue's or the record's.
    """
    part = part_path(path)
    check_archive(part, file.name)
    sha256 = sha256_of(part)
    if file.sha256 and sha256 != file.sha256:
        raise UserError(
            _(
                "{name} is not the file of its publisher: its SHA-256 is {sha256}, but the "
                "catalogue has {expected}."
            ).format(name=file.name, sha256=sha256, expected=file.sha256)
        )
    if record is not None and sha256 != record.sha256:
        raise UserError(
            _(
                "{name} differs from the file of {date}: its SHA-256 is {sha256}, but was "
                "{expected}. The publisher may have a new version, or the file may come from "
                "someone else. To accept it, remove {path!r} and download again."
            ).format(
                name=file.name,
                date=record.date,
                sha256=sha256,
                expected=record.sha256,
                path=str(record_path(path)),
            )
        )
    return sha256


def _is_valid(file: RemoteFile, path: Path) -> bool:
    """Return whether a file exists. Raises `UserError` if it has changed since it was recorded."""
    with as_user_error(path, "read"):
        if not path.exists():
            return False
    record = read_record(path)
    sha256 = sha256_of(path)
    for expected in (file.sha256, record.sha256 if record else ""):
        if expected and sha256 != expected:
            raise UserError(
                _(
                    "{path!r} has changed since it was downloaded: its SHA-256 is {sha256}, but "
                    "was {expected}. Remove it, and download again."
                ).format(path=str(path), sha256=sha256, expected=expected)
            )
    if record is None:
        try:
            check_archive(path, file.name)
        except UserError as error:
            raise UserError(
                _("{error} Remove {path!r}, and download again.").format(
                    error=error, path=str(path)
                )
            ) from error
        _write_new_record(path, file.url, path.stat().st_size, sha256)
    return True


def _write_new_record(path: Path, url: str, size: int, sha256: str) -> None:
    today = time.strftime("%Y-%m-%d", time.gmtime())
    write_record(record_path(path), DownloadRecord(url, size, sha256, today))
