"""Training one model on several devices."""

from __future__ import annotations

import tensorflow as tf

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import COMMAND
from malgil.modeling.layers.base import Tensor


def make_strategy(devices: int) -> tf.distribute.Strategy:
    """Return the strategy that distributes training over devices.

    Each device computes the gradients of a part of every batch, and the gradients are summed
    (`tf.distribute.MirroredStrategy`).

    Args:
        devices: The number of devices. If it is 1, TensorFlow chooses: the first GPU, or the CPU if
            there is no GPU.

    Returns:
        A strategy. The model must be built in its scope.

    Raises:
        UserError: If TensorFlow finds fewer devices.
    """
    if devices == 1:
        return tf.distribute.get_strategy()
    gpus = tf.config.list_logical_devices("GPU")
    available = gpus or tf.config.list_logical_devices("CPU")
    if len(available) < devices:
        message = _(
            "training.devices accepts 1, or up to the number of GPUs that TensorFlow finds, which "
            "is {count}. Received: {devices}. To see the devices, run: {command} --mode doctor"
        )
        raise UserError(message.format(count=len(gpus), devices=devices, command=COMMAND))
    return tf.distribute.MirroredStrategy([device.name for device in available[:devices]])


def sum_over_devices(value: Tensor) -> Tensor:
    """Return the sum of a value over all devices; the value itself outside a distributed step."""
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return value
    return replica.all_reduce(tf.distribute.ReduceOp.SUM, value)
