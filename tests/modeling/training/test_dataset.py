"""The dataset of an epoch holds the batches of the sampler, from any batch on."""

from __future__ import annotations

import numpy as np
import pytest

from malgil.modeling.training.dataset import make_dataset
from malgil.preprocessing.dataset.batches import Batch, TokenBatchSampler


@pytest.fixture
def sampler() -> TokenBatchSampler:
    """Make a sampler of 23 pairs of different lengths, several batches per epoch."""
    random = np.random.default_rng(3)
    source, target = (
        [random.integers(4, 50, random.integers(1, 9)).tolist() for _ in range(23)]
        for _ in range(2)
    )
    return TokenBatchSampler(source, target, 24, seed=5)


def batches_of(sampler: TokenBatchSampler, epoch: int | None, first: int = 0) -> list[Batch]:
    dataset = make_dataset(sampler, epoch, first)
    return [Batch(*inputs, output) for inputs, output in dataset.as_numpy_iterator()]


@pytest.mark.parametrize(("epoch", "first"), [(0, 0), (3, 2), (None, 0)])
def test_batches(sampler: TokenBatchSampler, epoch: int | None, first: int) -> None:
    expected = list(sampler.batches(epoch, first))
    found = batches_of(sampler, epoch, first)
    assert len(found) == len(expected) == len(sampler.batch_indices(epoch)) - first > 1
    for batch, other in zip(found, expected, strict=True):
        for ids, other_ids in zip(batch, other, strict=True):
            assert ids.dtype == np.int32
            np.testing.assert_array_equal(ids, other_ids)


def test_no_thread_tunes_it(sampler: TokenBatchSampler) -> None:
    """An iterator with such a thread may wait for it for seconds when it ends."""
    assert make_dataset(sampler, 0).options().autotune.enabled is False
