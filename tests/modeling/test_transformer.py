"""The Transformer against the paper's formulas in plain NumPy, and one step at a time."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from malgil.modeling.layers.position_embedding import positional_encoding
from malgil.modeling.transformer import TransformerDecoder, TransformerEncoder
from malgil.settings import ModelSettings
from tests.modeling import formulas
from tests.modeling.hypotheses import check_step

SOURCE, TARGET, UNITS, HEADS, INNER = 9, 11, 6, 3, 10
ENCODER_LAYERS, DECODER_LAYERS = 2, 3
SRC_LENGTHS, TGT_LEN = (7, 2, 1, 5), 4
every_normalization = pytest.mark.parametrize("normalization", ["pre", "post"])


def settings_of(normalization: str, **more: Any) -> ModelSettings:
    return ModelSettings(
        **{
            "architecture": "transformer",
            "units": UNITS,
            "heads": HEADS,
            "feed_forward_units": INNER,
            "encoder_layers": ENCODER_LAYERS,
            "decoder_layers": DECODER_LAYERS,
            "normalization": normalization,
            "dropout": 0.0,
            **more,
        }
    )


def ids() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    source = random.integers(1, SOURCE, (len(SRC_LENGTHS), max(SRC_LENGTHS))).astype("int32")
    source[np.arange(max(SRC_LENGTHS)) >= np.array(SRC_LENGTHS)[:, None]] = 0
    target = random.integers(1, TARGET, (len(SRC_LENGTHS), TGT_LEN)).astype("int32")
    return source, target


def make(
    normalization: str, dtype: str = "float32", **more: Any
) -> tuple[TransformerEncoder, TransformerDecoder]:
    """Make an encoder and a decoder with random weights."""
    settings = settings_of(normalization, **more)
    pair = TransformerEncoder(SOURCE, settings, dtype), TransformerDecoder(TARGET, settings, dtype)
    run(*pair)
    random = np.random.default_rng(5)
    for model in pair:
        for variable in model.trainable_variables:
            variable.assign(random.normal(size=variable.shape) * 0.5)
    return pair


def run(encoder: Any, decoder: Any, given: Any = None, **more: Any) -> tuple[Any, Any, Any]:
    source, target = given or ids()
    outputs, mask, states = encoder(source, **more)
    memory = decoder.memory(outputs)
    return decoder(target, memory, mask, decoder.initial_state(states, memory), **more)


@pytest.mark.parametrize("units", [6, 7])
def test_positional_encoding(units: int) -> None:
    found = positional_encoding(np.arange(5), units)
    np.testing.assert_allclose(found, formulas.positional_encoding(5, units), atol=1e-6)
    later = positional_encoding(np.arange(3, 5), units)
    np.testing.assert_allclose(later, found[3:], atol=1e-6)


@every_normalization
def test_equals_the_formulas(normalization: str) -> None:
    encoder, decoder = make(normalization)
    settings = settings_of(normalization)
    source, target = ids()
    outputs, mask, states = encoder(source)
    logits, _, weights = run(encoder, decoder)
    assert states == []
    np.testing.assert_array_equal(mask, source != 0)
    assert logits.shape == (len(SRC_LENGTHS), TGT_LEN, TARGET)
    assert weights.shape == (len(SRC_LENGTHS), DECODER_LAYERS * HEADS, TGT_LEN, max(SRC_LENGTHS))
    w_enc, w_dec = formulas.weights_of(encoder, "encoder"), formulas.weights_of(decoder, "decoder")
    for b, length in enumerate(SRC_LENGTHS):
        encoded, _ = formulas.transformer(settings, w_enc, source[b, :length], ENCODER_LAYERS)
        np.testing.assert_allclose(outputs[b, :length], encoded, atol=2e-5)
        decoded, looked = formulas.transformer(settings, w_dec, target[b], DECODER_LAYERS, encoded)
        expected = decoded @ w_dec["projection/kernel"] + w_dec["projection/bias"]
        np.testing.assert_allclose(logits[b], expected, atol=3e-5)
        np.testing.assert_allclose(weights[b, :, :, :length], looked, atol=1e-5)
        assert (np.asarray(weights)[b, :, :, length:] == 0).all()


@every_normalization
def test_gradient_is_that_of_the_formulas(normalization: str) -> None:
    """Of all weights of both, against central differences of the formulas along random directions;
    of a sentence beside a longer one.
    """
    encoder, decoder = make(normalization)
    settings, (source, target), row = settings_of(normalization), ids(), 3
    random = np.random.default_rng(9)
    towards = random.normal(size=(TGT_LEN, TARGET))
    for variable in [*encoder.trainable_variables, *decoder.trainable_variables]:
        # Where all rows are much the same, or scores large, some weights have hardly any gradient.
        variable.assign(variable * 0.6 + float(variable.name == "gamma"))
    with tf.GradientTape() as tape:
        logits, _, _ = run(encoder, decoder)
        loss = ops.sum(logits[row] * towards.astype("float32"))
    w = {**formulas.weights_of(encoder, ""), **formulas.weights_of(decoder, "")}
    weights = [*encoder.trainable_variables, *decoder.trainable_variables]
    gradients = tape.gradient(loss, [variable.value for variable in weights])

    def value(moved: dict[str, np.ndarray]) -> float:
        parts = [
            {
                path.removeprefix(f"{name}/"): array
                for path, array in moved.items()
                if path.startswith(f"{name}/")
            }
            for name in ("encoder", "decoder")
        ]
        given = source[row, : SRC_LENGTHS[row]]
        encoded, _ = formulas.transformer(settings, parts[0], given, ENCODER_LAYERS)
        told, _ = formulas.transformer(settings, parts[1], target[row], DECODER_LAYERS, encoded)
        told = told @ parts[1]["projection/kernel"] + parts[1]["projection/bias"]
        return (told * towards).sum()

    for (path, before), found in zip(w.items(), gradients, strict=True):
        gradient, direction = tf.convert_to_tensor(found).numpy(), random.normal(size=before.shape)
        numeric = formulas.slope(value, w, path, direction)
        assert (gradient * direction).sum() == pytest.approx(numeric, rel=5e-3, abs=5e-3), path
        assert abs(gradient).max() > 1e-4, path


@every_normalization
def test_several_hypotheses_of_each_source(normalization: str) -> None:
    """By `step`, beside each by itself over its whole target."""
    (encoder, decoder), batch, width = make(normalization), len(SRC_LENGTHS), 3
    source, _ = ids()
    random = np.random.default_rng(8)
    targets = random.integers(1, TARGET, (batch, width, TGT_LEN)).astype("int32")
    whole = [run(encoder, decoder, (source, targets[:, j])) for j in range(width)]
    check_step(decoder, encoder(source), targets, whole, atol=3e-5)


@every_normalization
def test_one_step_at_a_time(normalization: str) -> None:
    """With the keys and values of the steps before kept, as with the whole target at once."""
    encoder, decoder = make(normalization)
    source, target = ids()
    whole, last, weights = run(encoder, decoder)
    outputs, mask, states = encoder(source)
    memory = decoder.memory(outputs)
    states = decoder.initial_state(states, memory)
    assert [s.shape for s in states] == [(4, 0, UNITS)] * (2 * DECODER_LAYERS)
    for t in range(TGT_LEN):
        step, states, looked = decoder(target[:, t : t + 1], memory, mask, states)
        np.testing.assert_allclose(step[:, 0], whole[:, t], atol=2e-5)
        np.testing.assert_allclose(looked[:, :, 0], weights[:, :, t], atol=1e-5)
        assert states[0].shape == (4, t + 1, UNITS)
    for state, expected in zip(states, last, strict=True):
        np.testing.assert_allclose(state, expected, atol=2e-5)


@pytest.mark.parametrize("position", range(TGT_LEN))
def test_no_look_at_later_tokens(position: int) -> None:
    encoder, decoder = make("pre")
    source, target = ids()
    changed = target.copy()
    changed[:, position] = target[:, position] % (TARGET - 1) + 1
    before, after = (run(encoder, decoder, (source, t))[0] for t in (target, changed))
    differs = abs(np.asarray(after - before)).max(axis=-1)
    assert (differs[:, :position] == 0.0).all()
    assert (differs[:, position:] > 1e-6).all()


@every_normalization
def test_padding_changes_nothing(normalization: str) -> None:
    encoder, decoder = make(normalization)
    source, target = ids()
    logits = run(encoder, decoder)[0]
    wide = run(encoder, decoder, (np.pad(source, ((0, 0), (0, 5))), target))[0]
    np.testing.assert_allclose(wide, logits, atol=2e-5)
    for b, length in enumerate(SRC_LENGTHS):
        alone = run(encoder, decoder, (source[b : b + 1, :length], target[b : b + 1]))[0]
        np.testing.assert_allclose(alone[0], logits[b], atol=2e-5)


def test_the_order_of_the_source_counts() -> None:
    encoder, decoder = make("pre")
    source, target = ids()
    turned = np.concatenate([source[:1, ::-1]])
    before, after = (run(encoder, decoder, (s, target[:1]))[0] for s in (source[:1], turned))
    assert abs(np.asarray(after - before)).max() > 1e-3


@every_normalization
def test_mixed_bfloat16(normalization: str) -> None:
    exact, short = make(normalization), make(normalization, "mixed_bfloat16")
    for model, other in zip(short, exact, strict=True):
        model.set_weights(other.get_weights())
    logits, _, _ = run(*short)
    assert keras.backend.standardize_dtype(logits.dtype) == "bfloat16"
    expected = np.asarray(run(*exact)[0])
    error = np.asarray(ops.cast(logits, "float32")) - expected
    assert abs(error).mean() < 0.03 * abs(expected).mean()


def test_dropout_in_training_alone() -> None:
    with_dropout, plain = make("pre", dropout=0.4), make("pre")
    np.testing.assert_array_equal(run(*with_dropout)[0], run(*plain)[0])
    first, second = (run(*with_dropout, training=True)[0] for _ in range(2))
    assert not np.allclose(first, second)
