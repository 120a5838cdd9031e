"""Training one model on several devices."""

from __future__ import annotations

import tensorflow as tf

from malgil.common.errors import UserError
from malgil.common.locations import COMMAND
from malgil.modeling.layers.base import Tensor


def make_strategy(devices: int) -> tf.distribute.Strategy:
    """Return the strategy by which devices share the work: each takes a part of every batch, and
    their gradients are summed (`tf.distribute.MirroredStrategy`).

    Args:
        devices: The number of devices. With 1 TensorFlow chooses: the first GPU, or else the CPU.

    Returns:
        A strategy; build the model in its scope.

    Raises:
        UserError: If there are fewer devices.
    """
    if devices == 1:
        return tf.distribute.get_strategy()
    gpus = tf.config.list_logical_devices("GPU")
    available = gpus or tf.config.list_logical_devices("CPU")
    if len(available) < devices:
        raise UserError(
            f"training.devices accepts 1, or as many as TensorFlow sees GPUs here: {len(gpus)}. "
            f"Received: {devices}. {COMMAND} --mode doctor says more."
        )
    return tf.distribute.MirroredStrategy([device.name for device in available[:devices]])


def sum_over_devices(value: Tensor) -> Tensor:
    """Return the sum of the devices' values within a common step, else the value itself."""
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return value
    return replica.all_reduce(tf.distribute.ReduceOp.SUM, value)
