"""Files, and the members of archives, as streams of bytes that can be opened repeatedly.

Packed content is always streamed: nothing is unpacked to a folder, and no name in an archive is
used as a path.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.decompression import open_decompressed
from malgil.preprocessing.corpus.formats.reading_budget import ReadingBudget

_BUFFER_BYTES = 1 << 18
# The name of each compression, the first bytes of its files, and the module that reads them.
_COMPRESSIONS = (
    ("gzip", re.compile(rb"\x1f\x8b"), "gzip"),
    ("bzip2", re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), "bz2"),
    ("xz", re.compile(rb"\xfd7zXZ\0"), "lzma"),
)


class Extent:
    """How far a source has been read: bytes that are read again are not counted again."""

    def __init__(self) -> None:
        self._end = 0

    def extend(self, end: int) -> int:
        """Return the number of bytes before a position that were not read before."""
        added = max(0, end - self._end)
        self._end += added
        return added


@dataclass(frozen=True)
class ByteSource:
    """Bytes that can be opened repeatedly: a file, or something packed in one.

    Attributes:
        path: The file.
        opener: Opens the bytes.
        member: The name of the member in the archive, for messages only; empty for the file itself.
        layers: The archives and compressions around the bytes, the outermost first.
        origin: Who named the file, as for `common.files.as_user_error`.
        budget: What may still be read; all sources in a file have the same.
    """

    path: Path
    opener: Callable[[], Any]
    member: str = ""
    layers: tuple[str, ...] = ()
    origin: str = ""
    budget: ReadingBudget = field(default_factory=ReadingBudget, compare=False, repr=False)
    _extent: Extent = field(default_factory=Extent, init=False, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The name for messages, in quotation marks."""
        path = str(self.path)
        if not self.member:
            return repr(path)
        return _("{member!r} in {path!r}").format(member=self.member, path=path)

    @property
    def place(self) -> str:
        """The path, and the member of an archive after a colon."""
        return f"{self.path}:{self.member}" if self.member else str(self.path)

    @property
    def base_name(self) -> str:
        """The last part of the name, which may end in a language code."""
        return re.split(r"[/\\]", self.member or self.path.name)[-1]

    def open(self) -> BinaryIO:
        """Open the bytes at their beginning.

        Raises:
            UserError: Now or while reading, if the bytes cannot be read or are damaged.
        """
        if not self.layers:
            with as_user_error(self.path, "read", self.origin):
                return cast(BinaryIO, self.opener())
        with self.damage_as_user_error():
            packed = self.opener()
        return cast(BinaryIO, io.BufferedReader(_UnpackedStream(packed, self), _BUFFER_BYTES))

    def read_head(self, size: int) -> bytes:
        """Return up to `size` bytes from the beginning."""
        with self.open() as file:
            return file.read(size)

    @contextlib.contextmanager
    def damage_as_user_error(self) -> Iterator[None]:
        """Turn the exceptions that damaged archives cause into a one-line `UserError`."""
        try:
            yield
        except damage_errors() as error:
            reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
            if isinstance(error, NotImplementedError):  # a method that zipfile does not know
                message = _(
                    "{name} cannot be unpacked here: {reason}. Unpack it with another program, and "
                    "name the file in it."
                )
            else:
                message = _("{name} is damaged or incomplete: {reason}. Get the file again.")
            raise UserError(message.format(name=self.name, reason=reason)) from error

    def unpacked(self, layer: str, opener: Callable[[], Any], member: str = "") -> ByteSource:
        """Return something that is packed in this source.

        Args:
            layer: The name of the archive format or compression.
            opener: Opens the unpacked bytes.
            member: The name of the member, if it has one.
        """
        layers = *self.layers, layer
        name = member or self.member
        return ByteSource(self.path, opener, name, layers, self.origin, self.budget)

    def count_unpacked(self, end: int) -> None:
        """Count the bytes before a position if they were not read before.

        Raises:
            UserError: If the file unpacks to too many bytes.
        """
        self.budget.unpack(self._extent.extend(end))


