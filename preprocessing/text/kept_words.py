"""Words that the user wants to keep, and the search for them in source texts."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from malgil.preprocessing.text.glossary import term_pattern
from malgil.preprocessing.text.normalization import normalize


def find_kept_words(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Find the words that are kept, as terms of a glossary are found: also before particles.

    Args:
        text: Normalized text.
        words: The words, in any order. If two match at the same place, the longer one is found.

    Returns:
        The begin and end of each, in order, without overlap.
    """
    pattern = _pattern(tuple(words))
    return [match.span() for match in pattern.finditer(text)] if pattern else []


@functools.lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    normalized = sorted(filter(None, map(normalize, words)), key=lambda word: -len(word))
    return re.compile("|".join(map(term_pattern, normalized))) if normalized else None
