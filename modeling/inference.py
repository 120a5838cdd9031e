"""The inference models: encode once, then one decoder step at a time, with top-k in the graph."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from modeling.search import StepOutput

# Sentences differ in length and finish one by one. TensorFlow would warn users of the many shapes.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


class DecodingState(NamedTuple):
    """What a decoding step needs of the steps before it. One row for each hypothesis.

    Attributes:
        mask: `(rows, src_len)` bool, True for a real token.
        memory: What the decoder needs of the source: tensors `(rows, src_len, …)`.
        states: What it needs of its own steps: tensors `(rows, …)`.
    """

    mask: Any
    memory: tuple[Any, ...]
    states: tuple[Any, ...]


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
        """Encode a batch: source `(batch, src_len)` ids → the fields of a `DecodingState`."""
        encoder_outputs, mask, states = self.encoder(source)
        memory = self.decoder.memory(encoder_outputs)
        return mask, memory, self.decoder.start(states, memory)


class DecoderStep(keras.Model):
    """One step of the decoder for every hypothesis.

    Args:
        decoder: The trained decoder; its weights are shared.
        k: How many of the best next pieces leave the graph.
    """

    def __init__(self, decoder: Any, k: int) -> None:
        super().__init__(name=f"decoder_step_{k}")
        self.decoder = decoder
        self.k = k

    def call(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Continue the chosen hypotheses by one piece.

        Args:
            inputs: The last tokens `(new_rows,)`, the rows of the state that they continue
                `(new_rows,)`, and the fields of a `DecodingState` with `rows` rows.

        Returns:
            Log-probabilities `(new_rows, k)` and ids `(new_rows, k)` of the best next pieces,
            best first; attention weights `(new_rows, src_len)`, the mean over heads, or
            `(new_rows, 0)` without attention; the new state's fields.
        """
        last_tokens, parent_rows, *state = inputs
        mask, memory, states = keras.tree.map_structure(
            lambda tensor: ops.take(tensor, parent_rows, axis=0), tuple(state)
        )
        logits, states, weights = self.decoder(last_tokens[:, None], memory, mask, states)
        log_probabilities = ops.log_softmax(ops.cast(logits[:, 0], "float32"), axis=-1)
        best, ids = ops.top_k(log_probabilities, self.k)
        looked = best[:, :0] if weights is None else ops.mean(weights[:, :, 0], axis=1)
        return best, ids, looked, mask, memory, states


class KerasEngine:
    """Runs the inference models by Keras. What `search.beam_search` drives.

    Args:
        encoder: The trained encoder.
        decoder: The trained decoder.
    """

    def __init__(self, encoder: Any, decoder: Any) -> None:
        self._encode = EncoderInference(encoder, decoder)
        self._decoder = decoder
        self._steps: dict[int, DecoderStep] = {}

    def encode(self, source: NDArray[np.int32]) -> DecodingState:
        """Encode a batch.

        Args:
            source: `(batch, src_len)` ids, padded on the right with 0.

        Returns:
            The state from which decoding starts: one row for each sentence.
        """
        return DecodingState(*self._encode.predict_on_batch(source))

    def step(
        self,
        last_tokens: NDArray[np.integer],
        parent_rows: NDArray[np.integer],
        state: DecodingState,
        k: int,
    ) -> StepOutput:
        """One decoding step; see `search.Step`."""
        k = min(k, self._decoder.projection.units)
        if k not in self._steps:
            self._steps[k] = DecoderStep(self._decoder, k)
        inputs = (last_tokens.astype(np.int32), parent_rows.astype(np.int32), *state)
        best, ids, attention, *rest = self._steps[k].predict_on_batch(inputs)
        return StepOutput(
            best, ids, attention if attention.shape[1] else None, DecodingState(*rest)
        )
