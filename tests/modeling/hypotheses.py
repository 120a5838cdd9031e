"""Several hypotheses of each source, which is how all translating goes on."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops


def check_step(decoder: Any, encoded: tuple, targets: np.ndarray, whole: list, atol: float) -> None:
    """Compare `step` with the decoder over each whole target by itself.

    Args:
        decoder: With random weights.
        encoded: The encoder's outputs, mask and states.
        targets: `(batch, width, tgt_len)` ids.
        whole: For each of the `width` hypotheses what the decoder returned for it.
        atol: How far the logits may be off.
    """
    encoder_outputs, mask, states = encoded
    batch, width, length = targets.shape
    memory = decoder.memory(encoder_outputs)
    now = [ops.repeat(state, width, axis=0) for state in decoder.initial_state(states, memory)]
    for t in range(length):
        vectors, now, weights = decoder.step(targets[:, :, t], memory, mask, now)
        logits = ops.reshape(decoder.projection(vectors), (batch, width, -1))
        for j, (expected, _, looked) in enumerate(whole):
            np.testing.assert_allclose(logits[:, j], expected[:, t], atol=atol)
            if looked is not None:
                np.testing.assert_allclose(weights[:, :, j], looked[:, :, t], atol=1e-5)
