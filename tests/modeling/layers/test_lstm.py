"""The LSTM beside Keras's own, and where it runs a loop of its own."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from malgil.modeling.decoder import RecurrentDecoder
from malgil.modeling.encoder import RecurrentEncoder
from malgil.modeling.layers import recurrence
from malgil.modeling.layers.lstm import LSTM
from malgil.settings import ModelSettings

FEATURES, UNITS = 3, 5
LENGTHS = np.array([4, 7, 1, 6])
BATCH, LENGTH = len(LENGTHS), max(LENGTHS)
MASK = np.arange(LENGTH) < LENGTHS[:, None]  # (batch, length)
both_ways = pytest.mark.parametrize("backwards", [False, True])
with_and_without_mask = pytest.mark.parametrize("masked", [False, True])


def normal(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype("float32")


def randomize(layer: Any, features: int = FEATURES) -> Any:
    """Build the layer with random weights, including the biases."""
    layer.build((None, None, features))
    random = np.random.default_rng(5)
    for variable in layer.trainable_variables:
        variable.assign(random.normal(size=variable.shape) * 0.6)
    return layer


def make(**options: Any) -> Any:
    """Make a layer that returns all outputs and states."""
    return randomize(LSTM(UNITS, return_sequences=True, return_state=True, **options))


def both(wrap: Any = lambda layer: layer, **options: Any) -> list[Any]:
    """Our layer and Keras's, of the same weights."""
    classes = (LSTM, keras.layers.LSTM)
    made = [
        wrap(cls(UNITS, return_sequences=True, return_state=True, **options)) for cls in classes
    ]
    return [randomize(layer) for layer in made]


