"""Files and what is packed in them, as streams of bytes that can be opened again and again.

What is packed is only ever streamed: nothing is unpacked to a folder, and no name out of an archive
is ever used as a path.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from malgil.common.errors import UserError
from malgil.common.files import as_user_error

_BUFFER = 1 << 18
LARGEST_COPY = 1 << 32
# What reading something damaged raises; bz2 and gzip use OSError, zipfile all the others.
_DAMAGE = (
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
    UnicodeError,
)
_COMPRESSIONS: tuple[tuple[str, re.Pattern[bytes], Callable[[Any], Any]], ...] = (
    ("gzip", re.compile(rb"\x1f\x8b"), lambda file: gzip.GzipFile(fileobj=file)),
    ("bzip2", re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), bz2.BZ2File),
    ("xz", re.compile(rb"\xfd7zXZ\0"), lzma.LZMAFile),
)


@dataclass(frozen=True)
class Source:
    """Bytes that can be opened again and again: a file, or what is packed in one.

    Attributes:
        path: The file that was named.
        opener: Opens the bytes.
        member: The name in the archive, for people alone; empty for the file itself.
        layers: What it is packed in, the outermost first.
    """

    path: Path
    opener: Callable[[], Any]
    member: str = ""
    layers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.member!r} in {str(self.path)!r}" if self.member else f"{str(self.path)!r}"

    @property
    def label(self) -> str:
        """The last part of its name, which may end in the code of a language."""
        return re.split(r"[/\\]", self.member or self.path.name)[-1]

    def open(self) -> BinaryIO:
        """Open the bytes from their beginning.

        Raises:
            UserError: Here or while reading, if they cannot be read, or are damaged.
        """
        if not self.layers:
            with as_user_error(self.path, "read"):
                return cast(BinaryIO, self.opener())
        with self.told():
            packed = self.opener()
        return cast(BinaryIO, io.BufferedReader(_Unpacking(packed, self), _BUFFER))

    def head(self, size: int) -> bytes:
        """The first bytes, `size` at most."""
        with self.open() as file:
            return file.read(size)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turn what damaged archives raise into a `UserError` of one line."""
        try:
            yield
        except _DAMAGE as error:
            reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
            if isinstance(error, NotImplementedError):  # a method that zipfile does not know
                told = f"{self.name} cannot be unpacked: {reason}. Unpack it, and name the file."
            else:
                told = f"{self.name} is damaged or not whole: {reason}. Get the file again."
            raise UserError(told) from error

    def within(self, layer: str, opener: Callable[[], Any], member: str = "") -> Source:
        """What is packed in this.

        Args:
            layer: What it is packed by.
            opener: Opens what is packed.
            member: Its name, where it has one.
        """
        return Source(self.path, opener, member or self.member, (*self.layers, layer))


class _Unpacking(io.RawIOBase):
    """Bytes as they come out of a packed file; damage is told in one line."""

    def __init__(self, packed: BinaryIO, source: Source) -> None:
        self._packed = packed
        self._source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._packed.seekable()

    def readinto(self, buffer: Any) -> int:
        with self._source.told():
            data = self._packed.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with self._source.told():
            return self._packed.seek(offset, whence)

    def tell(self) -> int:
        return self._packed.tell()

    def close(self) -> None:
        self._packed.close()
        super().close()


def file_source(path: str | Path, stack: contextlib.ExitStack) -> Source:
    """A file by its name. What can be read only once, such as a pipe, is copied aside.

    Raises:
        UserError: If it is not there, cannot be read, or is a folder or a device.
    """
    path = Path(path)
    with as_user_error(path, "read"), open(path, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise UserError(f"{str(path)!r} is a device. Name a file of sentence pairs.")
        if stat.S_ISREG(mode):
            return Source(path, lambda: open(path, "rb"))
        copy = stack.enter_context(tempfile.NamedTemporaryFile())  # noqa: SIM115
        shutil.copyfileobj(file, copy)
        copy.flush()
    return Source(path, lambda: open(copy.name, "rb"))


def seekable(source: Source, stack: contextlib.ExitStack) -> BinaryIO:
    """An open file that can be read in any order: a copy without a name, where it is packed.

    Raises:
        UserError: If it cannot be read, or the disk is full.
    """
    file = stack.enter_context(source.open())
    if not source.layers:
        return file
    copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    size = 0
    with as_user_error(tempfile.gettempdir()):
        while data := file.read(_BUFFER):
            size += len(data)
            if size > LARGEST_COPY:
                raise UserError(
                    f"{source.name} is larger than {LARGEST_COPY >> 30} GiB. Unpack it, and name "
                    "it."
                )
            copy.write(data)
        copy.seek(0)
    return cast(BinaryIO, copy)


def decompressed(source: Source, head: bytes) -> Source | None:
    """What is in a file of gzip, bzip2 or xz; None where it is none.

    Args:
        source: The file.
        head: Its first bytes.
    """
    for name, signature, decompress in _COMPRESSIONS:
        if signature.match(head):

            def opener(decompress: Callable[[Any], Any] = decompress) -> Any:
                return _Decompressing(decompress, source.open())

            return source.within(name, opener)
    return None


class _Decompressing:
    """A decompressing file that also closes the file that it reads from."""

    def __init__(self, decompress: Callable[[Any], Any], file: BinaryIO) -> None:
        self._file = file
        self._content = decompress(file)
        self.read = self._content.read
        self.seek = self._content.seek
        self.tell = self._content.tell
        self.seekable = self._content.seekable

    def close(self) -> None:
        self._content.close()
        self._file.close()
