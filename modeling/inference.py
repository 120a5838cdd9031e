"""The inference models: encode once, then one decoder step at a time, with top-k in the graph."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from modeling.decoder import Decoder
from modeling.encoder import Encoder
from modeling.search import StepOutput

# Sentences differ in length and finish one by one. TensorFlow would warn users of the many shapes.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


class DecodingState(NamedTuple):
    """What a decoding step needs of the steps before it. One row for each hypothesis.

    Attributes:
        encoder_outputs: `(rows, src_len, units)`.
        keys: `(rows, src_len, units)`, the projected encoder outputs.
        mask: `(rows, src_len)` bool, True for a real token.
        states: For each decoder layer h and c, `(rows, units)`.
    """

    encoder_outputs: Any
    keys: Any
    mask: Any
    states: tuple[Any, ...]


class EncoderInference(keras.Model):
    """The encoder, and the attention's keys of its outputs.

    Args:
        encoder: The trained encoder; its weights are shared.
        decoder: The trained decoder, whose attention makes the keys.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__(name="encoder_inference")
        self.encoder = encoder
        self.attention = decoder.attention

    def call(self, source: Any) -> tuple[Any, ...]:
        """Encode a batch: source `(batch, src_len)` ids → the fields of a `DecodingState`."""
        encoder_outputs, mask, states = self.encoder(source)
        return (encoder_outputs, self.attention.keys(encoder_outputs), mask, *states)


class DecoderStep(keras.Model):
    """One step of the decoder for every hypothesis.

    Args:
        decoder: The trained decoder; its weights are shared.
        k: How many of the best next pieces leave the graph.
    """

    def __init__(self, decoder: Decoder, k: int) -> None:
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
            best first; attention weights `(new_rows, src_len)`; the new state's fields.
        """
        last_tokens, parent_rows, *state = inputs
        encoder_outputs, keys, mask, *states = [
            ops.take(tensor, parent_rows, axis=0) for tensor in state
        ]
        logits, new_states, weights = self.decoder(
            last_tokens[:, None], encoder_outputs, mask, states, keys
        )
        log_probabilities = ops.log_softmax(ops.cast(logits[:, 0], "float32"), axis=-1)
        best, ids = ops.top_k(log_probabilities, self.k)
        return (best, ids, weights[:, 0], encoder_outputs, keys, mask, *new_states)


class KerasEngine:
    """Runs the inference models by Keras. What `search.beam_search` drives.

    Args:
        encoder: The trained encoder.
        decoder: The trained decoder.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
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
        return _state(self._encode.predict_on_batch(source))

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
        inputs = (
            last_tokens.astype(np.int32),
            parent_rows.astype(np.int32),
            *state[:3],
            *state.states,
        )
        best, ids, attention, *rest = self._steps[k].predict_on_batch(inputs)
        return StepOutput(best, ids, attention, _state(rest))


def _state(fields: Any) -> DecodingState:
    encoder_outputs, keys, mask, *states = fields
    return DecodingState(encoder_outputs, keys, mask, tuple(states))
