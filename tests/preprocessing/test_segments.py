"""Segments of texts with many marks and signs: the time is in proportion to the length."""

from __future__ import annotations

import time

import pytest

from malgil.preprocessing.segments import _nearest
from malgil.preprocessing.text.affixes import split_affixes
from malgil.preprocessing.text.markup import InlineMark
from malgil.preprocessing.text.placeholders import Placeholders, with_marks
from malgil.preprocessing.text.span import BREAK


def nearest_by_search(begins: list[tuple[int, int]], at: float) -> int:
    return min(begins, key=lambda begin: abs(begin[1] - at))[0]


@pytest.mark.parametrize("at", [-1, 0, 0.4, 0.5, 1, 1.6, 2, 3.5, 4, 5, 9, 100])
def test_the_nearest_token(at: float) -> None:
    """The same as a search through all, and the first of several that are equally near."""
    begins = [(0, 0), (1, 1), (3, 1), (4, 3), (5, 4), (6, 4), (9, 4), (10, 6)]
    assert _nearest(begins, at) == nearest_by_search(begins, at)


def seconds(text: str) -> float:
    begin = time.process_time()
    split_affixes(text)
    return time.process_time() - begin


@pytest.mark.parametrize("sign", list("-.!~@#/+$&…%"))
def test_a_run_of_signs(sign: str) -> None:
    short, long = (seconds(f"{sign * length} 저는 학생이에요.") for length in (5_000, 40_000))
    # Eight times as long. It took 64 times as long while each sign looked at all that follow it.
    assert long < 24 * max(short, 0.005)


def test_a_long_run_before_a_word() -> None:
    affixes = split_affixes("-" * 100 + "가요.")
    assert affixes.prefix + affixes.core + affixes.suffix == "-" * 100 + "가요."
    assert split_affixes("--가요.").core == "--가요."


def test_only_the_marks_of_a_segment_are_looked_at() -> None:
    class Counted(list):
        looked_at = 0

        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            Counted.looked_at += 1
            return super().__getitem__(index)

    marks = Counted(InlineMark(i, "_", BREAK, -1, False, False) for i in range(10_000))
    found = with_marks(Placeholders((), ()), marks, 5_000, 5_010)
    assert len(found.texts) == 10
    assert Counted.looked_at < 200
