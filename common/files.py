"""Writing files so that a reader finds the old content or the new one, never a part of it.

And what else several packages do with files: folders, checksums, one-line errors.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Literal, TypeAlias

from malgil.common.errors import UserError
from malgil.common.localization import _

_BYTES_AT_ONCE = 1 << 20
_RANDOM_BYTES = 4  # in the name of a temporary file
# As `tempfile` opens its files; Windows would change line ends without O_BINARY.
_BINARY = getattr(os, "O_BINARY", 0)
# A pipe is opened without waiting for its other end.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_NO_LINK = _BINARY | getattr(os, "O_NOFOLLOW", 0) | _NO_WAIT
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY
Doing: TypeAlias = Literal["write", "read", "create", "remove"]
_MESSAGES: dict[Doing, str] = {
    "write": _("cannot write {path!r}: {reason}. {advice}"),
    "read": _("cannot read {path!r}: {reason}. {advice}"),
    "create": _("cannot create {path!r}: {reason}. {advice}"),
    "remove": _("cannot remove {path!r}: {reason}. {advice}"),
}
_READ_ADVICE = {
    errno.ENOENT: _("Name a file that exists."),
    errno.EACCES: _("Name a file that you may read."),
    errno.EPERM: _("Name a file that you may read."),
    errno.EISDIR: _("Name a file, not a folder."),
    errno.ENOTDIR: _("One part of the path is a file, not a folder."),
    errno.EINVAL: _("Remove it, or put a regular file in its place."),
}
_WRITE_ADVICE = {
    errno.ENOSPC: _("Free some space or choose another folder."),
    errno.EDQUOT: _("Free some space or choose another folder."),
    errno.EROFS: _("Choose a folder that can be written to."),
    errno.EACCES: _("Choose a folder that you may write to."),
    errno.EPERM: _("Choose a folder that you may write to."),
    errno.ENOENT: _("Create its folder first."),
    errno.EISDIR: _("Name a file, not a folder."),
    errno.ENOTDIR: _("One part of the path is a file, not a folder."),
}


@contextmanager
def as_user_error(
    path: str | os.PathLike[str], doing: Doing = "write", origin: str = ""
) -> Iterator[None]:
    """Turn an `OSError` about `path` into a one-line `UserError`.

    Args:
        path: The file or folder that is worked on.
        doing: What is done to it. The advice of the message depends on it: what helps a writer does
            not help a reader.
        origin: Who named the file, such as "--input" or "data.train"; "" if no one has to be named.

    Raises:
        UserError: If the body raises an `OSError`.
    """
    try:
        yield
    except OSError as error:
        advices = _READ_ADVICE if doing == "read" else _WRITE_ADVICE
        message = _MESSAGES[doing].format(
            path=os.fspath(path),
            reason=error.strerror or str(error),
            advice=advices.get(error.errno or 0, _("Check the path.")),
        )
        raise UserError(f"{origin}: {message}" if origin else message) from error


def require_file(path: str | os.PathLike[str], origin: str = "") -> None:
    """Check that a file can be read, before time is spent. It is not opened: a pipe stays whole.

    Every missing file is reported here or by `as_user_error`, in the same sentence.

    Args:
        path: The file.
        origin: Who named it, such as "--input" or "data.train"; "" if no one has to be named.

    Raises:
        UserError: If it is missing, a folder, or not readable.
    """
    with as_user_error(path, "read", origin):
        code = 0
        if stat.S_ISDIR(Path(path).stat().st_mode):
            code = errno.EISDIR
        elif not os.access(path, os.R_OK):
            code = errno.EACCES
        if code:
            raise OSError(code, os.strerror(code))


def make_folder(path: Path) -> Path:
    """Create a folder and its parents if they are missing, and return it.

    Raises:
        UserError: If it cannot be created.
    """
    with as_user_error(path, "create"):
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def make_folder_for(path: Path) -> Iterator[Path]:
    """Create a folder and its parents for the body; if it raises, remove those that are empty.

    Folders that existed before stay.

    Args:
        path: The folder.

    Yields:
        The folder.

    Raises:
        UserError: If it cannot be created.
    """
    with as_user_error(path, "create"):
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        yield make_folder(path)
    except BaseException:
        with suppress(OSError):  # a folder that is not empty is of use to someone
            for folder in missing:
                folder.rmdir()
        raise


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk, so that a rename in it survives a power cut."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some shares cannot sync a folder
            raise
    finally:
        os.close(descriptor)


@contextmanager
def write_atomically(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes the place of `path` only when it is whole.

    The content goes to a temporary name in the same folder, is synced to the disk and renamed.
    If the body raises, the temporary file is removed and `path` is unchanged.

    Args:
        path: The file to replace, or a link to it. Its folder must exist.

    Yields:
        A binary file, open for reading and writing.

    Raises:
        UserError: If the disk is full, or the folder is missing or read-only.
    """
    named, path = path, Path(os.path.realpath(path))  # a link stays a link
    temporary: Path | None = None
    with as_user_error(named):
        try:
            if path.is_dir():
                raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
            if path.exists() and not path.is_file():
                raise _not_regular(path)
            mode = path.stat().st_mode & 0o777 if path.exists() else None
            unused = path.with_name(f".{path.name}.{os.urandom(_RANDOM_BYTES).hex()}")
            # The system applies the umask to a new file; it could be read only by changing it for
            # the whole process. The replacement of a file is private until it has the file's mode.
            descriptor = os.open(unused, _CREATE, 0o666 if mode is None else 0o600)
            temporary = unused
            with os.fdopen(descriptor, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                temporary.chmod(mode)
            os.replace(temporary, path)
            sync_folder(path.parent)
        except BaseException:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise


def open_stored(path: str | os.PathLike[str], buffering: int = -1) -> IO[bytes]:
    """Open a file that this program has written, or one that it must read more than once.

    A pipe in its place would never be opened, and a device could be read without end.

    Args:
        path: The file, or a link to it.
        buffering: As for `open`.

    Raises:
        OSError: If it cannot be opened, or is a folder, a pipe or a device.
    """

    def opener(name: str, flags: int) -> int:
        try:
            descriptor = os.open(name, flags | _NO_WAIT)
        except OSError as error:
            raise (_not_regular(path) if error.errno == errno.ENXIO else error) from None
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # `open` itself refuses a folder
            os.close(descriptor)
            raise _not_regular(path)
        return descriptor

    return open(path, "rb", buffering=buffering, opener=opener)


def _not_regular(path: str | os.PathLike[str]) -> OSError:
    return OSError(errno.EINVAL, _("it is a device or a pipe, not a file"), os.fspath(path))


def open_owned(path: Path, buffering: int = -1) -> IO[bytes]:
    """Open a file that only this program uses for reading and writing.

    Args:
        path: The file; it is created if it is missing, but not truncated if it exists.
        buffering: As for `open`.

    Raises:
        UserError, OSError: As `open_owned_descriptor`.
    """

    def opener(_path: str, _flags: int) -> int:
        return open_owned_descriptor(path)

    return open(path, "r+b", buffering=buffering, opener=opener)


def open_owned_descriptor(path: Path) -> int:
    """Open a file that only this program uses, such as a lock or an unfinished output.

    The names of such files are known in advance. Through a link with such a name, the program would
    change any other file.

    Args:
        path: The file; it is created if it is missing, but not truncated if it exists.

    Returns:
        The descriptor, for reading and writing.

    Raises:
        UserError: If it is a link, has another name as well, or is a folder, a pipe or a device.
        OSError: If it cannot be opened or created.
    """
    flags = os.O_RDWR | os.O_CREAT | _NO_LINK
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EISDIR, errno.EMLINK, errno.ENXIO):
            raise
    else:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_nlink <= 1:
            return descriptor
        os.close(descriptor)
    message = _(
        "{path!r} must be a file that Malgil made, but it is a link, a folder or a device. Remove "
        "it if it is not needed."
    )
    raise UserError(message.format(path=str(path)))


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` to `path` as UTF-8, atomically. Raises `UserError` as `write_atomically`."""
    with write_atomically(path) as file:
        file.write(text.encode("utf-8"))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a regular file in hexadecimal.

    Raises:
        UserError: If it cannot be read, or is a pipe or a device.
    """
    digest = hashlib.sha256()
    with as_user_error(path, "read"), open_stored(path) as file:
        while content := file.read(_BYTES_AT_ONCE):
            digest.update(content)
    return digest.hexdigest()


def set_aside(path: Path) -> Path | None:
    """Rename a file to `NAME.previous.ENDING`, which replaces the file set aside before.

    Args:
        path: The file.

    Returns:
        Its new path; None if there is no such file.

    Raises:
        UserError: If it cannot be renamed.
    """
    aside = path.with_suffix(f".previous{path.suffix}")
    with as_user_error(path):
        try:
            os.replace(path, aside)
        except FileNotFoundError:
            return None
    return aside


def remove_leftovers(folder: Path, name: str) -> None:
    """Remove the temporary files of a killed `write_atomically` of `folder/name`.

    Those of a running process look the same: the caller holds a lock of the file or the folder.
    """
    for leftover in folder.glob(f".{glob.escape(name)}.{'[0-9a-f]' * 2 * _RANDOM_BYTES}"):
        leftover.unlink(missing_ok=True)
