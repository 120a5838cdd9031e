"""The recurrent encoder against the formulas in plain NumPy, and what padding must not do."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from malgil.modeling.attention import Attention
from malgil.modeling.encoder import RecurrentEncoder
from malgil.preprocessing.dataset.batches import TokenBatchSampler
from malgil.settings import ModelSettings
from tests.modeling import formulas

VOCABULARY, EMBEDDING, UNITS = 13, 5, 6
LENGTHS = (4, 7, 1, 6)  # of the sentences of a batch: src_len 7
SHAPES: dict[str, dict[str, Any]] = {
    "1 layer": {"bidirectional": False},
    "2 layers": {"bidirectional": False, "encoder_layers": 2},
    "both directions": {},
    "both directions, 2 layers": {"encoder_layers": 2},
    "gru": {"cell": "gru", "bidirectional": False, "encoder_layers": 2},
    "gru, both directions": {"cell": "gru"},
    "residual": {"encoder_layers": 3, "residual": True},
    "normalized": {"encoder_layers": 2, "layer_normalization": True},
    "normalized, states alone are read": {
        "attention": "none",
        "encoder_layers": 2,
        "layer_normalization": True,
    },
    "all": {"cell": "gru", "encoder_layers": 3, "residual": True, "layer_normalization": True},
}
every_shape = pytest.mark.parametrize("shape", SHAPES)


def settings_of(shape: str, **more: Any) -> ModelSettings:
    plain = {"embedding_size": EMBEDDING, "units": UNITS, "dropout": 0.0}
    return ModelSettings(**{**plain, **SHAPES[shape], **more})


@cache
def make(shape: str, **more: Any) -> RecurrentEncoder:
    """Make an encoder with random weights, including the biases. Tests must not change it."""
    encoder = RecurrentEncoder(VOCABULARY, settings_of(shape, **more))
    encoder(np.ones((1, 2), "int32"))
    random = np.random.default_rng(5)
    for variable in encoder.trainable_variables:
        variable.assign(random.normal(size=variable.shape) * 0.6)
    return encoder


def sentences() -> np.ndarray:
    """Right-padded ids, `(batch, src_len)`."""
    random = np.random.default_rng(7)
    source = np.zeros((len(LENGTHS), max(LENGTHS)), "int32")
    for row, length in zip(source, LENGTHS, strict=True):
        row[:length] = random.integers(1, VOCABULARY, length)
    return source


def run_layer(
    settings: ModelSettings, x: np.ndarray, w: formulas.Weights, name: str
) -> tuple[np.ndarray, list[np.ndarray]]:
    """One layer, one direction, one sentence `(src_len, features)`: the outputs and last states."""
    cell = f"{name}/{settings.cell}_cell"
    count = 2 if settings.cell == "lstm" else 1
    states = [np.zeros(len(w[f"{cell}/recurrent_kernel"]))] * count
    outputs = []
    for x_t in x:
        states = formulas.CELLS[settings.cell](x_t, states, w, cell)
        outputs.append(states[0])
    return np.array(outputs), states


def reference(
    settings: ModelSettings, w: formulas.Weights, ids: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the outputs `(src_len, units)` and states of one sentence without padding."""
    x, all_states = w["embedding/embeddings"][ids], []
    for i in range(settings.encoder_layers):
        name = f"{settings.cell}_{i}"
        if not settings.bidirectional:
            outputs, states = run_layer(settings, x, w, name)
        else:
            both = f"bidirectional_{name}"
            ahead, after = run_layer(settings, x, w, f"{both}/forward_{name}")
            back, before = run_layer(settings, x[::-1], w, f"{both}/backward_{name}")
            outputs = np.concatenate([ahead, back[::-1]], axis=1)
            states = [np.concatenate(pair) for pair in zip(after, before, strict=True)]
        is_read = settings.attention != "none" or i < settings.encoder_layers - 1
        if settings.layer_normalization and is_read:
            outputs = formulas.layer_norm(outputs, w, f"normalization_{i}")
        x = x + outputs if settings.residual and i else outputs
        all_states += states
    return x, all_states


