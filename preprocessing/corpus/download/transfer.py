"""Fetching one file, through breaks: resumed where the server can, begun anew where it cannot."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.preprocessing.corpus.download import record
from malgil.preprocessing.corpus.download.answer import Response
from malgil.preprocessing.corpus.download.connection import ConnectionBroken, Session, open_url
from malgil.preprocessing.corpus.download.record import Progress, part_path, progress_path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_BYTES_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class RetryPolicy:
    """How long a slow or broken connection is put up with.

    Attributes:
        connect_seconds: Until a connection stands.
        read_seconds: Between two pieces of an answer.
        tries: In a row, without a byte more than ever before.
        pause_seconds: Before the second try; twice as long before each of the next.
        longest_pause: No pause is longer (seconds).
    """

    connect_seconds: float = 20.0
    read_seconds: float = 30.0
    tries: int = 5
    pause_seconds: float = 1.0
    longest_pause: float = 60.0


RETRY_POLICY = RetryPolicy()


@dataclass(frozen=True)
class ProgressCallbacks:
    """Who is told how it goes.

    Attributes:
        show: Takes bytes behind, and in all or None, after each piece.
        say: Takes a line, about what went wrong and how it goes on.
    """

    show: Callable[[int, int | None], None]
    say: Callable[[str], None]


def fetch(
    url: str,
    path: Path,
    most_bytes: int,
    reports: ProgressCallbacks,
    retry_policy: RetryPolicy = RETRY_POLICY,
) -> None:
    """Fetch `url` until `path` with the ending .part is whole, and synced to the disk.

    What has come stays there if this is broken off, by whatever; the next call goes on from it.

    Args:
        url: The address.
        path: Where the file will be in the end. Its folder must exist.
        most_bytes: A longer body is refused.
        reports: Are told how it goes.
        retry_policy: With a slow or broken connection.

    Raises:
        UserError: If the file cannot be had, or the disk is full.
    """
    with Session() as session, _opened(part_path(path)) as file:
        transfer = _Transfer(session, url, path, file, most_bytes, reports, retry_policy)
        most, failures = transfer.size, 0
        while True:
            try:
                transfer.attempt()
                break
            except ConnectionBroken as error:
                failures = 0 if transfer.size > most else failures + 1
                most = max(most, transfer.size)
                if failures >= retry_policy.tries:
                    raise UserError(f"{error}, {failures} times. {transfer.prospect()}") from error
                pause = retry_policy.pause_seconds * 2 ** max(failures - 1, 0)
                pause = min(max(pause, error.wait), retry_policy.longest_pause)
                reports.say(f"{error}; next try in {pause:g} s")
                time.sleep(pause)
        with as_user_error(file.name):
            os.fsync(file.fileno())


class _Transfer:
    """What stays the same from one attempt to the next; see `fetch`."""

    def __init__(
        self,
        session: Session,
        url: str,
        path: Path,
        file: IO[bytes],
        most_bytes: int,
        reports: ProgressCallbacks,
        retry_policy: RetryPolicy,
    ) -> None:
        self._session, self._url, self._path, self._file = session, url, path, file
        self._most_bytes, self._reports, self._patience = most_bytes, reports, retry_policy

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return os.fstat(self._file.fileno()).st_size

    def prospect(self) -> str:
        """What another command can do, after this one has given up."""
        if record.resumable_bytes(self._path):
            return f"{self.size:,} bytes are kept; the same command goes on from there."
        return "Try again later."

    def attempt(self) -> None:
        """One request, from where the last one ended. Raises `ConnectionBroken`, or `UserError`."""
        progress = record.read_progress(progress_path(self._path))
        if progress and (progress.url != self._url or not progress.validator):
            progress = None
        done, headers = self.size if progress else 0, {}
        if progress and done and done == progress.size:
            return
        if progress and done:
            headers = {"Range": f"bytes={done}-", "If-Range": progress.validator}
        timeouts = self._patience.connect_seconds, self._patience.read_seconds
        with open_url(self._session, self._url, headers, timeouts) as response:
            answer = Response(response, self._url, self._patience.read_seconds)
            if not answer.goes_on(done, progress):
                if answer.is_part:
                    self._begin_anew()
                    raise ConnectionBroken(f"{self._url} does not go on where it was broken off")
                if done:
                    self._reports.say(
                        f"{self._path.name} has changed, or cannot be resumed: begun anew"
                    )
                done, progress = 0, None
            validator = progress.validator if progress else answer.validator
            self._receive(answer, done, validator)

    def _begin_anew(self) -> None:
        with as_user_error(self._file.name):
            self._file.truncate(0)
            progress_path(self._path).unlink(missing_ok=True)

    def _receive(self, answer: Response, done: int, validator: str) -> None:
        """Write a body to the file, piece by piece as it comes.

        Args:
            answer: What brings it.
            done: Bytes that are there.
            validator: That of the version of the file.
        """
        total = answer.length
        self._require_length(total or 0)
        self._require_room((total or done) - done)
        with as_user_error(self._file.name):
            self._file.truncate(done)
            self._file.seek(done)
        record.write(progress_path(self._path), Progress(self._url, total or 0, validator))
        while done != total:
            content = answer.read(_BYTES_AT_ONCE)
            if not content:
                break
            done += len(content)
            self._require_length(done)
            with as_user_error(self._file.name):
                rest = memoryview(content)
                while rest:
                    rest = rest[self._file.write(rest) :]
            self._reports.show(done, total)
        answer.require_whole(done)

    def _require_length(self, length: int) -> None:
        if length > self._most_bytes:
            self._begin_anew()
            raise UserError(
                f"{self._url} is {length:,} bytes long or more; at most {self._most_bytes:,} are "
                "expected. If it has really grown, mend its size in data/catalogue.ini."
            )

    def _require_room(self, needed: int) -> None:
        free = shutil.disk_usage(self._path.parent).free
        if needed > free:
            raise UserError(
                f"{self._path.name} needs {needed:,} bytes more, and {free:,} are free in "
                f"{str(self._path.parent)!r}. Free some space, or choose another folder: --set "
                "data.downloads=FOLDER"
            )


@contextmanager
def _opened(part: Path) -> Iterator[IO[bytes]]:
    """The unfinished file, for this process alone and without a buffer: what is written is there.

    Raises:
        UserError: If another process is at it, or it cannot be opened.
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
            except OSError:  # some shares know no locks
                pass
        yield file
