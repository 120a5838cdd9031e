"""Files of arrays and text that are written atomically and verified when they are read.

The format is safetensors (https://github.com/huggingface/safetensors, section "Format"). It holds
only data, never code, without compression, links, or references to other files:

    8 bytes      n, the size of the header, little-endian
    n bytes      the header, JSON: `__metadata__` with named texts, then the type, shape and offsets
                 of each array; padded with spaces to a multiple of 8
    the rest     the arrays, one after another, little-endian

The metadata begin with five additional entries: `format`, `version` (of the contents), `bytes` (the
size of the file), `sha256` (of everything after the fifth entry) and `start` (the CRC-32 of
everything before it). So every changed byte is detected.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, open_stored, write_atomically
from malgil.common.localization import _

VERSION = 2
_OLD_MAGIC = b"malgil translator\n"  # of version 1, an HDF5 file
_MAGIC = b'{"__metadata__":{"format":"malgil translator"'
_NAME = slice(_MAGIC.index(b"malgil"), len(_MAGIC))
_START = re.compile(
    re.escape(_MAGIC) + rb',"version":"(\d{1,9})","bytes":"(\d{12})",'
    rb'"sha256":"([0-9a-f]{64})","start":"([0-9a-f]{8})"'
)
_START_BYTES = 256  # these hold the five entries
_SMALLEST = 190  # the minimum number of bytes of a complete file
# Its values take up to 21 times as much memory. The largest is that of a checkpoint, which has a
# row for each validation: 100,000 of them take 20 MB.
_MAX_HEADER_BYTES = 22 << 20
# A file whose header is wrong is read to its end, up to this size, to see whether it was changed.
_MAX_CHECKED_BYTES = 1 << 28
_SHOWN = 400  # characters of a reason
_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
}
_NAMES = {code: name for name, code in _TYPES.items()}


class TensorFile(NamedTuple):
    """The contents of a file.

    Attributes:
        metadata: Texts by name.
        arrays: Arrays of numbers by name; they are read-only.
    """

    metadata: dict[str, str]
    arrays: dict[str, NDArray[Any]]


class _Start(NamedTuple):
    """The values of the five entries.

    Attributes:
        header_bytes: The size of the header.
        total_bytes: The size of the file.
        digest: The SHA-256 of everything after the five entries.
        end: The offset of the first byte after them.
    """

    header_bytes: int
    total_bytes: int
    digest: str
    end: int


class _Place(NamedTuple):
    """Where an array is in the content.

    Attributes:
        dtype: Its type.
        shape: Its shape.
        begin, end: The offsets of its first byte and of the first byte after it.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


def write(path: Path, metadata: Mapping[str, str], arrays: Mapping[str, Any]) -> None:
    """Write a file atomically: `path` holds the old file or the new one, never a part of one.

    Args:
        path: The file.
        metadata: Texts by name.
        arrays: Arrays of integers or floating-point numbers by name.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
        ValueError: If an array has another type.
    """
    rows = {name: np.ascontiguousarray(array).reshape(-1) for name, array in arrays.items()}
    # In descending order of item size, so that every array is aligned to its item size.
    names = sorted(rows, key=lambda name: -rows[name].itemsize)
    header: dict[str, Any] = {}
    end = 0
    for name in names:
        begin, end = end, end + rows[name].nbytes
        kind = _NAMES.get(rows[name].dtype.newbyteorder("<").str)
        if kind is None:
            raise ValueError(f"{name} is not an array of numbers: {rows[name].dtype}")
        header[name] = {
            "dtype": kind,
            "shape": list(np.shape(arrays[name])),
            "data_offsets": [begin, end],
        }
    entries = "".join(f",{json.dumps(key)}:{json.dumps(text)}" for key, text in metadata.items())
    more = f"{entries}}}{''.join(f',{json.dumps(n)}:{json.dumps(v)}' for n, v in header.items())}}}"
    start_bytes = len(_start(0, 0, "0" * 64))
    rest = more.encode("ascii")
    rest += b" " * (-(start_bytes + len(rest)) % 8)
    content = [memoryview(rest), *(rows[name].view(np.uint8).data for name in names)]
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    total_bytes = start_bytes + len(rest) + end
    start = _start(start_bytes - 8 + len(rest), total_bytes, digest.hexdigest())
    with write_atomically(path) as file:
        file.write(start)
        for part in content:
            file.write(part)


