"""Which of train, valid and test a triple belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from tools.corpus_generator.clause import Triple

SPLITS = ("train", "valid", "test")
# Out of a hundred triples. More than the sentences need: both halves of a long sentence must fall
# into the same part, and of those that are shared out at 2 % too few would.
SHARES = {"train": 80, "valid": 10, "test": 10}


def split_of(triple: Triple, seed: int) -> str:
    """The part of a triple: a function of the seed and the triple alone.

    Args:
        triple: subject, verb and object.
        seed: the seed of the composition.

    Returns:
        One of ``SPLITS``.
    """
    return split_of_words((triple.subject, triple.verb, triple.object), seed)


def split_of_words(words: Iterable[str], seed: int) -> str:
    """The part of a combination of words, as ``split_of`` that of a triple's.

    Args:
        words: the combination; their order counts.
        seed: the seed of the composition.

    Returns:
        One of ``SPLITS``.
    """
    text = "\t".join((str(seed), *words))
    point = int.from_bytes(sha256(text.encode("utf-8")).digest()[:8], "big") % 100
    for split in SPLITS:
        point -= SHARES[split]
        if point < 0:
            return split
    raise AssertionError("the shares sum to a hundred")


def common_split(triples: Iterable[Triple], seed: int) -> str:
    """The part that all triples of a sentence share, "" where they fall into several."""
    splits = {split_of(triple, seed) for triple in triples}
    return splits.pop() if len(splits) == 1 else ""
