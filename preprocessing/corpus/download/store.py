"""The downloaded datasets: each file is fetched, checked, recorded and put in its place."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, make_folder, sha256_of, sync_folder
from malgil.preprocessing.corpus.download import archive, record
from malgil.preprocessing.corpus.download.catalogue import Dataset, RemoteFile, require_address
from malgil.preprocessing.corpus.download.record import Record, part_path, record_path
from malgil.preprocessing.corpus.download.transfer import (
    RETRY_POLICY,
    ProgressCallbacks,
    RetryPolicy,
    fetch,
)

# A file that has grown since the catalogue was written is accepted; one far larger is not it.
_MOST_GROWTH = 4
_ALWAYS_ACCEPTED = 16_000_000


def local_paths(dataset: Dataset, downloads: Path) -> list[Path]:
    """Where the files of a dataset are kept: `downloads/NAME/FILE`, in the catalogue's order."""
    return [downloads / dataset.name / file.name for file in dataset.files]


def addresses(dataset: Dataset, urls: Sequence[str]) -> list[str]:
    """The address of each file.

    Args:
        dataset: The dataset.
        urls: Others than those of the catalogue, in its order; or none.

    Raises:
        UserError: If they are too few, too many, or none of the web.
    """
    if not urls:
        return [file.url for file in dataset.files]
    names = ", ".join(file.name for file in dataset.files)
    if len(urls) != len(dataset.files):
        raise UserError(
            f"--url takes an address for each file, in this order: {names}. Received {len(urls)}."
        )
    for url in urls:
        require_address(url, "--url")
    return list(urls)


def is_complete(dataset: Dataset, downloads: Path) -> bool:
    """Whether all files are there, each with the checksum that was recorded.

    A file that someone has put there by hand is read through, recorded, and trusted from then on.

    Raises:
        UserError: If a file has changed since it was recorded.
    """
    paths = local_paths(dataset, downloads)
    checked = [_is_there(file, path) for file, path in zip(dataset.files, paths, strict=True)]
    return all(checked)


def download(
    dataset: Dataset,
    downloads: Path,
    urls: Sequence[str],
    reports: ProgressCallbacks,
    retry_policy: RetryPolicy = RETRY_POLICY,
) -> list[Path]:
    """Fetch the files of a dataset that are not there yet.

    Args:
        dataset: What to fetch.
        downloads: The folder of all datasets; made if it is missing.
        urls: As for `addresses`.
        reports: Are told how it goes.
        retry_policy: With a slow or broken connection.

    Returns:
        Where the files are.

    Raises:
        UserError: If a file cannot be had, or is not what it should be. A refused file is removed.
    """
    paths = local_paths(dataset, downloads)
    for file, path, url in zip(dataset.files, paths, addresses(dataset, urls), strict=True):
        if _is_there(file, path):
            continue
        make_folder(path.parent)
        known = record.read_record(record_path(path))  # before hours are spent
        fetch(url, path, _most_bytes(file), reports, retry_policy)
        try:
            sha256 = _check(file, path, known)
        except UserError as error:
            record.discard(path)
            raise UserError(f"{error} What came was removed.") from error
        part = part_path(path)
        if known is None:
            _remember(path, url, part.stat().st_size, sha256)
        with as_user_error(path):
            os.replace(part, path)
            sync_folder(path.parent)
        record.discard(path)
    return paths


def _most_bytes(file: RemoteFile) -> int:
    return _MOST_GROWTH * file.size.value + _ALWAYS_ACCEPTED


def _check(file: RemoteFile, path: Path, known: Record | None) -> str:
    """The SHA-256 of what came for `path`.

    Raises:
        UserError: If it is not whole, or not what the publisher or the first download says.
    """
    part = part_path(path)
    archive.check(part, file.name)
    sha256 = sha256_of(part)
    if sha256 != (file.sha256 or sha256):
        raise UserError(
            f"{file.name} is not what its publisher has made: its SHA-256 is {sha256}, not the "
            f"catalogue's {file.sha256}."
        )
    if known is not None and sha256 != known.sha256:
        raise UserError(
            f"{file.name} is another file than on {known.date}: its SHA-256 is {sha256}, not "
            f"{known.sha256}. The publisher may have a new version, or someone else sends it. "
            "To "
            f"accept it, remove {str(record_path(path))!r} and download again."
        )
    return sha256


def _is_there(file: RemoteFile, path: Path) -> bool:
    """Whether a file is there with its recorded checksum. Raises `UserError` if it has changed."""
    if not path.exists():
        return False
    known = record.read_record(record_path(path))
    sha256 = sha256_of(path)
    for expected in (file.sha256, known.sha256 if known else ""):
        if expected and sha256 != expected:
            raise UserError(
                f"{str(path)!r} has changed since it was downloaded: its SHA-256 is {sha256}, not "
                f"{expected}. Remove it, and download again."
            )
    if known is None:
        try:
            archive.check(path, file.name)
        except UserError as error:
            raise UserError(f"{error} Remove {str(path)!r}, and download again.") from error
        _remember(path, file.url, path.stat().st_size, sha256)
    return True


def _remember(path: Path, url: str, size: int, sha256: str) -> None:
    today = time.strftime("%Y-%m-%d", time.gmtime())
    record.write(record_path(path), Record(url, size, sha256, today))
