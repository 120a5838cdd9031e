"""Output that grows for hours: after a break it is gone on with; it appears when it is whole."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, sync_folder, write_text


class ResumableFile:
    """A text file under way: `NAME.part` with what is written, and `NAME.part.json` beside it with
    how many inputs that answers.

    Args:
        path: What it will be called when it is whole.
        key: What it is made of: another translator, other settings or another input have another.
        resume: Whether to go on with one that was broken off.

    Attributes:
        done: How many inputs are answered.

    Raises:
        UserError: If there is nothing to go on with, something to go on with that would be lost,
            or that was made of something else.
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
        """Write the answers to so many more inputs, and note it: a break loses none of them."""
        with as_user_error(self._part):
            self._file.write(text.encode("utf-8"))
            self._file.flush()
            self.done += inputs
            size = self._file.tell()
        write_text(self._record, json.dumps({"key": self._key, "done": self.done, "size": size}))

    def finish(self) -> None:
        """Give the file its name."""
        with as_user_error(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._part, self._path)
            self._record.unlink(missing_ok=True)
            sync_folder(self._path.absolute().parent)

    def close(self) -> None:
        """Leave what is written to be gone on with; nothing, where nothing is."""
        if not self._file.closed:
            self._file.close()
            if not self.done:
                self._part.unlink(missing_ok=True)

    def _recorded(self) -> tuple[int, int]:
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


@contextlib.contextmanager
def resumable(path: str, key: str, resume: bool) -> Iterator[ResumableFile]:
    """A `ResumableFile` that gets its name if the body ends well, and is kept if it does not."""
    file = ResumableFile(Path(path), key, resume)
    try:
        yield file
        file.finish()
    finally:
        file.close()
