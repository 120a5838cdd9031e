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
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, open_owned
from malgil.common.localization import _
from malgil.preprocessing.corpus.download.exchange import Exchange, NetworkLimits
from malgil.preprocessing.corpus.download.record import load_record, write_record
from malgil.preprocessing.corpus.download.response import ConnectionBroken

logger = logging.getLogger(__name__)


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
        state = load_record(PartialFile, state_path(path))
    except (OSError, ValueError):
        return None
    is_header = state.validator.isascii() and state.validator.isprintable()
    return state if is_header else None


def fetch(
    url: str,
    path: Path,
    max_bytes: int,
    progress: Callable[[int, int | None], None],
    limits: NetworkLimits,
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
        limits: How long a slow or broken connection is tolerated.

    Raises:
        UserError: If the file cannot be downloaded, or the disk is full.
    """
    with open_part(part_path(path)) as file:
        transfer = _Transfer(url, path, file, max_bytes, progress, limits)
        try:
            _complete(transfer, limits)
            with as_user_error(file.name):
                os.fsync(file.fileno())
        except BaseException:
            if not transfer.size:
                with suppress(UserError):  # Windows cannot remove an open file
                    discard(path)
            raise


def _complete(transfer: _Transfer, limits: NetworkLimits) -> None:
    """Attempt a transfer until the file is complete. Raises `UserError` after too many failures.

    urllib3 computes the pauses. It does not make the tries: it cannot resume a body, and before a
    retry it would read the body of an error to its end.
    """
    from urllib3 import Retry

    all_tries = Retry(
        limits.tries,
        backoff_factor=limits.pause_seconds,
        backoff_max=limits.max_pause_seconds,
    )
    retry, counted_bytes = all_tries, transfer.size
    while True:
        try:
            return transfer.attempt()
        except ConnectionBroken as error:
            retry = retry.increment()
            if transfer.size >= counted_bytes + limits.window_bytes:
                retry, counted_bytes = all_tries, transfer.size
            elif len(retry.history) == limits.tries:
                raise transfer.failure(error) from error
            pause = min(max(retry.get_backoff_time(), error.retry_after), limits.max_pause_seconds)
            logger.info(
                _("{reason}; the next try is in {seconds:g} s").format(reason=error, seconds=pause)
            )
            time.sleep(pause)


@dataclass
class _Transfer:
    """The download of a file over several attempts; see `fetch`."""

    url: str
    path: Path
    file: IO[bytes]
    max_bytes: int
    progress: Callable[[int, int | None], None]
    limits: NetworkLimits

    @property
    def size(self) -> int:
        """The number of bytes that were received."""
        return os.fstat(self.file.fileno()).st_size

    def failure(self, error: ConnectionBroken) -> UserError:
        """Return the error for the last of several failures, with what to do."""
        message = _("{reason}, {count} times in a row. Try again later.")
        if resumable_bytes(self.path):
            message = _(
                "{reason}, {count} times in a row. The same command continues the download (bytes "
                "kept: {size:,})."
            )
        return UserError(message.format(reason=error, count=self.limits.tries, size=self.size))

    def attempt(self) -> None:
        """Request the missing bytes. Raises `ConnectionBroken` or `UserError`."""
        state = read_state(self.path)
        if state is None or state.url != self.url or not state.validator:
            state = PartialFile(self.url, 0, "")
        offset = self.size if state.validator else 0
        if offset and offset == state.size:
            return
        headers = {"Range": f"bytes={offset}-", "If-Range": state.validator} if offset else {}
        with Exchange(self.url, headers, self.limits) as exchange:
            response, validator = exchange.response(), state.validator
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
            self._receive(exchange, offset, PartialFile(self.url, response.length or 0, validator))
            if response.length not in (None, self.size):
                raise ConnectionBroken(
                    _("{url} broke off after {size:,} of {total:,} bytes").format(
                        url=self.url, size=self.size, total=response.length
                    )
                )

    def _start_over(self) -> None:
        with as_user_error(self.file.name):
            self.file.truncate(0)
            state_path(self.path).unlink(missing_ok=True)

    def _receive(self, exchange: Exchange, size: int, state: PartialFile) -> None:
        """Write a body to the file, in chunks as they arrive.

        Args:
            exchange: Has returned the head of the response.
            size: The number of bytes that were received earlier.
            state: Describes this version of the file.
        """
        self._check_size(state.size)
        self._check_disk_space((state.size or size) - size)
        with as_user_error(self.file.name):
            self.file.truncate(size)
            self.file.seek(size)
        write_record(state_path(self.path), state)
        while (not state.size or size < state.size) and (content := exchange.read()):
            size += len(content)
            self._check_size(size)
            with as_user_error(self.file.name):
                rest = memoryview(content)
                while rest:
                    rest = rest[self.file.write(rest) :]
            self.progress(size, state.size or None)

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
        file = open_owned(part, buffering=0)
    with file:
        yield file
