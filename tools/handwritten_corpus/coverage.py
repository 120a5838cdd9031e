"""Coverage: which frequent morphemes of another corpus the handwritten pairs lack."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

from tools.handwritten_corpus.morphemes import CONTENT, ENDINGS, Morpheme, count_kind

CONTENT_COUNT, ENDING_COUNT = 3_000, 200
MIN_PAIRS = 3


class Coverage(NamedTuple):
    """How many of the most frequent morphemes of a corpus occur in enough sentences.

    Attributes:
        frequent: The number of morphemes looked for.
        lacking: Those that occur in too few sentences, the most frequent first, with the number of
            sentences.
    """

    frequent: int
    lacking: dict[Morpheme, int]

    @property
    def share(self) -> float:
        """The share of the morphemes that occur in enough sentences."""
        return 1 - len(self.lacking) / self.frequent if self.frequent else 1.0


def measure_coverage(
    texts: Iterable[str], corpus: Iterable[str], classes: set[str], count: int
) -> Coverage:
    """Compare the handwritten sentences with a corpus.

    Args:
        texts: The Korean sentences.
        corpus: The Korean sentences of the corpus.
        classes: The word classes that count, such as `CONTENT` or `ENDINGS`.
        count: The number of the most frequent morphemes of the corpus that are looked for.
    """
    frequent = list(itertools.islice(count_kind(corpus, classes), count))
    uses = dict.fromkeys(frequent, 0)
    for text in texts:
        for morpheme in count_kind([text], classes):
            if morpheme in uses:
                uses[morpheme] += 1
    lacking = {morpheme: number for morpheme, number in uses.items() if number < MIN_PAIRS}
    return Coverage(len(frequent), lacking)


def content_coverage(texts: Iterable[str], corpus: Iterable[str]) -> Coverage:
    """Return the coverage of nouns, verbs, adjectives, adverbs and other content morphemes."""
    return measure_coverage(texts, corpus, CONTENT, CONTENT_COUNT)


def ending_coverage(texts: Iterable[str], corpus: Iterable[str]) -> Coverage:
    """Return the coverage of the endings of verbs and adjectives."""
    return measure_coverage(texts, corpus, ENDINGS, ENDING_COUNT)
