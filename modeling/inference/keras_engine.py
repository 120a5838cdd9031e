"""The inference models: encode once, then one decoder step at a time, with top-k in the graph."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from malgil.modeling.inference.engine import DecodingState, GridEngine, Ints, source_batch
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.translator_file import assign_weights
from malgil.settings import ModelSettings

# Sentences differ in length and finish one by one. TensorFlow would warn users of the many shapes.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


class EncoderInference(keras.Model):
    """The encoder, and what the decoder needs of it before its first step.

    Args:
        encoder: The trained encoder; its weights are shared.
        decoder: The trained decoder.
    """

    def __init__(self, encoder: Any, decoder: Any) -> None:
        super().__init__(name="encoder_inference")
        self.encoder = encoder
        self.decoder = decoder

    def call(self, source: Any) -> tuple[Any, list[Any], list[Any]]:
        """Encode a batch.

        Args:
            source: `(batch, src_len)` ids.

        Returns:
            The mask, the memory and the states of a `DecodingState`.
        """
        encoder_outputs, mask, states = self.encoder(source)
        memory = self.decoder.memory(encoder_outputs)
        return mask, memory, self.decoder.initial_state(states, memory)


def mean_of_heads(weights: Any | None, tokens: Any) -> Any:
    """Return where a step looked.

    Args:
        weights: Attention weights `(batch, heads, width, src_len)`; None without attention.
        tokens: `(batch, width)`.

    Returns:
        Their mean over heads `(batch, width, src_len)`; `(batch, width, 0)` without attention.
    """
    if weights is None:
        return ops.cast(tokens[:, :, None][:, :, :0], "float32")
    return ops.mean(weights, axis=1)


def best_pieces(logits: Any, k: Any) -> tuple[Any, Any]:
    """Return the best next pieces.

    Args:
        logits: `(…, pieces)`.
        k: How many, at most all.

    Returns:
        Their log-probabilities and ids, `(…, k)`, best first.
    """
    log_probabilities = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
    best, ids = ops.top_k(log_probabilities, k)
    return best, ids


class NextPieces(keras.Model):
    """A step of the decoder and the best next pieces, top-k in the graph.

    Args:
        decoder: The trained decoder; its weights are shared.
        k: How many of the best next pieces leave the graph.
    """

    def __init__(self, decoder: Any, k: int) -> None:
        super().__init__(name=f"next_pieces_{k}")
        self.decoder = decoder
        self.k = k

    def call(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Continue the chosen hypotheses by one piece.

        Args:
            inputs: The last tokens `(batch, width)`, the rows of the states that they continue
                `(batch · width,)`, and the mask, the memory and the states of a `DecodingState`.

        Returns:
            Log-probabilities and ids `(batch · width, k)` of the best next pieces; the attention
            weights, see `mean_of_heads`; the new states.
        """
        tokens, parents, mask, memory, states = inputs
        states = [ops.take(state, parents, axis=0) for state in states]
        outputs, states, weights = self.decoder.step(tokens, memory, mask, states)
        best, ids = best_pieces(self.decoder.projection(outputs), self.k)
        return best, ids, mean_of_heads(weights, tokens), states


def build_model(
    settings: ModelSettings,
    source_size: int,
    target_size: int,
    weights: Mapping[str, NDArray[Any]],
) -> Seq2Seq:
    """Build a trained model.

    Args:
        settings: `[model]`.
        source_size: The number of source pieces.
        target_size: The number of target pieces.
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

    def __init__(self, encoder: Any, decoder: Any) -> None:
        self._encode = EncoderInference(encoder, decoder)
        self._decoder = decoder
        self._steps: dict[int, NextPieces] = {}

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
            self._steps[k] = NextPieces(self._decoder, k)
        inputs = (tokens, parents, state.mask, state.memory, state.states)
        best, ids, looked, states = self._steps[k].predict_on_batch(inputs)
        return best, ids, looked if looked.shape[2] else None, tuple(states)
