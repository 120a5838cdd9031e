"""Searches by ONNX Runtime beside those by Keras, shortlists, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnxruntime
import pytest

from malgil.common.errors import UserError
from malgil.modeling.inference import onnx_engine
from malgil.modeling.inference.engine import Engine
from malgil.modeling.inference.graphs.builder import Graph
from malgil.modeling.inference.graphs.inference_graphs import InferenceGraphs, build_graphs
from malgil.modeling.inference.keras_engine import KerasEngine
from malgil.modeling.inference.onnx_engine import OnnxEngine
from malgil.modeling.inference.shortlist import Shortlist
from malgil.modeling.search import Request, beam_search
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.translator_file import named_weights
from malgil.settings import DecodingOptions, ModelSettings

SOURCE_VOCABULARY, TARGET_VOCABULARY, UNITS, LAYERS = 11, 13, 6, 2
EOS = 3
PROJECTION = "seq2seq/decoder/projection/kernel"
EMBEDDING = "seq2seq/encoder/embedding/embeddings"
CELL = "seq2seq/decoder/lstm_0/lstm_cell/kernel"
SOURCES = [[5, 9, 4, 7, EOS], [8, EOS], [10, 6, 5, EOS]]
# Each part that a graph is made of is in one of these,
SHAPES = [
    {"attention": "none"},
    {"attention": "luong_general", "decoder_layers": LAYERS, "layer_normalization": True},
    {"attention": "luong_concat", "cell": "gru"},
    {"attention": "bahdanau", "cell": "gru", "decoder_layers": LAYERS},
    {"attention": "multi_head", "heads": 3, "input_feeding": True, "decoder_layers": LAYERS},
    {"attention": "bahdanau", "attention_window": "predictive", "window_half_width": 2},
    {"architecture": "transformer", "heads": 2, "feed_forward_units": 7, "decoder_layers": LAYERS},
]
# and each kind of attention and of Transformer in one of all.
MORE_SHAPES = [
    {"attention": "none", "cell": "gru", "bidirectional": False},
    {"attention": "luong_dot", "encoder_layers": LAYERS, "residual": True},
    {"attention": "scaled_dot", "input_feeding": True},
    {"attention": "luong_general", "attention_window": "monotonic", "window_half_width": 1},
    {"architecture": "transformer", "heads": 3, "feed_forward_units": 9, "normalization": "post"},
]


def make(shape: dict) -> Seq2Seq:
    settings = ModelSettings(**{"embedding_size": 5, "units": UNITS, **shape})
    model = Seq2Seq(SOURCE_VOCABULARY, TARGET_VOCABULARY, settings).build_weights()
    random = np.random.default_rng(8)
    for variable in model.trainable_variables:
        variable.assign(random.normal(size=variable.shape))
    return model


def graphs_of(shape: dict) -> InferenceGraphs:
    settings = ModelSettings(**{"embedding_size": 5, "units": UNITS, **shape})
    return build_graphs(settings, SOURCE_VOCABULARY, TARGET_VOCABULARY)


@pytest.fixture(
    scope="module",
    params=[*SHAPES, *(pytest.param(shape, marks=pytest.mark.long) for shape in MORE_SHAPES)],
    ids=lambda shape: "-".join(map(str, shape.values())),
)
def engines(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Engine]]:
    model = make(request.param)
    yield (
        KerasEngine(model.encoder, model.decoder),
        OnnxEngine(graphs_of(request.param), named_weights(model.weights)),
    )


@pytest.mark.parametrize("beam_size", [1, 4])
def test_searches_find_the_same(engines: tuple[Engine, Engine], beam_size: int) -> None:
    found = [
        beam_search(
            engine.step,
            engine.encode(SOURCES),
            [Request(limit) for limit in (7, 3, 5)],
            DecodingOptions(beam_size=beam_size, n_best=beam_size),
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
        output = engine.step(np.array([2, 2]), np.array([2, 0]), engine.encode(SOURCES), 1 << 30)
        assert [sorted(row) for row in output.ids.tolist()] == [list(range(TARGET_VOCABULARY))] * 2
        assert np.exp(output.log_probabilities.astype(float)).sum(axis=1) == pytest.approx(1)


@pytest.fixture(scope="module")
def model() -> Seq2Seq:
    return make({"attention": "luong_general"})


@pytest.fixture(scope="module")
def weights(model: Seq2Seq) -> dict[str, np.ndarray]:
    return named_weights(model.weights)


@pytest.fixture(scope="module")
def graphs() -> InferenceGraphs:
    return graphs_of({"attention": "luong_general"})


class TestShortlist:
    @staticmethod
    def search(engine: Engine, sources: list, required: Sequence = (), beam_size: int = 3) -> list:
        state = engine.encode(sources, required)
        requests = [Request(6)] * len(sources)
        options = DecodingOptions(beam_size=beam_size, n_best=beam_size)
        return beam_search(engine.step, state, requests, options)

    def test_of_all_pieces_is_exact(self, weights: dict, graphs: InferenceGraphs) -> None:
        every = np.arange(TARGET_VOCABULARY, dtype=np.int32)
        nothing = np.full((SOURCE_VOCABULARY, 2), -1, np.int32)
        engine = OnnxEngine(graphs, weights, Shortlist(every, nothing))
        exact = OnnxEngine(graphs, weights)
        for one, other in zip(
            self.search(engine, SOURCES), self.search(exact, SOURCES), strict=True
        ):
            assert [found.ids for found in one] == [found.ids for found in other]
            for a, b in zip(one, other, strict=True):
                assert a.score == pytest.approx(b.score, abs=1e-4)

    def test_each_sentence_has_a_list_of_its_own(
        self, weights: dict, graphs: InferenceGraphs
    ) -> None:
        likely = np.random.default_rng(3).integers(4, 13, (SOURCE_VOCABULARY, 2)).astype(np.int32)
        shortlist = Shortlist(np.array([EOS, 4], np.int32), likely)
        engine = OnnxEngine(graphs, weights, shortlist)
        together = self.search(engine, SOURCES)
        for source, found in zip(SOURCES, together, strict=True):
            assert [self.search(engine, [source])[0][i].ids for i in range(len(found))] == [
                one.ids for one in found
            ]
            allowed = set(shortlist.tokens_for(source).tolist())
            assert all(set(one.ids) <= allowed for one in found)

    def test_scores_are_those_of_the_listed_pieces_alone(
        self, weights: dict, graphs: InferenceGraphs
    ) -> None:
        common = np.array([EOS, 5, 7, 11], np.int32)
        nothing = np.full((SOURCE_VOCABULARY, 1), -1, np.int32)
        engine = OnnxEngine(graphs, weights, Shortlist(common, nothing))
        exact = OnnxEngine(graphs, weights)
        asked = np.array([2, 2, 2]), np.arange(3)
        some = engine.step(*asked, engine.encode(SOURCES, [[9], [], []]), 1 << 30)
        every = exact.step(*asked, exact.encode(SOURCES), 1 << 30)
        for row, listed in enumerate([[EOS, 5, 7, 9, 11], common.tolist(), common.tolist()]):
            values = dict(zip(every.ids[row].tolist(), every.log_probabilities[row], strict=True))
            kept = np.array([values[piece] for piece in listed], np.float64)
            expected = dict(zip(listed, kept - np.log(np.exp(kept).sum()), strict=True))
            found = dict(zip(some.ids[row].tolist(), some.log_probabilities[row], strict=True))
            possible = {piece: value for piece, value in found.items() if value > -np.inf}
            assert possible == pytest.approx(expected, abs=1e-5)


class TestRefusals:
    def test_no_graph(self, weights: dict, graphs: InferenceGraphs) -> None:
        broken = graphs._replace(step=Graph(b"no graph", graphs.step.weights))
        with pytest.raises(UserError, match="cannot be run"):
            OnnxEngine(broken, weights)

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            (
                lambda w: w.pop("seq2seq/decoder/attention_projection/kernel"),
                "attention_projection",
            ),
            (lambda w: w.update({"a/kernel": np.zeros(3, np.float32)}), "'a/kernel'"),
            (lambda w: w.pop("seq2seq/decoder/lstm_0/lstm_cell/bias"), "part of a recurrent layer"),
            (lambda w: w.pop("seq2seq/decoder/lstm_0/lstm_cell/kernel"), "decoder/lstm_0/B"),
            (lambda w: w.update({PROJECTION: np.zeros((2, 3), np.float32)}), PROJECTION),
            (lambda w: w.update({EMBEDDING: np.zeros((0, 5), np.float32)}), EMBEDDING),
            (lambda w: w.update({CELL: np.zeros((5, 23), np.float32)}), "reshape|decoder/lstm_0/W"),
        ],
        ids=["missing", "more", "bias", "kernel", "shape", "empty", "gates"],
    )
    def test_weights_that_do_not_fit(
        self, weights: dict, graphs: InferenceGraphs, change: Any, named: str
    ) -> None:
        changed = dict(weights)
        change(changed)
        with pytest.raises(ValueError, match=named):
            OnnxEngine(graphs, changed)

    def test_an_error_while_it_runs(
        self, weights: dict, graphs: InferenceGraphs, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Nor does ONNX Runtime write its own message to the terminal."""
        engine = OnnxEngine(graphs, weights)
        with pytest.raises(UserError, match="cannot be run") as caught:
            engine.encode([[SOURCE_VOCABULARY]])
        assert "\n" not in str(caught.value)
        assert capfd.readouterr() == ("", "")

    def test_at_most_one_thread_per_processor(
        self, weights: dict, graphs: InferenceGraphs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        threads: list[int] = []
        make = onnxruntime.InferenceSession

        def make_session(content: bytes, options: Any, providers: list[str]) -> Any:
            threads.append(options.intra_op_num_threads)
            return make(content, options, providers)

        monkeypatch.setattr(onnxruntime, "InferenceSession", make_session)
        monkeypatch.setattr(onnx_engine, "usable_cores", lambda: 3)
        for asked in (0, 2, 1024):
            OnnxEngine(graphs, weights, threads=asked)
        assert threads == [1, 0, 1, 2, 1, 3]  # that of the encoder, and that of a step

    def test_weights_of_another_type(self, weights: dict, graphs: InferenceGraphs) -> None:
        changed = {name: array.astype(np.float64) for name, array in weights.items()}
        with pytest.raises(UserError, match="cannot be run"):
            OnnxEngine(graphs, changed)
