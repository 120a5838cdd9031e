"""Batches of sentences of similar length (length bucketing), sized in tokens.

Their order depends only on the seed and the epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.dataset.ragged import RaggedArray
from malgil.preprocessing.text.subword import BOS, PAD, pad


class Batch(NamedTuple):
    """Ids of sentence pairs, padded on the right with `PAD` (0).

    Attributes:
        source: `(batch, src_len)` int32, each row ends with the end mark.
        target_input: `(batch, tgt_len)` int32, the begin mark, then all ids except the last.
        target_output: `(batch, tgt_len)` int32, the ids to predict, the end mark last.
    """

    source: NDArray[np.int32]
    target_input: NDArray[np.int32]
    target_output: NDArray[np.int32]

    def split(self, devices: int) -> list[Batch]:
        """Distribute the rows over several devices.

        Args:
            devices: The number of devices.

        Returns:
            `devices` batches of equal size. If the rows cannot be divided evenly, rows without a
            target are added, which do not contribute to the loss.
        """
        missing = -len(self.source) % devices
        filled = Batch(
            np.concatenate([self.source, self.source[:1].repeat(missing, axis=0)]),
            np.concatenate([self.target_input, self.target_input[:1].repeat(missing, axis=0)]),
            np.pad(self.target_output, ((0, missing), (0, 0)), constant_values=PAD),
        )
        return [Batch(*(ids[i::devices] for ids in filled)) for i in range(devices)]


class TokenBatchSampler:
    """Chooses the sentence pairs of each batch and pads their ids.

    Args:
        source: Ids of each source sentence, with the end mark.
        target: Ids of each target sentence, with the end mark.
        batch_tokens: The maximum number of tokens of a batch on either side, including padding. A
            longer pair becomes a batch of its own.
        seed: The random seed of the order, together with the epoch.

    Attributes:
        target_tokens: The number of target tokens of the corpus, including end marks.
    """

    def __init__(
        self,
        source: Sequence[Sequence[int]] | RaggedArray,
        target: Sequence[Sequence[int]] | RaggedArray,
        batch_tokens: int,
        seed: int = 0,
    ) -> None:
        self.source = RaggedArray.of(source)
        self.target = RaggedArray.of(target)
        self.batch_tokens = batch_tokens
        self.seed = seed
        self._src_len = self.source.lengths
        self._tgt_len = self.target.lengths
        self.target_tokens = int(self._tgt_len.sum())

    def batch_indices(self, epoch: int | None) -> list[NDArray[np.int64]]:
        """Return the indices of the pairs of each batch of an epoch.

        Args:
            epoch: The number of the epoch; None for batches in order of length (validation).

        Returns:
            An array for each batch. Every pair occurs exactly once.
        """
        count = len(self.source)
        if epoch is None:
            shuffled = np.arange(count)
        else:
            random = np.random.default_rng((self.seed, epoch))
            shuffled = random.permutation(count)
        # A stable sort leaves pairs of the same two lengths in their shuffled order.
        keys = (self._src_len[shuffled], self._tgt_len[shuffled])
        batches = self._split(shuffled[np.lexsort(keys)])
        if epoch is not None:
            batches = [batches[i] for i in random.permutation(len(batches))]
        return batches

    def _split(self, ordered: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Split pairs, in this order, into batches of at most `batch_tokens` tokens per side."""
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

    def count_target_tokens(self, indices: NDArray[np.int64]) -> int:
        """Return the number of target tokens of the pairs, including end marks."""
        return int(self._tgt_len[indices].sum())

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Return the padded ids of the pairs at `indices`."""
        targets = [self.target[i] for i in indices]
        output = pad(targets)
        inputs = np.roll(output, 1, axis=1)
        inputs[:, 0] = BOS
        # In padded rows, rolling leaves the end mark as an input, although no token follows it.
        inputs[output == PAD] = PAD
        return Batch(pad([self.source[i] for i in indices]), inputs, output)

    def batches(self, epoch: int | None, first: int = 0) -> Iterator[Batch]:
        """Yield the padded batches of an epoch, starting at the batch with index `first`."""
        for indices in self.batch_indices(epoch)[first:]:
            yield self.batch(indices)