@every_shape
def test_equals_the_formulas(shape: str) -> None:
    encoder, source = make(shape), sentences()
    outputs, _, states = encoder(source)
    w = formulas.weights_of(encoder, "encoder")
    for b, length in enumerate(LENGTHS):
        expected, expected_states = reference(settings_of(shape), w, source[b, :length])
        assert len(states) == len(expected_states)
        np.testing.assert_allclose(outputs[b, :length], expected, atol=1e-5)
        for state, expected_state in zip(states, expected_states, strict=True):
            np.testing.assert_allclose(state[b], expected_state, atol=1e-5)


@pytest.mark.parametrize("kind", sorted(Attention.kinds))
def test_attention_to_normalized_outputs_is_not_saturated_at_first(kind: str) -> None:
    """A saturated softmax learns no more: at sizes of real use it must begin open."""
    units, source = 256, np.random.default_rng(7).integers(1, VOCABULARY, (5, 12))
    stacked = {"encoder_layers": 3, "residual": True, "layer_normalization": True}
    settings = ModelSettings(embedding_size=48, units=units, bidirectional=False, **stacked)
    keras.utils.set_random_seed(3)
    outputs, mask, _ = RecurrentEncoder(VOCABULARY, settings)(source)
    attention = Attention.kinds[kind](units, heads=4)
    queries = ops.flip(outputs, axis=1)
    _, weights = attention(queries, *attention.memory(outputs), mask)
    assert np.max(weights, axis=-1).mean() < 0.5


@every_shape
def test_gradient_is_that_of_the_formulas(shape: str) -> None:
    """Against central differences of the formulas, along random directions of all weights."""
    encoder, source, settings = make(shape), sentences(), settings_of(shape)
    random, row = np.random.default_rng(9), 3
    towards = [random.normal(size=(LENGTHS[row], UNITS)) * (settings.attention != "none")]
    towards += [random.normal(size=UNITS) for _ in encoder(source)[2]]

    def weighed(outputs: Any, states: list[Any]) -> Any:
        """Any number that all of the outputs and states are in."""
        pairs = zip([outputs, *states], towards, strict=True)
        return sum((value * direction).sum() for value, direction in pairs)

    with tf.GradientTape() as tape:
        outputs, _, states = encoder(source)
        parts = [outputs[row, : LENGTHS[row]], *(state[row] for state in states)]
        loss = sum(
            ops.sum(part * direction.astype("float32"))
            for part, direction in zip(parts, towards, strict=True)
        )
    w, given = formulas.weights_of(encoder, "encoder"), source[row, : LENGTHS[row]]
    gradients = tape.gradient(loss, [variable.value for variable in encoder.trainable_variables])
    for (path, before), found in zip(w.items(), gradients, strict=True):
        gradient, direction = tf.convert_to_tensor(found).numpy(), random.normal(size=before.shape)
        numeric = formulas.slope(
            lambda moved: weighed(*reference(settings, moved, given)), w, path, direction
        )
        assert (gradient * direction).sum() == pytest.approx(numeric, rel=2e-3, abs=2e-3), path
        assert abs(gradient).max() > 1e-6, path


@every_shape
def test_shapes_and_mask(shape: str) -> None:
    source = sentences()
    outputs, mask, states = make(shape)(source)
    assert outputs.shape == (len(LENGTHS), max(LENGTHS), UNITS)
    count = settings_of(shape).encoder_layers * (1 if SHAPES[shape].get("cell") == "gru" else 2)
    assert [state.shape for state in states] == [(len(LENGTHS), UNITS)] * count
    assert keras.backend.standardize_dtype(mask.dtype) == "bool"
    expected = [[i < length for i in range(max(LENGTHS))] for length in LENGTHS]
    np.testing.assert_array_equal(mask, expected)


@every_shape
def test_extra_padding_changes_nothing(shape: str) -> None:
    encoder, source = make(shape), sentences()
    outputs, _, states = encoder(source)
    padded = np.pad(source, ((0, 0), (0, 3)))
    padded_outputs, padded_mask, padded_states = encoder(padded)
    assert not np.asarray(padded_mask)[:, -3:].any()
    for b, length in enumerate(LENGTHS):
        np.testing.assert_allclose(padded_outputs[b, :length], outputs[b, :length], atol=1e-5)
    np.testing.assert_allclose(padded_states, states, atol=1e-5)


