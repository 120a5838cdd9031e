"""The batches of an epoch as a `tf.data.Dataset`, for Keras's `fit`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from malgil.preprocessing.dataset.batches import TokenBatchSampler


def make_dataset(
    sampler: TokenBatchSampler,
    epoch: int | None,
    first: int = 0,
    strategy: tf.distribute.Strategy | None = None,
) -> tf.data.Dataset | tf.distribute.DistributedDataset:
    """Make a dataset of the batches of an epoch, which are prepared while the model trains.

    Args:
        sampler: The sampler that makes the batches.
        epoch: The number of the epoch; None for validation.
        first: The index of the first batch to return.
        strategy: The strategy that distributes each batch over devices; None for one device.

    Returns:
        Elements `((source, target_input), target_output)`, each `(batch, length)` int32; for each
        batch, one element per device.
    """
    devices = strategy.num_replicas_in_sync if strategy else 1

    def generate() -> Iterator[Any]:
        for batch in sampler.batches(epoch, first):
            for part in batch.split(devices):
                yield (part.source, part.target_input), part.target_output

    ids = tf.TensorSpec((None, None), tf.int32)
    count = tf.data.experimental.assert_cardinality(
        devices * (len(sampler.batch_indices(epoch)) - first)
    )

    # There is nothing to tune, and an iterator with a tuning thread may take 15 seconds to end: it
    # waits until that thread wakes up by itself (TensorFlow 2.21).
    options = tf.data.Options()
    options.autotune.enabled = False

    def make(_: tf.distribute.InputContext | None = None) -> tf.data.Dataset:
        dataset = tf.data.Dataset.from_generator(generate, output_signature=((ids, ids), ids))
        return dataset.apply(count).prefetch(2 * devices).with_options(options)

    return strategy.distribute_datasets_from_function(make) if strategy and devices > 1 else make()
