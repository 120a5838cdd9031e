"""The decoder against its whole formula in plain NumPy, and one step at a time."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from modeling.decoder import Decoder
from modeling.encoder import Encoder
from settings import ModelSettings

VOCABULARY, EMBEDDING, UNITS = 11, 3, 6
BATCH, SRC_LEN, TGT_LEN = 4, 7, 5
SRC_LENGTHS = np.array([7, 2, 1, 5])
KINDS = ("luong_dot", "luong_general")
# (decoder layers, encoder layers)
LAYERS = [(1, 1), (2, 2), (3, 1), (3, 2), (1, 3)]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_depth = pytest.mark.parametrize(("layers", "encoder_layers"), LAYERS)


def randomise(model: keras.Model) -> None:
    random = np.random.default_rng(5)
    for variable in model.trainable_variables:
        variable.assign(random.normal(size=variable.shape) * 0.6)


def make(kind: str, layers: int = 1, dropout: float = 0.0) -> Decoder:
    """A decoder whose every weight, biases included, is random."""
    settings = ModelSettings(
        embedding_size=EMBEDDING,
        units=UNITS,
        decoder_layers=layers,
        attention=kind,
        dropout=dropout,
    )
    decoder = Decoder(VOCABULARY, settings)
    decoder(*inputs())
    randomise(decoder)
    return decoder


def inputs(encoder_layers: int = 1) -> tuple[Any, Any, Any, list[Any]]:
    """Target ids, encoder outputs, mask and states, in the order in which `call` takes them."""
    random = np.random.default_rng(7)
    target = random.integers(1, VOCABULARY, (BATCH, TGT_LEN)).astype("int32")
    encoder_outputs = random.normal(size=(BATCH, SRC_LEN, UNITS)).astype("float32")
    mask = np.arange(SRC_LEN) < SRC_LENGTHS[:, None]
    states = list(random.normal(size=(2 * encoder_layers, BATCH, UNITS)).astype("float32"))
    return target, encoder_outputs, mask, states


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def reference(
    decoder: Decoder,
    target: np.ndarray,
    encoder_outputs: np.ndarray,
    states: list[tuple[np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """One sentence, step by step through all layers: gates in the order i, f, candidate, o.

    Args:
        decoder: Whose weights are used.
        target: `(tgt_len,)`.
        encoder_outputs: Of the real tokens alone, `(real, units)`.
        states: h and c of each decoder layer.

    Returns:
        Logits `(tgt_len, vocabulary)`, the last h and c of each layer, weights `(tgt_len, real)`.
    """
    w = {
        v.path.removeprefix("decoder/"): v.numpy().astype("float64")
        for v in decoder.trainable_variables
    }
    states, logits, all_weights = list(states), [], []
    for token in target:
        x = w["embedding/embeddings"][token]
        for i, (h, c_before) in enumerate(states):
            cell = f"lstm_{i}/lstm_cell"
            gates = x @ w[f"{cell}/kernel"] + h @ w[f"{cell}/recurrent_kernel"] + w[f"{cell}/bias"]
            i_t, f_t, candidate, o_t = np.split(gates, 4)
            c = sigmoid(f_t) * c_before + sigmoid(i_t) * np.tanh(candidate)
            x = sigmoid(o_t) * np.tanh(c)
            states[i] = (x, c)
        keys = encoder_outputs
        if "attention_projection/kernel" in w:
            kernel = w["attention_projection/kernel"]  # units^¼ W_a
            keys = encoder_outputs @ kernel / kernel.shape[1] ** 0.25
        exponentials = np.exp(keys @ x)
        weights = exponentials / exponentials.sum()  # Luong et al. 2015, eq. 7
        context = weights @ encoder_outputs
        attentional = np.tanh(np.concatenate([context, x]) @ w["attentional/kernel"])  # eq. 5
        logits.append(attentional @ w["projection/kernel"] + w["projection/bias"])
        all_weights.append(weights)
    return np.array(logits), [part for state in states for part in state], np.array(all_weights)


@every_depth
@every_kind
def test_equals_the_formula(kind: str, layers: int, encoder_layers: int) -> None:
    """A layer that the encoder lacks starts from the encoder's last."""
    decoder = make(kind, layers)
    target, encoder_outputs, mask, states = inputs(encoder_layers)
    logits, new_states, weights = decoder(target, encoder_outputs, mask, states)
    assert logits.shape == (BATCH, TGT_LEN, VOCABULARY)
    assert weights.shape == (BATCH, TGT_LEN, SRC_LEN)
    assert [state.shape for state in new_states] == [(BATCH, UNITS)] * (2 * layers)
    paths = [variable.path for variable in decoder.trainable_variables]
    assert ("decoder/attention_projection/kernel" in paths) == (kind == "luong_general")
    pairs = [(2 * i, 2 * i + 1) for i in range(encoder_layers)]
    pairs = (pairs + [pairs[-1]] * layers)[:layers]
    for b, length in enumerate(SRC_LENGTHS):
        start = [(states[h][b], states[c][b]) for h, c in pairs]
        expected = reference(decoder, target[b], encoder_outputs[b, :length], start)
        np.testing.assert_allclose(logits[b], expected[0], atol=1e-5)
        np.testing.assert_allclose([s[b] for s in new_states], expected[1], atol=1e-5)
        np.testing.assert_allclose(weights[b, :, :length], expected[2], atol=1e-5)


