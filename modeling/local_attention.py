"""Local attention: a window of source positions for each decoder state."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from malgil.modeling.layers.base import Tensor


@keras.saving.register_keras_serializable("malgil")
class AttentionWindow(keras.layers.Layer):
    """Luong et al. 2015, section 3.2: attention is limited to positions from p_t - D to p_t + D.

    monotonic (local-m): p_t = t, but at most the source's last position. predictive (local-p,
    eq. 9): p_t = S · sigmoid(v_pᵀ tanh(W_p h_t)), and the weights are multiplied by a Gaussian
    around p_t with σ = D / 2 (eq. 10).

    Positions are counted from 0. S is the sentence's length minus 1, so that p_t is a position.

    The learned kernels are √units · W_p and √units · v_p. If W_p and v_p themselves are learned,
    Adam's steps (see `LuongGeneralAttention`) saturate the sigmoid early: the window then stays
    near one position of every sentence, regardless of the state.

    Args:
        kind: `monotonic` or `predictive`.
        half_width: D.
        units: The size of the decoder's states.
        **kwargs: Arguments of every Keras layer.
    """

    def __init__(self, kind: str, half_width: int, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.half_width = half_width
        self.units = units
        if kind == "predictive":
            # The names say that the kernels include the gain √units.
            self.projection = self._dense(units, "projection_with_gain")  # W_p
            self.position = self._dense(1, "position_with_gain")  # v_p

    def _dense(self, units: int, name: str) -> keras.layers.Dense:
        return keras.layers.Dense(units, use_bias=False, name=name, dtype=self.dtype_policy)

    def call(
        self, queries: Tensor, positions: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the window of each state.

        Args:
            queries: Decoder states h_t, `(batch, tgt_len, units)`.
            positions: The positions t of the states, counted from 0, `(batch, tgt_len)`.
            mask: `(batch, src_len)` bool, True for a real token.

        Returns:
            The mask `(batch, tgt_len, src_len)` bool, True for a real token in the window; the
            factors of the same shape for the attention weights, None for `monotonic`; and the
            centers p_t, `(batch, tgt_len)` float32.
        """
        real = ops.cast(mask, "float32")
        last = ops.maximum(ops.sum(real, axis=1, keepdims=True) - 1.0, 0.0)  # S, (batch, 1)
        if self.kind == "monotonic":
            centers = ops.minimum(ops.cast(positions, "float32"), last)
        else:
            scale = self.units**-0.5
            hidden = ops.tanh(self.projection(queries) * scale)
            share = self.position(hidden)[..., 0] * scale
            centers = last * ops.sigmoid(ops.cast(share, "float32"))
        places = ops.arange(ops.shape(mask)[1], dtype="float32")
        distances = places - centers[:, :, None]  # (batch, tgt_len, src_len)
        is_inside = ops.logical_and(ops.abs(distances) <= self.half_width, mask[:, None, :])
        if self.kind == "monotonic":
            return is_inside, None, centers
        deviation = self.half_width / 2
        return is_inside, ops.exp(-ops.square(distances) / (2 * deviation**2)), centers

    def get_config(self) -> dict[str, Any]:
        """Return the arguments to rebuild the layer from."""
        arguments = {"kind": self.kind, "half_width": self.half_width, "units": self.units}
        return {**super().get_config(), **arguments}
