"""The engine that runs the inference models by Keras, with top-k in the graph."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from malgil.modeling.inference.engine import DecodingState, GridEngine, Ints, source_batch
from malgil.modeling.layers.base import Tensor
from malgil.modeling.seq2seq import Decoder, Encoder, Seq2Seq
from malgil.modeling.translator_file import assign_weights
from malgil.settings import ModelSettings

# Sentences differ in length and finish one by one. TensorFlow would warn about the many shapes.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


class EncoderInference(keras.Model):
    """The encoder and the preparation of the decoder's first step.

    Args:
        encoder: The trained encoder; its weights are shared.
        decoder: The trained decoder.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__(name="encoder_inference")
        self.encoder = encoder
        self.decoder = decoder

    def call(self, source: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Encode a batch.

        Args:
            source: `(batch, src_len)` ids.

        Returns:
            The mask, the memory and the states of a `DecodingState`.
        """
        encoder_outputs, mask, states = self.encoder(source)
        memory = self.decoder.memory(encoder_outputs)
        return mask, memory, self.decoder.initial_state(states, memory)


def mean_of_heads(weights: Tensor | None, tokens: Tensor) -> Tensor:
    """Return the mean attention weights over all heads.

    Args:
        weights: Attention weights `(batch, heads, width, src_len)`; None without attention.
        tokens: `(batch, width)`.

    Returns:
        `(batch, width, src_len)`; `(batch, width, 0)` without attention.
    """
    if weights is None:
        return ops.cast(tokens[:, :, None][:, :, :0], "float32")
    return ops.mean(weights, axis=1)


def most_probable_tokens(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k most probable next tokens.

    Args:
        logits: `(…, vocabulary)`.
        k: The number of tokens, at most `vocabulary`.

    Returns:
        Their log-probabilities and ids, `(…, k)`, in descending order.
    """
    log_probabilities = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
    best, ids = ops.top_k(log_probabilities, k)
    return best, ids


class DecoderStep(keras.Model):
    """A step of the decoder and the selection of the most probable next tokens.

    Args:
        decoder: The trained decoder; its weights are shared.
        k: The number of next tokens to return for each hypothesis.
    """

    def __init__(self, decoder: Decoder, k: int) -> None:
        super().__init__(name=f"decoder_step_{k}")
        self.decoder = decoder
        self.k = k

    def call(self, inputs: tuple[Any, ...]) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        """Extend hypotheses by one token, and return the most probable next tokens.

        Args:
            inputs: The last tokens `(batch, width)`, the rows of the states that they continue
                `(batch · width,)`, and the mask, the memory and the states of a `DecodingState`.

        Returns:
            Log-probabilities and ids `(batch · width, k)` of the most probable next tokens; the
            attention weights (see `mean_of_heads`); and the new states.
        """
        tokens, parents, mask, memory, states = inputs
        states = [ops.take(state, parents, axis=0) for state in states]
        outputs, states, weights = self.decoder.step(tokens, memory, mask, states)
        best, ids = most_probable_tokens(self.decoder.projection(outputs), self.k)
        return best, ids, mean_of_heads(weights, tokens), states


def build_model(
    settings: ModelSettings,
    source_size: int,
    target_size: int,
    weights: Mapping[str, NDArray[Any]],
) -> Seq2Seq:
    """Build the model in Keras and assign its trained weights.

    Args:
        settings: `[model]`.
        source_size: The size of the source vocabulary.
        target_size: The size of the target vocabulary.
        weights: An array for each variable, by its path.

    Raises:
        ValueError: If the weights do not fit the settings.
    """
    model = Seq2Seq(source_size, target_size, settings).build_weights()
    assign_weights(model.weights, weights)
    return model


class KerasEngine(GridEngine):
    """Runs the inference models by Keras.

    Args:
        encoder: The trained encoder.
        decoder: The trained decoder.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        self._encode = EncoderInference(encoder, decoder)
        self._decoder = decoder
        self._steps: dict[int, DecoderStep] = {}

    def encode(
        self, sources: Sequence[Sequence[int]], required: Sequence[Iterable[int]] = ()
    ) -> DecodingState:
        """Encode a batch; see `Engine.encode`."""
        mask, memory, states = self._encode.predict_on_batch(source_batch(sources))
        rows = np.arange(len(sources))
        return DecodingState(mask, tuple(memory), tuple(states), rows, rows, len(sources))

    def _run(
        self, tokens: NDArray[np.int32], parents: NDArray[np.int32], state: DecodingState, k: int
    ) -> tuple[NDArray[np.float32], Ints, NDArray[np.float32] | None, tuple[Any, ...]]:
        k = min(k, self._decoder.projection.units)
        if k not in self._steps:
            self._steps[k] = DecoderStep(self._decoder, k)
        inputs = (tokens, parents, state.mask, state.memory, state.states)
        best, ids, attention, states = self._steps[k].predict_on_batch(inputs)
        return best, ids, attention if attention.shape[2] else None, tuple(states)
