"""Advisory locks: at most one process writes a file or folder at a time.

The lock of a file is the file `.NAME.lock` next to it, and that of a folder is `.lock` in it. The
system locks that file (flock, or `LockFile` on Windows) and releases it when the process ends in
any way. It also names its holder as JSON, for the message to others; and for a folder that several
hosts share without common locks.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, open_owned_descriptor
from malgil.common.localization import _
from malgil.common.records import build_record, parse_stored

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
_MAX_BYTES = 1000  # of a lock file
_START = b'{"host": '
_LOCKED_BYTE = 1 << 30  # on Windows, which forbids others to read a locked byte
# Some network shares have no locks. There the holder that the file names counts.
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)


class Holder(NamedTuple):
    """The process that holds a lock.

    Attributes:
        host: The name of its machine.
        process: Its number there.
        started: The time at which it took the lock (UTC), `2026-11-30 19:05:12`.
    """

    host: str
    process: int
    started: str


class _Busy(Exception):
    """Another process holds the lock; `holder` is None if it is not known."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__()
        self.holder = holder


def lock_path(path: Path) -> Path:
    """Return the lock file of a file or folder: `.NAME.lock` next to a file, `.lock` in a folder.

    What does not exist yet counts as a file.
    """
    whole = Path(os.path.realpath(path))
    if whole.is_dir():  # the folder that it is in may be read-only, as that of a mounted one
        return whole / ".lock"
    return whole.with_name(f".{whole.name}.lock")


@contextlib.contextmanager
def exclusive(path: str | os.PathLike[str], waits: bool = False) -> Iterator[None]:
    """Hold the lock of a file or folder for the body. Threads of one process exclude each other.

    A lock that a killed process left on the same host is taken over.

    Args:
        path: The file or folder that the body writes. A file may be missing, but not its folder.
        waits: Whether to wait, after a message, while another process holds the lock.

    Raises:
        UserError: If another process holds the lock, or if the lock file cannot be written.
    """
    lock = lock_path(Path(path))
    descriptor = _acquire(lock, Path(path), waits)
    try:
        yield
    finally:
        # Removed while it is locked: whoever opened it before sees that it has no name.
        with contextlib.suppress(OSError):  # Windows cannot remove an open file
            lock.unlink()
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
        os.close(descriptor)


def _acquire(lock: Path, path: Path, waits: bool) -> int:
    """Return the descriptor of a lock file that this process holds."""
    has_told = False
    while True:
        try:
            with as_user_error(path):
                return _try(lock)
        except _Busy as busy:
            if not waits:
                raise UserError(_busy_message(path, lock, busy.holder)) from None
            if not has_told:
                logger.info(
                    _("waiting for {path!r}: {holder} is writing it").format(
                        path=str(path), holder=_description(busy.holder)
                    )
                )
                has_told = True
            time.sleep(_POLL_SECONDS)


def _try(lock: Path) -> int:
    """Lock a file, and write this process into it. Raises `_Busy` if another process holds it."""
    while True:
        descriptor = open_owned_descriptor(lock)
        try:
            has_system_lock = _lock(descriptor)
            holder = _read(descriptor)
            if not _is_same_file(descriptor, lock):  # another process released and removed it
                raise FileNotFoundError
            if holder and not _is_left(holder, has_system_lock):
                raise _Busy(holder)
            _check_content(descriptor, lock)
            try:
                _write(descriptor, Holder(platform.node(), os.getpid(), _now()))
            except OSError:  # the disk is full
                lock.unlink()
                raise
            return descriptor
        except FileNotFoundError:
            os.close(descriptor)
        except BaseException:
            os.close(descriptor)
            raise


def _lock(descriptor: int) -> bool:
    """Take the system's lock of a file. Returns False if the file system has no locks.

    Raises:
        _Busy: If another process holds it.
    """
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            _lock_on_windows(descriptor)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            raise _Busy(_read(descriptor)) from None
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def _lock_on_windows(descriptor: int) -> None:
    import msvcrt

    windows: Any = msvcrt
    os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
    windows.locking(descriptor, windows.LK_NBLCK, 1)


def _is_same_file(descriptor: int, lock: Path) -> bool:
    """Return whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock.stat())
    except FileNotFoundError:
        return False


def _is_left(holder: Holder, has_system_lock: bool) -> bool:
    """Return whether the holder that an unlocked file names has ended: only this host can tell."""
    if holder.host != platform.node():
        return False
    return has_system_lock or not _is_running(holder.process)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):  # no system has numbers that are so large
        return False
    except OSError:  # it belongs to another user
        return True
    return True


def _read(descriptor: int) -> Holder | None:
    """Return the holder that a lock file names; None if it names none."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        return build_record(Holder, parse_stored(os.read(descriptor, _MAX_BYTES)))
    except ValueError:
        return None


def _check_content(descriptor: int, lock: Path) -> None:
    """Refuse a file that is not a lock: empty, zeros after a power cut, or the start of a holder.

    Raises:
        UserError: If something else is in it.
    """
    os.lseek(descriptor, 0, os.SEEK_SET)
    content = os.read(descriptor, _MAX_BYTES + 1).strip(b"\0")
    if len(content) > _MAX_BYTES or not content.startswith(_START[: len(content)]):
        message = _(
            "{path!r} is not a lock of Malgil. Rename it, or remove it if it is not needed."
        )
        raise UserError(message.format(path=str(lock)))


def _write(descriptor: int, holder: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(holder._asdict()).encode("ascii"))


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())


def _description(holder: Holder | None) -> str:
    if holder is None:
        return _("another process")
    return _("process {process} on {host} (since {started} UTC)").format(**holder._asdict())


def _busy_message(path: Path, lock: Path, holder: Holder | None) -> str:
    if holder and holder.host != platform.node():
        message = _(
            "{path!r} is in use: {holder} is writing it. Wait until it has finished; if it was "
            "killed, remove {lock!r}."
        )
    else:
        message = _("{path!r} is in use: {holder} is writing it. Wait until it has finished.")
    return message.format(path=str(path), holder=_description(holder), lock=str(lock))
