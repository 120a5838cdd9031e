"""A shortlist: the few target pieces that a sentence's translation may be made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IdSequences = Sequence[Sequence[int] | NDArray[Any]]

# What is learned from more pairs of pieces than this is the same, and takes longer.
_MOST_LINKS = 40_000_000
_SENTENCES_AT_ONCE = 10_000
_ROUNDS = 5
_NONE = -1


@dataclass(frozen=True)
class Shortlist:
    """Which target pieces are likely for which source piece.

    Attributes:
        common: `(pieces,)` ids that are on every list: the most frequent, and what must be.
        likely: `(source vocabulary, pieces)` ids, the likeliest first, -1 where there are fewer.
    """

    common: NDArray[np.int32]
    likely: NDArray[np.int32]

    def of(self, sources: Sequence[int] | NDArray[np.integer[Any]]) -> NDArray[np.int32]:
        """Return the list for some source pieces: ids, some of them more than once.

        Args:
            sources: The ids of a sentence.
        """
        likely = self.likely[np.asarray(sources, np.int64)].ravel()
        return np.concatenate([self.common, likely[likely != _NONE]])

    def first(self, pieces: int) -> Shortlist:
        """Return the same with at most `pieces` for each source piece."""
        return Shortlist(self.common, self.likely[:, :pieces])


def learn(
    source: IdSequences,
    target: IdSequences,
    vocabularies: tuple[int, int],
    needed: Iterable[int],
    pieces: int = 64,
    common: int = 256,
) -> Shortlist:
    """Learn a shortlist from how the pieces of a corpus align.

    The pieces are aligned by IBM model 1: what each target piece is likely to come from, each
    source piece of its sentence being as good a guess at first as any other.

    Args:
        source: Ids of source sentences, end marks included.
        target: Those of their translations.
        vocabularies: The numbers of source and of target pieces.
        needed: Target ids that are on every list.
        pieces: How many target pieces to keep for each source piece.
        common: How many of the most frequent target pieces are on every list.

    Returns:
        The shortlist.

    Source: Brown et al. 1993, "The Mathematics of Statistical Machine Translation", section 4.1;
        of such lists: Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine
        Translation", section 3.3.
    """
    source_size, target_size = vocabularies
    keys, chunks = _links(source, target, target_size)
    of_source, of_target = keys // target_size, (keys % target_size).astype(np.int32)
    likelihoods = np.ones(len(keys))
    for _ in range(_ROUNDS):
        counts = np.zeros(len(keys))
        for pairs, links, sizes in chunks:
            shares = likelihoods[pairs][links]
            shares /= np.repeat(np.add.reduceat(shares, np.cumsum(sizes) - sizes), sizes)
            counts[pairs] += np.bincount(links, shares, len(pairs))
        likelihoods = counts / np.bincount(of_source, counts, source_size)[of_source]
    likely = np.full((source_size, pieces), _NONE, np.int32)
    order = np.lexsort((of_target, -likelihoods, of_source))
    of_source = of_source[order]
    ranks = np.arange(len(order)) - np.searchsorted(of_source, of_source)
    kept = ranks < pieces
    likely[of_source[kept], ranks[kept]] = of_target[order][kept]
    frequencies = np.zeros(target_size, np.int64)
    for begin in range(0, len(target), _SENTENCES_AT_ONCE):
        rows = [target[i] for i in range(begin, min(begin + _SENTENCES_AT_ONCE, len(target)))]
        frequencies += np.bincount(np.concatenate(rows), minlength=target_size)
    most = np.argsort(-frequencies, kind="stable")[:common]
    every = np.union1d(most, np.fromiter(needed, np.int64))
    return Shortlist(every.astype(np.int32), likely)


def _links(
    source: IdSequences, target: IdSequences, target_size: int
) -> tuple[NDArray[np.int64], list[tuple[NDArray[Any], ...]]]:
    """Each target piece beside each source piece of its sentence.

    Returns:
        The pairs of pieces that occur, `source id · target_size + target id`, rising. And of some
        sentences at a time: which of these pairs occur in them; for each link which of those it is,
        the links of one target piece together; and how many links each target piece has. Of a very
        large corpus, sentences that are spread evenly over it.
    """
    count = len(source)
    total = sum(len(source[i]) * len(target[i]) for i in range(0, count, max(1, count // 1000)))
    every = max(1, -(-total * max(1, count // 1000) // _MOST_LINKS))
    found = []
    for begin in range(0, count, every * _SENTENCES_AT_ONCE):
        some: list[NDArray[np.int64]] = []
        sizes: list[NDArray[np.int64]] = []
        for i in range(begin, min(begin + every * _SENTENCES_AT_ONCE, count), every):
            of_source = np.asarray(source[i], np.int64)
            of_target = np.asarray(target[i], np.int64)
            some.append((of_source * target_size + of_target[:, None]).ravel())
            sizes.append(np.full(len(of_target), len(of_source)))
        keys, links = np.unique(np.concatenate(some), return_inverse=True)
        found.append((keys, links.astype(np.int32), np.concatenate(sizes)))
    every_key = np.unique(np.concatenate([np.zeros(0, np.int64), *(keys for keys, _, _ in found)]))
    return every_key, [
        (np.searchsorted(every_key, keys), links, sizes) for keys, links, sizes in found
    ]
