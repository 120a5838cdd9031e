"""The record of a download, kept next to its file; later downloads are compared with it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, write_text
from malgil.common.localization import _
from malgil.common.records import build_record, read_stored

T = TypeVar("T")


@dataclass(frozen=True)
class DownloadRecord:
    """The record of a file from its first download; later downloads must match it.

    Attributes:
        url: The address that was requested.
        size: The size in bytes.
        sha256: The checksum of the content, in hexadecimal.
        date: The day of the download (UTC), `2025-01-31`.
    """

    url: str
    size: int
    sha256: str
    date: str


def record_path(path: Path) -> Path:
    """Return the path of the record of a file: `kor-eng.zip.json`."""
    return path.with_name(path.name + ".json")


def read_record(path: Path) -> DownloadRecord | None:
    """Return the record of the file `path`; None if it has none.

    Raises:
        UserError: If the record cannot be read or is damaged: a recorded checksum must not be lost
            silently.
    """
    record = record_path(path)
    try:
        with as_user_error(record, "read"):
            return load_record(DownloadRecord, record) if record.exists() else None
    except ValueError as error:
        raise UserError(
            _(
                "{path!r} is not the record of a download ({reason}). Remove it to trust the next "
                "download."
            ).format(path=str(record), reason=error)
        ) from error


def write_record(path: Path, record: Any) -> None:
    """Write a dataclass as JSON, atomically. Raises `UserError` if that fails."""
    write_text(path, json.dumps(dataclasses.asdict(record), indent=1) + "\n")


def load_record(kind: type[T], path: Path) -> T:
    """Return the dataclass that `write_record` wrote.

    Raises:
        OSError: If the file cannot be read, or is a pipe or a device.
        ValueError: If it has any other content.
    """
    return build_record(kind, read_stored(path))
