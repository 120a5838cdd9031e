"""The encoder against an LSTM in plain NumPy, and what padding must not do."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

from modeling.encoder import Encoder
from preprocessing.batches import TokenBatches
from settings import ModelSettings

VOCABULARY, EMBEDDING, UNITS = 13, 5, 6
LENGTHS = (4, 7, 1, 6)  # of the sentences of a batch: src_len 7
SHAPES = [(False, 1), (False, 2), (True, 1), (True, 2)]
every_shape = pytest.mark.parametrize(("bidirectional", "layers"), SHAPES)


def make(bidirectional: bool, layers: int, dropout: float = 0.0) -> Encoder:
    """An encoder whose every weight, biases included, is random."""
    settings = ModelSettings(
        embedding_size=EMBEDDING,
        units=UNITS,
        bidirectional=bidirectional,
        encoder_layers=layers,
        dropout=dropout,
    )
    encoder = Encoder(VOCABULARY, settings)
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


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def lstm(x: np.ndarray, weights: dict[str, np.ndarray], name: str) -> tuple[np.ndarray, ...]:
    """Hochreiter and Schmidhuber 1997 with forget gates, gates in the order i, f, candidate, o.

    Args:
        x: One sentence, `(src_len, features)`.
        weights: By their paths.
        name: The path of the cell.

    Returns:
        The outputs `(src_len, units)`, the last h and the last c, `(units,)`.
    """
    kernel, recurrent, bias = (
        weights[f"{name}/lstm_cell/{kind}"] for kind in ("kernel", "recurrent_kernel", "bias")
    )
    h = c = np.zeros(len(recurrent))
    outputs = []
    for x_t in x:
        i, f, candidate, o = np.split(x_t @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.array(outputs), h, c


def reference(encoder: Encoder, ids: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The outputs `(src_len, units)` and states of one sentence without padding."""
    weights = {v.path: v.numpy().astype("float64") for v in encoder.trainable_variables}
    outputs = weights["encoder/embedding/embeddings"][ids]
    states = []
    for i in range(len(encoder.recurrent_layers)):
        if not encoder.is_bidirectional:
            outputs, h, c = lstm(outputs, weights, f"encoder/lstm_{i}")
        else:
            name = f"encoder/bidirectional_lstm_{i}"
            ahead, ahead_h, ahead_c = lstm(outputs, weights, f"{name}/forward_lstm_{i}")
            back, back_h, back_c = lstm(outputs[::-1], weights, f"{name}/backward_lstm_{i}")
            outputs = np.concatenate([ahead, back[::-1]], axis=1)
            h, c = np.concatenate([ahead_h, back_h]), np.concatenate([ahead_c, back_c])
        states += [h, c]
    return outputs, states


@every_shape
def test_equals_an_lstm_in_numpy(bidirectional: bool, layers: int) -> None:
    encoder, source = make(bidirectional, layers), sentences()
    outputs, _, states = encoder(source)
    assert len(states) == 2 * layers
    for b, length in enumerate(LENGTHS):
        expected, expected_states = reference(encoder, source[b, :length])
        np.testing.assert_allclose(outputs[b, :length], expected, atol=1e-5)
        for state, expected_state in zip(states, expected_states, strict=True):
            np.testing.assert_allclose(state[b], expected_state, atol=1e-5)


@every_shape
def test_shapes_and_mask(bidirectional: bool, layers: int) -> None:
    source = sentences()
    outputs, mask, states = make(bidirectional, layers)(source)
    assert outputs.shape == (len(LENGTHS), max(LENGTHS), UNITS)
    assert [state.shape for state in states] == [(len(LENGTHS), UNITS)] * (2 * layers)
    assert keras.backend.standardize_dtype(mask.dtype) == "bool"
    expected = [[i < length for i in range(max(LENGTHS))] for length in LENGTHS]
    np.testing.assert_array_equal(mask, expected)


@every_shape
def test_extra_padding_changes_nothing(bidirectional: bool, layers: int) -> None:
    encoder, source = make(bidirectional, layers), sentences()
    outputs, _, states = encoder(source)
    padded = np.pad(source, ((0, 0), (0, 3)))
    padded_outputs, padded_mask, padded_states = encoder(padded)
    assert not np.asarray(padded_mask)[:, -3:].any()
    for b, length in enumerate(LENGTHS):
        np.testing.assert_allclose(padded_outputs[b, :length], outputs[b, :length], atol=1e-5)
    np.testing.assert_allclose(padded_states, states, atol=1e-5)


