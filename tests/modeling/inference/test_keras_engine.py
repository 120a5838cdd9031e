"""The inference models against the training model's own decoder, run over whole prefixes."""

from __future__ import annotations

import numpy as np
import pytest
from keras import ops

from malgil.modeling.inference.engine import DecodingState
from malgil.modeling.inference.keras_engine import DecoderStep, EncoderInference, KerasEngine
from malgil.modeling.search import Request, beam_search
from malgil.modeling.seq2seq import Seq2Seq
from malgil.preprocessing.text.subword import pad
from malgil.settings import DecodingOptions, ModelSettings

SOURCE_VOCABULARY, TARGET_VOCABULARY, UNITS = 11, 13, 6
K = 4  # each other number is another graph, which takes a second to make
BOS, EOS = 2, 3
SOURCES = [[5, 9, 4, 7, EOS], [8, EOS], [10, 6, 5, EOS]]
SHAPES = [
    {"attention": "luong_general", "encoder_layers": 1, "decoder_layers": 2},
    {"attention": "luong_dot", "bidirectional": False},
    {"attention": "none", "cell": "gru"},
    {"attention": "bahdanau", "cell": "gru", "decoder_layers": 2},
    {"attention": "multi_head", "heads": 3, "input_feeding": True},
    {"attention_window": "monotonic", "window_half_width": 1, "input_feeding": True},
    {"architecture": "transformer", "heads": 2, "feed_forward_units": 7, "decoder_layers": 2},
]


def make(**model: object) -> Seq2Seq:
    """Make a small model with weights that are large enough for different choices."""
    settings = ModelSettings(**{"embedding_size": 5, "units": UNITS, "dropout": 0.3, **model})
    seq2seq = Seq2Seq(SOURCE_VOCABULARY, TARGET_VOCABULARY, settings).build_weights()
    random = np.random.default_rng(8)
    for variable in seq2seq.trainable_variables:
        variable.assign(random.normal(size=variable.shape))
    return seq2seq


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
def model(request: pytest.FixtureRequest) -> Seq2Seq:
    return make(**request.param)


@pytest.fixture(scope="module")
def engine(model: Seq2Seq) -> KerasEngine:
    return KerasEngine(model.encoder, model.decoder)


