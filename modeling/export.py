"""The inference models as ONNX graphs: a translator that runs without Keras and TensorFlow."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from modeling.inference import DecoderStep, EncoderInference, best_pieces
from modeling.lstm import keras_loop
from modeling.seq2seq import Seq2Seq

# ONNX Runtime runs all operators of this version; later ones gain nothing here.
_OPSET = 18
# What a piece that is not allowed scores less. An infinite one would make NaN of 0 times it.
_FORBIDDEN = -1e9


def export(model: Seq2Seq) -> dict[str, bytes]:
    """Write the inference models as ONNX graphs.

    Args:
        model: Built, its numbers in float32.

    Returns:
        `encoder`: source `(batch, src_len)` → mask, memory_0 …, state_0 …, as
        `EncoderInference.call`. `step`: tokens, parents, mask, memory_0 …, state_0 … as
        `DecoderStep.call`, and k, kernel `(units, pieces)`, bias `(pieces,)`, allowed `(batch,
        pieces)` → log_probabilities, ids, attention, state_0 …, as `NextPieces.call`. With no
        pieces all are scored; else those of the kernel, for each source those that are allowed,
        and the ids are columns of the kernel. All dimensions but those of the model are free.
    """
    encode = EncoderInference(model.encoder, model.decoder)
    _, memory, states = encode(np.ones((1, 2), np.int32))
    memory_names = [f"memory_{i}" for i in range(len(memory))]
    state_names = [f"state_{i}" for i in range(len(states))]

    def encoder(source: Any) -> list[Any]:
        mask, memory, states = encode(source)
        return [mask, *memory, *states]

    next_step, projection = DecoderStep(model.decoder), model.decoder.projection
    count = len(memory)

    def step(k: Any, kernel: Any, bias: Any, allowed: Any, *inputs: Any) -> list[Any]:
        tokens, parents, mask, *rest = inputs
        memory, states = rest[:count], rest[count:]
        outputs, looked, states = next_step((tokens, parents, mask, memory, states))
        logits = tf.cond(
            tf.shape(bias)[0] > 0,
            lambda: _logits_of_some(outputs, kernel, bias, allowed),
            lambda: projection(outputs),
        )
        return [*best_pieces(logits, k), looked, *states]

    sources = [*map(_spec, memory, memory_names), *map(_spec, states, state_names)]
    return {
        "encoder": _graph(encoder, [_integers("source", 2)], ["mask", *memory_names, *state_names]),
        "step": _graph(
            step,
            [
                _integers("k", 0),
                tf.TensorSpec((projection.kernel.shape[0], None), tf.float32, "kernel"),
                tf.TensorSpec((None,), tf.float32, "bias"),
                tf.TensorSpec((None, None), tf.bool, "allowed"),
                _integers("tokens", 2),
                _integers("parents", 1),
                tf.TensorSpec((None, None), tf.bool, "mask"),
                *sources,
            ],
            ["log_probabilities", "ids", "attention", *state_names],
        ),
    }


def _logits_of_some(outputs: Any, kernel: Any, bias: Any, allowed: Any) -> Any:
    """The scores of some pieces, for each source of those that are allowed."""
    logits = tf.matmul(outputs, kernel) + bias
    by_source = tf.reshape(logits, (tf.shape(allowed)[0], -1, tf.shape(allowed)[1]))
    by_source = by_source + tf.where(allowed, 0.0, _FORBIDDEN)[:, None]
    return tf.reshape(by_source, tf.shape(logits))


def _integers(name: str, dimensions: int) -> tf.TensorSpec:
    return tf.TensorSpec([None] * dimensions, tf.int32, name)


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
