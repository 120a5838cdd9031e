"""Vocabulary selection: shortlists of likely target tokens, the only ones that are scored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IdSequences = Sequence[Sequence[int] | NDArray[Any]]

# Learning from more token pairs takes longer and changes little.
_MAX_LINKS = 40_000_000
_CHUNK = 10_000  # sentences that are processed at once
_EM_ITERATIONS = 5
_NONE = -1


@dataclass(frozen=True)
class Shortlist:
    """The likely target tokens of each source token.

    Attributes:
        common: `(n,)` ids that are on every list: the most frequent ones, and those that any
            translation may need.
        likely: `(source_vocabulary, n)` ids for each source token, the most probable first, padded
            with -1.
    """

    common: NDArray[np.int32]
    likely: NDArray[np.int32]

    def tokens_for(self, source: Sequence[int] | NDArray[np.integer[Any]]) -> NDArray[np.int32]:
        """Return the target ids on the shortlist of a sentence, possibly with duplicates.

        Args:
            source: The ids of the sentence.
        """
        likely = self.likely[np.asarray(source, np.int64)].ravel()
        return np.concatenate([self.common, likely[likely != _NONE]])

    def truncate(self, per_token: int) -> Shortlist:
        """Return the shortlist with at most `per_token` target tokens for each source token."""
        return Shortlist(self.common, self.likely[:, :per_token])


def learn(
    source: IdSequences,
    target: IdSequences,
    vocabulary_sizes: tuple[int, int],
    needed: Iterable[int],
    per_token: int = 64,
    common: int = 256,
) -> Shortlist:
    """Learn a shortlist from token alignments by IBM model 1.

    Args:
        source: Ids of source sentences, including end marks.
        target: Ids of their translations, including end marks.
        vocabulary_sizes: The sizes of the source and of the target vocabulary.
        needed: Target ids that are on every list.
        per_token: The number of target tokens to keep for each source token.
        common: The number of the most frequent target tokens, which are on every list.

    Returns:
        The shortlist.

    Source: Brown et al. 1993, "The Mathematics of Statistical Machine Translation", section 4.1;
        for shortlists: Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine
        Translation", section 3.3.
    """
    source_size, target_size = vocabulary_sizes
    probabilities, sources, targets = _align(source, target, source_size, target_size)
    likely = np.full((source_size, per_token), _NONE, np.int32)
    order = np.lexsort((targets, -probabilities, sources))
    sources, targets = sources[order], targets[order]
    ranks = np.arange(len(order)) - np.searchsorted(sources, sources)
    is_kept = ranks < per_token
    likely[sources[is_kept], ranks[is_kept]] = targets[is_kept]
    most_frequent = np.argsort(-_frequencies(target, target_size), kind="stable")[:common]
    on_every_list = np.union1d(most_frequent, np.fromiter(needed, np.int64))
    return Shortlist(on_every_list.astype(np.int32), likely)


def _frequencies(target: IdSequences, target_size: int) -> NDArray[np.int64]:
    """Return the number of occurrences of each target token: `(target_size,)`."""
    frequencies = np.zeros(target_size, np.int64)
    for begin in range(0, len(target), _CHUNK):
        rows = [target[i] for i in range(begin, min(begin + _CHUNK, len(target)))]
        frequencies += np.bincount(np.concatenate(rows), minlength=target_size)
    return frequencies


def _align(
    source: IdSequences, target: IdSequences, source_size: int, target_size: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
    """Estimate IBM model 1 by expectation maximization, from uniform probabilities.

    Returns:
        The probability t(target token | source token) of each token pair that occurs in a sentence
        pair; and the source tokens and the target tokens of these token pairs. Each is `(pairs,)`.
    """
    keys, chunks = _links(source, target, target_size)
    sources, targets = keys // target_size, (keys % target_size).astype(np.int32)
    probabilities = np.ones(len(keys))
    for _ in range(_EM_ITERATIONS):
        counts = np.zeros(len(keys))  # the expected number of links of each pair
        for pairs, links, sizes in chunks:
            shares = probabilities[pairs][links]
            shares /= np.repeat(np.add.reduceat(shares, np.cumsum(sizes) - sizes), sizes)
            counts[pairs] += np.bincount(links, shares, len(pairs))
        probabilities = counts / np.bincount(sources, counts, source_size)[sources]
    return probabilities, sources, targets


def _links(
    source: IdSequences, target: IdSequences, target_size: int
) -> tuple[NDArray[np.int64], list[tuple[NDArray[Any], ...]]]:
    """Link each target token to all source tokens of its sentence.

    Of a very large corpus, only every nth sentence is used.

    Returns:
        keys: `(pairs,)`, each token pair that occurs, as `source id · target_size + target id`,
            ascending.
        chunks: Three arrays for each chunk of sentences: the indices in `keys` of the token pairs
            that occur in it; for each link the index of its token pair among these, with the links
            of a target token next to one another; and the number of links of each target token.
    """
    count = len(source)
    sample_step = max(1, count // 1000)
    sampled = sum(len(source[i]) * len(target[i]) for i in range(0, count, sample_step))
    step = max(1, -(-sampled * sample_step // _MAX_LINKS))  # rounded up
    chunks = []
    for begin in range(0, count, step * _CHUNK):
        chunk: list[NDArray[np.int64]] = []
        sizes: list[NDArray[np.int64]] = []
        for i in range(begin, min(begin + step * _CHUNK, count), step):
            source_ids = np.asarray(source[i], np.int64)
            target_ids = np.asarray(target[i], np.int64)
            chunk.append((source_ids * target_size + target_ids[:, None]).ravel())
            sizes.append(np.full(len(target_ids), len(source_ids)))
        keys, links = np.unique(np.concatenate(chunk), return_inverse=True)
        chunks.append((keys, links.astype(np.int32), np.concatenate(sizes)))
    all_keys = np.unique(np.concatenate([np.zeros(0, np.int64), *(keys for keys, _, _ in chunks)]))
    return all_keys, [
        (np.searchsorted(all_keys, keys), links, sizes) for keys, links, sizes in chunks
    ]