def scores(model: Seq2Seq, source: list[int], prefix: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """By the training model, alone and unpadded: log-softmax of what follows `[bos, *prefix]`,
    `(vocabulary,)` float64, and the attention weights of that step, `(src_len,)`."""
    encoder_outputs, mask, states = model.encoder(np.array([source]))
    target = np.array([[BOS, *prefix]])
    memory = model.decoder.memory(encoder_outputs)
    start = model.decoder.initial_state(states, memory)
    logits, _, weights = model.decoder(target, memory, mask, start)
    looked = np.zeros((1, 1, 1, 0)) if weights is None else ops.convert_to_numpy(weights)
    last = ops.convert_to_numpy(logits)[0, -1].astype(np.float64)
    last -= last.max()
    return last - np.log(np.exp(last).sum()), looked[0, :, -1].mean(axis=0)


def walk(
    engine: KerasEngine, sources: list[list[int]], prefixes: list[list[int]], k: int = K
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return the results of the engine after bos and each token of the prefixes of equal length."""
    rows = np.arange(len(sources))
    state = engine.encode(sources)
    answers = []
    for tokens in zip(*([BOS, *prefix] for prefix in prefixes), strict=True):
        output = engine.step(np.array(tokens), rows, state, k)
        state = output.state
        looked = output.attention
        if looked is None:  # without attention
            looked = np.zeros((len(sources), 0))
        answers.append((output.log_probabilities, output.ids, looked))
    return answers


class TestStep:
    PREFIXES = ([7, 4, 12], [5, 5, 6], [11, 9, 8])

    def test_top_k_is_that_of_the_sorted_log_softmax(
        self, model: Seq2Seq, engine: KerasEngine
    ) -> None:
        for step, (best, ids, attention) in enumerate(walk(engine, SOURCES, self.PREFIXES)):
            assert best.shape == ids.shape == (3, K) and len(attention) == 3
            for row, (source, prefix) in enumerate(zip(SOURCES, self.PREFIXES, strict=True)):
                expected, weights = scores(model, source, prefix[:step])
                order = np.argsort(-expected, kind="stable")[:K]
                assert ids[row].tolist() == order.tolist()
                np.testing.assert_allclose(best[row], expected[order], atol=2e-6)
                np.testing.assert_allclose(attention[row, : len(source)], weights, atol=1e-6)
                assert (attention[row, len(source) :] == 0).all()

    def test_all_of_the_vocabulary(self, model: Seq2Seq, engine: KerasEngine) -> None:
        [(best, ids, _), *_] = walk(engine, SOURCES[:1], [[]], TARGET_VOCABULARY + 9)
        assert sorted(ids[0]) == list(range(TARGET_VOCABULARY))
        assert np.exp(best[0].astype(float)).sum() == pytest.approx(1, abs=1e-6)
        assert (np.diff(best[0]) <= 0).all()

    def test_different_k_in_turn(self, engine: KerasEngine) -> None:
        [(_, of_four, _)] = walk(engine, SOURCES, [[], [], []])
        [(_, of_one, _)] = walk(engine, SOURCES, [[], [], []], 1)
        assert of_one.tolist() == of_four[:, :1].tolist()
        [(_, again, _)] = walk(engine, SOURCES, [[], [], []])
        assert again.tolist() == of_four.tolist()

    def test_parent_rows_are_what_is_continued(self, model: Seq2Seq, engine: KerasEngine) -> None:
        """Five hypotheses go on from three rows: some twice, one not at all, in another order."""
        first = engine.step(np.array([BOS] * 3), np.arange(3), engine.encode(SOURCES), K)
        tokens, parents = [9, 4, 12, 4, 6], [2, 0, 2, 2, 0]
        second = engine.step(np.array(tokens), np.array(parents), first.state, K)
        assert second.ids.shape == (5, K)
        again = [1, 4, 3]
        third = engine.step(np.array([8, 8, 10]), np.array(again), second.state, K)
        for row, (token, parent) in enumerate(zip(tokens, parents, strict=True)):
            expected, _ = scores(model, SOURCES[parent], [token])
            assert second.ids[row].tolist() == np.argsort(-expected)[:K].tolist()
            np.testing.assert_allclose(
                second.log_probabilities[row], np.sort(expected)[::-1][:K], atol=2e-6
            )
        for row, (token, parent) in enumerate(zip([8, 8, 10], again, strict=True)):
            expected, _ = scores(model, SOURCES[parents[parent]], [tokens[parent], token])
            assert third.ids[row].tolist() == np.argsort(-expected)[:K].tolist()

    def test_the_hypotheses_of_a_sentence_share_its_memory(self, engine: KerasEngine) -> None:
        """And a sentence without hypotheses leaves."""
        state = engine.encode(SOURCES)
        parents = np.array([0, 2, 2, 0, 2])
        output = engine.step(np.array([BOS] * 5), parents, state, K)
        new = output.state
        for old_field, field in [
            (state.mask, new.mask),
            *zip(state.memory, new.memory, strict=True),
        ]:
            np.testing.assert_array_equal(np.asarray(field), np.asarray(old_field)[[0, 2]])
        assert new.sources.tolist() == [0, 1, 1, 0, 1]
        assert all(len(np.asarray(field)) == 2 * 3 for field in new.states)
        assert len(set(new.state_rows.tolist())) == 5
        again = engine.step(np.array([7] * 2), np.array([4, 3]), new, K)
        assert len(again.ids) == 2 and again.state.sources.tolist() == [1, 0]


class TestEncoding:
    def test_fields(self, model: Seq2Seq, engine: KerasEngine) -> None:
        state = engine.encode(SOURCES)
        assert isinstance(state, DecodingState)
        assert np.asarray(state.mask).tolist() == (pad(SOURCES) != 0).tolist()
        encoder_outputs, _, states = model.encoder(pad(SOURCES))
        memory = model.decoder.memory(encoder_outputs)
        for found, expected in zip(state.memory, memory, strict=True):
            np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-6)
        for found, expected in zip(
            state.states, model.decoder.initial_state(states, memory), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-6)

    def test_padding_does_not_matter(self, engine: KerasEngine) -> None:
        """Not for the state at real positions, and not for what is decoded from it."""
        source = [10, 6, 5, EOS]
        outcomes = []
        for columns in (4, 5, 9):
            state = engine.encode([source + [0] * (columns - len(source))])
            start = [np.asarray(field)[:, :4] for field in (state.mask, *state.memory)]
            before = [*map(np.asarray, state.states)]
            steps = []
            for token in (BOS, 7, 12):
                output = engine.step(np.array([token]), np.array([0]), state, K)
                state = output.state
                steps += [output.ids, output.log_probabilities]
                if output.attention is not None:
                    assert (output.attention[:, 4:] == 0).all()
                    steps.append(output.attention[:, :4])
            outcomes.append([*start, *before, *map(np.asarray, state.states), *steps])
        for first, *others in zip(*outcomes, strict=True):
            for other in others:
                np.testing.assert_allclose(other, first, rtol=2e-6, atol=1e-6)

    def test_other_sentences_do_not_matter(self, engine: KerasEngine) -> None:
        together = walk(engine, SOURCES, [[4, 6]] * 3)
        for row, source in enumerate(SOURCES):
            for one, many in zip(walk(engine, [source], [[4, 6]]), together, strict=True):
                np.testing.assert_allclose(one[0][0], many[0][row], atol=2e-6)
                assert one[1][0].tolist() == many[1][row].tolist()


class TestWeights:
    def test_are_shared_with_the_training_model(self, model: Seq2Seq) -> None:
        trained = {id(variable) for variable in model.variables}
        encoder = EncoderInference(model.encoder, model.decoder)
        encoder(pad(SOURCES))
        step = DecoderStep(model.decoder, 3)
        step((np.array([[BOS]] * 3), np.arange(3), *encoder(pad(SOURCES))))
        for inference in (encoder, step):
            assert inference.weights
            assert {id(variable) for variable in inference.variables} <= trained

    def test_training_on_reaches_the_engine(self) -> None:
        model = make()
        engine = KerasEngine(model.encoder, model.decoder)
        [(before, _, _)] = walk(engine, SOURCES, [[], [], []])
        for variable in model.trainable_variables:
            variable.assign(variable * 0.5)
        [(after, ids, _)] = walk(engine, SOURCES, [[], [], []])
        assert np.abs(after - before).max() > 0.1
        for row, source in enumerate(SOURCES):
            assert ids[row].tolist() == np.argsort(-scores(model, source, [])[0])[:K].tolist()

    def test_dropout_is_off(self, engine: KerasEngine) -> None:
        one, other = (walk(engine, SOURCES, [[4], [5], [6]]) for _ in range(2))
        for (a, *_), (b, *_) in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_search_finds_the_best_of_all_sequences(model: Seq2Seq, engine: KerasEngine) -> None:
    """A beam as wide as all prefixes, against every sequence of up to two pieces."""
    source, limit = SOURCES[2], 2
    [[found, *_]] = beam_search(
        engine.step,
        engine.encode([source]),
        [Request(limit)],
        DecodingOptions(beam_size=TARGET_VOCABULARY**limit, length_penalty=0.0),
    )
    first, _ = scores(model, source, [])
    totals: dict[tuple[int, ...], float] = {(): first[EOS]}
    for token in range(TARGET_VOCABULARY):
        if token != EOS:
            totals[token,] = first[token] + scores(model, source, [token])[0][EOS]
    best = max(totals, key=totals.__getitem__)
    assert found.is_finished
    assert tuple(found.ids) == best
    assert found.log_probability == pytest.approx(totals[best], abs=1e-4)