def close(found: Any, expected: Any) -> None:
    """To 1e-5, relative and absolute together."""
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def run(
    layer: Any, x: Any, states: Any, mask: Any = None, real: Any = None
) -> tuple[list[Any], list[np.ndarray]]:
    """Return the results of a layer, and the gradients of a weighted sum of all values.

    The gradients are for inputs, states and weights. Each value has a different weight.

    Args:
        layer: One that returns its outputs and states.
        x: `(batch, length, features)`.
        states: Initial ones, or None.
        mask: `(batch, length)` bool, or None.
        real: The outputs that count, `(batch, length)` bool; None for all.
    """
    x, states = tf.constant(x), [tf.constant(state) for state in states or []]
    real = np.ones(x.shape[:2]) if real is None else real
    weights = [variable.value for variable in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs, *ends = layer(x, initial_state=states or None, mask=mask)
        loss = tf.reduce_sum(outputs * normal(*outputs.shape, seed=2) * real[:, :, None])
        for i, end in enumerate(ends):
            loss += tf.reduce_sum(end * normal(*end.shape, seed=3 + i))
    gradients = tape.gradient(loss, [x, *states, *weights])
    return [outputs, *ends], [np.asarray(gradient) for gradient in gradients]


def assert_same_as_keras(layers: list[Any], states: Any, masked: bool, reverse: bool) -> None:
    """Compare outputs at real positions, last states and all gradients; outputs at pads are 0."""
    real = np.ones_like(MASK) if not masked else MASK[:, ::-1] if reverse else MASK
    x, mask = normal(BATCH, LENGTH, FEATURES), MASK if masked else None
    (found, gradients), (expected, expected_gradients) = (
        run(layer, x, states, mask, real) for layer in layers
    )
    assert len(found) == len(expected)
    close(found[0][real], expected[0][real])
    assert not np.asarray(found[0])[~real].any()
    for end, expected_end in zip(found[1:], expected[1:], strict=True):
        close(end, expected_end)
    for gradient, expected_gradient in zip(gradients, expected_gradients, strict=True):
        assert abs(expected_gradient).max() > 1e-2
        close(gradient, expected_gradient)


@both_ways
@with_and_without_mask
def test_equals_keras(masked: bool, backwards: bool) -> None:
    assert_same_as_keras(both(go_backwards=backwards), None, masked, backwards)


@pytest.mark.parametrize(
    ("masked", "backwards"),
    [
        (False, False),
        (True, False),
        (False, True),
        (True, True),
    ],
)
def test_equals_keras_from_given_states(masked: bool, backwards: bool) -> None:
    states = [normal(BATCH, UNITS, seed=seed) for seed in (7, 8)]
    assert_same_as_keras(both(go_backwards=backwards), states, masked, backwards)


@with_and_without_mask
def test_equals_keras_in_both_directions(masked: bool) -> None:
    layers = both(keras.layers.Bidirectional)
    ours = layers[0]
    assert type(ours.forward_layer) is type(ours.backward_layer) is LSTM
    assert_same_as_keras(layers, None, masked, reverse=False)
    states = [normal(BATCH, UNITS, seed=seed) for seed in (7, 8, 9, 10)]
    assert_same_as_keras(layers, states, masked, reverse=False)


class Stack(keras.layers.Layer):
    """One LSTM over another."""

    def __init__(self, low: Any) -> None:
        super().__init__()
        self.supports_masking = True
        self.low, self.high = low, type(low).from_config({**low.get_config(), "name": "high"})

    def build(self, shape: tuple[Any, ...]) -> None:
        self.low.build(shape)
        self.high.build((*shape[:-1], UNITS))

    def call(self, x: Any, initial_state: Any = None, mask: Any = None) -> Any:
        outputs, *low = self.low(x, mask=mask, initial_state=initial_state)
        return [*self.high(outputs, mask=mask, initial_state=low), *low]


@with_and_without_mask
def test_equals_keras_two_high(masked: bool) -> None:
    layers = both(Stack)
    assert len(layers[0].trainable_variables) == 6
    assert_same_as_keras(layers, None, masked, reverse=False)


@both_ways
def test_one_step(backwards: bool) -> None:
    """A length of 1, which decoding has, takes no loop."""
    states = [normal(BATCH, UNITS, seed=seed) for seed in (7, 8)]
    x = normal(BATCH, 1, FEATURES)
    (found, gradients), (expected, expected_gradients) = (
        run(layer, x, states) for layer in both(go_backwards=backwards)
    )
    assert found[0].shape == (BATCH, 1, UNITS)
    for value, expected_value in zip(found + gradients, expected + expected_gradients, strict=True):
        close(value, expected_value)


@both_ways
def test_shapes_that_are_not_known_before(backwards: bool) -> None:
    ours, reference = both(go_backwards=backwards)
    weights = [variable.value for variable in ours.trainable_variables]
    shapes = [tf.TensorSpec((None, None, FEATURES)), tf.TensorSpec((None, None), tf.bool)]

    @tf.function(input_signature=shapes)
    def graph(x: Any, mask: Any) -> Any:
        with tf.GradientTape() as tape:
            found = ours(x, mask=mask)
            loss = tf.reduce_sum(found[1] * found[2])
        return found, tape.gradient(loss, weights)

    for batch, length in ((BATCH, LENGTH), (2, 1), (1, 9)):
        x = normal(batch, length, FEATURES)
        mask = np.arange(length) < np.resize([length, 1], batch)[:, None]
        found, gradients = graph(x, mask)
        real = mask[:, ::-1] if backwards else mask
        with tf.GradientTape() as tape:
            expected = reference(x, mask=mask)
            loss = tf.reduce_sum(expected[1] * expected[2])
        close(found[0][real], expected[0][real])
        close(found[1:], expected[1:])
        values = [variable.value for variable in reference.trainable_variables]
        for gradient, other in zip(gradients, tape.gradient(loss, values), strict=True):
            close(gradient, other)


@pytest.fixture
def loops(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whose loops have run."""
    ran: list[str] = []

    def watch(owner: Any, name: str, whose: str) -> None:
        real = getattr(owner, name)

        def record(*args: Any, **options: Any) -> Any:
            ran.append(whose)
            return real(*args, **options)

        monkeypatch.setattr(owner, name, record)

    watch(recurrence, "lstm", "ours")
    watch(keras.layers.LSTM, "inner_loop", "Keras's")
    return ran


def test_on_a_processor(loops: list[str]) -> None:
    make()(normal(BATCH, LENGTH, FEATURES))
    assert loops == ["ours"]


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.1},
        {"recurrent_dropout": 0.1},
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"unroll": True},
    ],
    ids=lambda options: next(iter(options)),
)
def test_options_that_keras_sees_to(loops: list[str], options: dict[str, Any]) -> None:
    layers, x = both(**options), normal(BATCH, LENGTH, FEATURES)
    found, expected = (layer(x, mask=MASK) for layer in layers)
    assert loops == ["Keras's"] * 2
    for value, expected_value in zip(found, expected, strict=True):
        np.testing.assert_array_equal(value, expected_value)


def test_on_a_gpu(loops: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Then Keras takes cuDNN, if it can; here it only looks for it."""
    looked: list[str] = []
    layer = make()
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind=None: looked.append(kind) or ["a GPU"]
    )
    monkeypatch.setattr(keras.layers.RNN, "inner_loop", lambda *_, **__: [tf.zeros(1)] * 3)
    layer(normal(BATCH, LENGTH, FEATURES))
    assert loops == ["Keras's"]
    assert set(looked) == {"GPU"}


def test_on_another_backend(loops: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    layer = make()
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    layer(normal(BATCH, LENGTH, FEATURES))
    assert loops == ["Keras's"]


def test_encoder_and_decoder_run_it(loops: list[str]) -> None:
    """With dropout too, which stands before the layers, not in them."""
    settings = ModelSettings(units=6, encoder_layers=2, decoder_layers=3, dropout=0.3)
    assert settings.bidirectional
    ids = np.array([[4, 5, 3, 0], [3, 0, 0, 0]], "int32")
    encoder, decoder = RecurrentEncoder(9, settings), RecurrentDecoder(11, settings)
    decoder(ids[:, :2], *told(decoder, *encoder(ids)))
    loops.clear()  # Keras builds a model by a call of its own
    encoded = encoder(ids, training=True)
    assert loops == ["ours"] * 4
    decoder(ids[:, :2], *told(decoder, *encoded), training=True)
    assert loops == ["ours"] * 7


def told(decoder: RecurrentDecoder, outputs: Any, mask: Any, states: list[Any]) -> tuple[Any, ...]:
    """Return the inputs of a decoder other than ids."""
    memory = decoder.memory(outputs)
    return memory, mask, decoder.initial_state(states, memory)


def test_config() -> None:
    layer = make(go_backwards=True)
    saved = keras.saving.serialize_keras_object(layer)
    for other in (
        LSTM.from_config(layer.get_config()),
        keras.saving.deserialize_keras_object(saved),
    ):
        assert type(other) is LSTM
        assert other.get_config() == layer.get_config()
        x = normal(BATCH, LENGTH, FEATURES)
        for value, expected in zip(randomize(other)(x), layer(x), strict=True):
            np.testing.assert_array_equal(value, expected)


def test_returns_the_last_output_alone() -> None:
    layer = randomize(LSTM(UNITS))
    x = normal(BATCH, LENGTH, FEATURES)
    np.testing.assert_array_equal(layer(x, mask=MASK), make()(x, mask=MASK)[1])
