"""Downloading one file: resumed after failures if the server can, else from its beginning."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, write_text
from malgil.preprocessing.corpus.download.http import (
    ConnectionBroken,
    Response,
    open_session,
    open_url,
)

if TYPE_CHECKING:
    import requests

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_BYTES_AT_ONCE = 1 << 16

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class RetryPolicy:
    """How long a slow or broken connection is tolerated.

    Attributes:
        connect_seconds: Until a connection is established.
        read_seconds: Between two pieces of a response.
        tries: In a row, without a byte more than ever before.
        pause_seconds: Before the second try; doubled before each of the next.
        max_pause_seconds: The longest pause.
    """

    connect_seconds: float = 20.0
    read_seconds: float = 30.0
    tries: int = 5
    pause_seconds: float = 1.0
    max_pause_seconds: float = 60.0


RETRY_POLICY = RetryPolicy()


@dataclass(frozen=True)
class PartialFile:
    """The state of an unfinished download, kept beside the bytes that were received.

    Attributes:
        url: The address that was requested.
        size: The size of the whole file in bytes; 0 if the server does not announce it.
        validator: Identifies the version of the file: a strong ETag, or the date of its last change
            (RFC 9110, sections 8.8 and 13.1.5). Empty if the server names none: such a file cannot
            be resumed.
    """

    url: str
    size: int
    validator: str


def part_path(path: Path) -> Path:
    """Return the name of a file until it is whole: `kor-eng.zip.part`."""
    return path.with_name(path.name + ".part")


def state_path(path: Path) -> Path:
    """Return the name of the file with the state of a download: `kor-eng.zip.part.json`."""
    return path.with_name(path.name + ".part.json")


def resumable_bytes(path: Path) -> int:
    """Return the number of bytes from which the download of `path` can be resumed."""
    part, state = part_path(path), read_state(path)
    return part.stat().st_size if state and state.validator and part.exists() else 0


def discard(path: Path) -> None:
    """Remove the unfinished download of `path`. Raises `UserError` if that fails."""
    for each in (state_path(path), part_path(path)):
        with as_user_error(each, "remove"):
            each.unlink(missing_ok=True)


def read_state(path: Path) -> PartialFile | None:
    """Return the state of the download of `path`; None if it is unknown or damaged."""
    try:
        state = parse_record(PartialFile, state_path(path).read_bytes())
    except (OSError, ValueError, TypeError):
        return None
    is_header = state.validator.isascii() and state.validator.isprintable()
    return state if is_header else None


def write_record(path: Path, record: Any) -> None:
    """Write a dataclass as JSON, atomically. Raises `UserError` if that fails."""
    write_text(path, json.dumps(dataclasses.asdict(record), indent=1) + "\n")


def parse_record(kind: type[T], content: bytes) -> T:
    """Return the dataclass of numbers and strings that `write_record` has written.

    Raises:
        ValueError, TypeError: If the content is anything else.
    """
    values = json.loads(content.decode("utf-8"))
    if not isinstance(values, dict):
        raise TypeError("it is no table")
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        expected = int if field.type == "int" else str
        if field.name in values and type(values[field.name]) is not expected:
            raise TypeError(f"{field.name} is of the wrong type")
    return kind(**values)


def fetch(
    url: str,
    path: Path,
    max_bytes: int,
    progress: Callable[[int, int | None], None],
    retry_policy: RetryPolicy = RETRY_POLICY,
) -> None:
    """Download `url` until `part_path(path)` is whole, and synced to the disk.

    What was received stays there if the download is interrupted in any way; the next call resumes
    it. Failures that are followed by another try are logged.

    Args:
        url: The address.
        path: The final name of the file. Its folder must exist.
        max_bytes: A longer body is refused.
        progress: Called after each piece with the bytes received and those of the whole file, None
            if they are unknown.
        retry_policy: How long a slow or broken connection is tolerated.

    Raises:
        UserError: If the file cannot be downloaded, or the disk is full.
    """
    with open_session() as session, open_part(part_path(path)) as file:
        timeouts = retry_policy.connect_seconds, retry_policy.read_seconds
        transfer = _Transfer(session, url, path, file, max_bytes, progress, timeouts)
        most_bytes, failures = transfer.size, 0
        while True:
            try:
                transfer.attempt()
                break
            except ConnectionBroken as error:
                failures = 0 if transfer.size > most_bytes else failures + 1
                most_bytes = max(most_bytes, transfer.size)
                if failures >= retry_policy.tries:
                    raise UserError(f"{error}, {failures} times. {transfer.advice()}") from error
                pause = retry_policy.pause_seconds * 2 ** max(failures - 1, 0)
                pause = min(max(pause, error.retry_after), retry_policy.max_pause_seconds)
                logger.info("%s; next try in %g s", error, pause)
                time.sleep(pause)
        with as_user_error(file.name):
            os.fsync(file.fileno())


@dataclass
class _Transfer:
    """The download of a file over several attempts; see `fetch`."""

    session: requests.Session
    url: str
    path: Path
    file: IO[bytes]
    max_bytes: int
    progress: Callable[[int, int | None], None]
    timeouts: tuple[float, float]

    @property
    def size(self) -> int:
        """The number of bytes that were received."""
        return os.fstat(self.file.fileno()).st_size

    def advice(self) -> str:
        """Return what to do after the last attempt has failed."""
        if resumable_bytes(self.path):
            return f"{self.size:,} bytes are kept; the same command goes on from there."
        return "Try again later."

    def attempt(self) -> None:
        """Request what is missing. Raises `ConnectionBroken` or `UserError`."""
        state = read_state(self.path)
        if state is None or state.url != self.url or not state.validator:
            state = PartialFile(self.url, 0, "")
        offset = self.size if state.validator else 0
        if offset and offset == state.size:
            return
        headers = {"Range": f"bytes={offset}-", "If-Range": state.validator} if offset else {}
        with open_url(self.session, self.url, headers, self.timeouts) as response:
            validator = state.validator
            if not (validator and response.continues(offset, state.size, validator)):
                if response.is_partial:
                    self._start_over()
                    raise ConnectionBroken(f"{self.url} does not go on where it was broken off")
                if offset:
                    logger.info("%s has changed, or cannot be resumed: begun anew", self.path.name)
                offset, validator = 0, response.validator
            self._receive(response, offset, validator)

    def _start_over(self) -> None:
        with as_user_error(self.file.name):
            self.file.truncate(0)
            state_path(self.path).unlink(missing_ok=True)

    def _receive(self, response: Response, size: int, validator: str) -> None:
        """Write a body to the file, piece by piece as it arrives.

        Args:
            response: The response.
            size: The number of bytes that were received before.
            validator: That of the version of the file.
        """
        total = response.length
        self._check_size(total or 0)
        self._check_disk_space((total or size) - size)
        with as_user_error(self.file.name):
            self.file.truncate(size)
            self.file.seek(size)
        write_record(state_path(self.path), PartialFile(self.url, total or 0, validator))
        while size != total and (content := response.read(_BYTES_AT_ONCE)):
            size += len(content)
            self._check_size(size)
            with as_user_error(self.file.name):
                rest = memoryview(content)
                while rest:
                    rest = rest[self.file.write(rest) :]
            self.progress(size, total)
        response.check_length(size)

    def _check_size(self, size: int) -> None:
        if size > self.max_bytes:
            self._start_over()
            raise UserError(
                f"{self.url} is {size:,} bytes long or more; at most {self.max_bytes:,} are "
                "expected. If it has really grown, mend its size in data/catalogue.ini."
            )

    def _check_disk_space(self, needed: int) -> None:
        free = shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise UserError(
                f"{self.path.name} needs {needed:,} bytes more, and {free:,} are free in "
                f"{str(self.path.parent)!r}. Free some space, or choose another folder: --set "
                "data.downloads=FOLDER"
            )


@contextmanager
def open_part(part: Path) -> Iterator[IO[bytes]]:
    """Open an unfinished file for this process alone, unbuffered: what is written is in the file.

    Raises:
        UserError: If another process has opened it, or it cannot be opened.
    """
    with as_user_error(part):
        part.touch()
        file = open(part, "r+b", buffering=0)  # noqa: SIM115
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(
                    f"another process is fetching {str(part)!r}. Wait until it is done."
                ) from None
            except OSError:  # some network shares have no locks
                pass
        yield file
