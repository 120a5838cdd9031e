"""A cache of prepared corpora (HDF5), with which a training on the same files starts in seconds.

A cache file contains no code, only arrays and text. Its key is the SHA-256 of the contents of the
files and of the settings that the ids depend on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.files import (
    make_folder,
    open_stored,
    remove_leftovers,
    sha256_of,
    write_atomically,
)
from malgil.common.locks import exclusive
from malgil.common.records import build_record, parse_stored
from malgil.preprocessing.dataset.ragged import RaggedArray
from malgil.preprocessing.dataset.validation_set import ValidationSet

VERSION = 3
KEPT = 5
SETS = ("train", "valid")
SIDES = ("source", "target")
_ARRAYS = ("ids", "lengths")
_BLOCK = 1 << 22  # bytes, or ids, that are processed at once


@dataclass(frozen=True)
class CachedCorpus:
    """A corpus ready for training.

    Attributes:
        subword: The SentencePiece models, as `TextPipeline.to_state` returns them.
        summary: Lines that say how many pairs were read and left out.
        train: Source and target ids of the training pairs.
        valid: Source and target ids of the validation pairs.
        validation: The identity of the validation pairs.
    """

    subword: dict[str, bytes]
    summary: list[str]
    train: tuple[RaggedArray, RaggedArray]
    valid: tuple[RaggedArray, RaggedArray]
    validation: ValidationSet

    def fingerprint(self) -> str:
        """Return the SHA-256 of the training ids, by which a resumed training recognizes them."""
        digest = hashlib.sha256()
        for rows in self.train:
            digest.update(rows.lengths.tobytes())
            for begin in range(0, len(rows.flat), _BLOCK):
                digest.update(rows.flat[begin : begin + _BLOCK].astype(np.int32).tobytes())
        return digest.hexdigest()


def cache_key(files: Iterable[Path], settings: dict[str, Any]) -> str:
    """Return the key of a corpus.

    Args:
        files: The files of the corpus, in order.
        settings: Plain values that the ids depend on.

    Returns:
        A SHA-256 in hexadecimal digits.

    Raises:
        UserError: If a file cannot be read.
    """
    digest = hashlib.sha256(json.dumps([VERSION, settings], sort_keys=True).encode())
    for path in files:
        digest.update(bytes.fromhex(sha256_of(path)))
    return digest.hexdigest()


def cache_path(folder: Path, key: str) -> Path:
    """Return the file of a key."""
    return folder / f"{key[:24]}.h5"


def save(folder: Path, key: str, corpus: CachedCorpus) -> None:
    """Write a corpus atomically and remove the least recently used cache files.

    The caller holds the lock of the corpus's file. Files whose lock another process holds stay: it
    may have written them and not read them yet.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
    """
    path = cache_path(make_folder(folder), key)
    remove_leftovers(folder, path.name)
    if not path.is_file():  # a pipe or a device counts as absent, as in `load`
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    with write_atomically(path) as file, h5py.File(file, "w") as out:
        out.attrs["key"] = key
        out.attrs["summary"] = json.dumps(corpus.summary)
        validation = json.dumps(corpus.validation).encode()
        _store(out, "validation", np.frombuffer(validation, np.uint8))
        for side, model in corpus.subword.items():
            _store(out, f"subword/{side}", np.frombuffer(model, np.uint8))
        for name in SETS:
            for side, rows in zip(SIDES, getattr(corpus, name), strict=True):
                _store(out, f"{name}/{side}/lengths", rows.lengths.astype(np.int32))
                _store(out, f"{name}/{side}/ids", rows.flat)
    with contextlib.suppress(OSError):  # in a shared folder, the files of others cannot be removed
        caches = sorted(folder.glob("*.h5"), key=lambda cache: cache.stat().st_mtime)
        for old in caches[:-KEPT]:
            with contextlib.suppress(UserError), exclusive(old):
                old.unlink(missing_ok=True)


def load(folder: Path, key: str) -> CachedCorpus | None:
    """Load the corpus of a key. Its ids are mapped from the file and read when they are needed.

    Returns:
        The corpus; None if the cache does not contain it or any byte has changed.
    """
    path = cache_path(folder, key)
    try:
        # HDF5 opens the file by its name, as it maps the arrays.
        with open_stored(path), h5py.File(path, "r") as file:
            if file.attrs["key"] != key:
                return None
            sides = [
                _rows(*(_fetch(path, file[f"{name}/{side}/{array}"]) for array in _ARRAYS))
                for name in SETS
                for side in SIDES
            ]
            subword = {side: _fetch(path, file[f"subword/{side}"]).tobytes() for side in SIDES}
            summary = build_record(list[str], parse_stored(file.attrs["summary"]))
            stored = parse_stored(_fetch(path, file["validation"]).tobytes())
            validation = ValidationSet(*build_record(tuple[str, int], stored))
            train, valid = (sides[0], sides[1]), (sides[2], sides[3])
            corpus = CachedCorpus(subword, summary, train, valid, validation)
    except (OSError, KeyError, ValueError, TypeError):
        return None
    with contextlib.suppress(OSError):  # mark the file as the most recently used
        os.utime(path)
    return corpus


def _store(out: h5py.File, name: str, array: NDArray[Any]) -> None:
    # Contiguous, so that the array can be mapped into memory.
    stored = out.create_dataset(name, array.shape, array.dtype)
    for begin in range(0, len(array), _BLOCK):
        stored[begin : begin + _BLOCK] = array[begin : begin + _BLOCK]
    stored.attrs["crc32"] = _crc32(array)


def _rows(flat: NDArray[Any], lengths: NDArray[Any]) -> RaggedArray:
    """Return rows of ids. Raises `ValueError` if they are not the ids that the lengths describe."""
    are_numbers = flat.dtype.kind in "iu" and lengths.dtype.kind in "iu"
    if not are_numbers or flat.ndim != 1 or lengths.ndim != 1 or (lengths < 0).any():
        raise ValueError("the ids or their lengths are not whole numbers")
    if int(lengths.sum(dtype=np.int64)) != len(flat):
        raise ValueError("the ids have other lengths")
    return RaggedArray(flat, lengths)


def _fetch(path: Path, stored: h5py.Dataset) -> NDArray[Any]:
    """Map an array from the file. Raises `ValueError` if it is damaged."""
    if not isinstance(stored, h5py.Dataset):  # a damaged file may have a group in its place
        raise ValueError(f"{stored.name} is not an array")
    offset = stored.id.get_offset()  # None for an empty array
    array = np.memmap(path, stored.dtype, "r", offset, stored.shape) if offset else stored[()]
    if _crc32(array) != stored.attrs["crc32"]:
        raise ValueError(f"{stored.name} has changed")
    return array


def _crc32(array: NDArray[Any]) -> int:
    checksum = 0
    for begin in range(0, len(array), _BLOCK):
        checksum = zlib.crc32(array[begin : begin + _BLOCK].tobytes(), checksum)
    return checksum
