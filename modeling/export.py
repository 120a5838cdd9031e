"""The inference models as ONNX graphs: a translator that runs without Keras and TensorFlow."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from modeling.inference import DecoderStep, EncoderInference
from modeling.lstm import keras_loop
from modeling.seq2seq import Seq2Seq

# ONNX Runtime runs all operators of this version; later ones gain nothing here.
_OPSET = 18


def export(model: Seq2Seq) -> dict[str, bytes]:
    """Write the inference models as ONNX graphs.

    Args:
        model: Built, its numbers in float32.

    Returns:
        `encoder`: source `(batch, src_len)` → mask, memory_0 …, state_0 …, as
        `EncoderInference.call`. `step`: tokens, parents, k, mask, memory_0 …, state_0 … →
        log_probabilities, ids, attention, state_0 …, as `DecoderStep.call`. All dimensions but
        those of the model are free.
    """
    encode = EncoderInference(model.encoder, model.decoder)
    _, memory, states = encode(np.ones((1, 2), np.int32))
    memory_names = [f"memory_{i}" for i in range(len(memory))]
    state_names = [f"state_{i}" for i in range(len(states))]

    def encoder(source: Any) -> list[Any]:
        mask, memory, states = encode(source)
        return [mask, *memory, *states]

    next_piece = DecoderStep(model.decoder, None)
    count = len(memory)

    def step(tokens: Any, parents: Any, k: Any, mask: Any, *rest: Any) -> list[Any]:
        inputs = (tokens, parents, mask, list(rest[:count]), list(rest[count:]))
        best, ids, looked, states = next_piece(inputs, k=k)
        return [best, ids, looked, *states]

    integers = tf.int32
    return {
        "encoder": _graph(
            encoder,
            [tf.TensorSpec((None, None), integers, "source")],
            ["mask", *memory_names, *state_names],
        ),
        "step": _graph(
            step,
            [
                tf.TensorSpec((None, None), integers, "tokens"),
                tf.TensorSpec((None,), integers, "parents"),
                tf.TensorSpec((), integers, "k"),
                tf.TensorSpec((None, None), tf.bool, "mask"),
                *map(_spec, memory, memory_names),
                *map(_spec, states, state_names),
            ],
            ["log_probabilities", "ids", "attention", *state_names],
        ),
    }


def _spec(tensor: Any, name: str) -> tf.TensorSpec:
    """Of a tensor `(rows, units)`, `(rows, length, units)` or `(rows,)`: the units are fixed."""
    free = [None] * max(len(tensor.shape) - 1, 1)
    return tf.TensorSpec([*free, *tensor.shape[len(free) :]], tensor.dtype, name)


def _graph(
    function: Callable[..., list[Any]], specs: Sequence[tf.TensorSpec], outputs: Sequence[str]
) -> bytes:
    """The ONNX graph of a function of tensors, its inputs and outputs by their names."""
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    traced = tf.function(function, input_signature=specs)
    with keras_loop():
        model, _ = tf2onnx.convert.from_function(traced, input_signature=specs, opset=_OPSET)
    _rename_outputs(model.graph, outputs)
    content: bytes = model.SerializeToString()
    return content


def _rename_outputs(graph: Any, names: Sequence[str]) -> None:
    """Give the outputs of a graph names of their own, by nodes that hand them on.

    One tensor may be two outputs, or an input as well, so it cannot just be renamed.
    """
    from onnx import helper

    for output, name in zip(graph.output, names, strict=True):
        graph.node.append(helper.make_node("Identity", [output.name], [f"{name}_out"]))
        output.name = f"{name}_out"
