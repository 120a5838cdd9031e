"""Rows of ids, one behind another in one array, which may lie on the disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


class RaggedArray(Sequence[NDArray[Any]]):
    """Sequences of ids of any length. Takes few bytes for each id, where lists take dozens.

    Args:
        flat: `(ids,)` integers: all rows, one behind another; an array or a memory map.
        lengths: `(rows,)` integers.
    """

    def __init__(self, flat: NDArray[Any], lengths: NDArray[Any]) -> None:
        self.flat = flat
        self.lengths = np.asarray(lengths, np.int64)
        self._begins = np.concatenate([[0], np.cumsum(self.lengths)])

    @classmethod
    def of(cls, rows: Iterable[Sequence[int] | NDArray[Any]]) -> RaggedArray:
        """Copies rows; what is rows of ids already is returned as it is."""
        if isinstance(rows, cls):
            return rows
        rows = list(rows)
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        flat = np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum()))
        return cls(flat, lengths)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.lengths)

    @overload
    def __getitem__(self, index: int) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[NDArray[Any]]: ...
    def __getitem__(self, index: int | slice) -> NDArray[Any] | list[NDArray[Any]]:
        """The ids of a row."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        return self.flat[self._begins[index] : self._begins[index + 1]]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """All rows in order."""
        return (self[i] for i in range(len(self)))
