"""A shortlist: the few target pieces that a sentence's translation may be made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = Sequence[Sequence[int] | NDArray[Any]]

# What is learnt from more pairs of pieces than this is the same, and takes longer.
_MOST_LINKS = 4_000_000
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
        """The list for some source pieces: ids, some of them more than once.

        Args:
            sources: The ids of a sentence.
        """
        likely = self.likely[np.asarray(sources, np.int64)].ravel()
        return np.concatenate([self.common, likely[likely != _NONE]])

    def first(self, pieces: int) -> Shortlist:
        """The same with at most so many pieces for each source piece."""
        return Shortlist(self.common, self.likely[:, :pieces])


def learn(
    source: Rows,
    target: Rows,
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
    sources, targets, starts = _links(source, target)
    source_size, target_size = vocabularies
    keys, places = np.unique(sources * np.int64(target_size) + targets, return_inverse=True)
    of_source, of_target = keys // target_size, (keys % target_size).astype(np.int32)
    likelihoods = np.ones(len(keys))
    sizes = np.diff(np.append(starts, len(places)))
    for _ in range(_ROUNDS if len(places) else 0):
        shares = likelihoods[places]
        shares /= np.repeat(np.add.reduceat(shares, starts), sizes)
        counts = np.bincount(places, shares, len(keys))
        likelihoods = counts / np.bincount(of_source, counts, source_size)[of_source]
    likely = np.full((source_size, pieces), _NONE, np.int32)
    order = np.lexsort((of_target, -likelihoods, of_source))
    of_source = of_source[order]
    ranks = np.arange(len(order)) - np.searchsorted(of_source, of_source)
    kept = ranks < pieces
    likely[of_source[kept], ranks[kept]] = of_target[order][kept]
    frequencies = np.bincount(targets[starts] if len(starts) else targets, minlength=target_size)
    most = np.argsort(-frequencies, kind="stable")[:common]
    every = np.union1d(most, np.fromiter(needed, np.int64))
    return Shortlist(every.astype(np.int32), likely)


def _links(
    source: Rows, target: Rows
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each target piece beside each source piece of its sentence.

    Returns:
        Source ids and target ids `(links,)`, those of one target piece together; and where those of
        each begin. Of a large corpus, pairs that are spread evenly over it.
    """
    count = len(source)
    total = sum(len(source[i]) * len(target[i]) for i in range(0, count, max(1, count // 1000)))
    total = total * max(1, count // 1000)
    every = max(1, -(-total // _MOST_LINKS))
    sources, targets, sizes = [], [], []
    for i in range(0, count, every):
        of_source = np.asarray(source[i], np.int64)
        of_target = np.asarray(target[i], np.int64)
        sources.append(np.tile(of_source, len(of_target)))
        targets.append(np.repeat(of_target, len(of_source)))
        sizes.append(np.full(len(of_target), len(of_source)))
    if not sizes:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    starts = np.cumsum(np.concatenate([[0], *sizes]))[:-1]
    return np.concatenate(sources), np.concatenate(targets), starts
