"""The optimizer: Adam with clipping by the global norm of the gradients, and its warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from malgil.modeling.layers.base import Tensor


@keras.saving.register_keras_serializable("malgil")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam with TensorFlow's fused kernel: the same variables, and the same results up to
    rounding.

    Keras's Adam makes about ten passes over a variable and its moments; the kernel makes one. Keras
    clips the gradients of each device separately; here their sum is clipped, so that training on
    several devices gives the result of one device.

    Args:
        learning_rate: α.
        clip_norm: The maximum global norm of all gradients, to which they are scaled down (Pascanu
            et al. 2013, algorithm 1).
        **kwargs: The other arguments of Keras's Adam.
    """

    def __init__(self, learning_rate: float = 0.001, clip_norm: float = 5.0, **kwargs: Any) -> None:
        super().__init__(learning_rate, **kwargs)
        self.clip_norm = clip_norm

    def apply(self, grads: Sequence[Tensor], trainable_variables: Any = None) -> Any:
        """Clip the gradients and update the variables.

        Args:
            grads: A gradient for each variable, of the same shape. The gradient of an embedding may
                be `tf.IndexedSlices`.
            trainable_variables: The variables.
        """
        import tensorflow as tf

        from malgil.modeling.training.strategy import sum_over_devices

        dense = [tf.convert_to_tensor(gradient) for gradient in grads]
        dense = sum_over_devices(dense)
        norm = tf.sqrt(2.0 * tf.add_n([tf.nn.l2_loss(gradient) for gradient in dense]))
        # Keras sums over the devices once more.
        devices = tf.distribute.get_strategy().num_replicas_in_sync
        factor = tf.minimum(self.clip_norm / norm, 1.0) / devices
        # In most steps nothing is clipped, so the pass over the gradients is skipped.
        dense = tf.cond(
            factor < 1.0, lambda: [factor * gradient for gradient in dense], lambda: dense
        )
        return super().apply(dense, trainable_variables)

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """Update a variable and its moments (Kingma and Ba 2015, algorithm 1).

        Args:
            gradient: A tensor of the variable's shape.
            variable: A float32 variable that the optimizer was built with.
            learning_rate: α, a scalar.
        """
        import tensorflow as tf

        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations.value + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments from which the optimizer can be rebuilt."""
        return {**super().get_config(), "clip_norm": self.clip_norm}


def make_optimizer(learning_rate: float, clip_norm: float) -> keras.optimizers.Optimizer:
    """Make an Adam optimizer (Kingma and Ba 2015, algorithm 1, in the order of the last paragraph
    of section 2) with clipping by the global norm (Pascanu et al. 2013, algorithm 1).

    Args:
        learning_rate: α.
        clip_norm: The maximum global norm of all gradients.

    Returns:
        `FusedAdam` on TensorFlow, Keras's Adam on other backends.
    """
    if keras.backend.backend() == "tensorflow":
        return FusedAdam(learning_rate, clip_norm)
    return keras.optimizers.Adam(learning_rate, global_clipnorm=clip_norm)


def warm_up(step: int, warmup_steps: int) -> float:
    """Return the factor of the learning rate at a step.

    The factor rises linearly to 1 at `warmup_steps`, then falls with 1 / √step (Vaswani et al.
    2017, eq. 3, whose peak is (units · warmup_steps)^-0.5).

    Args:
        step: The number of the step, counted from 1.
        warmup_steps: The number of warm-up steps; 0 for no warm-up (the factor is always 1).
    """
    return min(step / warmup_steps, (warmup_steps / step) ** 0.5) if warmup_steps else 1.0
