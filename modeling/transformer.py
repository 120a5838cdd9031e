"""The Transformer: encoder and decoder without recurrence (Vaswani et al. 2017)."""

from __future__ import annotations

import functools
from typing import Any

import keras
from keras import ops

from malgil.modeling.attention import MultiHeadAttention
from malgil.modeling.layers.base import LazyModel
from malgil.settings import ModelSettings


def positional_encoding(positions: Any, units: int) -> Any:
    """Sinusoids that tell a position (Vaswani et al. 2017, section 3.5): for the pair i of
    columns sin and cos of position / 10000^(2i / units).

    Args:
        positions: `(length,)`, counted from 0.
        units: The number of columns.

    Returns:
        `(length, units)` float32.
    """
    columns = ops.arange(units, dtype="int32")
    exponents = ops.cast(2 * (columns // 2), "float32") / units
    angles = ops.cast(positions, "float32")[:, None] / ops.power(10000.0, exponents)
    return ops.where(columns % 2 == 0, ops.sin(angles), ops.cos(angles))


class _Embedding(keras.layers.Layer):
    """√units · embedding + positional encoding, with dropout (Vaswani et al. 2017, sections 3.4,
    3.5 and 5.4).
    """

    def __init__(self, vocabulary_size: int, settings: ModelSettings, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = settings.units
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            settings.units,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=settings.units**-0.5),
            name="embedding",
            dtype=self.dtype_policy,
        )
        self.dropout = keras.layers.Dropout(settings.dropout, dtype=self.dtype_policy)

    def call(self, ids: Any, first: Any = 0, training: bool = False) -> Any:
        """`(batch, length)` ids, the first at position `first` → `(batch, length, units)`."""
        positions = first + ops.arange(ops.shape(ids)[1], dtype="int32")
        encoding = ops.cast(positional_encoding(positions, self.units), self.compute_dtype)
        embedded = self.embedding(ids) * self.units**0.5 + encoding
        return self.dropout(embedded, training=training)


class _Layer(keras.layers.Layer):
    """One layer: self-attention, in the decoder attention to the source, and a feed-forward
    network (Vaswani et al. 2017, section 3.1).

    Around each of them stands LayerNorm(x + Sublayer(x)) (section 3.1), `post`; or `pre`,
    x + Sublayer(LayerNorm(x)) (Xiong et al. 2020, figure 1). Dropout is on Sublayer's output
    (section 5.4).
    """

    def __init__(self, settings: ModelSettings, is_decoder: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        dtype, units, heads = self.dtype_policy, settings.units, settings.heads
        dense = keras.layers.Dense
        self.is_pre = settings.normalization == "pre"
        self.dropout = keras.layers.Dropout(settings.dropout, name="dropout", dtype=dtype)
        attention = functools.partial(MultiHeadAttention, units, heads, gain=1.0, dtype=dtype)
        self.self_attention = attention(name="self_attention")
        self.around_self = _normalization("around_self", dtype)
        if is_decoder:
            self.attention = attention(name="source_attention")
            self.around_source = _normalization("around_source", dtype)
        # max(0, x W_1 + b_1) W_2 + b_2 (eq. 2)
        self.inner = dense(settings.feed_forward_units, "relu", name="inner", dtype=dtype)
        self.outer = dense(units, name="outer", dtype=dtype)
        self.around_feed_forward = _normalization("around_feed_forward", dtype)

    def call(
        self,
        x: Any,
        mask: Any,
        past: tuple[Any, Any] | None = None,
        memory: tuple[Any, Any] | None = None,
        source_mask: Any = None,
        width: Any = None,
        training: bool = False,
    ) -> tuple[Any, tuple[Any, Any], Any]:
        """Pass through the layer.

        Args:
            x: `(batch, length, units)`.
            mask: `(batch or 1, length or 1, past length + length)` bool: where self-attention may
                look.
            past: The keys and values of the positions before, `(batch, past length, units)`.
            memory: The source's keys and values, `(batch, src_len, units)`.
            source_mask: `(batch, src_len)` bool.
            width: How many rows of length 1 share each source; None where each has its own.
            training: Whether dropout is on.

        Returns:
            `(batch, length, units)`; the keys and values of all positions so far; the weights
            `(batch, heads, length, src_len)` of the attention to the source, or None.
        """
        rows = self._before(self.around_self, x)
        now = self.self_attention.memory(rows)
        if past is not None:
            now = tuple(ops.concatenate(pair, axis=1) for pair in zip(past, now, strict=True))
        contexts, _ = self.self_attention(rows, *now, mask)
        x = self._after(self.around_self, x, contexts, training)
        weights = None
        if memory is not None:
            rows = self._before(self.around_source, x)
            if width is not None:
                rows = ops.reshape(rows, (-1, width, rows.shape[-1]))
            contexts, weights = self.attention(rows, *memory, source_mask)
            if width is not None:
                contexts = ops.reshape(contexts, (-1, 1, contexts.shape[-1]))
            x = self._after(self.around_source, x, contexts, training)
        rows = self._before(self.around_feed_forward, x)
        rows = self.outer(self.inner(rows))
        return self._after(self.around_feed_forward, x, rows, training), now, weights

    def _before(self, normalization: Any, x: Any) -> Any:
        return normalization(x) if self.is_pre else x

    def _after(self, normalization: Any, x: Any, rows: Any, training: bool) -> Any:
        total = x + self.dropout(rows, training=training)
        return total if self.is_pre else normalization(total)


class TransformerEncoder(LazyModel):
    """Layers of self-attention over the source (Vaswani et al. 2017, section 3).

    The weights of the embeddings are not shared with the decoder's nor with its projection (section
    3.4), as each language has pieces of its own.

    Args:
        vocabulary_size: The number of source pieces.
        settings: `[model]`.
        dtype: A Keras dtype policy.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="encoder", dtype=dtype)
        self.embedded = _Embedding(vocabulary_size, settings, name="embedded", dtype=dtype)
        self.stack = [
            _Layer(settings, False, name=f"layer_{i}", dtype=dtype)
            for i in range(settings.encoder_layers)
        ]
        self.normalization = _last_normalization(settings, dtype)

    def call(self, source: Any, training: bool = False) -> tuple[Any, Any, list[Any]]:
        """Encode a batch.

        Args:
            source: `(batch, src_len)` ids, 0 for padding; at least one real token in each row.
            training: Whether dropout is on.

        Returns:
            The outputs `(batch, src_len, units)`, the mask `(batch, src_len)` bool, True for a
            real token, and no states.
        """
        mask = ops.not_equal(source, 0)
        x = self.embedded(source, training=training)
        for layer in self.stack:
            x, _, _ = layer(x, mask[:, None], training=training)
        return self.normalization(x) if self.normalization else x, mask, []


class TransformerDecoder(LazyModel):
    """Layers of self-attention over the target so far, and of attention to the source (Vaswani et
    al. 2017, section 3). The states are the keys and values of the positions so far.

    Args:
        vocabulary_size: The number of target pieces.
        settings: `[model]`.
        dtype: A Keras dtype policy.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="decoder", dtype=dtype)
        self.embedded = _Embedding(vocabulary_size, settings, name="embedded", dtype=dtype)
        self.stack = [
            _Layer(settings, True, name=f"layer_{i}", dtype=dtype)
            for i in range(settings.decoder_layers)
        ]
        self.normalization = _last_normalization(settings, dtype)
        self.projection = keras.layers.Dense(vocabulary_size, name="projection", dtype=dtype)

    def memory(self, encoder_outputs: Any) -> list[Any]:
        """The source's keys and values for each layer.

        Args:
            encoder_outputs: `(batch, src_len, units)`.

        Returns:
            Two tensors `(batch, src_len, units)` for each layer.
        """
        memory: list[Any] = []
        for layer in self.stack:
            # The scopes that `call` runs in.
            with keras.name_scope(self.name), keras.name_scope(layer.name):
                memory += layer.attention.memory(encoder_outputs)
        return memory

    def start(self, states: list[Any], memory: list[Any]) -> list[Any]:
        """Keys and values of no position.

        Args:
            states: The encoder's, of which there are none.
            memory: From `memory`.

        Returns:
            Two tensors `(batch, 0, units)` for each layer.
        """
        return [part[:, :0] for part in memory]

    def call(
        self,
        target: Any,
        memory: list[Any],
        mask: Any,
        states: list[Any],
        training: bool = False,
        with_logits: bool = True,
    ) -> tuple[Any, list[Any], Any]:
        """Score the piece that follows each target position; see `RecurrentDecoder.call`.

        Returns:
            Logits or what they are a projection of; the keys and values so far; and the weights
            `(batch, decoder_layers · heads, tgt_len, src_len)`, the first layer's heads first.
        """
        length, past = ops.shape(target)[1], ops.shape(states[0])[1]
        # Position i of the new ones may look at all that came before, and at itself.
        places = ops.arange(past + length, dtype="int32")
        causal = places[None, None] <= places[past:][None, :, None]  # (1, length, past + length)
        x = self.embedded(target, first=past, training=training)
        x, now, weights = self._run(x, causal, memory, mask, states, None, training)
        outputs = self.projection(x) if with_logits else x
        return outputs, now, weights

    def step(
        self, tokens: Any, memory: list[Any], mask: Any, states: list[Any]
    ) -> tuple[Any, list[Any], Any]:
        """Go on by one piece with several hypotheses of each source; `RecurrentDecoder.step`."""
        past = ops.shape(states[0])[1]
        all_before = ops.ones((1, 1, past + 1), dtype="bool")
        x = self.embedded(ops.reshape(tokens, (-1, 1)), first=past)
        width = ops.shape(tokens)[1]
        x, now, weights = self._run(x, all_before, memory, mask, states, width, False)
        return x[:, 0], now, weights

    def _run(
        self,
        x: Any,
        where: Any,
        memory: list[Any],
        mask: Any,
        states: list[Any],
        width: Any,
        training: bool,
    ) -> tuple[Any, list[Any], Any]:
        """Through all layers; the arguments are those of `_Layer.call`."""
        now: list[Any] = []
        weights = []
        for i, layer in enumerate(self.stack):
            x, pair, looked = layer(
                x,
                where,
                tuple(states[2 * i : 2 * i + 2]),
                tuple(memory[2 * i : 2 * i + 2]),
                mask,
                width=width,
                training=training,
            )
            now += pair
            weights.append(looked)
        x = self.normalization(x) if self.normalization else x
        return x, now, ops.concatenate(weights, axis=1)


def _normalization(name: str, dtype: Any) -> keras.layers.LayerNormalization:
    return keras.layers.LayerNormalization(epsilon=1e-5, name=name, dtype=dtype)


def _last_normalization(settings: ModelSettings, dtype: Any) -> keras.layers.Layer | None:
    """With `pre` nothing has normalized the last layer's output yet."""
    return _normalization("normalization", dtype) if settings.normalization == "pre" else None
