"""The attention weights of each head of a trained model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops
from numpy.typing import NDArray

from malgil.common.localization import _
from malgil.modeling.seq2seq import Seq2Seq
from malgil.preprocessing.text.subword import BOS


def attention_heads(
    model: Seq2Seq, heads_per_layer: int, source: Sequence[int], target: Sequence[int]
) -> list[tuple[str, NDArray[np.float32]]]:
    """Run the model on a source and its translation, and return the weights of each head.

    Args:
        model: A model whose attention has several heads.
        heads_per_layer: The number of heads of each layer.
        source: The ids of a source text.
        target: The ids of its translation.

    Returns:
        The name of each head and its weights `(len(target), len(source))`.
    """
    encoder_outputs, mask, states = model.encoder(np.array([source], np.int32))
    memory = model.decoder.memory(encoder_outputs)
    target_input = np.array([[BOS, *target[:-1]]], np.int32)
    initial_state = model.decoder.initial_state(states, memory)
    weights = model.decoder(target_input, memory, mask, initial_state)[2]
    heads = ops.convert_to_numpy(ops.cast(weights[0], "float32"))
    template = _("head {head}")
    if len(heads) > heads_per_layer:
        template = _("layer {layer}, head {head}")
    places = [divmod(i, heads_per_layer) for i in range(len(heads))]
    names = [template.format(layer=layer + 1, head=head + 1) for layer, head in places]
    return list(zip(names, heads, strict=True))
