"""Batches of similar length, counted in tokens, in an order that depends on (seed, epoch) alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.dataset.ragged import RaggedArray
from malgil.preprocessing.text.subword import BOS, PAD

Ids = Sequence[int] | NDArray[Any]


class Batch(NamedTuple):
    """Padded ids of some sentence pairs; `PAD` is 0 and stands on the right.

    Attributes:
        source: `(batch, src_len)` int32, each row ends with the end mark.
        target_input: `(batch, tgt_len)` int32, the begin mark, then all but the last id.
        target_output: `(batch, tgt_len)` int32, what is to be predicted, the end mark last.
    """

    source: NDArray[np.int32]
    target_input: NDArray[np.int32]
    target_output: NDArray[np.int32]

    def split(self, parts: int) -> list[Batch]:
        """The rows dealt out to several devices.

        Args:
            parts: How many.

        Returns:
            `parts` batches of as many rows each. Where the rows do not go round, a row without
            a target fills up: no device can do with nothing, and no loss comes of it.
        """
        missing = -len(self.source) % parts
        filled = Batch(
            np.concatenate([self.source, self.source[:1].repeat(missing, axis=0)]),
            np.concatenate([self.target_input, self.target_input[:1].repeat(missing, axis=0)]),
            np.pad(self.target_output, ((0, missing), (0, 0)), constant_values=PAD),
        )
        return [Batch(*(ids[i::parts] for ids in filled)) for i in range(parts)]


def pad(rows: Sequence[Ids], length: int | None = None) -> NDArray[np.int32]:
    """Rows of ids side by side, padded on the right.

    Args:
        rows: Sequences of ids.
        length: The number of columns; the longest row's where it is None.

    Returns:
        `(len(rows), length)` int32.
    """
    length = max(map(len, rows), default=0) if length is None else length
    padded = np.full((len(rows), length), PAD, dtype=np.int32)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = row
    return padded


class TokenBatchSampler:
    """Cuts a corpus of ids into batches.

    Args:
        source: Ids of each source sentence, with the end mark.
        target: Ids of each target sentence, with the end mark.
        batch_tokens: The most tokens of a batch on either side, padding included. A pair that is
            longer by itself makes a batch of one.
        seed: Together with the epoch it fixes the order.
    """

    def __init__(
        self, source: Sequence[Ids], target: Sequence[Ids], batch_tokens: int, seed: int = 0
    ) -> None:
        self.source = RaggedArray.of(source)
        self.target = RaggedArray.of(target)
        self.batch_tokens = batch_tokens
        self.seed = seed
        self._src_len = self.source.lengths
        self._tgt_len = self.target.lengths
        self.target_tokens = int(self._tgt_len.sum())

    def order(self, epoch: int | None) -> list[NDArray[np.int64]]:
        """Which pairs make up each batch of an epoch.

        Args:
            epoch: The epoch's number, or None for batches in order of length (validation).

        Returns:
            An array of indices for each batch. Every pair occurs exactly once.
        """
        count = len(self.source)
        if epoch is None:
            shuffled = np.arange(count)
        else:
            random = np.random.default_rng((self.seed, epoch))
            shuffled = random.permutation(count)
        # A stable sort leaves pairs of the same two lengths in their shuffled order.
        keys = (self._src_len[shuffled], self._tgt_len[shuffled])
        batches = self._cut(shuffled[np.lexsort(keys)])
        if epoch is not None:
            batches = [batches[i] for i in random.permutation(len(batches))]
        return batches

    def _cut(self, ordered: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        longest = np.maximum(self._src_len[ordered], self._tgt_len[ordered]).tolist()
        batches = []
        begin, width = 0, 0
        for i, length in enumerate(longest):
            width = max(width, length)
            if i > begin and (i + 1 - begin) * width > self.batch_tokens:
                batches.append(ordered[begin:i])
                begin, width = i, length
        if begin < len(ordered):
            batches.append(ordered[begin:])
        return batches

    def tokens(self, indices: NDArray[np.int64]) -> int:
        """How many real target tokens the pairs have, the end marks included."""
        return int(self._tgt_len[indices].sum())

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """The padded ids of the pairs at `indices`."""
        targets = [self.target[i] for i in indices]
        output = pad(targets)
        inputs = np.roll(output, 1, axis=1)
        inputs[:, 0] = BOS
        # Rolling leaves the end mark as an input where a row is padded; nothing follows it there.
        inputs[output == PAD] = PAD
        return Batch(pad([self.source[i] for i in indices]), inputs, output)

    def epoch(self, epoch: int | None, first: int = 0) -> Iterator[Batch]:
        """The padded batches of an epoch, from the batch of number `first` on."""
        for indices in self.order(epoch)[first:]:
            yield self.batch(indices)
