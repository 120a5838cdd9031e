"""Deep output: the features from which the next token is predicted (Pascanu et al. 2014)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from malgil.modeling.layers.base import Tensor


@keras.saving.register_keras_serializable("malgil")
class DeepOutput(keras.layers.Layer):
    """Bahdanau et al. 2015, appendix A.2.2: t̃_i = U_o s_i + V_o E y_{i-1} + C_o c_i, reduced to the
    larger of each two neighbors (maxout, Goodfellow et al. 2013).

    The appendix has s_{i-1} instead of s_i, but the paper's eq. 4 predicts y_i from s_i.

    Args:
        units: The size of t_i, which is half the size of t̃_i.
        **kwargs: Arguments of every Keras layer.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.projection = keras.layers.Dense(
            2 * units, use_bias=False, name="projection", dtype=self.dtype_policy
        )

    def call(self, states: Tensor, embedded: Tensor, contexts: Tensor) -> Tensor:
        """Return t_i for every position.

        Args:
            states: s_i, `(batch, tgt_len, units)`.
            embedded: E y_{i-1}, `(batch, tgt_len, embedding_size)`.
            contexts: c_i, `(batch, tgt_len, value_units)`.

        Returns:
            `(batch, tgt_len, units)`.
        """
        projected = self.projection(ops.concatenate([states, embedded, contexts], axis=-1))
        shape = (-1, ops.shape(projected)[1], self.units, 2)
        return ops.max(ops.reshape(projected, shape), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments to rebuild the layer from."""
        return {**super().get_config(), "units": self.units}
