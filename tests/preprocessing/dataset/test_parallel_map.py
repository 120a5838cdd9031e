"""Parallel map: the results of a single process, in order, reading only what is needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from malgil.preprocessing.dataset.parallel_map import map_in_order


def add(more: int) -> Callable[[list[int]], tuple[int, int]]:
    """Make a worker that returns the sum of a chunk and the id of its process."""

    def work(chunk: list[int]) -> tuple[int, int]:
        if not chunk:
            raise ValueError("nothing in it")
        return sum(chunk) + more, os.getpid()

    return work


CHUNKS = [[i, i + 1, i + 2] for i in range(20)]


def test_in_order_in_other_processes() -> None:
    alone = list(map_in_order(add, (100,), CHUNKS, processes=1))
    together = list(map_in_order(add, (100,), CHUNKS, processes=2))
    assert [total for total, _ in together] == [total for total, _ in alone]
    assert [total for total, _ in alone] == [sum(chunk) + 100 for chunk in CHUNKS]
    assert {process for _, process in alone} == {os.getpid()}
    assert os.getpid() not in {process for _, process in together}


def test_reads_only_what_is_needed_and_raises_errors() -> None:
    read = []

    def chunks() -> Iterator[list[int]]:
        for chunk in [[1], [2], [], *CHUNKS]:
            read.append(chunk)
            yield chunk

    results = map_in_order(add, (0,), chunks(), processes=2)
    assert next(results)[0] == 1
    assert len(read) < 10
    assert next(results)[0] == 2
    with pytest.raises(ValueError, match="nothing in it"):
        next(results)
