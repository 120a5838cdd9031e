"""Attention: weights of the source positions for each decoder state, one class for each kind.

To add a kind, add a subclass of `Attention` with a `kind` here, and that name to the choices of
`ModelSettings.attention` (settings/sections.py).
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from malgil.modeling.layers.base import Tensor

# The score of a masked position. Finite, so that a row without any real position gives no NaN.
_MASKED = -1e9
# The divisor of such a row, instead of 0. The sum of any other row is at least 1, its largest term.
_TINY = 1e-9


class Attention(keras.layers.Layer):
    """The base class of all kinds: scores → softmax over the real positions → a weighted sum.

    The memory (`self.memory`) depends only on the encoder. Compute it once for a sentence, and pass
    it to every decoding step.

    Args:
        units: The size of the decoder's states.
        heads: The number of heads of `multi_head`. The other kinds have one.
        **kwargs: Arguments of every Keras layer, such as `name` and `dtype`.

    Attributes:
        kind: The name in `[model] attention`.
        kinds: All kinds by name: `Attention.kinds["luong_dot"](units)` creates a layer.
        is_before_step: True if the query is the state before a decoding step and the context enters
            that step (Bahdanau et al. 2015); False if the query is the state after the step (Luong
            et al. 2015).
    """

    kind: ClassVar[str]
    kinds: ClassVar[dict[str, type[Attention]]] = {}
    is_before_step: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        keras.saving.register_keras_serializable("malgil")(cls)
        Attention.kinds[cls.kind] = cls

    def __init__(self, units: int, heads: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.heads = heads

    def _dense(self, units: int, name: str, **kwargs: Any) -> keras.layers.Dense:
        # `memory` runs in the caller's name scope instead of this layer's: without the prefix a
        # name such as "projection" would have the same path as a layer of the caller.
        name = f"{self.name}_{name}"
        return keras.layers.Dense(
            units, use_bias=False, name=name, dtype=self.dtype_policy, **kwargs
        )

    def memory(self, encoder_outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the keys, with which queries are compared, and the values, which are summed.

        Args:
            encoder_outputs: `(batch, src_len, enc_units)`.

        Returns:
            Keys `(batch, src_len, units)` and values `(batch, src_len, value_units)`. In this class
            both are the encoder outputs.
        """
        return encoder_outputs, encoder_outputs

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Score each query against each key.

        Args:
            queries: `(batch, tgt_len, units)`.
            keys: `(batch, src_len, units)`, from `self.memory`.

        Returns:
            `(batch, tgt_len, src_len)`.
        """
        raise NotImplementedError

    def call(
        self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, factors: Tensor = None
    ) -> tuple[Tensor, Tensor]:
        """Return a weighted sum of the values for each query (Luong et al. 2015, eq. 7; Bahdanau et
        al. 2015, eq. 5 and 6).

        Args:
            queries: Decoder states, `(batch, tgt_len, units)`.
            keys: `(batch, src_len, units)`, from `self.memory`.
            values: `(batch, src_len, value_units)`, from `self.memory`.
            mask: `(batch, src_len)` or `(batch, tgt_len, src_len)` bool, True for a real token.
            factors: `(batch, tgt_len, src_len)`, by which the weights are multiplied, or None.

        Returns:
            The contexts `(batch, tgt_len, value_units)`, and the weights `(batch, tgt_len,
            src_len)`, which are exactly 0 where the mask is False.
        """
        mask = mask[:, None, :] if len(mask.shape) == 2 else mask
        weights = masked_softmax(self.scores(queries, keys), mask)
        if factors is not None:
            weights = weights * ops.cast(factors, weights.dtype)
        return ops.matmul(weights, values), weights

    def get_config(self) -> dict[str, Any]:
        """Return the arguments to rebuild the layer from."""
        return {**super().get_config(), "units": self.units, "heads": self.heads}


class LuongDotAttention(Attention):
    """Luong et al. 2015, section 3.1, the first score below eq. 7: score(h_t, h_s) = h_t · h_s."""

    kind = "luong_dot"

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return h_t · h_s; see `Attention.scores`."""
        return ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))


