"""Attention: which source positions a decoder state looks at. One class for each kind."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# The score of a masked position. Finite, so that a row without any real position gives no NaN.
_MASKED = -1e9
# What such a row is divided by instead of 0. Any other row's sum is at least 1, its largest power.
_TINY = 1e-9


@keras.saving.register_keras_serializable("malgil")
class LuongDotAttention(keras.layers.Layer):
    """Luong et al. 2015, eq. 8, dot: score(h_t, h_s) = h_t · h_s.

    The keys (`self.keys`) depend on the encoder alone: project them once for a sentence, and pass
    them to every decoding step.
    """

    def keys(self, encoder_outputs: Any) -> Any:
        """What the queries are compared with.

        Args:
            encoder_outputs: `(batch, src_len, units)`.

        Returns:
            `(batch, src_len, units)`: here the encoder outputs themselves.
        """
        return encoder_outputs

    def call(self, queries: Any, keys: Any, values: Any, mask: Any) -> tuple[Any, Any]:
        """Weigh the encoder outputs for each decoder state (Luong et al. 2015, eq. 7).

        Args:
            queries: Decoder states h_t, `(batch, tgt_len, units)`.
            keys: `(batch, src_len, units)`, from `self.keys`.
            values: Encoder outputs, `(batch, src_len, enc_units)`.
            mask: `(batch, src_len)` bool, True for a real token.

        Returns:
            The contexts c_t, `(batch, tgt_len, enc_units)`, and the weights a_t,
            `(batch, tgt_len, src_len)`, exactly 0 where the mask is False.
        """
        scores = ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))  # (batch, tgt_len, src_len)
        weights = masked_softmax(scores, mask[:, None, :])
        return ops.matmul(weights, values), weights


@keras.saving.register_keras_serializable("malgil")
class LuongGeneralAttention(LuongDotAttention):
    """Luong et al. 2015, eq. 8, general: score(h_t, h_s) = h_tᵀ W_a h_s.

    The kernel that is learnt is units^¼ · W_a. A score sums units² products, and a step of Adam
    moves each weight by about the learning rate, whatever the gradient. Taken on W_a itself, large
    steps saturate the softmax before anything is learnt, and what is saturated learns no more;
    divided by √units as dot products are (Vaswani et al. 2017, section 3.2.1), small ones take an
    epoch longer to find what aligns with what. The root between the two learnt faster than both.

    Args:
        units: The size of the decoder's states.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        # `keys` runs in the caller's name scope, not in this layer's: a plain "projection" would
        # have the same path as a layer of the caller.
        self.projection = keras.layers.Dense(
            units, use_bias=False, name="attention_projection", dtype=self.dtype_policy
        )

    def keys(self, encoder_outputs: Any) -> Any:
        """W_a h_s for each encoder output: `(batch, src_len, enc_units)` → `(…, units)`."""
        return self.projection(encoder_outputs) * self.units**-0.25

    def get_config(self) -> dict[str, Any]:
        """The arguments from which the layer can be built again."""
        return {**super().get_config(), "units": self.units}


def masked_softmax(scores: Any, mask: Any) -> Any:
    """Softmax over the last axis among the positions where `mask` is True, in float32.

    Args:
        scores: `(…, src_len)`.
        mask: bool, of a shape that broadcasts to that of `scores`.

    Returns:
        Weights of the shape and type of `scores`. Masked positions are exactly 0; a row whose
        positions are all masked is 0 throughout.
    """
    real = ops.cast(mask, "float32")
    exact = ops.where(mask, ops.cast(scores, "float32"), _MASKED)
    powers = ops.exp(exact - ops.max(exact, axis=-1, keepdims=True)) * real
    total = ops.maximum(ops.sum(powers, axis=-1, keepdims=True), _TINY)
    return ops.cast(powers / total, scores.dtype)


def make_attention(kind: str, units: int, **kwargs: Any) -> LuongDotAttention:
    """The attention layer of a kind in `[model] attention`.

    Args:
        kind: As `settings.ModelSettings.attention` accepts it.
        units: The size of the decoder's states.
        **kwargs: Arguments of every Keras layer, such as `name` and `dtype`.
    """
    if kind == "luong_general":
        return LuongGeneralAttention(units, **kwargs)
    return LuongDotAttention(**kwargs)