def _start(header_bytes: int, total_bytes: int, digest: str) -> bytes:
    """Return the first bytes of a file: the size of the header and the five entries."""
    start = header_bytes.to_bytes(8, "little") + _MAGIC
    start += (
        f',"version":"{VERSION}","bytes":"{total_bytes:012}","sha256":"{digest}","start":"'
    ).encode("ascii")
    return start + f'{zlib.crc32(start):08x}"'.encode("ascii")


def read(path: Path) -> TensorFile:
    """Read a file and verify it.

    Args:
        path: The file.

    Raises:
        UserError: If the file is missing, was not written by Malgil, has a newer format, is
            truncated, has a changed byte, or has another structure; each with its own message.
    """
    # Unbuffered, as Python's buffer would copy the arrays, which takes ten times as long.
    with as_user_error(path, "read"), open_stored(path, buffering=0) as file:
        start = _read_start(path, file)
        if os.fstat(file.fileno()).st_size != start.total_bytes:
            raise _damaged(path)
        header = file.read(8 + start.header_bytes)[start.end :]
        digest = hashlib.sha256(header)
        content_bytes = start.total_bytes - 8 - start.header_bytes
        try:
            with layout_errors(path):
                metadata, entries = _parsed(header)
                places = _places(entries, content_bytes)
        except UserError:
            if content_bytes <= _MAX_CHECKED_BYTES:
                _check_digest(path, start, digest, file.read())
            raise
        try:
            content = memoryview(file.read())
        except MemoryError:
            message = _(
                "{path!r} has {size:,} bytes, more than the free memory. Check where it comes from."
            )
            raise UserError(message.format(path=str(path), size=start.total_bytes)) from None
    _check_digest(path, start, digest, content)
    with layout_errors(path):
        arrays = {
            name: np.frombuffer(content[place.begin : place.end], place.dtype).reshape(place.shape)
            for name, place in places.items()
        }
    return TensorFile(metadata, arrays)


def _check_digest(path: Path, start: _Start, digest: Any, content: bytes | memoryview) -> None:
    """Check the SHA-256 of a file.

    Args:
        path: The file, for the message.
        start: The values of its five entries.
        digest: The hash object of the rest of the header.
        content: What follows the header.

    Raises:
        UserError: If a byte has changed.
    """
    digest.update(content)
    if digest.hexdigest() != start.digest:
        raise _damaged(path)


def _damaged(path: Path) -> UserError:
    message = _("{path!r} is damaged: its checksum does not match. Copy it again or train again.")
    return UserError(message.format(path=str(path)))


def read_metadata(path: Path) -> dict[str, str]:
    """Read only the metadata, without the arrays and therefore without the checksum.

    Raises:
        UserError: As `read`.
    """
    with as_user_error(path, "read"), open_stored(path) as file:
        start = _read_start(path, file)
        header = file.read(8 + start.header_bytes)[start.end :]
    with layout_errors(path):
        return _parsed(header)[0]


@contextlib.contextmanager
def layout_errors(path: Path) -> Iterator[None]:
    """Turn the exceptions that a file of another structure causes into a one-line `UserError`."""
    try:
        yield
    except (KeyError, ValueError, TypeError, OverflowError, RecursionError) as error:
        message = _(
            "{path!r} does not have the structure of a translator ({error}). Train it again."
        )
        raise UserError(message.format(path=str(path), error=shown(error))) from error


