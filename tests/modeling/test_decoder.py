"""The recurrent decoder against the papers' formulas in plain NumPy, and one step at a time."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from malgil.common.errors import UserError
from malgil.modeling.decoder import RecurrentDecoder
from malgil.modeling.encoder import RecurrentEncoder
from malgil.settings import ModelSettings
from tests.modeling import formulas
from tests.modeling.hypotheses import check_step

VOCABULARY, EMBEDDING, UNITS = 11, 3, 6
BATCH, SRC_LEN, TGT_LEN = 4, 7, 5
SRC_LENGTHS = np.array([7, 2, 1, 5])
KINDS = (
    "none",
    "luong_dot",
    "luong_general",
    "luong_concat",
    "scaled_dot",
    "bahdanau",
    "multi_head",
)
# Each with one thing that the others lack.
SYSTEMS: dict[str, dict[str, Any]] = {
    **{kind: {"attention": kind} for kind in KINDS},
    "general, gru": {"cell": "gru"},
    "none, gru": {"attention": "none", "cell": "gru", "decoder_layers": 2},
    "general, 2 layers": {"decoder_layers": 2, "encoder_layers": 2},
    "dot, 3 layers on 2": {"attention": "luong_dot", "decoder_layers": 3, "encoder_layers": 2},
    "general, 1 layer on 3": {"encoder_layers": 3},
    "none, 2 layers on 3": {"attention": "none", "encoder_layers": 3, "decoder_layers": 2},
    "residual": {"decoder_layers": 3, "residual": True},
    "normalized": {"decoder_layers": 2, "layer_normalization": True},
    "monotonic": {"attention_window": "monotonic", "window_half_width": 1},
    "predictive": {"attention_window": "predictive", "window_half_width": 2},
    "predictive, multi_head": {
        "attention": "multi_head",
        "attention_window": "predictive",
        "window_half_width": 3,
    },
    "input feeding": {"input_feeding": True, "attention": "luong_concat"},
    "input feeding, all else": {
        "input_feeding": True,
        "cell": "gru",
        "decoder_layers": 3,
        "residual": True,
        "layer_normalization": True,
        "attention_window": "monotonic",
        "window_half_width": 2,
    },
    "input feeding, multi_head": {"input_feeding": True, "attention": "multi_head"},
    "bahdanau, gru": {"attention": "bahdanau", "cell": "gru"},
    "bahdanau, 2 layers": {
        "attention": "bahdanau",
        "decoder_layers": 2,
        "attention_window": "predictive",
        "window_half_width": 2,
    },
}
every_system = pytest.mark.parametrize("name", SYSTEMS)
ATTENTIVE = [name for name, changed in SYSTEMS.items() if changed.get("attention") != "none"]


def settings_of(name: str, **more: Any) -> ModelSettings:
    plain = {"embedding_size": EMBEDDING, "units": UNITS, "heads": 3, "dropout": 0.0}
    return ModelSettings(**{**plain, **SYSTEMS[name], **more})


def randomize(model: keras.Model) -> None:
    random = np.random.default_rng(5)
    for variable in model.trainable_variables:
        variable.assign(random.normal(size=variable.shape) * 0.6)


def inputs(settings: ModelSettings) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    """Target ids, encoder outputs, mask and the encoder's states."""
    random = np.random.default_rng(7)
    target = random.integers(1, VOCABULARY, (BATCH, TGT_LEN)).astype("int32")
    encoder_outputs = random.normal(size=(BATCH, SRC_LEN, UNITS)).astype("float32")
    mask = np.arange(SRC_LEN) < SRC_LENGTHS[:, None]
    count = settings.encoder_layers * (2 if settings.cell == "lstm" else 1)
    return (
        target,
        encoder_outputs,
        mask,
        list(random.normal(size=(count, BATCH, UNITS)).astype("float32")),
    )


def starts(settings: ModelSettings, states: list[np.ndarray]) -> list[list[np.ndarray]]:
    """Return the initial states `(batch, units)` of each decoder layer: the encoder's upper layers,
    and for a layer that the encoder lacks its last.
    """
    count, wanted = 2 if settings.cell == "lstm" else 1, settings.decoder_layers
    layers = [states[i : i + count] for i in range(0, len(states), count)]
    return (layers[-wanted:] + [layers[-1]] * wanted)[:wanted]


def run(decoder: RecurrentDecoder, given: tuple, **more: Any) -> tuple[Any, list[Any], Any]:
    """Run the decoder over whole targets, from the outputs and states of the encoder."""
    target, encoder_outputs, mask, states = given
    memory = decoder.memory(encoder_outputs)
    return decoder(target, memory, mask, decoder.initial_state(states, memory), **more)