def damage_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that damaged files cause: `OSError` comes from bz2 and gzip."""
    import lzma
    import tarfile
    import zipfile
    import zlib

    return (
        EOFError,
        OSError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        tarfile.TarError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OverflowError,  # a length of hundreds of digits
        KeyError,
        UnicodeError,
    )


class _UnpackedStream(io.RawIOBase):
    """The unpacked bytes of a source; damage raises a `UserError`."""

    def __init__(self, packed: BinaryIO, source: ByteSource) -> None:
        self._packed = packed
        self._source = source
        self._is_expanded = source.layers[-1] != "tar"

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._packed.seekable()

    def readinto(self, buffer: Any) -> int:
        with self._source.damage_as_user_error():
            data = self._packed.read(len(buffer))
            if self._is_expanded:
                end = self._packed.tell()
        if self._is_expanded:
            self._source.count_unpacked(end)
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if self._is_expanded and whence == io.SEEK_SET:
            # What is skipped is unpacked too, and counted here.
            buffer = bytearray(_BUFFER_BYTES)
            while (left := offset - self._packed.tell()) > _BUFFER_BYTES:
                if not self.readinto(memoryview(buffer)[:left]):
                    break
        with self._source.damage_as_user_error():
            return self._packed.seek(offset, whence)

    def tell(self) -> int:
        return self._packed.tell()

    def close(self) -> None:
        self._packed.close()
        super().close()


def file_source(path: str | Path, stack: contextlib.ExitStack, origin: str = "") -> ByteSource:
    """Return the bytes of a file. A pipe, which can be read only once, is copied.

    Args:
        path: The file.
        stack: Removes the copy.
        origin: Who named the file, as for `common.files.as_user_error`.

    Raises:
        UserError: If the file is missing, cannot be read, or is a folder or a device, or if the
            disk is full.
    """
    path = Path(path)
    with as_user_error(path, "read", origin), open(path, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise UserError(
                _("{path!r} is a device. Name a file of sentence pairs.").format(path=str(path))
            )
        if stat.S_ISREG(mode):
            size = os.fstat(file.fileno()).st_size
            budget = ReadingBudget(repr(str(path)), size)
            return ByteSource(path, lambda: open(path, "rb"), origin=origin, budget=budget)
        with as_user_error(_temporary_folder()):
            copy = stack.enter_context(tempfile.NamedTemporaryFile())  # noqa: SIM115
            shutil.copyfileobj(file, copy)
            copy.flush()
    budget = ReadingBudget(repr(str(path)), Path(copy.name).stat().st_size)
    return ByteSource(path, lambda: open(copy.name, "rb"), origin=origin, budget=budget)


def open_seekable(source: ByteSource, stack: contextlib.ExitStack) -> BinaryIO:
    """Open a source for reading in any order; a packed one is copied to a temporary file.

    Args:
        source: The source.
        stack: Closes the file.

    Raises:
        UserError: If the source cannot be read, or the disk is full.
    """
    if not source.layers:
        return stack.enter_context(source.open())
    with source.open() as file, as_user_error(_temporary_folder()):
        copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        shutil.copyfileobj(file, copy, _BUFFER_BYTES)
        copy.seek(0)
    return cast(BinaryIO, copy)


def _temporary_folder() -> str:
    """Return the folder for temporary files. Raises `UserError` if there is none."""
    try:
        return tempfile.gettempdir()
    except FileNotFoundError as error:
        raise UserError(
            _(
                "cannot create a temporary file: {reason}. Free some space, or set TMPDIR to a "
                "folder that you may write to."
            ).format(reason=error.strerror)
        ) from error


def decompressed(source: ByteSource, head: bytes) -> ByteSource | None:
    """Return the content of a gzip, bzip2 or xz file; None for any other file.

    Args:
        source: The file.
        head: Its first bytes.
    """
    for layer, signature, module in _COMPRESSIONS:
        if signature.match(head):
            return source.unpacked(layer, functools.partial(_open_decompressed, module, source))
    return None


def _open_decompressed(module: str, source: ByteSource) -> Any:
    return open_decompressed(module, source.open())
