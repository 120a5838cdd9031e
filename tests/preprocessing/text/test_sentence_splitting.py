"""Splitting of texts: lossless, within the limit, and at the ends of sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.text.sentence_splitting import is_abbreviation, split_ids


@given(st.lists(st.integers(4, 9), max_size=60), st.integers(2, 12))
def test_segments(body: list[int], limit: int) -> None:
    """No id is lost, no segment is too long, and segments end with a sentence if possible."""
    parts = list(split_ids(body, limit, lambda ids, at: ids[at] == 4))
    assert [i for part in parts for i in part] == body
    assert all(1 <= len(part) < limit for part in parts)
    for part in parts[:-1]:
        assert part[-1] == 4 or (4 not in part and len(part) == limit - 1)


def test_as_many_sentences_as_fit() -> None:
    body = [7, 4, 7, 4, 7, 7, 7, 4, 7]
    assert list(split_ids(body, 6, lambda ids, at: ids[at] == 4)) == [[7, 4, 7, 4], [7, 7, 7, 4, 7]]


def test_the_next_id_matters() -> None:
    body = [4, 9, 4, 5, 5]
    ends = list(split_ids(body, 5, lambda ids, at: ids[at] == 4 and ids[at + 1] == 9))
    assert ends == [[4], [9, 4, 5, 5]]


def test_a_blank_text_has_no_segments() -> None:
    assert list(split_ids([], 5, lambda ids, at: True)) == []


class TestBySentence:
    @given(st.lists(st.integers(4, 9), max_size=60), st.integers(2, 30))
    def test_segments(self, body: list[int], limit: int) -> None:
        """No id is lost, and a segment of more than ten ids has at most one sentence."""
        parts = list(split_ids(body, limit, lambda ids, at: ids[at] == 4, by_sentence=True))
        assert [i for part in parts for i in part] == body
        assert all(1 <= len(part) < limit for part in parts)
        assert all(4 not in part[:-1] for part in parts if len(part) > 10)

    def test_consecutive_short_sentences_are_joined(self) -> None:
        body = [7, 7, 4, 7, 4, *[7] * 9, 4, 5, 4, 5, 5]
        parts = list(split_ids(body, 60, lambda ids, at: ids[at] == 4, by_sentence=True))
        assert parts == [[7, 7, 4, 7, 4], [*[7] * 9, 4], [5, 4, 5, 5]]

    def test_long_sentences_are_split(self) -> None:
        body = [*[7] * 20, 4, *[8] * 11]
        parts = list(split_ids(body, 16, lambda ids, at: ids[at] == 4, by_sentence=True))
        assert parts == [[7] * 15, [*[7] * 5, 4], [8] * 11]


@pytest.mark.parametrize("word", ["Mr.", "mme.", "J.", "U.S.", "a.m.", "é.", "3.", "14.", "No."])
def test_abbreviations(word: str) -> None:
    assert is_abbreviation(word)


@pytest.mark.parametrize("word", ["home.", "갔다.", "가.", "2026.", "home.)", "Mr.Kim.", ".", "…"])
def test_other_words(word: str) -> None:
    assert not is_abbreviation(word)
