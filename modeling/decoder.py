"""The decoder: target ids so far, and the encoded source → scores of the next piece."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from modeling.attention import make_attention
from modeling.lstm import LSTM
from settings import ModelSettings


class Decoder(keras.Model):
    """Stacked LSTMs with Luong's global attention (Luong et al. 2015, section 3.1).

    The attentional vector does not enter the next step, so that all target positions run through
    the LSTMs first and attention is one batched product: no loop over steps in training.

    Args:
        vocabulary_size: The number of target pieces.
        settings: `[model]`.
        dtype: A Keras dtype policy.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="decoder", dtype=dtype)
        units = settings.units
        self.embedding = keras.layers.Embedding(
            vocabulary_size, settings.embedding_size, name="embedding", dtype=dtype
        )
        self.dropout = keras.layers.Dropout(settings.dropout, name="dropout", dtype=dtype)
        self.recurrent_layers = [
            LSTM(units, return_sequences=True, return_state=True, name=f"lstm_{i}", dtype=dtype)
            for i in range(settings.decoder_layers)
        ]
        self.attention = make_attention(settings.attention, units, name="attention", dtype=dtype)
        self.attentional = keras.layers.Dense(
            units, activation="tanh", use_bias=False, name="attentional", dtype=dtype
        )
        self.projection = keras.layers.Dense(vocabulary_size, name="projection", dtype=dtype)

    def call(
        self,
        target: Any,
        encoder_outputs: Any,
        mask: Any,
        states: list[Any],
        keys: Any = None,
        training: bool = False,
        with_logits: bool = True,
    ) -> tuple[Any, list[Any], Any]:
        """Score the piece that follows each target position.

        Args:
            target: `(batch, tgt_len)` ids, the begin mark first.
            encoder_outputs: `(batch, src_len, units)`.
            mask: `(batch, src_len)` bool, True for a real source token.
            states: For each layer h and c, `(batch, units)`: the encoder's, or those that the
                last call returned. A decoder layer that the encoder lacks starts from the
                encoder's last.
            keys: What `self.attention.keys` made of the encoder outputs, where it is at hand.
            training: Whether dropout is on.
            with_logits: Whether to end with the projection to the vocabulary.

        Returns:
            Logits `(batch, tgt_len, vocabulary)`, or without them the attentional vectors
            `(batch, tgt_len, units)`; the states after the last position, and the attention
            weights `(batch, tgt_len, src_len)`.
        """
        if keys is None:
            keys = self.attention.keys(encoder_outputs)
        outputs = self.embedding(target)  # (batch, tgt_len, embedding_size)
        new_states: list[Any] = []
        for i, layer in enumerate(self.recurrent_layers):
            first = min(2 * i, len(states) - 2)
            outputs = self.dropout(outputs, training=training)
            outputs, *ends = layer(
                outputs, initial_state=states[first : first + 2], training=training
            )
            new_states += ends
        contexts, weights = self.attention(outputs, keys, encoder_outputs, mask)
        # Luong et al. 2015, eq. 5: h̃_t = tanh(W_c [c_t; h_t])
        attentional = self.attentional(ops.concatenate([contexts, outputs], axis=-1))
        attentional = self.dropout(attentional, training=training)
        if not with_logits:
            return attentional, new_states, weights
        return self.projection(attentional), new_states, weights  # eq. 6, before its softmax
