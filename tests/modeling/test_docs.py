"""The example in docs/systems.md is what it says: one class and one function."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from malgil.modeling import attention
from malgil.modeling.attention import Attention
from malgil.modeling.inference.graphs import attention as graph_attention
from malgil.modeling.inference.graphs.inference_graphs import build_graphs
from malgil.modeling.inference.keras_engine import KerasEngine
from malgil.modeling.inference.onnx_engine import OnnxEngine
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.translator_file import named_weights
from malgil.settings import ModelSettings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "systems.md"


@pytest.fixture(autouse=True)
def cosine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide the kind of attention of the example."""
    monkeypatch.setattr(Attention, "kinds", dict(Attention.kinds))
    monkeypatch.setattr(graph_attention, "SCORES", dict(graph_attention.SCORES))
    layer, graph = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    exec(layer, {**vars(attention)})
    exec(graph, {**vars(graph_attention)})


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_gradients_beside_padding(precision: str) -> None:
    """Whose encoder outputs are zeros, which have no direction."""
    layer = Attention.kinds["cosine"](4, name="attention", dtype=precision)
    random = np.random.default_rng(1)
    queries = tf.Variable(random.normal(size=(2, 3, 4)), dtype=layer.compute_dtype)
    keys = random.normal(size=(2, 5, 4))
    keys[0, 3:] = 0
    keys = tf.Variable(keys, dtype=layer.compute_dtype)
    mask = np.array([[True] * 3 + [False] * 2, [True] * 5])
    with tf.GradientTape() as tape:
        contexts, _ = layer(queries, keys, keys, mask)
        loss = tf.reduce_sum(tf.cast(contexts, "float32") ** 2)
    for gradient in tape.gradient(loss, [queries, keys, *layer.trainable_variables]):
        values = np.asarray(tf.cast(gradient, "float32"))
        assert np.isfinite(values).all() and values.any()


def test_an_attention_of_ones_own() -> None:
    settings = ModelSettings(attention="cosine", embedding_size=5, units=6, dropout=0.0)
    model = Seq2Seq(9, 11, settings).build_weights()
    source = np.array([[5, 6, 3], [7, 3, 0]], "int32")
    target = np.array([[2, 5, 6, 7], [2, 8, 9, 3]], "int32")
    whole = ops.log_softmax(model((source, target), with_logits=True))
    engines = [
        KerasEngine(model.encoder, model.decoder),
        OnnxEngine(build_graphs(settings, 9, 11), named_weights(model.weights)),
    ]
    for engine in engines:
        state = engine.encode(source.tolist())
        for t in range(4):
            output = engine.step(target[:, t], np.arange(2), state, 11)
            state = output.state
            expected = np.take_along_axis(np.asarray(whole[:, t]), output.ids.astype(int), axis=1)
            np.testing.assert_allclose(output.log_probabilities, expected, atol=1e-5)
            assert output.attention is not None and (output.attention[1, 2] == 0)
    assert any("sharpness" in weight.path for weight in model.trainable_variables)
