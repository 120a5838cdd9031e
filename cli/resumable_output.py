"""Resumable output files for long runs: an interruption loses nothing that was written."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from malgil.cli.output_file import remove_killed
from malgil.common.errors import UserError
from malgil.common.files import as_user_error, open_owned, sync_folder, write_text
from malgil.common.localization import _
from malgil.common.records import build_record, read_stored

_HEAD = 1 << 20  # bytes of an input by which it is recognized


class _Record(NamedTuple):
    """The progress of an unfinished output: its key, its inputs, and the bytes of their lines."""

    key: str
    done: int
    size: int


def fingerprint(path: str, *parts: object) -> str:
    """Return a key of everything that an output depends on, for `resumable`.

    Args:
        path: The input. Lines may be appended to it: only its first megabyte counts.
        parts: Everything else that the output depends on; their `repr` counts.

    Returns:
        A SHA-256 in hexadecimal.

    Raises:
        UserError: If the input cannot be read.
    """
    digest = hashlib.sha256(repr(parts).encode())
    with as_user_error(path, "read", "--input"), open(path, "rb") as file:
        digest.update(file.read(_HEAD))
    return digest.hexdigest()


def part_of(path: Path) -> Path:
    """Return the file that holds the content of an output until it is complete."""
    return path.with_name(f"{path.name}.part")


@contextlib.contextmanager
def resumable(path: str, key: str, resume: bool) -> Iterator[ResumableFile]:
    """Open an output that gets its name at the end, and stays resumable if the body raises.

    Args:
        path: The output, whose lock the caller holds (`reserve_output`).
        key: The key of everything that it depends on; see `fingerprint`.
        resume: Whether to continue an interrupted run.

    Yields:
        The unfinished output.

    Raises:
        UserError: As `ResumableFile`.
    """
    file = ResumableFile(Path(path), key, resume)
    try:
        yield file
        file.finish()
    finally:
        file.close()


class ResumableFile:
    """An unfinished text file.

    Its content is in `NAME.part`; `NAME.part.json` records the number of inputs that are done.

    Args:
        path: The name of the finished file.
        key: The key of everything that it depends on; see `fingerprint`.
        resume: Whether to continue an interrupted run.

    Attributes:
        done: The number of inputs that are done.

    Raises:
        UserError: If there is nothing to resume, if an unfinished file would be lost, or if it has
            another key.
    """

    def __init__(self, path: Path, key: str, resume: bool) -> None:
        self._path = path
        self._part = part_of(path)
        self._record = path.with_name(f"{path.name}.part.json")
        self._key = key
        self.done, size = 0, 0
        if resume:
            self.done, size = self._recorded()
        elif self._is_begun():
            raise UserError(
                _(
                    "{part!r} exists: an earlier run was interrupted. Continue it with --resume, "
                    "or remove {part!r} and {record!r} to start again."
                ).format(part=str(self._part), record=self._record.name)
            )
        remove_killed(self._record)
        with as_user_error(self._part):
            self._file: IO[bytes] = open_owned(self._part)
            self._file.truncate(size)
            self._file.seek(size)

    def write(self, text: str, inputs: int) -> None:
        """Append the lines of some inputs, and record how many inputs are done.

        Args:
            text: The lines, with their line ends.
            inputs: The number of inputs that they belong to.

        Raises:
            UserError: If the disk is full.
        """
        with as_user_error(self._part):
            self._file.write(text.encode("utf-8"))
            self._file.flush()
            self.done += inputs
            size = self._file.tell()
        write_text(self._record, json.dumps(_Record(self._key, self.done, size)._asdict()))

    def finish(self) -> None:
        """Rename the file to its final name, and remove the record.

        Raises:
            UserError: If it cannot be renamed.
        """
        with as_user_error(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._part, self._path)
            self._record.unlink(missing_ok=True)
            sync_folder(self._path.absolute().parent)

    def close(self) -> None:
        """Close the file, which can be resumed later. Remove it if no input is done."""
        if not self._file.closed:
            self._file.close()
            if not self.done:
                self._part.unlink(missing_ok=True)

    def _is_begun(self) -> bool:
        """Return whether an earlier run left something: both files.

        A kill before the first record leaves only the part, and one after the last line has its
        final name only the record; neither has lines to continue with.
        """
        with as_user_error(self._record, "read"):
            return self._record.exists() and self._part.exists()

    def _recorded(self) -> tuple[int, int]:
        """Read the record: the number of inputs that are done, and the bytes of their lines."""
        try:
            with as_user_error(self._record, "read"):
                if not (self._record.exists() and self._part.exists()):
                    raise UserError(
                        _("nothing to resume: cannot find {path!r}. Run without --resume.").format(
                            path=str(self._record if self._part.exists() else self._part)
                        )
                    )
                stored = read_stored(self._record)
                file_size = self._part.stat().st_size
            key, done, size = build_record(_Record, stored)
        except ValueError as error:
            raise UserError(
                _(
                    "{record!r} is damaged. To start again, remove it and {part!r}, and run "
                    "without --resume."
                ).format(record=str(self._record), part=self._part.name)
            ) from error
        if key != self._key:
            raise UserError(
                _(
                    "{part!r} was made with another translator, other settings or another input. "
                    "To start again, remove it and {record!r}, and run without --resume."
                ).format(part=str(self._part), record=self._record.name)
            )
        if not file_size >= size >= 0 <= done:
            raise UserError(
                _(
                    "{part!r} is cut short. To start again, remove it and {record!r}, and run "
                    "without --resume."
                ).format(part=str(self._part), record=self._record.name)
            )
        return done, size
