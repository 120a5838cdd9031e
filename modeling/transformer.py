"""The Transformer: encoder and decoder without recurrence (Vaswani et al. 2017)."""

from __future__ import annotations

import functools
from typing import Any

import keras
from keras import ops

from malgil.modeling.attention import MultiHeadAttention
from malgil.modeling.layers.base import LazyModel, Tensor
from malgil.modeling.layers.position_embedding import TokenAndPositionEmbedding
from malgil.settings import ModelSettings


class TransformerLayer(keras.layers.Layer):
    """Self-attention, in the decoder attention to the source (cross-attention), and a feed-forward
    network (Vaswani et al. 2017, section 3.1).

    With `[model] normalization = post`, a sublayer is used as LayerNorm(x + Sublayer(x)) (section
    3.1); with `pre`, as x + Sublayer(LayerNorm(x)) (Xiong et al. 2020, figure 1). Dropout is
    applied to the sublayer's output (section 5.4).

    Args:
        settings: `[model]`.
        is_decoder: Whether the layer has cross-attention.
        **kwargs: Arguments of every Keras layer.
    """

    def __init__(self, settings: ModelSettings, is_decoder: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        dtype, units, heads = self.dtype_policy, settings.units, settings.heads
        dense = functools.partial(keras.layers.Dense, dtype=dtype)
        attention = functools.partial(MultiHeadAttention, units, heads, gain=1.0, dtype=dtype)
        layer_norm = functools.partial(_layer_norm, dtype=dtype)
        self.normalizes_first = settings.normalization == "pre"
        self.dropout = keras.layers.Dropout(settings.dropout, name="dropout", dtype=dtype)
        self.self_attention = attention(name="self_attention")
        self.self_attention_layer_norm = layer_norm("self_attention_layer_norm")
        if is_decoder:
            self.cross_attention = attention(name="cross_attention")
            self.cross_attention_layer_norm = layer_norm("cross_attention_layer_norm")
        # max(0, x W_1 + b_1) W_2 + b_2 (eq. 2)
        self.feedforward_intermediate = dense(
            settings.feed_forward_units, activation="relu", name="feedforward_intermediate"
        )
        self.feedforward_output = dense(units, name="feedforward_output")
        self.feedforward_layer_norm = layer_norm("feedforward_layer_norm")

    def call(
        self,
        x: Tensor,
        self_attention_mask: Tensor,
        cache: tuple[Tensor, Tensor] | None = None,
        memory: tuple[Tensor, Tensor] | None = None,
        source_mask: Tensor = None,
        width: Tensor = None,
        training: bool = False,
    ) -> tuple[Tensor, tuple[Tensor, Tensor], Tensor]:
        """Run the layer.

        Args:
            x: `(batch, length, units)`.
            self_attention_mask: `(batch or 1, length or 1, cached length + length)` bool, True for
                positions to attend to.
            cache: The keys and values of the previous positions, `(batch, cached length, units)`.
            memory: The source's keys and values, `(batch, src_len, units)`.
            source_mask: `(batch, src_len)` bool, True for a real source token.
            width: The number of hypotheses of each source: `x` is then `(batch · width, 1, units)`.
                None for one row per source.
            training: Whether dropout is on.

        Returns:
            `(batch, length, units)`; the keys and values of all positions so far; the weights
            `(batch, heads, length, src_len)` of the cross-attention, or None.
        """
        normalized = self._sublayer_input(self.self_attention_layer_norm, x)
        keys_values = self.self_attention.memory(normalized)
        if cache is not None:
            keys_values = tuple(
                ops.concatenate(pair, axis=1) for pair in zip(cache, keys_values, strict=True)
            )
        contexts, _ = self.self_attention(normalized, *keys_values, self_attention_mask)
        x = self._add_and_normalize(self.self_attention_layer_norm, x, contexts, training)
        weights = None
        if memory is not None:
            queries = self._sublayer_input(self.cross_attention_layer_norm, x)
            if width is not None:
                queries = ops.reshape(queries, (-1, width, queries.shape[-1]))
            contexts, weights = self.cross_attention(queries, *memory, source_mask)
            if width is not None:
                contexts = ops.reshape(contexts, (-1, 1, contexts.shape[-1]))
            x = self._add_and_normalize(self.cross_attention_layer_norm, x, contexts, training)
        normalized = self._sublayer_input(self.feedforward_layer_norm, x)
        outputs = self.feedforward_output(self.feedforward_intermediate(normalized))
        x = self._add_and_normalize(self.feedforward_layer_norm, x, outputs, training)
        return x, keys_values, weights

    def _sublayer_input(self, layer_norm: keras.layers.LayerNormalization, x: Tensor) -> Tensor:
        """Return the input of a sublayer, normalized if `pre`."""
        return layer_norm(x) if self.normalizes_first else x

    def _add_and_normalize(
        self,
        layer_norm: keras.layers.LayerNormalization,
        x: Tensor,
        outputs: Tensor,
        training: bool,
    ) -> Tensor:
        """Add a sublayer's outputs to its input, and normalize the sum if `post`."""
        total = x + self.dropout(outputs, training=training)
        return total if self.normalizes_first else layer_norm(total)


class TransformerEncoder(LazyModel):
    """Layers of self-attention over the source (Vaswani et al. 2017, section 3).

    The encoder, the decoder and its projection do not share embeddings (section 3.4), as each
    language has its own vocabulary.

    Args:
        vocabulary_size: The size of the source vocabulary.
        settings: `[model]`.
        dtype: A Keras dtype policy.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="encoder", dtype=dtype)
        self.embedding = TokenAndPositionEmbedding(
            vocabulary_size, settings, name="embedding", dtype=dtype
        )
        self.transformer_layers = [
            TransformerLayer(settings, False, name=f"layer_{i}", dtype=dtype)
            for i in range(settings.encoder_layers)
        ]
        self.final_layer_norm = _final_layer_norm(settings, dtype)

    def call(self, source: Tensor, training: bool = False) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Encode a batch.

        Args:
            source: `(batch, src_len)` ids, 0 for padding; at least one real token in each row.
            training: Whether dropout is on.

        Returns:
            The outputs `(batch, src_len, units)`, the mask `(batch, src_len)` bool, True for a
            real token, and no states.
        """
        mask = ops.not_equal(source, 0)
        x = self.embedding(source, training=training)
        for layer in self.transformer_layers:
            x, _, _ = layer(x, mask[:, None], training=training)
        return self.final_layer_norm(x) if self.final_layer_norm else x, mask, []


class TransformerDecoder(LazyModel):
    """Layers of self-attention over the target so far and of attention to the source (Vaswani et
    al. 2017, section 3). The states are the keys and values of the positions so far.

    Args:
        vocabulary_size: The size of the target vocabulary.
        settings: `[model]`.
        dtype: A Keras dtype policy.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="decoder", dtype=dtype)
        self.embedding = TokenAndPositionEmbedding(
            vocabulary_size, settings, name="embedding", dtype=dtype
        )
        self.transformer_layers = [
            TransformerLayer(settings, True, name=f"layer_{i}", dtype=dtype)
            for i in range(settings.decoder_layers)
        ]
        self.final_layer_norm = _final_layer_norm(settings, dtype)
        self.projection = keras.layers.Dense(vocabulary_size, name="projection", dtype=dtype)

    def memory(self, encoder_outputs: Tensor) -> list[Tensor]:
        """Return the source's keys and values for each layer.

        Args:
            encoder_outputs: `(batch, src_len, units)`.

        Returns:
            Two tensors `(batch, src_len, units)` for each layer.
        """
        memory: list[Tensor] = []
        for layer in self.transformer_layers:
            # The scopes that `call` runs in.
            with keras.name_scope(self.name), keras.name_scope(layer.name):
                memory += layer.cross_attention.memory(encoder_outputs)
        return memory

    def initial_state(self, states: list[Tensor], memory: list[Tensor]) -> list[Tensor]:
        """Return the state before the first step: keys and values without any position.

        Args:
            states: The encoder's states, an empty list; not used.
            memory: From `memory`.

        Returns:
            Two tensors `(batch, 0, units)` for each layer.
        """
        return [tensor[:, :0] for tensor in memory]

    def call(
        self,
        target: Tensor,
        memory: list[Tensor],
        mask: Tensor,
        states: list[Tensor],
        training: bool = False,
        with_logits: bool = True,
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Score the token that follows each target position; see `RecurrentDecoder.call`.

        Returns:
            Logits, or the input features of the projection; the keys and values so far; and the
            weights `(batch, decoder_layers · heads, tgt_len, src_len)`, beginning with the heads of
            the first layer.
        """
        length, cached = ops.shape(target)[1], ops.shape(states[0])[1]
        # Each position attends to all positions before it and to itself.
        positions = ops.arange(cached + length, dtype="int32")
        causal_mask = positions <= positions[cached:, None]  # (length, cached + length)
        x = self.embedding(target, first_position=cached, training=training)
        x, states, weights = self._run_layers(
            x, causal_mask[None], memory, mask, states, None, training
        )
        return self.projection(x) if with_logits else x, states, weights

    def step(
        self, tokens: Tensor, memory: list[Tensor], mask: Tensor, states: list[Tensor]
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Advance several hypotheses of each source by one token; see `RecurrentDecoder.step`."""
        cached, width = ops.shape(states[0])[1], ops.shape(tokens)[1]
        x = self.embedding(ops.reshape(tokens, (-1, 1)), first_position=cached)
        full_mask = ops.ones((1, 1, cached + 1), dtype="bool")
        x, states, weights = self._run_layers(x, full_mask, memory, mask, states, width, False)
        return x[:, 0], states, weights

    def _run_layers(
        self,
        x: Tensor,
        self_attention_mask: Tensor,
        memory: list[Tensor],
        mask: Tensor,
        states: list[Tensor],
        width: Tensor,
        training: bool,
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Run all layers; the arguments are those of `TransformerLayer.call`."""
        new_states: list[Tensor] = []
        all_weights = []
        for i, layer in enumerate(self.transformer_layers):
            x, keys_values, weights = layer(
                x,
                self_attention_mask,
                tuple(states[2 * i : 2 * i + 2]),
                tuple(memory[2 * i : 2 * i + 2]),
                mask,
                width=width,
                training=training,
            )
            new_states += keys_values
            all_weights.append(weights)
        x = self.final_layer_norm(x) if self.final_layer_norm else x
        return x, new_states, ops.concatenate(all_weights, axis=1)


def _layer_norm(name: str, dtype: Any) -> keras.layers.LayerNormalization:
    return keras.layers.LayerNormalization(epsilon=1e-5, name=name, dtype=dtype)


def _final_layer_norm(
    settings: ModelSettings, dtype: str
) -> keras.layers.LayerNormalization | None:
    """Make the normalization of the last layer's outputs, which only `pre` uses."""
    return _layer_norm("final_layer_norm", dtype) if settings.normalization == "pre" else None
