"""Keras's LSTM, with a faster loop over time on machines without a GPU."""

from __future__ import annotations

import keras
from keras import ops

from malgil.modeling.layers.base import Tensor


@keras.saving.register_keras_serializable("malgil")
class LSTM(keras.layers.LSTM):
    """Keras's LSTM (Hochreiter and Schmidhuber 1997, with the forget gates of Gers et al. 2000):
    the same arguments, weights and results.

    On a CPU with TensorFlow it runs `layers.recurrence`, which multiplies the inputs of all time
    steps at once and has a hand-written gradient. On a GPU, on another backend, and with dropout or
    other activations it runs Keras's implementation, with cuDNN if possible.

    A mask must have its real tokens on the left, which cuDNN also requires. The outputs are 0 where
    the mask is False.
    """

    def inner_loop(
        self, sequences: Tensor, initial_state: list[Tensor], mask: Tensor, training: bool = False
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Run over the time steps; called by Keras's `RNN.call`.

        Args:
            sequences: `(batch, length, features)`.
            initial_state: h and c, each `(batch, units)`.
            mask: `(batch, length)` bool, True for a real token, or None.
            training: Whether dropout is on.

        Returns:
            The last real output `(batch, units)`; the outputs `(batch, length, units)`, in reverse
            order if `go_backwards`; and the last h and c.
        """
        if not (self._is_plain() and _is_on_cpu()):
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)
        from malgil.modeling.layers.recurrence import lstm  # needs TensorFlow

        kernel, recurrent_kernel, bias = [
            ops.cast(ops.convert_to_tensor(weight), sequences.dtype)
            for weight in (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
        ]
        h, c = initial_state
        outputs, h, c = lstm(
            sequences, h, c, kernel, recurrent_kernel, bias, mask, self.go_backwards
        )
        return h, outputs, [h, c]

    def _is_plain(self) -> bool:
        has_dropout = self.dropout or self.recurrent_dropout
        return (
            self.activation is keras.activations.tanh
            and self.recurrent_activation is keras.activations.sigmoid
            and self.use_bias
            and not (has_dropout or self.unroll)
        )


def _is_on_cpu() -> bool:
    """Return whether the backend is TensorFlow without a GPU."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_logical_devices("GPU")
