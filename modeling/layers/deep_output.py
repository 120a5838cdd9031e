"""What the next piece is told from, out of a decoder state and its context."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("malgil")
class DeepOutput(keras.layers.Layer):
    """Bahdanau et al. 2015, appendix A.2.2: t̃_i = U_o s_i + V_o E y_{i-1} + C_o c_i, and of each
    two neighbors in it the larger one (Goodfellow et al. 2013).

    The appendix prints s_{i-1}; s_i is what the paper's eq. 4 tells y_i from.

    Args:
        units: The size of t_i, half of that of t̃_i.
        **kwargs: Arguments of every Keras layer.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.projection = keras.layers.Dense(
            2 * units, use_bias=False, name="projection", dtype=self.dtype_policy
        )

    def call(self, states: Any, embedded: Any, contexts: Any) -> Any:
        """t_i for every position.

        Args:
            states: s_i, `(batch, tgt_len, units)`.
            embedded: E y_{i-1}, `(batch, tgt_len, embedding_size)`.
            contexts: c_i, `(batch, tgt_len, value_units)`.

        Returns:
            `(batch, tgt_len, units)`.
        """
        rows = self.projection(ops.concatenate([states, embedded, contexts], axis=-1))
        shape = (-1, ops.shape(rows)[1], self.units, 2)
        return ops.max(ops.reshape(rows, shape), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments from which the layer can be built again."""
        return {**super().get_config(), "units": self.units}
