"""Brackets and quotation marks: their roles and counterparts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.text.brackets import (
    CLOSING,
    OPENING,
    BracketScanner,
    find_closing,
    is_apostrophe,
)


@pytest.mark.parametrize(
    ("text", "open_signs", "unmatched"),
    [
        ("(가) [나]", "", ""),
        ("(가 [나]", "(", ""),
        ("가) 나]", "", ")]"),
        ('"가" 나', "", ""),
        ('가" 나', "", '"'),
        ('"가" "나', '"', ""),
        ('"가"는 "나"', "", ""),
        ("isn't 'it'", "", ""),
        ("'사과'가", "", ""),
        ("„Ja“ “yes”", "", ""),
        ("(가 [나)", "", ""),
        ('(")"', "", '"'),
    ],
)
def test_scanner(text: str, open_signs: str, unmatched: str) -> None:
    scanner = BracketScanner(text)
    scanner.advance(len(text))
    assert "".join(bracket.sign for bracket in scanner.open) == open_signs
    assert "".join(scanner.unmatched) == unmatched


@given(st.text(st.sampled_from(OPENING + CLOSING + "\"' a가")), st.integers(0, 9))
def test_reading_in_parts(text: str, step: int) -> None:
    at_once, in_parts = BracketScanner(text), BracketScanner(text)
    at_once.advance(len(text))
    for end in range(0, len(text), step + 1):
        in_parts.advance(end)
    in_parts.advance(len(text))
    assert (at_once.open, at_once.unmatched) == (in_parts.open, in_parts.unmatched)
    assert all(text[index] == sign for sign, index in at_once.open)


def test_find_closing() -> None:
    assert find_closing("a) b)", "(", 0, 5) == 1
    assert find_closing("a) b)", "(", 2, 5) == 4
    assert find_closing("a) b)", "[", 0, 5) == -1
    assert find_closing("„a“", "„", 1, 3) == 2


def test_apostrophes() -> None:
    assert is_apostrophe("isn't", 3) and is_apostrophe("l’eau", 1)
    assert not is_apostrophe("'it'", 0) and not is_apostrophe("dogs' a", 4)
    assert not is_apostrophe("'사과'가", 3)
