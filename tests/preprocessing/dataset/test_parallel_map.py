"""Parallel map: the results of a single process, in order, reading only what is needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from malgil.common.locations import ROOT
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


# Spawned processes import the main module: a script in a file would start itself again.
KILLED = """
import os, signal
from malgil.preprocessing.dataset.parallel_map import map_in_order
from tests.preprocessing.dataset.test_parallel_map import CHUNKS, add
results = map_in_order(add, (0,), CHUNKS, processes=2)
print(next(results)[1], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_no_process_outlives_a_parent_that_was_killed() -> None:
    """`run` returns when the last copy of the pipe is closed, which each of them has."""
    command = [sys.executable, "-c", KILLED]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=300, check=False)
    assert ran.returncode == -signal.SIGKILL and int(ran.stdout) > 0
