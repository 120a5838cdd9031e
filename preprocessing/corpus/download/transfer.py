"""Downloading one file; after failures it is resumed, or restarted if the server cannot resume."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _, ngettext
from malgil.preprocessing.corpus.download.http import (
    ConnectionBroken,
    Response,
    open_session,
    open_url,
)
from malgil.preprocessing.corpus.download.record import parse_record, write_record

if TYPE_CHECKING:
    import requests

_BYTES_AT_ONCE = 1 << 16

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RetryPolicy:
    """How long a slow or broken connection is tolerated.

    Attributes:
        connect_seconds: The maximum time until a connection is established.
        read_seconds: The maximum time between two chunks of a response.
        tries: The maximum number of consecutive tries without any new byte.
        pause_seconds: The pause before the second try; it doubles before each further try.
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
    """The state of an unfinished download, stored next to the bytes that were received.

    Attributes:
        url: The address that was requested.
        size: The size of the whole file in bytes; 0 if the server does not send it.
        validator: Identifies the version of the file: a strong ETag, or the date of its last change
            (RFC 9110, sections 8.8 and 13.1.5). Empty if the server sends none: such a download
            cannot be resumed.
    """

    url: str
    size: int
    validator: str


def part_path(path: Path) -> Path:
    """Return the name of a file until it is complete: `kor-eng.zip.part`."""
    return path.with_name(path.name + ".part")


def state_path(path: Path) -> Path:
    """Return the name of the file for the state of a download: `kor-eng.zip.part.json`."""
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


def fetch(
    url: str,
    path: Path,
    max_bytes: int,
    progress: Callable[[int, int | None], None],
    retry_policy: RetryPolicy = RETRY_POLICY,
) -> None:
    """Download `url` until `part_path(path)` is complete and synced to the disk.

    If the download is interrupted in any way, the bytes that were received stay there, and the next
    call resumes it; if none were received, no file stays. Retries are logged.

    Args:
        url: The address.
        path: The final name of the file. Its folder must exist; the caller holds its lock.
        max_bytes: The maximum size of the file; a larger file is refused.
        progress: Called after each chunk with the number of bytes received and the size of the
            whole file, None if that is unknown.
        retry_policy: How long a slow or broken connection is tolerated.

    Raises:
        UserError: If the file cannot be downloaded, or the disk is full.
    """
    with open_session() as session, open_part(part_path(path)) as file:
        timeouts = retry_policy.connect_seconds, retry_policy.read_seconds
        transfer = _Transfer(session, url, path, file, max_bytes, progress, timeouts)
        try:
            _complete(transfer, retry_policy)
            with as_user_error(file.name):
                os.fsync(file.fileno())
        except BaseException:
            if not transfer.size:
                with suppress(UserError):  # Windows cannot remove an open file
                    discard(path)
            raise


def _complete(transfer: _Transfer, retry_policy: RetryPolicy) -> None:
    """Attempt a transfer until the file is complete. Raises `UserError` after too many failures."""
    most_bytes, failures = transfer.size, 0
    while True:
        try:
            transfer.attempt()
            return
        except ConnectionBroken as error:
            failures = 0 if transfer.size > most_bytes else failures + 1
            most_bytes = max(most_bytes, transfer.size)
            if failures >= retry_policy.tries:
                raise UserError(transfer.failure_message(error, failures)) from error
            pause = retry_policy.pause_seconds * 2 ** max(failures - 1, 0)
            pause = min(max(pause, error.retry_after), retry_policy.max_pause_seconds)
            logger.info(
                _("{reason}; the next try is in {seconds:g} s").format(reason=error, seconds=pause)
            )
            time.sleep(pause)


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

    def failure_message(self, error: ConnectionBroken, count: int) -> str:
        """Return the message for the last of `count` failures, with what to do."""
        template = _("{reason}, {count} times in a row. Try again later.")
        if resumable_bytes(self.path):
            template = ngettext(
                "{reason}, {count} times in a row. {size:,} byte is kept: the same command "
                "continues the download.",
                "{reason}, {count} times in a row. {size:,} bytes are kept: the same command "
                "continues the download.",
                self.size,
            )
        return template.format(reason=error, count=count, size=self.size)

    def attempt(self) -> None:
        """Request the missing bytes. Raises `ConnectionBroken` or `UserError`."""
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
                    raise ConnectionBroken(
                        _("{url} sent another part than the missing one").format(url=self.url)
                    )
                if offset:
                    logger.info(
                        _("{name} has changed or cannot be resumed: the download restarts").format(
                            name=self.path.name
                        )
                    )
                offset, validator = 0, response.validator
            self._receive(response, offset, validator)

    def _start_over(self) -> None:
        with as_user_error(self.file.name):
            self.file.truncate(0)
            state_path(self.path).unlink(missing_ok=True)

    def _receive(self, response: Response, size: int, validator: str) -> None:
        """Write a body to the file, in chunks as they arrive.

        Args:
            response: The response.
            size: The number of bytes that were received earlier.
            validator: The validator of this version of the file.
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
                _(
                    "{url} has {size:,} bytes or more; the maximum is {limit:,}. If the file has "
                    "really grown, correct its size in data/catalogue.ini."
                ).format(url=self.url, size=size, limit=self.max_bytes)
            )

    def _check_disk_space(self, needed: int) -> None:
        with as_user_error(self.path.parent):
            free = shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise UserError(
                _(
                    "{name} needs {needed:,} bytes more, but {free:,} are free in {folder!r}. Free "
                    "some space, or choose another folder: --set data.downloads=FOLDER"
                ).format(
                    name=self.path.name, needed=needed, free=free, folder=str(self.path.parent)
                )
            )


@contextmanager
def open_part(part: Path) -> Iterator[IO[bytes]]:
    """Open an unfinished file without a buffer. The caller holds the lock of the whole file.

    Raises:
        UserError: If it cannot be opened.
    """
    with as_user_error(part):
        part.touch()
        file = open(part, "r+b", buffering=0)  # noqa: SIM115
    with file:
        yield file
