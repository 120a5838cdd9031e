"""Compressed files: gzip, bzip2 and xz, with what may follow their ends."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from malgil.common.localization import _

_BYTES_AT_ONCE = 1 << 16
# `xz -9` needs 65 MiB; a header that asks for gigabytes was made to fill the memory.
_MAX_XZ_MEMORY = 1 << 28


def open_decompressed(module: str, file: BinaryIO) -> io.BufferedIOBase | io.RawIOBase:
    """Open a compressed file, which may consist of several compressed parts.

    Zero bytes after the end are ignored, as tapes and disk images add them. Any other bytes are
    an error in each of the formats.

    Args:
        module: The module that decompresses: gzip, bz2 or lzma.
        file: The compressed file; closed with the result.

    Raises:
        OSError: While reading, if the file is damaged, or something else follows its end.
        EOFError: While reading, if it is incomplete.
        lzma.LZMAError: While reading, if an xz file is damaged.
    """
    if module == "gzip":
        import gzip

        return _OwningGzipFile(file, gzip.GzipFile(fileobj=file))
    return _DecompressedFile(module, file)


class _OwningGzipFile(io.RawIOBase):
    """A gzip file that also closes the file it reads from."""

    def __init__(self, file: BinaryIO, content: Any) -> None:
        self._file, self._content = file, content

    def read(self, size: int = -1) -> bytes:
        return bytes(self._content.read(size))

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._content.seek(offset, whence))

    def tell(self) -> int:
        return int(self._content.tell())

    def seekable(self) -> bool:
        return self._file.seekable()

    def close(self) -> None:
        if not self.closed:
            self._content.close()
            self._file.close()
        super().close()


class _DecompressedFile(io.RawIOBase):
    """The content of a bzip2 or xz file.

    `bz2` and `lzma` of Python ignore whatever follows the end of a file.
    """

    def __init__(self, module: str, file: BinaryIO) -> None:
        self._module = module
        self._file = file
        self._start()

    def _start(self) -> None:
        self._file.seek(0)
        self._position = 0
        self._decompressor = self._new_decompressor()
        self._is_at_end = False
        self._rest = b""

    def _new_decompressor(self) -> Any:
        if self._module == "bz2":
            import bz2

            return bz2.BZ2Decompressor()
        import lzma

        return lzma.LZMADecompressor(memlimit=_MAX_XZ_MEMORY)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, at least one before the end; all if it is negative."""
        if size < 0:
            return b"".join(iter(lambda: self.read(_BYTES_AT_ONCE), b""))
        while size and not self._is_at_end:
            if self._decompressor.eof and not self._begin_part():
                break
            data = b""
            if self._decompressor.needs_input:
                data = self._rest or self._file.read(_BYTES_AT_ONCE)
                self._rest = b""
                if not data:
                    raise EOFError(_("its end is missing"))
            content = self._decompressor.decompress(data, size)
            if content:
                self._position += len(content)
                return bytes(content)
        return b""

    def _begin_part(self) -> bool:
        """Begin the next part of the file; return False at the end of the last one."""
        rest = self._decompressor.unused_data.lstrip(b"\0")
        while not rest:
            data = self._file.read(_BYTES_AT_ONCE)
            if not data:
                self._is_at_end = True
                return False
            rest = data.lstrip(b"\0")
        signature = b"BZh" if self._module == "bz2" else b"\xfd7zXZ\0"
        rest += self._file.read(len(signature))
        if not rest.startswith(signature):
            raise OSError(_("it goes on after its end"))
        self._rest = rest
        self._decompressor = self._new_decompressor()
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position; one before the current one is slow."""
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            while self.read(_BYTES_AT_ONCE):
                pass
            offset += self._position
        if offset < self._position:
            self._start()
        while self._position < offset and self.read(min(_BYTES_AT_ONCE, offset - self._position)):
            pass
        return self._position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return self._file.seekable()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
