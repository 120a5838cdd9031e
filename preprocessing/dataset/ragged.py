"""Ragged arrays: rows of ids of different lengths, stored one after another in one flat array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import IO, Any, overload

import numpy as np
from numpy.typing import NDArray


class RaggedArray(Sequence[NDArray[Any]]):
    """A sequence of rows of ids, in memory or in a memory-mapped file.

    It needs a few bytes for each id, while lists need dozens.

    Args:
        flat: `(ids,)` integers, all rows one after another; an array or a memory map.
        lengths: `(rows,)` integers.
    """

    def __init__(self, flat: NDArray[Any], lengths: NDArray[Any]) -> None:
        self.flat = flat
        self.lengths = np.asarray(lengths, np.int64)
        self._begins = np.concatenate([[0], np.cumsum(self.lengths)])

    @classmethod
    def of(cls, rows: Iterable[Sequence[int] | NDArray[Any]]) -> RaggedArray:
        """Copy rows into a ragged array. A ragged array is returned unchanged."""
        if isinstance(rows, cls):
            return rows
        rows = list(rows)
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        flat = np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum()))
        return cls(flat, lengths)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lengths)

    @overload
    def __getitem__(self, index: int) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[NDArray[Any]]: ...
    def __getitem__(self, index: int | slice) -> NDArray[Any] | list[NDArray[Any]]:
        """Return the ids of a row."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        return self.flat[self._begins[index] : self._begins[index + 1]]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """Iterate over all rows in order."""
        return (self[i] for i in range(len(self)))


class RaggedWriter:
    """Writes rows of ids to a file, for a ragged array that is larger than memory.

    Args:
        file: An empty binary file for the ids.
        vocabulary_size: One more than the largest id.
    """

    def __init__(self, file: IO[bytes], vocabulary_size: int) -> None:
        self._file = file
        self._dtype = np.dtype(np.uint16 if vocabulary_size <= 1 << 16 else np.int32)
        self._lengths: list[NDArray[Any]] = []

    def extend(self, rows: Sequence[Sequence[int]]) -> None:
        """Append rows."""
        self._lengths.append(np.fromiter(map(len, rows), np.int32, len(rows)))
        self._file.write(np.array([i for row in rows for i in row], self._dtype).tobytes())

    def to_array(self) -> RaggedArray:
        """Return the rows written so far, mapped from the file, which must stay open."""
        self._file.flush()
        lengths = np.concatenate(self._lengths) if self._lengths else np.zeros(0, np.int32)
        count = int(lengths.sum(dtype=np.int64))
        flat = np.memmap(self._file, self._dtype, "r", shape=(count,)) if count else np.zeros(0)
        return RaggedArray(flat, lengths)