@cache  # to build one takes a third of a second
def make(name: str, dtype: str = "float32", **more: Any) -> RecurrentDecoder:
    """Make a decoder with random weights, including the biases. Tests must not change it."""
    settings = settings_of(name, **more)
    decoder = RecurrentDecoder(VOCABULARY, settings, dtype)
    run(decoder, inputs(settings))
    randomize(decoder)
    return decoder


@every_system
def test_equals_the_formulas(name: str) -> None:
    decoder, settings = make(name), settings_of(name)
    given = inputs(settings)
    target, encoder_outputs, _, states = given
    logits, new_states, weights = run(decoder, given)
    assert logits.shape == (BATCH, TGT_LEN, VOCABULARY)
    w = formulas.weights_of(decoder, "decoder")
    for b, length in enumerate(SRC_LENGTHS):
        start = [[state[b] for state in layer] for layer in starts(settings, states)]
        expected = formulas.recurrent_decoder(
            settings, w, target[b], encoder_outputs[b, :length], start
        )
        np.testing.assert_allclose(logits[b], expected[0], atol=1e-5)
        for state, wanted in zip(new_states, expected[1], strict=False):
            np.testing.assert_allclose(state[b], wanted, atol=1e-5)
        if settings.attention == "none":
            assert weights is None
            continue
        heads = 3 if settings.attention == "multi_head" else 1
        assert weights.shape == (BATCH, heads, TGT_LEN, SRC_LEN)
        np.testing.assert_allclose(weights[b, :, :, :length], expected[2], atol=1e-5)


@every_system
def test_gradient_is_that_of_the_formulas(name: str) -> None:
    """Of all weights, of the encoder's outputs and of its states, against central differences of
    the formulas along random directions.
    """
    decoder, settings = make(name), settings_of(name)
    target, encoder_outputs, mask, states = inputs(settings)
    one = slice(3, 4)  # the sentence of five tokens
    outputs, ends = tf.constant(encoder_outputs[one]), [tf.constant(s[one]) for s in states]
    towards = np.random.default_rng(9).normal(size=(TGT_LEN, VOCABULARY))
    with tf.GradientTape() as tape:
        tape.watch([outputs, *ends])
        logits, _, _ = run(decoder, (target[one], outputs, mask[one], ends))
        loss = ops.sum(logits[0] * towards.astype("float32"))
    w = formulas.weights_of(decoder, "decoder")
    values = {
        "outputs": encoder_outputs[3, :5],
        **{str(i): s[3] for i, s in enumerate(states)},
        **w,
    }
    values = {path: value.astype("float64") for path, value in values.items()}
    found = tape.gradient(loss, [outputs, *ends, *decoder.trainable_variables])
    # No attention looks at no outputs; the states of lower layers may start none of the decoder's.
    gradients = [None if g is None else tf.convert_to_tensor(g).numpy() for g in found]
    if gradients[0] is not None:
        assert (gradients[0][:, 5:] == 0.0).all()
        gradients[0] = gradients[0][:, :5]

    def value(moved: dict[str, np.ndarray]) -> float:
        layers = starts(settings, [moved[str(i)] for i in range(len(states))])
        told = formulas.recurrent_decoder(settings, moved, target[3], moved["outputs"], layers)
        return (told[0] * towards).sum()

    random = np.random.default_rng(10)
    for (path, before), gradient in zip(values.items(), gradients, strict=True):
        direction = random.normal(size=before.shape)
        numeric = formulas.slope(value, values, path, direction)
        along = 0.0 if gradient is None else (gradient.reshape(before.shape) * direction).sum()
        assert along == pytest.approx(numeric, rel=2e-3, abs=2e-3), path
    missing = [path for path, g in zip(values, gradients, strict=True) if g is None]
    assert not set(missing) & set(w), missing


@every_system
def test_several_hypotheses_of_each_source(name: str) -> None:
    """By `step`, beside each by itself over its whole target."""
    decoder, width = make(name), 3
    _, encoder_outputs, mask, states = inputs(settings_of(name))
    random = np.random.default_rng(8)
    targets = random.integers(1, VOCABULARY, (BATCH, width, TGT_LEN)).astype("int32")
    whole = [run(decoder, (targets[:, j], encoder_outputs, mask, states)) for j in range(width)]
    check_step(decoder, (encoder_outputs, mask, states), targets, whole, atol=2e-5)


@every_system
def test_one_step_at_a_time(name: str) -> None:
    decoder = make(name)
    target, encoder_outputs, mask, states = inputs(settings_of(name))
    logits, last_states, weights = run(decoder, (target, encoder_outputs, mask, states))
    memory = decoder.memory(encoder_outputs)
    states = decoder.initial_state(states, memory)
    for t in range(TGT_LEN):
        step, states, step_weights = decoder(target[:, t : t + 1], memory, mask, states)
        assert step.shape == (BATCH, 1, VOCABULARY)
        np.testing.assert_allclose(step[:, 0], logits[:, t], atol=1e-5)
        if weights is not None:
            np.testing.assert_allclose(step_weights[:, :, 0], weights[:, :, t], atol=1e-5)
    for state, last in zip(states, last_states, strict=True):
        np.testing.assert_allclose(state, last, atol=1e-5)


