"""The recurrent encoder: computes source vectors and the initial states of the decoder."""

from __future__ import annotations

import keras
from keras import ops

from malgil.modeling.layers.base import LazyModel, Tensor
from malgil.modeling.layers.recurrent_stack import RecurrentStack
from malgil.settings import ModelSettings


class RecurrentEncoder(LazyModel):
    """Recurrent layers over source embeddings (Sutskever et al. 2014; in both directions as in
    Bahdanau et al. 2015, section 3.2).

    Padding is on the right and masked. The layers meet the conditions under which Keras runs them
    with cuDNN on a GPU.

    Args:
        vocabulary_size: The size of the source vocabulary.
        settings: `[model]`.
        dtype: A Keras dtype policy, such as `float32` or `mixed_bfloat16`.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="encoder", dtype=dtype)
        self.embedding = keras.layers.Embedding(
            vocabulary_size, settings.embedding_size, name="embedding", dtype=dtype
        )
        self.dropout = keras.layers.Dropout(settings.dropout, name="dropout", dtype=dtype)
        self.recurrent_stack = RecurrentStack(
            settings,
            settings.encoder_layers,
            settings.bidirectional,
            self.dropout,
            uses_outputs=settings.attention != "none",
            dtype=dtype,
        )

    def call(self, source: Tensor, training: bool = False) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Encode a batch.

        Args:
            source: `(batch, src_len)` ids, 0 for padding; at least one real token in each row.
            training: Whether dropout is on.

        Returns:
            The outputs `(batch, src_len, units)`, the mask `(batch, src_len)` bool, True for a
            real token, and the states: for each layer h and, for LSTMs, c, each `(batch, units)`.
        """
        mask = ops.not_equal(source, 0)  # (batch, src_len)
        embedded = self.embedding(source)  # (batch, src_len, embedding_size)
        outputs, states = self.recurrent_stack.run(embedded, None, mask, training)
        return self.dropout(outputs, training=training), mask, states
