"""The part that a triple belongs to: train, valid or test."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from tools.corpus_generator.clause import Triple

SPLITS = ("train", "valid", "test")
# Percentages of the triples. Valid and test get more than their share of the sentences: both halves
# of a long sentence must fall into the same part, which would be too rare with 2 %.
SHARES = {"train": 80, "valid": 10, "test": 10}


def split_of(triple: Triple, seed: int) -> str:
    """Return the part of a triple, which depends only on the seed and the triple.

    Args:
        triple: Subject, verb and object.
        seed: The seed of the composition.

    Returns:
        One of `SPLITS`.
    """
    return split_of_words((triple.subject, triple.verb, triple.object), seed)


def split_of_words(words: Iterable[str], seed: int) -> str:
    """Return the part of a combination of words, as `split_of` does for a triple.

    Args:
        words: The combination; the order matters.
        seed: The seed of the composition.

    Returns:
        One of `SPLITS`.
    """
    text = "\t".join((str(seed), *words))
    point = int.from_bytes(sha256(text.encode("utf-8")).digest()[:8], "big") % 100
    for split in SPLITS:
        point -= SHARES[split]
        if point < 0:
            return split
    raise AssertionError("the shares sum to a hundred")


def common_split(triples: Iterable[Triple], seed: int) -> str:
    """Return the common part of all triples of a sentence, or "" if they are in several parts."""
    splits = {split_of(triple, seed) for triple in triples}
    return splits.pop() if len(splits) == 1 else ""