@every_system
def test_no_look_at_later_tokens(name: str) -> None:
    decoder = make(name)
    target, *rest = inputs(settings_of(name))
    before = run(decoder, (target, *rest))[0]
    for position in (0, 2, TGT_LEN - 1):
        changed = target.copy()
        changed[:, position] = target[:, position] % (VOCABULARY - 1) + 1
        after = run(decoder, (changed, *rest))[0]
        differs = abs(np.asarray(after - before)).max(axis=-1)  # (batch, tgt_len)
        assert (differs[:, :position] == 0.0).all(), position
        assert (differs[:, position:] > 1e-6).all(), position


@pytest.mark.parametrize("name", ATTENTIVE)
def test_no_look_at_padding(name: str) -> None:
    decoder = make(name)
    target, encoder_outputs, mask, states = inputs(settings_of(name))
    logits, _, weights = run(decoder, (target, encoder_outputs, mask, states))
    at_padding = np.moveaxis(np.asarray(weights), 3, 1)[~mask]
    assert len(at_padding) == BATCH * SRC_LEN - SRC_LENGTHS.sum()
    assert (at_padding == 0.0).all()
    if settings_of(name).attention_window != "predictive":  # a Gaussian takes some away
        np.testing.assert_allclose(np.sum(weights, axis=-1), 1.0, atol=1e-6)
    noise = np.where(mask[..., None], encoder_outputs, np.float32(-50.0))
    np.testing.assert_array_equal(run(decoder, (target, noise, mask, states))[0], logits)


@pytest.mark.parametrize("bidirectional", [False, True])
@every_system
def test_padding_of_the_source_changes_nothing(name: str, bidirectional: bool) -> None:
    settings = settings_of(name, bidirectional=bidirectional)
    encoder, decoder = RecurrentEncoder(9, settings), make(name)
    source = np.array([[5, 1, 8, 3], [7, 3, 0, 0], [3, 0, 0, 0], [4, 6, 3, 0]], "int32")
    target = inputs(settings)[0]
    encoder(source)
    randomize(encoder)
    logits = run(decoder, (target, *encoder(source)))[0]
    padded = run(decoder, (target, *encoder(np.pad(source, ((0, 0), (0, 6))))))[0]
    np.testing.assert_allclose(padded, logits, atol=1e-5, rtol=0)
    for b, length in enumerate((4, 2, 1, 3)):
        alone = run(decoder, (target[b : b + 1], *encoder(source[b : b + 1, :length])))[0]
        np.testing.assert_allclose(alone[0], logits[b], atol=1e-5, rtol=0)


@every_system
def test_mixed_bfloat16(name: str) -> None:
    exact, decoder = make(name), make(name, "mixed_bfloat16")
    decoder.set_weights(exact.get_weights())
    given = inputs(settings_of(name))
    target, encoder_outputs, mask, states = given
    short = [ops.cast(array, "bfloat16") for array in [encoder_outputs, *states]]
    logits, _, weights = run(decoder, (target, short[0], mask, short[1:]))
    expected = run(exact, given)
    assert all(v.dtype == "float32" for v in decoder.trainable_variables)
    assert keras.backend.standardize_dtype(logits.dtype) == "bfloat16"
    np.testing.assert_allclose(ops.cast(logits, "float32"), expected[0], atol=0.25)
    if weights is not None:
        np.testing.assert_allclose(ops.cast(weights, "float32"), expected[2], atol=0.08)


def test_input_feeding_with_a_context_that_enters_the_step() -> None:
    """It is refused for every kind of attention whose context enters the step."""
    with pytest.raises(UserError, match=r"input_feeding accepts no .* = bahdanau.*Received: yes"):
        make("bahdanau", input_feeding=True)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("layers", [1, 3])
def test_layers_meet_the_conditions_of_cudnn(cell: str, layers: int) -> None:
    decoder = make("luong_general", decoder_layers=layers, cell=cell, dropout=0.3)
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    found = [x for x in decoder._flatten_layers() if isinstance(x, kind)]
    assert len(found) == layers
    for layer in found:
        assert layer.activation is keras.activations.tanh
        assert layer.recurrent_activation is keras.activations.sigmoid
        assert layer.use_bias
        assert not layer.unroll
        assert layer.recurrent_dropout == 0
        assert layer.use_cudnn == "auto"
        assert cell == "lstm" or layer.reset_after
