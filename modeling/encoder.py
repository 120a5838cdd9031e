"""The encoder: source ids → one vector for each position, and the states a decoder starts from."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from modeling.lstm import LSTM
from settings import ModelSettings


class Encoder(keras.Model):
    """Stacked LSTMs over source embeddings (Sutskever et al. 2014; both directions as Bahdanau et
    al. 2015, section 3.2).

    Padding stands on the right and is masked; the LSTMs keep to the conditions under which Keras
    runs them by cuDNN on a GPU.

    Args:
        vocabulary_size: The number of source pieces.
        settings: `[model]`.
        dtype: A Keras dtype policy, such as `float32` or `mixed_bfloat16`.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="encoder", dtype=dtype)
        self.is_bidirectional = settings.bidirectional
        self.embedding = keras.layers.Embedding(
            vocabulary_size, settings.embedding_size, name="embedding", dtype=dtype
        )
        self.dropout = keras.layers.Dropout(settings.dropout, name="dropout", dtype=dtype)
        self.recurrent_layers = [
            self._recurrent(settings, f"lstm_{i}", dtype) for i in range(settings.encoder_layers)
        ]

    @staticmethod
    def _recurrent(settings: ModelSettings, name: str, dtype: str) -> keras.layers.Layer:
        units = settings.units // 2 if settings.bidirectional else settings.units
        layer = LSTM(units, return_sequences=True, return_state=True, name=name, dtype=dtype)
        if not settings.bidirectional:
            return layer
        return keras.layers.Bidirectional(layer, name=f"bidirectional_{name}", dtype=dtype)

    def call(self, source: Any, training: bool = False) -> tuple[Any, Any, list[Any]]:
        """Encode a batch.

        Args:
            source: `(batch, src_len)` ids, 0 for padding; at least one real token in each row.
            training: Whether dropout is on.

        Returns:
            The outputs `(batch, src_len, units)`, the mask `(batch, src_len)` bool, True for a
            real token, and the states: for each layer h and c, each `(batch, units)`.
        """
        mask = ops.not_equal(source, 0)  # (batch, src_len)
        outputs = self.embedding(source)  # (batch, src_len, embedding_size)
        states: list[Any] = []
        for layer in self.recurrent_layers:
            outputs = self.dropout(outputs, training=training)
            outputs, *ends = layer(outputs, mask=mask, training=training)
            if self.is_bidirectional:
                forward_h, forward_c, backward_h, backward_c = ends
                ends = [
                    ops.concatenate([forward_h, backward_h], axis=-1),
                    ops.concatenate([forward_c, backward_c], axis=-1),
                ]
            states += ends  # each (batch, units)
        return self.dropout(outputs, training=training), mask, states
