"""What is remembered beside a downloaded file: where it came from, and its checksum."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, write_text

Kind = TypeVar("Kind", "Record", "Progress")


@dataclass(frozen=True)
class Record:
    """A whole file, as it was when it was first downloaded. Trusted from then on.

    Attributes:
        url: The address that was asked for.
        size: In bytes.
        sha256: The checksum of its content, in hexadecimal.
        date: The day of the download (UTC), `2025-01-31`.
    """

    url: str
    size: int
    sha256: str
    date: str


@dataclass(frozen=True)
class Progress:
    """A file that is not whole yet.

    Attributes:
        url: The address that was asked for.
        size: In bytes, when it is whole; 0 where the server does not say.
        validator: What tells one version of the file from another: a strong ETag, or the date of
            its last change (RFC 9110, sections 8.8 and 13.1.5). Empty where the server names none:
            such a file cannot be resumed.
    """

    url: str
    size: int
    validator: str


def record_path(path: Path) -> Path:
    """Where the record of a file is kept: `kor-eng.zip.json`."""
    return path.with_name(path.name + ".json")


def part_path(path: Path) -> Path:
    """Where a file is kept until it is whole: `kor-eng.zip.part`."""
    return path.with_name(path.name + ".part")


def progress_path(path: Path) -> Path:
    """Where it is kept how far the download of a file is: `kor-eng.zip.part.json`."""
    return record_path(part_path(path))


def resumable_bytes(path: Path) -> int:
    """How many bytes of an unfinished file are there to go on from."""
    part, progress = part_path(path), read_progress(progress_path(path))
    return part.stat().st_size if progress and progress.validator and part.exists() else 0


def discard(path: Path) -> None:
    """Remove what has come of an unfinished file. Raises `UserError` if that fails."""
    for each in (progress_path(path), part_path(path)):
        with as_user_error(each, "remove"):
            each.unlink(missing_ok=True)


def write(path: Path, remembered: Record | Progress) -> None:
    """Write it as JSON, atomically. Raises `UserError` if that fails."""
    write_text(path, json.dumps(dataclasses.asdict(remembered), indent=1) + "\n")


def read_record(path: Path) -> Record | None:
    """The record at `path`; None if there is none.

    Raises:
        UserError: If it cannot be read or is not what `write` has written. A checksum that was
            once trusted must not get lost in silence.
    """
    try:
        with as_user_error(path, "read"):
            content = path.read_bytes() if path.exists() else None
        return None if content is None else _parsed(Record, content)
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{str(path)!r} is not the record of a download ({error}). Remove it, and the next "
            "download will be trusted anew."
        ) from error


def read_progress(path: Path) -> Progress | None:
    """How far a download is; None if that is not known, so that it must begin anew."""
    try:
        progress = _parsed(Progress, path.read_bytes())
    except (OSError, ValueError, TypeError):
        return None
    is_header = progress.validator.isascii() and progress.validator.isprintable()
    return progress if is_header else None


def _parsed(kind: type[Kind], content: bytes) -> Kind:
    """Raises `ValueError` or `TypeError` for anything else than what `write` has written."""
    values: Any = json.loads(content.decode("utf-8"))
    if not isinstance(values, dict):
        raise TypeError("it is no table")
    parsed = kind(**values)
    for field in dataclasses.fields(kind):
        expected = int if field.type == "int" else str
        if type(getattr(parsed, field.name)) is not expected:
            raise TypeError(f"{field.name} is of the wrong type")
    return parsed