@every_depth
@every_kind
def test_one_step_at_a_time(kind: str, layers: int, encoder_layers: int) -> None:
    decoder = make(kind, layers)
    target, encoder_outputs, mask, states = inputs(encoder_layers)
    logits, last_states, weights = decoder(target, encoder_outputs, mask, states)
    keys = decoder.attention.keys(encoder_outputs)
    for t in range(TGT_LEN):
        step, states, step_weights = decoder(
            target[:, t : t + 1], encoder_outputs, mask, states, keys=keys
        )
        assert step.shape == (BATCH, 1, VOCABULARY)
        np.testing.assert_allclose(step[:, 0], logits[:, t], atol=1e-5)
        np.testing.assert_allclose(step_weights[:, 0], weights[:, t], atol=1e-5)
    np.testing.assert_allclose(states, last_states, atol=1e-5)


@every_kind
def test_keys_passed_or_computed(kind: str) -> None:
    decoder = make(kind)
    computed = decoder(*inputs())
    keys = decoder.attention.keys(inputs()[1])
    passed = decoder(*inputs(), keys=keys)
    np.testing.assert_array_equal(passed[0], computed[0])
    np.testing.assert_array_equal(passed[2], computed[2])
    other = decoder(*inputs(), keys=-keys)  # they are used, not computed again
    assert abs(np.asarray(other[0] - computed[0])).max() > 1e-2


@pytest.mark.parametrize("position", range(TGT_LEN))
@every_kind
def test_no_look_at_later_tokens(kind: str, position: int) -> None:
    decoder = make(kind, layers=2)
    target, *rest = inputs()
    changed = target.copy()
    changed[:, position] = target[:, position] % (VOCABULARY - 1) + 1
    before, after = decoder(target, *rest)[0], decoder(changed, *rest)[0]
    differs = abs(np.asarray(after - before)).max(axis=-1)  # (batch, tgt_len)
    assert (differs[:, :position] == 0.0).all()
    assert (differs[:, position:] > 1e-6).all()


@every_kind
def test_no_look_at_padding(kind: str) -> None:
    decoder = make(kind)
    target, encoder_outputs, mask, states = inputs()
    logits, _, weights = decoder(target, encoder_outputs, mask, states)
    at_padding = np.asarray(weights).transpose(0, 2, 1)[~mask]
    assert at_padding.shape == (BATCH * SRC_LEN - SRC_LENGTHS.sum(), TGT_LEN)
    assert (at_padding == 0.0).all()
    np.testing.assert_allclose(np.sum(weights, axis=-1), 1.0, atol=1e-6)
    noise = np.where(mask[..., None], encoder_outputs, np.float32(-50.0))
    np.testing.assert_array_equal(decoder(target, noise, mask, states)[0], logits)


@pytest.mark.parametrize("bidirectional", [False, True])
@every_kind
def test_padding_of_the_source_changes_nothing(kind: str, bidirectional: bool) -> None:
    settings = ModelSettings(
        embedding_size=EMBEDDING, units=UNITS, bidirectional=bidirectional, dropout=0.0
    )
    encoder, decoder = Encoder(9, settings), make(kind)
    source = np.array([[5, 1, 8, 3], [7, 3, 0, 0], [3, 0, 0, 0], [4, 6, 3, 0]], "int32")
    target = inputs()[0]
    encoder(source)
    randomise(encoder)
    logits = decoder(target, *encoder(source))[0]
    padded = decoder(target, *encoder(np.pad(source, ((0, 0), (0, 6)))))[0]
    np.testing.assert_allclose(padded, logits, atol=1e-5, rtol=0)
    for b, length in enumerate((4, 2, 1, 3)):
        alone = decoder(target[b : b + 1], *encoder(source[b : b + 1, :length]))[0]
        np.testing.assert_allclose(alone[0], logits[b], atol=1e-5, rtol=0)


def test_dropout_in_training_alone() -> None:
    decoder, plain = make("luong_general", dropout=0.5), make("luong_general")
    np.testing.assert_array_equal(decoder(*inputs())[0], plain(*inputs())[0])
    first, second = (decoder(*inputs(), training=True)[0] for _ in range(2))
    assert not np.allclose(first, second)


@every_kind
def test_mixed_bfloat16(kind: str) -> None:
    exact = make(kind, layers=2)
    settings = ModelSettings(
        embedding_size=EMBEDDING, units=UNITS, decoder_layers=2, attention=kind, dropout=0.0
    )
    decoder = Decoder(VOCABULARY, settings, "mixed_bfloat16")
    decoder(*inputs())
    decoder.set_weights(exact.get_weights())
    logits, _, weights = decoder(*inputs())
    expected = exact(*inputs())
    assert all(v.dtype == "float32" for v in decoder.trainable_variables)
    assert keras.backend.standardize_dtype(logits.dtype) == "bfloat16"
    np.testing.assert_allclose(ops.cast(logits, "float32"), expected[0], atol=0.1)
    np.testing.assert_allclose(ops.cast(weights, "float32"), expected[2], atol=0.05)


@pytest.mark.parametrize("layers", [1, 3])
def test_layers_meet_the_conditions_of_cudnn(layers: int) -> None:
    decoder = make("luong_general", layers, dropout=0.3)
    found = [x for x in decoder._flatten_layers() if isinstance(x, keras.layers.LSTM)]
    assert len(found) == layers
    for layer in found:
        assert layer.activation is keras.activations.tanh
        assert layer.recurrent_activation is keras.activations.sigmoid
        assert layer.use_bias
        assert not layer.unroll
        assert layer.recurrent_dropout == 0
        assert layer.use_cudnn == "auto"
