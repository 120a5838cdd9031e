"""Resumable output files for long runs: a break loses nothing, and a file appears when whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, sync_folder, write_text

_HEAD = 1 << 20  # bytes of an input by which it is recognized


def fingerprint(path: str, *parts: object) -> str:
    """Return a key of what an output is made of, for `resumable`.

    Args:
        path: The input. It may have grown at its end since: only its beginning counts.
        parts: All else that the output depends on; their `repr` counts.

    Returns:
        A SHA-256 in hexadecimal.

    Raises:
        UserError: If the input cannot be read.
    """
    digest = hashlib.sha256(repr(parts).encode())
    with as_user_error(path, "read"), open(path, "rb") as file:
        digest.update(file.read(_HEAD))
    return digest.hexdigest()


@contextlib.contextmanager
def resumable(path: str, key: str, resume: bool) -> Iterator[ResumableFile]:
    """Open an output that gets its name if the body ends well, and is kept if it does not.

    Args:
        path: What it is called when it is whole.
        key: What it is made of; see `fingerprint`.
        resume: Whether to continue one that was interrupted.

    Yields:
        The file under way.

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
    """A text file under way.

    What is written is in `NAME.part`; `NAME.part.json` says how many inputs that answers.

    Args:
        path: What it is called when it is whole.
        key: What it is made of: another translator, other settings or another input have another.
        resume: Whether to continue one that was interrupted.

    Attributes:
        done: The number of inputs that are answered.

    Raises:
        UserError: If there is nothing to resume, an interrupted file would be lost, or it was made
            of something else.
    """

    def __init__(self, path: Path, key: str, resume: bool) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._record = path.with_name(f"{path.name}.part.json")
        self._key = key
        self.done, size = 0, 0
        if resume:
            self.done, size = self._recorded()
        elif self._record.exists():
            raise UserError(
                f"{str(self._part)!r} was broken off. Go on with it by --resume, or remove it and "
                f"{self._record.name}."
            )
        with as_user_error(self._part):
            self._file: IO[bytes] = open(self._part, "r+b" if resume else "wb")  # noqa: SIM115
            self._file.truncate(size)
            self._file.seek(size)

    def write(self, text: str, inputs: int) -> None:
        """Append the answers to some inputs, and record them: a break loses none of them.

        Args:
            text: The answers, with their line ends.
            inputs: How many inputs they answer.

        Raises:
            UserError: If the disk is full.
        """
        with as_user_error(self._part):
            self._file.write(text.encode("utf-8"))
            self._file.flush()
            self.done += inputs
            size = self._file.tell()
        write_text(self._record, json.dumps({"key": self._key, "done": self.done, "size": size}))

    def finish(self) -> None:
        """Give the file its name, and remove the record.

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
        """Close the file. What is written stays to be resumed; an empty file goes."""
        if not self._file.closed:
            self._file.close()
            if not self.done:
                self._part.unlink(missing_ok=True)

    def _recorded(self) -> tuple[int, int]:
        """Read the record: the inputs that are answered, and the bytes of their answers."""
        try:
            record = json.loads(self._record.read_text(encoding="utf-8"))
            key, done, size = record["key"], int(record["done"]), int(record["size"])
            there = self._part.stat().st_size
        except FileNotFoundError as error:
            raise UserError(
                f"there is nothing to go on with: {error.filename!r} is not there. Begin without "
                "--resume."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{str(self._record)!r} is damaged. Remove it and {self._part.name}, and begin "
                "anew."
            ) from error
        if key != self._key:
            raise UserError(
                f"{str(self._part)!r} was made with another translator, other settings or another "
                f"input. Remove it and {self._record.name}, and begin anew."
            )
        if not there >= size >= 0 <= done:
            raise UserError(f"{str(self._part)!r} is cut short. Begin anew.")
        return done, size
