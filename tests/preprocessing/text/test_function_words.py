"""Function words, and the English article that fits a phrase."""

from __future__ import annotations

import pytest

from malgil.preprocessing.text.function_words import fitting_article, is_function_word


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("The", "en", True),
        ("library", "en", False),
        ("the", "fr", False),
        ("dans", "fr", True),
        ("the", "ko", False),
        *(("can't", "en", True), ("won’t", "en", True), ("She's", "en", True)),
        *(("student's", "en", False), ("n't", "en", False), ("isn't", "fr", False)),
    ],
)
def test_function_words(word: str, language: str, expected: bool) -> None:
    assert is_function_word(word, language) is expected


@pytest.mark.parametrize(
    ("word", "following", "language", "expected"),
    [
        ("a", "old map", "en", "an"),
        ("an", "public library", "en", "a"),
        ("An", "public library", "en", "A"),
        ("an", "Apple", "en", "an"),
        ("the", "old map", "en", "the"),
        ("a", "old map", "fr", "a"),
    ],
)
def test_articles(word: str, following: str, language: str, expected: str) -> None:
    assert fitting_article(word, following, language) == expected
