"""The ids of a corpus on disk (HDF5): another training on the same files begins within seconds.

A cache holds no code, only arrays and text. It is found by a key: the SHA-256 of the files'
contents and of the settings that the ids depend on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from malgil.common.files import make_folder, remove_leftovers, sha256_of, write_atomically
from malgil.preprocessing.dataset.ragged import RaggedArray

VERSION = 1
KEPT = 5
SETS = ("train", "valid")
SIDES = ("source", "target")
_PARTS = ("ids", "lengths")
_PART = 1 << 22  # bytes, or ids, that are handled at once


@dataclass(frozen=True)
class CachedCorpus:
    """What a training needs of its corpus.

    Attributes:
        subword: The SentencePiece models, as `TextPipeline.to_state` gives them.
        summary: Lines that say what was read and left out.
        train: Source and target ids of the pairs that are learned from.
        valid: Those of the pairs that measure.
    """

    subword: dict[str, bytes]
    summary: list[str]
    train: tuple[RaggedArray, RaggedArray]
    valid: tuple[RaggedArray, RaggedArray]

    def fingerprint(self) -> str:
        """A SHA-256 of the training ids, by which a resumed training knows its corpus."""
        digest = hashlib.sha256()
        for rows in self.train:
            digest.update(rows.lengths.tobytes())
            for begin in range(0, len(rows.flat), _PART):
                digest.update(rows.flat[begin : begin + _PART].astype(np.int32).tobytes())
        return digest.hexdigest()


def key_of(files: Iterable[Path], settings: dict[str, Any]) -> str:
    """The key of a corpus.

    Args:
        files: Its files, in order.
        settings: Plain values that the ids depend on.

    Returns:
        A SHA-256, in hexadecimal digits.

    Raises:
        UserError: If a file cannot be read.
    """
    digest = hashlib.sha256(json.dumps([VERSION, settings], sort_keys=True).encode())
    for path in files:
        digest.update(bytes.fromhex(sha256_of(path)))
    return digest.hexdigest()


class RaggedWriter:
    """Rows of ids that come one by one, written to a file as they come.

    Args:
        file: Where the ids go; an empty binary file.
        pieces: One more than the largest id.
    """

    def __init__(self, file: BinaryIO, pieces: int) -> None:
        self._file = file
        self.dtype = np.dtype(np.uint16 if pieces <= 1 << 16 else np.int32)
        self.lengths: list[NDArray[Any]] = []

    def add(self, rows: Sequence[Sequence[int]]) -> None:
        """Write more rows."""
        self.lengths.append(np.fromiter(map(len, rows), np.int32, len(rows)))
        self._file.write(np.array([i for row in rows for i in row], self.dtype).tobytes())

    def rows(self) -> RaggedArray:
        """What was written; the file must stay open."""
        self._file.flush()
        lengths = np.concatenate(self.lengths) if self.lengths else np.zeros(0, np.int32)
        count = int(lengths.sum(dtype=np.int64))
        flat = np.memmap(self._file, self.dtype, "r", shape=(count,)) if count else np.zeros(0)
        return RaggedArray(flat, lengths)


def path_of(folder: Path, key: str) -> Path:
    """The file of a key."""
    return folder / f"{key[:24]}.h5"


def save(folder: Path, key: str, corpus: CachedCorpus) -> None:
    """Write a corpus atomically, and remove the caches that were not used for longest.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
    """
    path = path_of(make_folder(folder), key)
    remove_leftovers(folder, path.name)
    with write_atomically(path) as file, h5py.File(file, "w") as out:
        out.attrs["key"] = key
        out.attrs["summary"] = json.dumps(corpus.summary)
        for side, model in corpus.subword.items():
            _store(out, f"subword/{side}", np.frombuffer(model, np.uint8))
        for name in SETS:
            for side, rows in zip(SIDES, getattr(corpus, name), strict=True):
                _store(out, f"{name}/{side}/lengths", rows.lengths.astype(np.int32))
                _store(out, f"{name}/{side}/ids", rows.flat)
    caches = sorted(folder.glob("*.h5"), key=lambda cache: cache.stat().st_mtime)
    for old in caches[:-KEPT]:
        old.unlink(missing_ok=True)


def load(folder: Path, key: str) -> CachedCorpus | None:
    """The corpus of a key, its ids left on the disk until they are needed.

    Returns:
        None where there is none, or where a byte of it has changed.
    """
    path = path_of(folder, key)
    try:
        with h5py.File(path, "r") as file:
            if file.attrs["key"] != key:
                return None
            sides = [
                RaggedArray(*(_fetch(path, file[f"{name}/{side}/{part}"]) for part in _PARTS))
                for name in SETS
                for side in SIDES
            ]
            subword = {side: _fetch(path, file[f"subword/{side}"]).tobytes() for side in SIDES}
            summary = json.loads(file.attrs["summary"])
            train, valid = (sides[0], sides[1]), (sides[2], sides[3])
            corpus = CachedCorpus(subword, summary, train, valid)
    except (OSError, KeyError, ValueError, TypeError):
        return None
    with contextlib.suppress(OSError):  # it is the latest used now
        os.utime(path)
    return corpus


def _store(out: h5py.File, name: str, array: NDArray[Any]) -> None:
    # In one piece, so that it can be mapped into memory.
    stored = out.create_dataset(name, array.shape, array.dtype)
    for begin in range(0, len(array), _PART):
        stored[begin : begin + _PART] = array[begin : begin + _PART]
    stored.attrs["crc32"] = _crc32(array)


def _fetch(path: Path, stored: h5py.Dataset) -> NDArray[Any]:
    """An array straight from the file's pages. Raises `ValueError` if it is damaged."""
    offset = stored.id.get_offset()  # None where nothing is stored
    array = np.memmap(path, stored.dtype, "r", offset, stored.shape) if offset else stored[()]
    if _crc32(array) != stored.attrs["crc32"]:
        raise ValueError(f"{stored.name} has changed")
    return array


def _crc32(array: NDArray[Any]) -> int:
    found = 0
    for begin in range(0, len(array), _PART):
        found = zlib.crc32(array[begin : begin + _PART].tobytes(), found)
    return found