@every_shape
def test_alone_or_beside_longer_sentences(bidirectional: bool, layers: int) -> None:
    encoder, source = make(bidirectional, layers), sentences()
    outputs, _, states = encoder(source)
    for b, length in enumerate(LENGTHS):
        alone, _, alone_states = encoder(source[b : b + 1, :length])
        np.testing.assert_allclose(alone[0], outputs[b, :length], atol=1e-5)
        for alone_state, state in zip(alone_states, states, strict=True):
            np.testing.assert_allclose(alone_state[0], state[b], atol=1e-5)


def test_each_direction_sees_its_side() -> None:
    """The first half of the units looks back, the second ahead."""
    encoder, source = make(bidirectional=True, layers=1), sentences()
    changed = source.copy()
    changed[1, 3] = source[1, 3] % (VOCABULARY - 1) + 1
    before, after = (np.asarray(encoder(ids)[0])[1] for ids in (source, changed))
    differs = abs(after - before) > 1e-6  # (src_len, units)
    half = UNITS // 2
    np.testing.assert_array_equal(differs[:, :half].any(axis=1), np.arange(7) >= 3)
    np.testing.assert_array_equal(differs[:, half:].any(axis=1), np.arange(7) <= 3)


def test_dropout_in_training_alone() -> None:
    encoder, plain, source = make(True, 2, dropout=0.5), make(True, 2), sentences()
    np.testing.assert_array_equal(encoder(source)[0], plain(source)[0])
    first, second = encoder(source, training=True)[0], encoder(source, training=True)[0]
    assert not np.allclose(first, second)
    assert 0.3 < np.mean(np.asarray(first)[1] == 0.0) < 0.7  # the output's own dropout


def test_mixed_bfloat16() -> None:
    exact, source = make(True, 1), sentences()
    settings = ModelSettings(embedding_size=EMBEDDING, units=UNITS, encoder_layers=1, dropout=0.0)
    encoder = Encoder(VOCABULARY, settings, "mixed_bfloat16")
    encoder(source)
    encoder.set_weights(exact.get_weights())
    outputs, _, states = encoder(source)
    assert all(v.dtype == "float32" for v in encoder.trainable_variables)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    np.testing.assert_allclose(ops.cast(states[0], "float32"), exact(source)[2][0], atol=0.05)


@every_shape
def test_layers_meet_the_conditions_of_cudnn(bidirectional: bool, layers: int) -> None:
    encoder = make(bidirectional, layers, dropout=0.3)
    found = [x for x in encoder._flatten_layers() if isinstance(x, keras.layers.LSTM)]
    assert len(found) == layers * (1 + bidirectional)
    for layer in found:
        assert layer.activation is keras.activations.tanh
        assert layer.recurrent_activation is keras.activations.sigmoid
        assert layer.use_bias
        assert not layer.unroll
        assert layer.recurrent_dropout == 0
        assert layer.use_cudnn == "auto"


@pytest.mark.parametrize("epoch", [None, 0, 3])
@pytest.mark.parametrize("batch_tokens", [8, 50, 1000])
def test_batches_meet_the_conditions_of_cudnn(batch_tokens: int, epoch: int | None) -> None:
    """Masks are right-padded, with at least one real token in every row."""
    random = np.random.default_rng(11)

    def corpus() -> list[list[int]]:
        """Sentences of 0 to 8 tokens, each with the end mark."""
        lengths = random.integers(0, 9, 60)
        return [[*random.integers(4, VOCABULARY, length).tolist(), 3] for length in lengths]

    batches = list(TokenBatches(corpus(), corpus(), batch_tokens, seed=2).epoch(epoch))
    assert sum(len(batch.source) for batch in batches) == 60
    assert any((batch.source == 0).any() for batch in batches) or batch_tokens == 8
    for batch in batches:
        for ids in batch:
            mask = ids != 0
            assert mask[:, 0].all()
            assert (mask[:, :-1] >= mask[:, 1:]).all()
