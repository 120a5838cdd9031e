"""Adam in one pass over each variable, for TensorFlow; clips after summing over devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from malgil.modeling.training.strategy import sum_over_devices


@keras.saving.register_keras_serializable("malgil")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam: the same variables, and the same results up to rounding.

    Keras's goes over a variable and its moments some ten times; TensorFlow's kernel does it once.
    And Keras clips the gradients of each device by themselves, here their sum is clipped, so that
    several devices train as one does.

    Args:
        learning_rate: α.
        clip_norm: The largest norm of all gradients together; they are scaled down to it
            (Pascanu et al. 2013, algorithm 1).
        **kwargs: As for Keras's Adam.
    """

    def __init__(self, learning_rate: float = 0.001, clip_norm: float = 5.0, **kwargs: Any) -> None:
        super().__init__(learning_rate, **kwargs)
        self.clip_norm = clip_norm

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> Any:
        """Clip the gradients, and update the variables.

        Args:
            grads: A gradient for each variable, of its shape. Those of an embedding may be
                `tf.IndexedSlices`.
            trainable_variables: The variables.
        """
        dense = [tf.convert_to_tensor(gradient) for gradient in grads]
        dense = sum_over_devices(dense)
        norm = tf.sqrt(2.0 * tf.add_n([tf.nn.l2_loss(gradient) for gradient in dense]))
        # Keras sums over the devices once more.
        devices = tf.distribute.get_strategy().num_replicas_in_sync
        factor = tf.minimum(self.clip_norm / norm, 1.0) / devices
        # Most steps have nothing to clip: no pass over the gradients then.
        dense = tf.cond(
            factor < 1.0, lambda: [factor * gradient for gradient in dense], lambda: dense
        )
        return super().apply(dense, trainable_variables)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a variable and its moments (Kingma and Ba 2015, algorithm 1).

        Args:
            gradient: Of the variable's shape.
            variable: A float32 variable that the optimizer was built with.
            learning_rate: α, a scalar.
        """
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
        """The arguments from which the optimizer can be built again."""
        return {**super().get_config(), "clip_norm": self.clip_norm}