@every_shape
def test_alone_or_beside_longer_sentences(shape: str) -> None:
    encoder, source = make(shape), sentences()
    outputs, _, states = encoder(source)
    for b, length in enumerate(LENGTHS):
        alone, _, alone_states = encoder(source[b : b + 1, :length])
        np.testing.assert_allclose(alone[0], outputs[b, :length], atol=1e-5)
        for alone_state, state in zip(alone_states, states, strict=True):
            np.testing.assert_allclose(alone_state[0], state[b], atol=1e-5)


def test_each_direction_sees_its_side() -> None:
    """The first half of the units looks back, the second ahead."""
    encoder, source = make("both directions"), sentences()
    changed = source.copy()
    changed[1, 3] = source[1, 3] % (VOCABULARY - 1) + 1
    before, after = (np.asarray(encoder(ids)[0])[1] for ids in (source, changed))
    differs = abs(after - before) > 1e-6  # (src_len, units)
    half = UNITS // 2
    np.testing.assert_array_equal(differs[:, :half].any(axis=1), np.arange(7) >= 3)
    np.testing.assert_array_equal(differs[:, half:].any(axis=1), np.arange(7) <= 3)


def test_dropout_in_training_alone() -> None:
    encoder, plain, source = (
        make("both directions, 2 layers", dropout=0.5),
        make("both directions, 2 layers"),
        sentences(),
    )
    np.testing.assert_array_equal(encoder(source)[0], plain(source)[0])
    first, second = encoder(source, training=True)[0], encoder(source, training=True)[0]
    assert not np.allclose(first, second)
    assert 0.3 < np.mean(np.asarray(first)[1] == 0.0) < 0.7  # the output's own dropout


def test_mixed_bfloat16() -> None:
    exact, source = make("both directions"), sentences()
    settings = ModelSettings(embedding_size=EMBEDDING, units=UNITS, encoder_layers=1, dropout=0.0)
    encoder = RecurrentEncoder(VOCABULARY, settings, "mixed_bfloat16")
    encoder(source)
    encoder.set_weights(exact.get_weights())
    outputs, _, states = encoder(source)
    assert all(v.dtype == "float32" for v in encoder.trainable_variables)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    np.testing.assert_allclose(ops.cast(states[0], "float32"), exact(source)[2][0], atol=0.05)


@every_shape
def test_layers_meet_the_conditions_of_cudnn(shape: str) -> None:
    encoder = make(shape, dropout=0.3)
    settings = settings_of(shape)
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[settings.cell]
    found = [x for x in encoder._flatten_layers() if isinstance(x, kind)]
    assert len(found) == settings.encoder_layers * (1 + settings.bidirectional)
    for layer in found:
        assert layer.activation is keras.activations.tanh
        assert layer.recurrent_activation is keras.activations.sigmoid
        assert layer.use_bias
        assert not layer.unroll
        assert layer.recurrent_dropout == 0
        assert layer.use_cudnn == "auto"
        assert settings.cell == "lstm" or layer.reset_after


@pytest.mark.parametrize("epoch", [None, 0, 3])
@pytest.mark.parametrize("batch_tokens", [8, 50, 1000])
def test_batches_meet_the_conditions_of_cudnn(batch_tokens: int, epoch: int | None) -> None:
    """Masks are right-padded, with at least one real token in every row."""
    random = np.random.default_rng(11)

    def corpus() -> list[list[int]]:
        """Sentences of 0 to 8 tokens, each with the end mark."""
        lengths = random.integers(0, 9, 60)
        return [[*random.integers(4, VOCABULARY, length).tolist(), 3] for length in lengths]

    batches = list(TokenBatchSampler(corpus(), corpus(), batch_tokens, seed=2).batches(epoch))
    assert sum(len(batch.source) for batch in batches) == 60
    assert any((batch.source == 0).any() for batch in batches) or batch_tokens == 8
    for batch in batches:
        for ids in batch:
            mask = ids != 0
            assert mask[:, 0].all()
            assert (mask[:, :-1] >= mask[:, 1:]).all()
