"""Cutting long texts: nothing is lost, no part is too long, and sentences stay whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preprocessing.parts import cut


@given(st.lists(st.integers(4, 9), max_size=60), st.integers(2, 12))
def test_parts(body: list[int], limit: int) -> None:
    """Nothing is lost, no part is too long, and one that could end a sentence does."""
    parts = list(cut(body, limit, lambda ids, at: ids[at] == 4))
    assert [i for part in parts for i in part] == body
    assert all(1 <= len(part) < limit for part in parts)
    for part in parts[:-1]:
        assert part[-1] == 4 or (4 not in part and len(part) == limit - 1)


def test_as_many_sentences_as_fit() -> None:
    body = [7, 4, 7, 4, 7, 7, 7, 4, 7]
    assert list(cut(body, 6, lambda ids, at: ids[at] == 4)) == [[7, 4, 7, 4], [7, 7, 7, 4, 7]]


def test_what_follows_decides_too() -> None:
    body = [4, 9, 4, 5, 5]
    ends = list(cut(body, 5, lambda ids, at: ids[at] == 4 and ids[at + 1] == 9))
    assert ends == [[4], [9, 4, 5, 5]]


def test_a_blank_text_has_no_part() -> None:
    assert list(cut([], 5, lambda ids, at: True)) == []
