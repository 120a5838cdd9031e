"""The ONNX graphs of every architecture and attention, beside Keras."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from malgil.common.errors import UserError
from malgil.modeling.inference.engine import Engine
from malgil.modeling.inference.export import export
from malgil.modeling.inference.keras_engine import KerasEngine
from malgil.modeling.inference.onnx_engine import OnnxEngine, Projection
from malgil.modeling.inference.shortlist import Shortlist
from malgil.modeling.search import Request, beam_search
from malgil.modeling.seq2seq import Seq2Seq
from malgil.preprocessing.text.subword import pad
from malgil.settings import DecodingOptions, ModelSettings

SOURCE_VOCABULARY, TARGET_VOCABULARY, UNITS, LAYERS = 11, 13, 6, 2
EOS = 3
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


def projection_of(model: Seq2Seq) -> Projection:
    last = model.decoder.projection
    return Projection(np.asarray(last.kernel), np.asarray(last.bias))


@pytest.fixture(
    scope="module",
    params=[*SHAPES, *(pytest.param(shape, marks=pytest.mark.long) for shape in MORE_SHAPES)],
    ids=lambda shape: "-".join(map(str, shape.values())),
)
def engines(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Engine]]:
    model = make(request.param)
    yield (
        KerasEngine(model.encoder, model.decoder),
        OnnxEngine(export(model), projection_of(model)),
    )


@pytest.mark.parametrize("beam_size", [1, 4])
def test_searches_find_the_same(engines: tuple[Engine, Engine], beam_size: int) -> None:
    found = [
        beam_search(
            engine.step,
            engine.encode(pad(SOURCES)),
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
        output = engine.step(
            np.array([2, 2]), np.array([2, 0]), engine.encode(pad(SOURCES)), 1 << 30
        )
        assert [sorted(row) for row in output.ids.tolist()] == [list(range(TARGET_VOCABULARY))] * 2
        assert np.exp(output.log_probabilities.astype(float)).sum(axis=1) == pytest.approx(1)


@pytest.fixture(scope="module")
def model() -> Seq2Seq:
    return make({"attention": "luong_general"})


@pytest.fixture(scope="module")
def graphs(model: Seq2Seq) -> dict[str, bytes]:
    return export(model)


class TestShortlist:
    @staticmethod
    def search(engine: Engine, sources: list, required: Sequence = (), beam_size: int = 3) -> list:
        state = engine.encode(pad(sources), required)
        requests = [Request(6)] * len(sources)
        options = DecodingOptions(beam_size=beam_size, n_best=beam_size)
        return beam_search(engine.step, state, requests, options)

    def test_of_all_pieces_is_exact(self, model: Seq2Seq, graphs: dict[str, bytes]) -> None:
        every = np.arange(TARGET_VOCABULARY, dtype=np.int32)
        nothing = np.full((SOURCE_VOCABULARY, 2), -1, np.int32)
        engine = OnnxEngine(graphs, projection_of(model), Shortlist(every, nothing))
        exact = OnnxEngine(graphs, projection_of(model))
        for one, other in zip(
            self.search(engine, SOURCES), self.search(exact, SOURCES), strict=True
        ):
            assert [found.ids for found in one] == [found.ids for found in other]
            for a, b in zip(one, other, strict=True):
                assert a.score == pytest.approx(b.score, abs=1e-4)

    def test_each_sentence_has_a_list_of_its_own(
        self, model: Seq2Seq, graphs: dict[str, bytes]
    ) -> None:
        likely = np.random.default_rng(3).integers(4, 13, (SOURCE_VOCABULARY, 2)).astype(np.int32)
        shortlist = Shortlist(np.array([EOS, 4], np.int32), likely)
        engine = OnnxEngine(graphs, projection_of(model), shortlist)
        together = self.search(engine, SOURCES)
        for source, found in zip(SOURCES, together, strict=True):
            assert [self.search(engine, [source])[0][i].ids for i in range(len(found))] == [
                one.ids for one in found
            ]
            allowed = set(shortlist.of(source).tolist())
            assert all(set(one.ids) <= allowed for one in found)

    def test_scores_are_those_of_the_listed_pieces_alone(
        self, model: Seq2Seq, graphs: dict[str, bytes]
    ) -> None:
        common = np.array([EOS, 5, 7, 11], np.int32)
        nothing = np.full((SOURCE_VOCABULARY, 1), -1, np.int32)
        engine = OnnxEngine(graphs, projection_of(model), Shortlist(common, nothing))
        exact = OnnxEngine(graphs, projection_of(model))
        asked = np.array([2, 2, 2]), np.arange(3)
        some = engine.step(*asked, engine.encode(pad(SOURCES), [[9], [], []]), 1 << 30)
        every = exact.step(*asked, exact.encode(pad(SOURCES)), 1 << 30)
        for row, listed in enumerate([[EOS, 5, 7, 9, 11], common.tolist(), common.tolist()]):
            values = dict(zip(every.ids[row].tolist(), every.log_probabilities[row], strict=True))
            kept = np.array([values[piece] for piece in listed], np.float64)
            expected = dict(zip(listed, kept - np.log(np.exp(kept).sum()), strict=True))
            found = dict(zip(some.ids[row].tolist(), some.log_probabilities[row], strict=True))
            possible = {piece: value for piece, value in found.items() if value > -np.inf}
            assert possible == pytest.approx(expected, abs=1e-5)


class TestRefusals:
    """What a file from elsewhere may hold in the place of the graphs."""

    @pytest.mark.parametrize("name", ["encoder", "step"])
    def test_no_graph(self, model: Seq2Seq, graphs: dict[str, bytes], name: str) -> None:
        with pytest.raises(UserError, match="cannot be run"):
            OnnxEngine({**graphs, name: b"no graph"}, projection_of(model))

    @pytest.mark.parametrize("location", ["secret.bin", "../secret.bin", "/etc/hostname"])
    def test_weights_in_another_file(
        self,
        model: Seq2Seq,
        graphs: dict[str, bytes],
        location: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        (tmp_path / "secret.bin").write_bytes(bytes(16))
        monkeypatch.chdir(tmp_path)
        weights = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[4])
        weights.data_location = onnx.TensorProto.EXTERNAL
        weights.external_data.add(key="location", value=location)
        values = [helper.make_tensor_value_info(name, weights.data_type, [4]) for name in "xy"]
        node = helper.make_node("Add", ["x", "w"], ["y"])
        graph = helper.make_graph([node], "g", values[:1], values[1:], [weights])
        graph = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        with pytest.raises(UserError, match="cannot be run"):
            OnnxEngine({**graphs, "step": graph.SerializeToString()}, projection_of(model))

    def test_other_graphs(self, model: Seq2Seq, graphs: dict[str, bytes]) -> None:
        with pytest.raises(UserError, match="not those of this program"):
            OnnxEngine({**graphs, "step": graphs["encoder"]}, projection_of(model))