def shown(error: Exception) -> str:
    """Return the message of an error about a file's contents, which may quote any of them."""
    text = str(error)[: _SHOWN + 1]
    text = "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _read_start(path: Path, file: IO[bytes]) -> _Start:
    """Read and check the five entries, and seek back to the beginning of the file."""
    block = file.read(_START_BYTES)
    size = os.fstat(file.fileno()).st_size
    if block.startswith(_OLD_MAGIC):
        message = _("{path!r} was written by an earlier version of Malgil. Train it again.")
        raise UserError(message.format(path=str(path)))
    if not _is_ours(block):
        message = _("{path!r} is not a translator. Name a file that Malgil wrote.")
        raise UserError(message.format(path=str(path)))
    found = _START.match(block, 8)
    if found is None and size < _SMALLEST:
        message = _(
            "{path!r} is truncated: it has only {size} bytes. Copy it again or train again."
        )
        raise UserError(message.format(path=str(path), size=size))
    header_bytes = int.from_bytes(block[:8], "little")
    is_sound = found is not None and zlib.crc32(block[: found.start(4)]) == int(found[4], 16)
    if (
        found is None
        or not is_sound
        or not found.end() - 8 < header_bytes <= min(int(found[2]) - 8, _MAX_HEADER_BYTES)
    ):
        message = _("{path!r} is damaged at its beginning. Copy it again or train again.")
        raise UserError(message.format(path=str(path)))
    version, total_bytes = int(found[1]), int(found[2])
    if version > VERSION:
        message = _(
            "{path!r} has version {version} of the format. This version of Malgil reads versions "
            "up to {accepted}. Install a newer version of Malgil."
        )
        raise UserError(message.format(path=str(path), version=version, accepted=VERSION))
    if size < total_bytes:
        message = _(
            "{path!r} is truncated: it has {size:,} of {total:,} bytes. Copy it again or train "
            "again."
        )
        raise UserError(message.format(path=str(path), size=size, total=total_bytes))
    file.seek(0)
    return _Start(header_bytes, total_bytes, found[3].decode(), found.end())


def _is_ours(block: bytes) -> bool:
    """Return whether a file starts like one of Malgil's, even if damaged or truncated."""
    if len(block) < 8 + len(_MAGIC):
        length = int.from_bytes(block[:8], "little")
        return length <= _MAX_HEADER_BYTES and _MAGIC.startswith(block[8:])
    name = zip(block[8:][_NAME], _MAGIC[_NAME], strict=True)
    return sum(found == expected for found, expected in name) > len(_MAGIC[_NAME]) // 2


def _parsed(header: bytes) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the metadata without the five entries, and the entries of the arrays."""
    entries = json.loads(b'{"__metadata__":{"format":""' + header, object_pairs_hook=_once)
    metadata = entries.pop("__metadata__")
    del metadata["format"]
    if not all(isinstance(text, str) for text in metadata.values()):
        raise ValueError(_("the metadata are not text"))
    return metadata, entries


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object, whose keys must be unique."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("a name occurs twice"))
    return found


def _places(entries: Mapping[str, Any], content_bytes: int) -> dict[str, _Place]:
    """Return where the arrays are, which must fill the content without gaps and not exceed it."""
    end = 0
    places = {}
    for name, entry in entries.items():
        kind, shape, place = (entry[key] for key in ("dtype", "shape", "data_offsets"))
        dtype = np.dtype(_TYPES[kind])
        if type(shape) is not list or not all(type(size) is int and size >= 0 for size in shape):
            raise ValueError(_("{name} has the shape {shape}").format(name=name, shape=shape))
        begin, end = end, end + math.prod(shape) * dtype.itemsize
        if place != [begin, end] or end > content_bytes:
            raise ValueError(_("{name} has wrong offsets").format(name=name))
        places[name] = _Place(dtype, tuple(shape), begin, end)
    if end != content_bytes:
        raise ValueError(_("there are bytes after the last array"))
    return places
