"""Ragged arrays, which behave like lists of arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.dataset.ragged import RaggedArray, RaggedWriter

LISTS = st.lists(st.lists(st.integers(0, 60_000), max_size=5), max_size=7)


@given(LISTS)
def test_contains_the_rows(rows: list[list[int]]) -> None:
    found = RaggedArray.of(rows)
    assert len(found) == len(rows)
    assert [row.tolist() for row in found] == rows
    assert [found[i].tolist() for i in range(-len(rows), 0)] == rows
    assert [row.tolist() for row in found[1:4]] == rows[1:4]
    assert found.lengths.tolist() == [len(row) for row in rows]
    assert found.flat.tolist() == [i for row in rows for i in row]


def test_indices_out_of_range() -> None:
    rows = RaggedArray.of([[4, 5], [6]])
    for index in (2, -3):
        with pytest.raises(IndexError):
            rows[index]


def test_is_not_copied_twice() -> None:
    rows = RaggedArray.of([[4, 5], []])
    assert RaggedArray.of(rows) is rows


def test_over_an_array_of_another_type() -> None:
    rows = RaggedArray(np.array([7, 8, 9], np.uint16), np.array([1, 2], np.int32))
    assert [row.tolist() for row in rows] == [[7], [8, 9]]


@pytest.mark.parametrize(("vocabulary_size", "dtype"), [(65_536, np.uint16), (65_537, np.int32)])
def test_writer(tmp_path: Path, vocabulary_size: int, dtype: type) -> None:
    with open(tmp_path / "ids", "w+b") as file:
        writer = RaggedWriter(file, vocabulary_size)
        assert len(RaggedWriter(file, vocabulary_size).to_array()) == 0
        writer.extend([[1, 2], [65_535]])
        writer.extend([])
        writer.extend([[], [5, 6, 7]])
        rows = writer.to_array()
        assert rows.flat.dtype == dtype
        assert [row.tolist() for row in rows] == [[1, 2], [65_535], [], [5, 6, 7]]
