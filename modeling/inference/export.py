"""The inference models as ONNX graphs: a translator that runs without Keras and TensorFlow."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from malgil.modeling.inference.keras_engine import EncoderInference, best_pieces, mean_of_heads
from malgil.modeling.layers.lstm import keras_loop
from malgil.modeling.seq2seq import Seq2Seq

# ONNX Runtime runs all operators of this version; later ones gain nothing here.
_OPSET = 18


def export(model: Seq2Seq) -> dict[str, bytes]:
    """Write the inference models as ONNX graphs.

    Args:
        model: Built, its numbers in float32.

    Returns:
        `encoder`: source `(batch, src_len)` → mask, memory_0 …, state_0 …, as
        `EncoderInference.call`. `step`: tokens, parents, mask, memory_0 …, state_0 …, k as
        `NextPieces.call`, and kernel `(pieces, units)`, bias `(batch, 1, pieces)` →
        log_probabilities, ids `(batch, width, k)`, attention, state_0 … With no pieces in the
        kernel all are scored; else those alone, and the ids are rows of the kernel. All dimensions
        but those of the model are free.
    """
    encode = EncoderInference(model.encoder, model.decoder)
    _, memory, states = encode(np.ones((1, 2), np.int32))
    memory_names = [f"memory_{i}" for i in range(len(memory))]
    state_names = [f"state_{i}" for i in range(len(states))]

    def encoder(source: Any) -> list[Any]:
        mask, memory, states = encode(source)
        return [mask, *memory, *states]

    decoder, projection = model.decoder, model.decoder.projection
    units, count = projection.kernel.shape[0], len(memory)

    def step(k: Any, kernel: Any, bias: Any, *inputs: Any) -> list[Any]:
        tokens, parents, mask, *rest = inputs
        states = [tf.gather(state, parents) for state in rest[count:]]
        outputs, states, weights = decoder.step(tokens, rest[:count], mask, states)
        outputs = tf.reshape(outputs, tf.concat([tf.shape(tokens), [units]], axis=0))
        logits = tf.cond(
            tf.shape(bias)[2] > 0,
            lambda: tf.matmul(outputs, kernel) + bias,  # the kernel: see `_transpose`
            lambda: projection(outputs),
        )
        return [*best_pieces(logits, k), mean_of_heads(weights, tokens), *states]

    sources = [*map(_spec, memory, memory_names), *map(_spec, states, state_names)]
    return {
        "encoder": _graph(encoder, [_integers("source", 2)], ["mask", *memory_names, *state_names]),
        "step": _graph(
            step,
            [
                _integers("k", 0),
                tf.TensorSpec((None, None), tf.float32, "kernel"),
                tf.TensorSpec((None, 1, None), tf.float32, "bias"),
                _integers("tokens", 2),
                _integers("parents", 1),
                tf.TensorSpec((None, None), tf.bool, "mask"),
                *sources,
            ],
            ["log_probabilities", "ids", "attention", *state_names],
        ),
    }


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
    with keras_loop(), _plain_lookups():
        model, _ = tf2onnx.convert.from_function(traced, input_signature=specs, opset=_OPSET)
    _rename_outputs(model.graph, outputs)
    _transpose(model, "kernel")
    content: bytes = model.SerializeToString()
    return content


@contextlib.contextmanager
def _plain_lookups() -> Iterator[None]:
    """Embeddings that look up ids as they are.

    Keras's own also take numbers below 0, at the cost of nine operations in each step.
    """
    real = keras.layers.Embedding.call
    keras.layers.Embedding.call = lambda layer, ids: tf.gather(
        tf.cast(layer.embeddings, layer.compute_dtype), ids
    )
    try:
        yield
    finally:
        keras.layers.Embedding.call = real


def _rename_outputs(graph: Any, names: Sequence[str]) -> None:
    """Give the outputs of a graph names of their own, by nodes that hand them on.

    One tensor may be two outputs, or an input as well, so it cannot just be renamed.
    """
    from onnx import helper

    for output, name in zip(graph.output, names, strict=True):
        graph.node.append(helper.make_node("Identity", [output.name], [f"{name}_out"]))
        output.name = f"{name}_out"


def _transpose(model: Any, name: str) -> None:
    """Take the transpose of an input in the matrix products of branches.

    A row of it for each piece is quicker to put together than a column. TensorFlow's own transposed
    product loses its transposition on the way through a branch.
    """
    from onnx import helper

    nodes = [
        node
        for outer in model.graph.node
        for attribute in outer.attribute
        for node in attribute.g.node
        if node.op_type == "MatMul" and node.input[1] == name
    ]
    for node in nodes:
        node.op_type, node.domain = "FusedMatMul", "com.microsoft"
        node.attribute.append(helper.make_attribute("transB", 1))
    if nodes:
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
