"""The ONNX graphs of every architecture and attention, beside Keras."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from modeling.engine import Engine
from modeling.export import export
from modeling.inference import KerasEngine
from modeling.onnx_engine import OnnxEngine
from modeling.search import Request, SearchOptions, beam_search
from modeling.seq2seq import Seq2Seq
from preprocessing.batches import pad
from settings import ModelSettings

SOURCE_VOCABULARY, TARGET_VOCABULARY, UNITS, LAYERS = 11, 13, 6, 2
EOS = 3
SOURCES = [[5, 9, 4, 7, EOS], [8, EOS], [10, 6, 5, EOS]]
SHAPES = [
    {"attention": "none"},
    {"attention": "none", "cell": "gru", "bidirectional": False},
    {"attention": "luong_dot", "encoder_layers": LAYERS, "residual": True},
    {"attention": "luong_general", "decoder_layers": LAYERS, "layer_normalization": True},
    {"attention": "luong_concat", "cell": "gru"},
    {"attention": "scaled_dot", "input_feeding": True},
    {"attention": "bahdanau", "cell": "gru", "decoder_layers": LAYERS},
    {"attention": "multi_head", "heads": 3, "input_feeding": True, "decoder_layers": LAYERS},
    {"attention": "luong_general", "attention_window": "monotonic", "window_half_width": 1},
    {"attention": "bahdanau", "attention_window": "predictive", "window_half_width": 2},
    {"architecture": "transformer", "heads": 2, "feed_forward_units": 7, "decoder_layers": LAYERS},
    {"architecture": "transformer", "heads": 3, "feed_forward_units": 9, "normalization": "post"},
]


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
def engines(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Engine]]:
    settings = ModelSettings(**{"embedding_size": 5, "units": UNITS, **request.param})
    model = Seq2Seq(SOURCE_VOCABULARY, TARGET_VOCABULARY, settings).build_weights()
    random = np.random.default_rng(8)
    for variable in model.trainable_variables:
        variable.assign(random.normal(size=variable.shape))
    yield (
        KerasEngine(model.encoder, model.decoder),
        OnnxEngine(export(model), TARGET_VOCABULARY),
    )


@pytest.mark.parametrize("beam_size", [1, 4])
def test_searches_find_the_same(engines: tuple[Engine, Engine], beam_size: int) -> None:
    found = [
        beam_search(
            engine.step,
            engine.encode(pad(SOURCES)),
            [Request(limit) for limit in (7, 3, 5)],
            SearchOptions(beam_size=beam_size, n_best=beam_size),
        )
        for engine in engines
    ]
    for by_keras, by_onnx in zip(*found, strict=True):
        assert [one.ids for one in by_keras] == [one.ids for one in by_onnx]
        for one, other in zip(by_keras, by_onnx, strict=True):
            assert other.score == pytest.approx(one.score, abs=1e-4)
            assert (one.attention is None) == (other.attention is None)
            if one.attention is not None:
                np.testing.assert_allclose(other.attention, one.attention, atol=1e-5)


def test_all_of_the_vocabulary(engines: tuple[Engine, Engine]) -> None:
    for engine in engines:
        output = engine.step(
            np.array([2, 2]), np.array([2, 0]), engine.encode(pad(SOURCES)), 1 << 30
        )
        assert [sorted(row) for row in output.ids.tolist()] == [list(range(TARGET_VOCABULARY))] * 2
        assert np.exp(output.log_probabilities.astype(float)).sum(axis=1) == pytest.approx(1)
