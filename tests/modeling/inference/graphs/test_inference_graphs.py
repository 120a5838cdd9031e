"""The graphs of every architecture, attention and layer, step by step beside Keras."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import onnx
import pytest
from keras import ops

from malgil.modeling.inference.engine import source_batch
from malgil.modeling.inference.graphs.inference_graphs import build_graphs
from malgil.modeling.inference.graphs.weights import stored_shapes
from malgil.modeling.inference.keras_engine import EncoderInference
from malgil.modeling.inference.onnx_engine import OnnxEngine
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.translator_file import named_weights
from malgil.settings import ModelSettings

# Each dimension another one: the source's pieces, the target's, the embedding, the units, D.
SOURCE_VOCABULARY, TARGET_VOCABULARY = 11, 13
SIZES = {"embedding_size": 5, "units": 6, "feed_forward_units": 7, "heads": 3}
BOS, EOS = 2, 3
SOURCES = [[5, 9, 4, 7, EOS], [8, EOS], [10, 6, 5, EOS]]
TOKENS = [[[BOS], [BOS], [BOS]], [[7, 4], [12, 5], [6, 11]], [[9, 8], [4, 10], [5, EOS]]]
PARENTS = [[0, 1, 2], [0, 0, 1, 1, 2, 2], [1, 0, 2, 3, 5, 4]]

ATTENTIONS = ("none", "luong_dot", "luong_general", "luong_concat", "scaled_dot", "bahdanau")
SHAPES: list[dict[str, Any]] = [
    {"attention": attention, "attention_window": window, "input_feeding": is_fed}
    for attention, window, is_fed in itertools.product(
        (*ATTENTIONS, "multi_head"), ("global", "monotonic", "predictive"), (False, True)
    )
    if not (attention == "none" and (window != "global" or is_fed))
    and not (attention == "bahdanau" and is_fed)
]
LAYERS: list[dict[str, Any]] = [
    {
        "cell": cell,
        "encoder_layers": depths[0],
        "decoder_layers": depths[1],
        "residual": is_residual,
        "layer_normalization": is_normalized,
        "bidirectional": is_bidirectional,
    }
    for cell, depths, is_residual, is_normalized, is_bidirectional in itertools.product(
        ("lstm", "gru"), ((1, 1), (2, 1), (1, 2), (3, 2)), *[(False, True)] * 3
    )
]
TRANSFORMERS: list[dict[str, Any]] = [
    {"architecture": "transformer", "normalization": order, "encoder_layers": 2, **more}
    for order in ("pre", "post")
    for more in ({}, {"decoder_layers": 3})
]


def settings_of(shape: dict[str, Any]) -> ModelSettings:
    return ModelSettings(**SIZES, window_half_width=1, **shape)


def assert_same_steps(shape: dict[str, Any]) -> None:
    """Encode padded sentences and take three steps, with other parents at each, by both engines."""
    settings = settings_of(shape)
    model = Seq2Seq(SOURCE_VOCABULARY, TARGET_VOCABULARY, settings).build_weights()
    random = np.random.default_rng(8)
    for variable in model.trainable_variables:
        variable.assign(random.normal(size=variable.shape) * 0.7)
    graphs = build_graphs(settings, SOURCE_VOCABULARY, TARGET_VOCABULARY)
    shapes = {variable.path: tuple(variable.shape) for variable in model.weights}
    assert stored_shapes({**graphs.encoder.weights, **graphs.step.weights}) == shapes
    engine = OnnxEngine(graphs, named_weights(model.weights))
    state = engine.encode(SOURCES)
    mask, memory, states = EncoderInference(model.encoder, model.decoder)(source_batch(SOURCES))
    np.testing.assert_array_equal(state.mask, mask)
    assert_same_states(state.states, states, settings)
    for tokens, parents in zip(TOKENS, PARENTS, strict=True):
        states = [ops.take(part, np.array(parents), axis=0) for part in states]
        outputs, states, weights = model.decoder.step(np.array(tokens), memory, mask, states)
        expected = ops.convert_to_numpy(ops.log_softmax(model.decoder.projection(outputs)))
        flat = np.array(tokens).ravel()
        output = engine.step(flat, np.array(parents), state, TARGET_VOCABULARY + 9)
        state = output.state
        assert (np.diff(output.log_probabilities) <= 0).all()
        found = np.zeros_like(expected)
        np.put_along_axis(found, output.ids, output.log_probabilities, axis=1)
        np.testing.assert_allclose(found, expected, atol=1e-4)
        assert_same_states(state.states, states, settings)
        if weights is None:
            assert output.attention is None
            continue
        looked = ops.convert_to_numpy(weights).mean(axis=1).reshape(len(flat), -1)
        np.testing.assert_allclose(output.attention, looked, atol=1e-4)
        assert (output.attention[looked == 0] == 0).all()


def assert_same_states(found: Any, expected: Any, settings: ModelSettings) -> None:
    for i, (one, other) in enumerate(zip(found, expected, strict=True)):
        array = np.asarray(one)
        if settings.architecture == "transformer":  # the graph keeps the heads of the past apart
            order = (0, 3, 1, 2) if i % 2 == 0 else (0, 2, 1, 3)
            array = array.transpose(order).reshape(len(array), -1, settings.units)
        np.testing.assert_allclose(array, np.asarray(other), atol=1e-4)


def name_of(shape: dict[str, Any]) -> str:
    return "-".join(f"{key}={value}" for key, value in shape.items())


# Those that each part of a graph is in one of; and all of them.
SOME = [SHAPES[i] for i in (0, 5, 8, 14, 19, 25, 29, 33)] + LAYERS[3::19] + TRANSFORMERS[1:3]
REST = [shape for shape in SHAPES + LAYERS + TRANSFORMERS if shape not in SOME]


@pytest.mark.parametrize(
    "shape",
    [*SOME, *(pytest.param(shape, marks=pytest.mark.long) for shape in REST)],
    ids=name_of,
)
def test_steps_are_those_of_keras(shape: dict[str, Any]) -> None:
    assert_same_steps(shape)


@pytest.mark.parametrize("shape", SHAPES + LAYERS + TRANSFORMERS, ids=name_of)
def test_graphs_are_sound(shape: dict[str, Any]) -> None:
    """ONNX's own checker agrees, weights are named and lie outside, and nothing else does."""
    for graph in build_graphs(settings_of(shape), SOURCE_VOCABULARY, TARGET_VOCABULARY):
        model = onnx.load_from_string(graph.content)
        assert {node.domain for node in model.graph.node} == {""}
        outside = [
            tensor
            for tensor in model.graph.initializer
            if tensor.data_location == onnx.TensorProto.EXTERNAL
        ]
        assert {tensor.name: tuple(tensor.dims) for tensor in outside} == graph.weights
        for tensor in outside:
            zeros = np.zeros(graph.weights[tensor.name], np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(zeros, tensor.name))
        onnx.checker.check_model(model, full_check=True)
        assert len(graph.content) < 50_000


def test_dimensions_of_one() -> None:
    """A batch of one sentence of one piece, and one hypothesis."""
    for shape in (
        {"attention_window": "predictive"},
        {"attention": "multi_head"},
        *TRANSFORMERS[:1],
    ):
        settings = settings_of(shape)
        model = Seq2Seq(SOURCE_VOCABULARY, TARGET_VOCABULARY, settings).build_weights()
        graphs = build_graphs(settings, SOURCE_VOCABULARY, TARGET_VOCABULARY)
        engine = OnnxEngine(graphs, named_weights(model.weights))
        output = engine.step(np.array([BOS]), np.array([0]), engine.encode([[EOS]]), 3)
        assert output.attention is not None and output.attention.tolist() == [[1.0]]
        assert output.log_probabilities.shape == (1, 3)
