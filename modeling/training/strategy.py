"""Several devices that train one model together."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from malgil.common.errors import UserError


def make_strategy(devices: int) -> tf.distribute.Strategy:
    """How the devices share the work: each takes a part of every batch, and their gradients are
    summed (`tf.distribute.MirroredStrategy`).

    Args:
        devices: How many. 1 is TensorFlow's own choice: the first GPU, or else the processor.

    Returns:
        A strategy, in whose scope the model is to be built.

    Raises:
        UserError: If there are fewer.
    """
    if devices == 1:
        return tf.distribute.get_strategy()
    gpus = tf.config.list_logical_devices("GPU")
    found = gpus or tf.config.list_logical_devices("CPU")
    if len(found) < devices:
        raise UserError(
            f"training.devices accepts 1, or as many as TensorFlow sees GPUs here: {len(gpus)}. "
            f"Received: {devices}. python app.py --mode doctor says more."
        )
    return tf.distribute.MirroredStrategy([device.name for device in found[:devices]])


def sum_over_devices(value: Any) -> Any:
    """The sum of the devices' values, within a step that they take together; else the value."""
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return value
    return replica.all_reduce(tf.distribute.ReduceOp.SUM, value)
