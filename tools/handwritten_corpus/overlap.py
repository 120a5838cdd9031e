"""Overlap: handwritten pairs that another corpus also has, sentence for sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MIN_SYLLABLES = 7  # greetings and set phrases are common property
_SYLLABLE = re.compile("[가-힣]")

PairOfTexts = tuple[str, str]


def fold(text: str) -> str:
    """Return a sentence in lower case, without punctuation and spaces."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def shared_pairs(pairs: Iterable[PairOfTexts], corpus: Iterable[PairOfTexts]) -> list[PairOfTexts]:
    """Return the pairs of which both sides are a pair of the corpus.

    Args:
        pairs: Korean and English sentences; those of fewer than seven Korean syllables are skipped.
        corpus: The pairs of the other corpus.
    """
    known = {(fold(source), fold(target)) for source, target in corpus}
    return [
        (source, target)
        for source, target in pairs
        if len(_SYLLABLE.findall(source)) >= MIN_SYLLABLES and (fold(source), fold(target)) in known
    ]


def repeated_sentences(pairs: Iterable[PairOfTexts], side: int) -> dict[str, int]:
    """Return the folded sentences of one side that occur more than once, with their number."""
    counts: dict[str, int] = {}
    for pair in pairs:
        text = fold(pair[side])
        counts[text] = counts.get(text, 0) + 1
    return {text: count for text, count in counts.items() if count > 1}