class LuongGeneralAttention(LuongDotAttention):
    """Luong et al. 2015, section 3.1, the second score below eq. 7: score(h_t, h_s) = h_tᵀ W_a h_s.

    The learned kernel is units^¼ · W_a. A score is the sum of units² products, and a step of Adam
    changes each weight by about the learning rate, regardless of the gradient. If W_a itself is
    learned, large steps saturate the softmax early, and a saturated softmax stops learning. If
    scores are divided by √units, as dot products are (Vaswani et al. 2017, section 3.2.1),
    alignments emerge an epoch later. A factor of units^¼, the geometric mean of the two, learned
    faster than both.
    """

    kind = "luong_general"

    def __init__(self, units: int, heads: int = 1, **kwargs: Any) -> None:
        super().__init__(units, heads, **kwargs)
        self.projection = self._dense(units, "projection")

    def memory(self, encoder_outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return W_a h_s and h_s; see `Attention.memory`."""
        return self.projection(encoder_outputs) * self.units**-0.25, encoder_outputs


class ScaledDotAttention(LuongDotAttention):
    """Vaswani et al. 2017, eq. 1: score(q, k) = q · k / √units."""

    kind = "scaled_dot"

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return q · k / √units; see `Attention.scores`."""
        return super().scores(queries * self.units**-0.5, keys)


class LuongConcatAttention(Attention):
    """Luong et al. 2015, section 3.1, the third score below eq. 7: score(h_t, h_s) =
    v_aᵀ tanh(W_a [h_t; h_s]).

    W_a [h_t; h_s] is the sum of a product with h_t and a product with h_s, which is the key.
    """

    kind = "luong_concat"

    def __init__(self, units: int, heads: int = 1, **kwargs: Any) -> None:
        super().__init__(units, heads, **kwargs)
        self.query_projection = self._dense(units, "query")
        self.key_projection = self._dense(units, "key")
        self.energy = self._dense(1, "energy")  # v_a

    def memory(self, encoder_outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the product of h_s with its part of W_a, and h_s; see `Attention.memory`."""
        return self.key_projection(encoder_outputs), encoder_outputs

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return v_aᵀ tanh(W_a [h_t; h_s]); see `Attention.scores`."""
        projected = self.query_projection(queries)[:, :, None, :]  # (batch, tgt_len, 1, units)
        return self.energy(ops.tanh(projected + keys[:, None]))[..., 0]


class BahdanauAttention(LuongConcatAttention):
    """Bahdanau et al. 2015, appendix A.1.2: a(s_{i-1}, h_j) = v_aᵀ tanh(W_a s_{i-1} + U_a h_j).

    The score is the one of `LuongConcatAttention`, but the query is the state before the step, and
    the context enters the step.
    """

    kind = "bahdanau"
    is_before_step = True


class MultiHeadAttention(Attention):
    """Vaswani et al. 2017, section 3.2.2: Concat(head_1, …, head_h) W^O, where head_i is the
    scaled dot-product attention (eq. 1) of Q W_i^Q, K W_i^K and V W_i^V.

    The weights are `(batch, heads, tgt_len, src_len)`. `units` must be a multiple of `heads`.

    The learned kernels are `gain` times those of the formula. A step of Adam changes each weight by
    about the learning rate, regardless of the gradient. With the large learning rate that recurrent
    layers need, the products of three kernels saturate early. A gain of √units reduces the effect
    of a step on the kernel's output by that factor. The initial outputs do not change.

    Args:
        units, heads, **kwargs: As for `Attention`.
        gain: The gain; None for √units, 1 for the kernels of the formula.
    """

    kind = "multi_head"

    def __init__(
        self, units: int, heads: int = 1, gain: float | None = None, **kwargs: Any
    ) -> None:
        super().__init__(units, heads, **kwargs)
        self.gain = units**0.5 if gain is None else gain
        self.query_projection = self._projection(units, "query")
        self.memory_projection = self._projection(2 * units, "memory")  # W^K and W^V side by side
        self.output_projection = self._projection(units, "output")

    def memory(self, encoder_outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return K W^K and V W^V of all heads, each `(batch, src_len, units)`."""
        projected = self.memory_projection(encoder_outputs)
        keys, values = ops.split(self._without_gain(projected), 2, axis=-1)
        return keys, values

    def call(
        self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, factors: Tensor = None
    ) -> tuple[Tensor, Tensor]:
        """Return a weighted sum of the values for each query; see `Attention.call`.

        Returns:
            `(batch, tgt_len, units)`, and the weights `(batch, heads, tgt_len, src_len)`.
        """
        mask = mask[:, None, :] if len(mask.shape) == 2 else mask
        scale = (self.units // self.heads) ** -0.5
        # (batch, heads, tgt_len, size)
        q = self._split(self._without_gain(self.query_projection(queries)) * scale)
        k, v = self._split(keys), self._split(values)  # (batch, heads, src_len, size)
        scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2)))
        weights = masked_softmax(scores, mask[:, None])
        if factors is not None:
            weights = weights * ops.cast(factors[:, None], weights.dtype)
        contexts = ops.transpose(ops.matmul(weights, v), (0, 2, 1, 3))
        shape = (-1, ops.shape(queries)[1], self.units)
        return self._without_gain(self.output_projection(ops.reshape(contexts, shape))), weights

    def get_config(self) -> dict[str, Any]:
        """Return the arguments to rebuild the layer from."""
        return {**super().get_config(), "gain": self.gain}

    def _projection(self, units: int, name: str) -> keras.layers.Dense:
        if self.gain == 1:
            return self._dense(units, name)
        # Glorot uniform, Keras's default, times the gain. The layer's name says that the kernel
        # includes the gain.
        initializer = keras.initializers.VarianceScaling(self.gain**2, "fan_avg", "uniform")
        return self._dense(units, f"{name}_with_gain", kernel_initializer=initializer)

    def _without_gain(self, products: Tensor) -> Tensor:
        return products if self.gain == 1 else products * (1 / self.gain)

    def _split(self, vectors: Tensor) -> Tensor:
        """Reshape `(batch, length, units)` to `(batch, heads, length, units / heads)`."""
        shape = (-1, ops.shape(vectors)[1], self.heads, self.units // self.heads)
        return ops.transpose(ops.reshape(vectors, shape), (0, 2, 1, 3))


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Compute a softmax over the last axis, over the positions where `mask` is True, in float32.

    Args:
        scores: `(…, src_len)`.
        mask: bool, of a shape that broadcasts to that of `scores`.

    Returns:
        Weights of the shape and type of `scores`. Masked positions are exactly 0. All weights of a
        row are 0 if all of its positions are masked.
    """
    real = ops.cast(mask, "float32")
    exact = ops.where(mask, ops.cast(scores, "float32"), _MASKED)
    powers = ops.exp(exact - ops.max(exact, axis=-1, keepdims=True)) * real
    total = ops.maximum(ops.sum(powers, axis=-1, keepdims=True), _TINY)
    return ops.cast(powers / total, scores.dtype)
