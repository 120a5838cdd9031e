"""Each head by its name, beside the formulas in plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from malgil.modeling.inference.attention_maps import attention_heads
from malgil.modeling.seq2seq import Seq2Seq
from malgil.settings import ModelSettings
from tests.modeling import formulas

SOURCE, TARGET, BOS = [5, 8, 7, 3], [4, 9, 3], 2
HEADS, ENCODER_LAYERS, DECODER_LAYERS = 3, 1, 2


def make(**model: Any) -> Seq2Seq:
    settings = ModelSettings(units=6, heads=HEADS, embedding_size=5, dropout=0.0, **model)
    seq2seq = Seq2Seq(11, 13, settings).build_weights()
    random = np.random.default_rng(3)
    for variable in seq2seq.trainable_variables:
        variable.assign(random.normal(size=variable.shape) * 0.6)
    return seq2seq


def test_of_each_layer_of_a_transformer() -> None:
    layers = {"encoder_layers": ENCODER_LAYERS, "decoder_layers": DECODER_LAYERS}
    shape = {"architecture": "transformer", "feed_forward_units": 7, **layers}
    model = make(**shape)
    settings = ModelSettings(units=6, heads=HEADS, **shape)
    encoded, _ = formulas.transformer(
        settings, formulas.weights_of(model.encoder, "seq2seq/encoder"), np.array(SOURCE), 1
    )
    before = np.array([BOS, *TARGET[:-1]])
    w = formulas.weights_of(model.decoder, "seq2seq/decoder")
    _, weights = formulas.transformer(settings, w, before, DECODER_LAYERS, encoded)
    found = attention_heads(model, HEADS, SOURCE, TARGET)
    assert [title for title, _ in found] == [
        f"layer {layer}, head {head}" for layer in (1, 2) for head in (1, 2, 3)
    ]
    for (_, looked), expected in zip(found, weights, strict=True):
        assert looked.shape == (len(TARGET), len(SOURCE))
        np.testing.assert_allclose(looked, expected, atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_of_a_recurrent_decoder(cell: str) -> None:
    model = make(attention="multi_head", cell=cell)
    found = attention_heads(model, HEADS, SOURCE, TARGET)
    assert [title for title, _ in found] == ["head 1", "head 2", "head 3"]
    outputs, mask, states = model.encoder(np.array([SOURCE]))
    memory = model.decoder.memory(outputs)
    before = np.array([[BOS, *TARGET[:-1]]])
    weights = model.decoder(before, memory, mask, model.decoder.initial_state(states, memory))[2]
    for i, (_, looked) in enumerate(found):
        np.testing.assert_allclose(looked, weights[0, i], atol=1e-6)
        others = [j for j in range(HEADS) if j != i]
        assert all(abs(looked - np.asarray(weights)[0, j]).max() > 1e-3 for j in others)
