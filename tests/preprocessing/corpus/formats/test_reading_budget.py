"""The work that a file may cause."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.reading_budget import MIB, ReadingBudget, ReadingLimits

LIMITS = ReadingLimits(
    unpacked_bytes=MIB,
    unpacked_per_byte=2,
    members=3,
    steps=100,
    steps_per_byte=5,
    steps_per_pair=7,
    rows_without_pair=300,
    held_bytes=MIB,
    held_per_byte=3,
    seconds=4,
    seconds_per_mib=2,
)


def budget(size: int = 0, **limits: int) -> ReadingBudget:
    return ReadingBudget("'a'", size, LIMITS._replace(**limits))


@pytest.mark.parametrize(
    ("draw", "most", "message"),
    [
        (lambda size: budget(size).unpack, MIB + 2 * 10, "'a' unpacks to more than 1 MiB"),
        (lambda size: budget(size).hold, MIB + 3 * 10, "'a' has more than 1 MiB of texts"),
        (lambda size: budget(size).step, 100 + 5 * 10, "'a' has millions of elements or lines"),
        (lambda size: budget(size).add_members, 3, "'a' holds 4 files; the maximum is 3."),
    ],
)
def test_sums(draw: Callable[[int], Callable[[int], None]], most: int, message: str) -> None:
    draw(10)(most)
    drawn = draw(10)
    drawn(most - 1)
    drawn(1)
    with pytest.raises(UserError, match=message):
        drawn(1)


def test_pairs_allow_further_steps() -> None:
    reading = budget()
    reading.step(100)
    reading.add_pair()
    reading.step(7)
    with pytest.raises(UserError, match="without sentence pairs"):
        reading.step(1)


def test_rows_without_a_pair() -> None:
    reading = budget(steps=10_000)
    for _ in range(3):
        for _ in range(300):
            reading.add_row_without_pair()
        reading.add_pair()
    for _ in range(300):
        reading.add_row_without_pair()
    with pytest.raises(UserError, match="300 rows without a sentence pair one after another"):
        reading.add_row_without_pair()


def test_rows_are_steps() -> None:
    reading = budget()
    for _ in range(100):
        reading.add_row_without_pair()
    with pytest.raises(UserError, match="millions of elements or lines"):
        reading.add_row_without_pair()


class TestSeconds:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        now = [100.0]
        monkeypatch.setattr(time, "thread_time", lambda: now[0])
        return now

    def test_in_proportion_to_the_size(self, clock: list[float]) -> None:
        reading = budget(3 * MIB)
        reading.check_time()
        clock[0] += 10
        reading.check_time()
        clock[0] += 0.1
        with pytest.raises(UserError, match="no sentence pair in 10 seconds"):
            reading.check_time()

    def test_the_clock_stops_at_a_pair(self, clock: list[float]) -> None:
        """What is done with a pair does not count, such as a step of training."""
        reading = budget()
        for _ in range(3):
            reading.step()
            clock[0] += 3
            reading.step()
            reading.add_pair()
            clock[0] += 1000

    def test_another_thread_has_another_clock(self, clock: list[float]) -> None:
        reading = budget()
        reading.check_time()
        clock[0] += 1000
        failed: list[Exception] = []

        def check() -> None:
            try:
                reading.check_time()
            except UserError as error:
                failed.append(error)

        thread = threading.Thread(target=check)
        thread.start()
        thread.join()
        assert not failed
