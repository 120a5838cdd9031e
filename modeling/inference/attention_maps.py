"""The attention weights of each head of a trained model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops
from numpy.typing import NDArray

from malgil.modeling.seq2seq import Seq2Seq
from malgil.preprocessing.text.subword import BOS


def attention_heads(
    model: Seq2Seq, heads_per_layer: int, source: Sequence[int], target: Sequence[int]
) -> list[tuple[str, NDArray[np.float32]]]:
    """Run the model over a source and its translation, and return the weights of each head.

    Args:
        model: A model with attention of several heads.
        heads_per_layer: The number of heads of each layer.
        source: The ids of a source text.
        target: The ids of its translation.

    Returns:
        For each head its name and its weights `(len(target), len(source))`.
    """
    encoder_outputs, mask, states = model.encoder(np.array([source], np.int32))
    memory = model.decoder.memory(encoder_outputs)
    target_input = np.array([[BOS, *target[:-1]]], np.int32)
    initial_state = model.decoder.initial_state(states, memory)
    _, _, weights = model.decoder(target_input, memory, mask, initial_state)
    heads = ops.convert_to_numpy(ops.cast(weights[0], "float32"))
    names = [f"head {i % heads_per_layer + 1}" for i in range(len(heads))]
    if len(heads) > heads_per_layer:
        names = [f"layer {i // heads_per_layer + 1}, {name}" for i, name in enumerate(names)]
    return list(zip(names, heads, strict=True))
