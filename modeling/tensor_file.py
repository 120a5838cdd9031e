"""Arrays and text in one file: written whole or not at all, and checked before it is used.

The file is in the format safetensors (https://github.com/huggingface/safetensors, "Format"), which
holds data alone, never code, without compression, links, or references to other files:

    8 bytes      n, the size of the header, little-endian
    n bytes      the header, JSON: `__metadata__` with text by names, then for each array its type,
                 shape and place; spaces fill it up to a multiple of 8
    the rest     the arrays, one after another, little-endian

The metadata of these files begin with five entries of their own: `format`, `version` (of what is
in the file), `bytes` (the size of the file), `sha256` (of all that follows the fifth entry) and
`start` (the CRC-32 of all that precedes it). So any changed byte shows.
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
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, write_atomically

VERSION = 2
_OLD_MAGIC = b"malgil translator\n"  # of version 1, which was HDF5
_MAGIC = b'{"__metadata__":{"format":"malgil translator"'
_NAME = slice(_MAGIC.index(b"malgil"), len(_MAGIC))
_START = re.compile(
    re.escape(_MAGIC) + rb',"version":"(\d{1,9})","bytes":"(\d{12})",'
    rb'"sha256":"([0-9a-f]{64})","start":"([0-9a-f]{8})"'
)
_START_BYTES = 256  # as much as is read to find the five entries
_SMALLEST = 190  # fewer bytes than the size of the header and the five entries are no whole file
_MOST_HEADER_BYTES = 100_000_000  # as in the library safetensors
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
    """What a file holds.

    Attributes:
        metadata: Text, by its name.
        arrays: Arrays of numbers, by their names; they cannot be written to.
    """

    metadata: dict[str, str]
    arrays: dict[str, NDArray[Any]]


class _Start(NamedTuple):
    """What the five entries say.

    Attributes:
        header_bytes: The size of the header.
        total_bytes: The size of the file.
        digest: The SHA-256 of all that follows.
        end: Where it begins.
    """

    header_bytes: int
    total_bytes: int
    digest: str
    end: int


def write(path: Path, metadata: Mapping[str, str], arrays: Mapping[str, Any]) -> None:
    """Write a file atomically: `path` is the old file or the new one, never a part.

    Args:
        path: The file.
        metadata: Text, by its name.
        arrays: Arrays of integers or floating-point numbers, by their names.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
        ValueError: If an array is of another type.
    """
    rows = {name: np.ascontiguousarray(array).reshape(-1) for name, array in arrays.items()}
    # The widest numbers first: then each array lies at a multiple of the size of its numbers.
    names = sorted(rows, key=lambda name: -rows[name].itemsize)
    header: dict[str, Any] = {}
    end = 0
    for name in names:
        begin, end = end, end + rows[name].nbytes
        kind = _NAMES.get(rows[name].dtype.newbyteorder("<").str)
        if kind is None:
            raise ValueError(f"{name} is no array of numbers: {rows[name].dtype}")
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
    """Return the size of the header, and the five entries."""
    start = header_bytes.to_bytes(8, "little") + _MAGIC
    start += (
        f',"version":"{VERSION}","bytes":"{total_bytes:012}","sha256":"{digest}","start":"'
    ).encode("ascii")
    return start + f'{zlib.crc32(start):08x}"'.encode("ascii")


def read(path: Path) -> TensorFile:
    """Read a file, after all checks.

    Args:
        path: The file.

    Raises:
        UserError: If the file is missing, not of this program, of another version, cut short,
            changed in any byte, or not laid out as described; each in its own words.
    """
    # Without a buffer: the one of Python would copy the arrays, at ten times the cost of reading.
    with as_user_error(path, "read"), open(path, "rb", buffering=0) as file:
        start = _read_start(path, file)
        content = memoryview(file.readall())
    is_whole = len(content) == start.total_bytes
    if not is_whole or hashlib.sha256(content[start.end :]).hexdigest() != start.digest:
        raise UserError(
            f"{str(path)!r} is damaged: its checksum does not agree. Copy it again or train again."
        )
    with layout_errors(path):
        end = 8 + start.header_bytes
        metadata, entries = _parsed(bytes(content[start.end : end]))
        return TensorFile(metadata, dict(_arrays(entries, content[end:])))


def read_metadata(path: Path) -> dict[str, str]:
    """Read the metadata alone, without the arrays behind them, and so without the checksum.

    Raises:
        UserError: As `read`.
    """
    with as_user_error(path, "read"), open(path, "rb") as file:
        start = _read_start(path, file)
        header = file.read(8 + start.header_bytes)[start.end :]
    with layout_errors(path):
        return _parsed(header)[0]


@contextlib.contextmanager
def layout_errors(path: Path) -> Iterator[None]:
    """Turn what reading a file of another layout raises into a one-line `UserError`."""
    try:
        yield
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise UserError(
            f"{str(path)!r} is not laid out as a translator ({error}). Train it again."
        ) from error


def _read_start(path: Path, file: BinaryIO) -> _Start:
    """Read and check the five entries; the file then stands at its beginning again."""
    block = file.read(_START_BYTES)
    size = os.fstat(file.fileno()).st_size
    if block.startswith(_OLD_MAGIC):
        raise UserError(
            f"{str(path)!r} was written by an earlier version of this program. Train it again."
        )
    if not _is_ours(block):
        raise UserError(
            f"{str(path)!r} is not a translator of this program. Name a file that training wrote."
        )
    found = _START.match(block, 8)
    if found is None and size < _SMALLEST:
        raise UserError(
            f"{str(path)!r} is cut short: only {size} bytes are there. "
            "Copy it again or train again."
        )
    header_bytes = int.from_bytes(block[:8], "little")
    is_sound = found is not None and zlib.crc32(block[: found.start(4)]) == int(found[4], 16)
    if found is None or not is_sound or not found.end() - 8 < header_bytes <= int(found[2]) - 8:
        raise UserError(f"{str(path)!r} is damaged at its beginning. Copy it again or train again.")
    version, total_bytes = int(found[1]), int(found[2])
    if version > VERSION:
        raise UserError(
            f"{str(path)!r} has version {version} of the format; this program reads up to version "
            f"{VERSION}. Install a newer version of the program."
        )
    if size < total_bytes:
        raise UserError(
            f"{str(path)!r} is cut short: {size:,} of {total_bytes:,} bytes are there. "
            "Copy it again or train again."
        )
    file.seek(0)
    return _Start(header_bytes, total_bytes, found[3].decode(), found.end())


def _is_ours(block: bytes) -> bool:
    """Whether a file begins as one of these, damaged or cut short as it may be."""
    if len(block) < 8 + len(_MAGIC):
        length = int.from_bytes(block[:8], "little")
        return length <= _MOST_HEADER_BYTES and _MAGIC.startswith(block[8:])
    name = zip(block[8:][_NAME], _MAGIC[_NAME], strict=True)
    return sum(found == expected for found, expected in name) > len(_MAGIC[_NAME]) // 2


def _parsed(header: bytes) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the metadata but for the five entries, and what describes the arrays."""
    entries = json.loads(b'{"__metadata__":{"format":""' + header, object_pairs_hook=_once)
    metadata = entries.pop("__metadata__")
    del metadata["format"]
    if not all(isinstance(text, str) for text in metadata.values()):
        raise ValueError("metadata are no text")
    return metadata, entries


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, whose names must differ."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _arrays(entries: Mapping[str, Any], content: memoryview) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays, which must fill the content without a gap; so none is larger than that."""
    end = 0
    for name, entry in entries.items():
        kind, shape, place = (entry[key] for key in ("dtype", "shape", "data_offsets"))
        dtype = np.dtype(_TYPES[kind])
        if not all(type(size) is int and size >= 0 for size in shape):
            raise ValueError(f"{name} has the shape {shape}")
        begin, end = end, end + math.prod(shape) * dtype.itemsize
        if place != [begin, end] or end > len(content):
            raise ValueError(f"{name} is not where it should be")
        yield name, np.frombuffer(content[begin:end], dtype).reshape(shape)
    if end != len(content):
        raise ValueError("more than the arrays is there")
