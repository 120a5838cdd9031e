"""Where each head of a trained model's attention looks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops
from numpy.typing import NDArray

from malgil.modeling.seq2seq import Seq2Seq
from malgil.preprocessing.text.subword import BOS


def attention_heads(
    model: Seq2Seq, count: int, source: Sequence[int], target: Sequence[int]
) -> list[tuple[str, NDArray[np.float32]]]:
    """Run a translation through the model once more, to see where each head looks.

    Args:
        model: With attention of several heads.
        count: How many heads a layer has.
        source: The ids of a source text.
        target: Those of its translation.

    Returns:
        For each head its name and its weights `(len(target), len(source))`.
    """
    encoder_outputs, mask, states = model.encoder(np.array([source], np.int32))
    memory = model.decoder.memory(encoder_outputs)
    before = np.array([[BOS, *target[:-1]]], np.int32)
    start = model.decoder.initial_state(states, memory)
    _, _, weights = model.decoder(before, memory, mask, start)
    heads = ops.convert_to_numpy(ops.cast(weights[0], "float32"))
    is_layered = len(heads) > count
    return [
        (
            f"layer {i // count + 1}, head {i % count + 1}" if is_layered else f"head {i + 1}",
            head,
        )
        for i, head in enumerate(heads)
    ]
