"""Sets of words, written as one line of text."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set: `word_set("a b")` has "a" and "b"."""
    return frozenset(text.split())
