"""Token embeddings with positional encodings, the input of a Transformer."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from malgil.modeling.layers.base import Tensor
from malgil.settings import ModelSettings


def positional_encoding(positions: Tensor, units: int) -> Tensor:
    """Return sinusoidal position encodings (Vaswani et al. 2017, section 3.5): columns 2i and
    2i + 1 are sin and cos of position / 10000^(2i / units).

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


class TokenAndPositionEmbedding(keras.layers.Layer):
    """√units · embedding + positional encoding, with dropout (Vaswani et al. 2017, sections 3.4,
    3.5 and 5.4).

    Args:
        vocabulary_size: The number of embeddings.
        settings: `[model]`.
        **kwargs: Arguments of every Keras layer.
    """

    def __init__(self, vocabulary_size: int, settings: ModelSettings, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = settings.units
        self.token_embedding = keras.layers.Embedding(
            vocabulary_size,
            settings.units,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=settings.units**-0.5),
            name="token_embedding",
            dtype=self.dtype_policy,
        )
        self.dropout = keras.layers.Dropout(settings.dropout, dtype=self.dtype_policy)

    def call(self, ids: Tensor, first_position: Tensor = 0, training: bool = False) -> Tensor:
        """Embed ids at consecutive positions.

        Args:
            ids: `(batch, length)`.
            first_position: The position of the first id, counted from 0.
            training: Whether dropout is on.

        Returns:
            `(batch, length, units)`.
        """
        positions = first_position + ops.arange(ops.shape(ids)[1], dtype="int32")
        encoding = ops.cast(positional_encoding(positions, self.units), self.compute_dtype)
        embedded = self.token_embedding(ids) * self.units**0.5 + encoding
        return self.dropout(embedded, training=training)
