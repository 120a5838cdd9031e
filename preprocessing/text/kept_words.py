"""Words that the user wants to keep, and the search for them in source texts."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from malgil.preprocessing.text.glossary import Glossary, Term
from malgil.preprocessing.text.normalization import normalize


def find_kept_words(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Find the words that are kept, as terms of a glossary are found: also before particles.

    Args:
        text: Normalized text.
        words: The words, in any order. If two match at the same place, the longer one is found.

    Returns:
        The begin and end of each, in order, without overlap.
    """
    return [(found.begin, found.end) for found in _glossary(tuple(words)).find(text)]


@functools.lru_cache(maxsize=8)
def _glossary(words: tuple[str, ...]) -> Glossary:
    return Glossary(Term(word, (word,)) for word in filter(None, map(normalize, words)))
