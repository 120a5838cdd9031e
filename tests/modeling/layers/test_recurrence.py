"""The LSTM's loop against its formula in plain NumPy; what padding must not do; bfloat16."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from malgil.modeling.layers.lstm import LSTM
from malgil.modeling.layers.recurrence import lstm

FEATURES, UNITS = 3, 5
LENGTHS = np.array([4, 7, 1, 6])
BATCH, LENGTH = len(LENGTHS), max(LENGTHS)
MASK = np.arange(LENGTH) < LENGTHS[:, None]  # (batch, length)
both_ways = pytest.mark.parametrize("backwards", [False, True])


def normal(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype("float32")


def make(length: int = LENGTH, batch: int = BATCH) -> list[np.ndarray]:
    """Return the arguments of `lstm`: inputs, h, c, kernel, recurrent kernel and bias."""
    return [
        normal(batch, length, FEATURES),
        normal(batch, UNITS, seed=2),
        normal(batch, UNITS, seed=3),
        *(0.6 * normal(*shape, 4 * UNITS) for shape in ((FEATURES,), (UNITS,), ())),
    ]


def close(found: Any, expected: Any) -> None:
    """To 1e-5, relative and absolute together."""
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def run(
    arguments: list[np.ndarray], mask: Any, backwards: bool
) -> tuple[list[Any], list[np.ndarray]]:
    """Return the results of `lstm`, and the gradients for all arguments of a weighted sum.

    Every real output and every state has a different weight.
    """
    tensors = [tf.constant(argument) for argument in arguments]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        found = lstm(*tensors, mask=mask, backwards=backwards)
        real = (mask[:, ::-1] if backwards else mask)[:, :, None]
        weights = [normal(*value.shape, seed=7 + i) for i, value in enumerate(found)]
        weights[0] *= real
        loss = sum(tf.reduce_sum(value * w) for value, w in zip(found, weights, strict=True))
    return list(found), [np.asarray(each) for each in tape.gradient(loss, tensors)]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def reference(
    x: np.ndarray, h: np.ndarray, c: np.ndarray, weights: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hochreiter and Schmidhuber 1997 with forget gates, gates in the order i, f, candidate, o.

    Args:
        x: One row without padding, `(length, features)`.
        h: `(units,)`.
        c: `(units,)`.
        weights: Kernel, recurrent kernel, bias.

    Returns:
        The outputs `(length, units)`, the last h and the last c, `(units,)`, all float64.
    """
    kernel, recurrent, bias = (weight.astype("float64") for weight in weights)
    outputs = []
    for x_t in x:
        i, f, candidate, o = np.split(x_t @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.array(outputs), h, c


@both_ways
@pytest.mark.parametrize("length", [1, 2, LENGTH])
def test_equals_the_formula(length: int, backwards: bool) -> None:
    x, h, c, *weights = make(length)
    outputs, last_h, last_c = lstm(x, h, c, *weights, backwards=backwards)
    for b in range(BATCH):
        row = x[b, ::-1] if backwards else x[b]
        expected = reference(row, h[b], c[b], weights)
        close(outputs[b], expected[0])
        close(last_h[b], expected[1])
        close(last_c[b], expected[2])


@both_ways
def test_padded_rows_equal_the_formula(backwards: bool) -> None:
    """Each as if it were alone and without padding."""
    x, h, c, *weights = make()
    outputs, last_h, last_c = lstm(x, h, c, *weights, mask=MASK, backwards=backwards)
    outputs = np.asarray(outputs)[:, ::-1] if backwards else outputs
    assert not np.asarray(outputs)[~MASK].any()
    for b, length in enumerate(LENGTHS):
        row = x[b, :length][::-1] if backwards else x[b, :length]
        expected = reference(row, h[b], c[b], weights)
        close(outputs[b, :length], expected[0][::-1] if backwards else expected[0])
        close(last_h[b], expected[1])
        close(last_c[b], expected[2])


@both_ways
def test_padding_has_no_influence(backwards: bool) -> None:
    """Not on a bit, of the gradients either."""
    x, *rest = make()
    found, gradients = run([x, *rest], MASK, backwards)
    garbage = np.where(MASK[:, :, None], x, 1000 * normal(*x.shape, seed=9))
    other, other_gradients = run([garbage, *rest], MASK, backwards)
    for value, other_value in zip(found + gradients, other + other_gradients, strict=True):
        np.testing.assert_array_equal(other_value, value)
    assert not gradients[0][~MASK].any()
    assert gradients[0][MASK].all()


@both_ways
def test_padded_rows_equal_rows_alone(backwards: bool) -> None:
    x, h, c, *weights = make()
    outputs, *ends = lstm(x, h, c, *weights, mask=MASK, backwards=backwards)
    for b, length in enumerate(LENGTHS):
        row = slice(b, b + 1)
        alone = lstm(x[row, :length], h[row], c[row], *weights, backwards=backwards)
        real = slice(LENGTH - length, None) if backwards else slice(length)
        close(outputs[row, real], alone[0])
        close([end[row] for end in ends], alone[1:])


@both_ways
def test_gradients_against_differences(backwards: bool) -> None:
    """Along one direction through all arguments at once, from the formula in float64."""
    arguments = make()
    directions = [normal(*argument.shape, seed=11) for argument in arguments]
    mask = np.ones_like(MASK)
    found, gradients = run(arguments, mask, backwards)
    weights = [normal(*value.shape, seed=7 + i) for i, value in enumerate(found)]

    def loss(step: float) -> float:
        x, h, c, *kernels = (
            argument.astype("float64") + step * direction
            for argument, direction in zip(arguments, directions, strict=True)
        )
        total = 0.0
        for b in range(BATCH):
            row = x[b, ::-1] if backwards else x[b]
            values = reference(row, h[b], c[b], kernels)
            total += sum((v * w[b]).sum() for v, w in zip(values, weights, strict=True))
        return total

    expected = (loss(1e-5) - loss(-1e-5)) / 2e-5
    slope = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))
    assert slope == pytest.approx(expected, rel=1e-5)


def test_step_by_step() -> None:
    """As decoding does it, where each call is of length 1 and takes no loop."""
    x, *states, kernel, recurrent, bias = make()
    outputs, *ends = lstm(x, *states, kernel, recurrent, bias)
    for t in range(LENGTH):
        step, *states = lstm(x[:, t : t + 1], *states, kernel, recurrent, bias)
        close(step[:, 0], outputs[:, t])
    close(states, ends)


def test_one_row_of_any_length() -> None:
    """A graph in which the batch is known to be 1, as when Keras builds a model."""
    x, *rest = make(batch=1)
    graph = tf.function(
        lstm,
        input_signature=[
            tf.TensorSpec((1, None, FEATURES)),
            *map(tf.TensorSpec.from_tensor, map(tf.constant, rest)),
        ],
    )
    for found, expected in zip(graph(x, *rest), lstm(x, *rest), strict=True):
        close(found, expected)


def layer(dtype: str) -> LSTM:
    """Make a layer that returns everything, with random weights."""
    made = LSTM(UNITS, return_sequences=True, return_state=True, dtype=dtype)
    made.build((None, None, FEATURES))
    made.set_weights(make()[3:])
    return made


def test_mixed_bfloat16() -> None:
    exact, mixed = layer("float32"), layer("mixed_bfloat16")
    assert {variable.dtype for variable in mixed.trainable_variables} == {"float32"}
    x = normal(BATCH, LENGTH, FEATURES)
    for found, expected in zip(mixed(x, mask=MASK), exact(x, mask=MASK), strict=True):
        assert found.dtype == tf.bfloat16
        np.testing.assert_allclose(tf.cast(found, tf.float32), expected, rtol=0, atol=0.03)


def test_mixed_bfloat16_adds_up_what_is_small() -> None:
    """c grows by 0.0025 in each of 200 steps; next to 1, bfloat16 would lose that."""
    mixed, steps, growth = layer("mixed_bfloat16"), 200, sigmoid(np.float64(-6))
    bias = np.repeat([-6.0, 20.0, 20.0, 0.0], UNITS)  # i, f, candidate, o
    for variable, value in zip(mixed.trainable_variables, (0, 0, bias), strict=True):
        variable.assign(np.broadcast_to(value, variable.shape))
    one = tf.ones((1, UNITS), tf.bfloat16)
    np.testing.assert_array_equal(one + tf.cast(growth, tf.bfloat16), one)
    _, _, c = mixed(np.zeros((1, steps, FEATURES)), initial_state=[0 * one, one])
    np.testing.assert_allclose(tf.cast(c, tf.float32), 1 + steps * growth, rtol=0.005)


@pytest.mark.parametrize("length", [1, 3])
def test_mixed_bfloat16_gradient_of_the_bias(length: int) -> None:
    """It is a sum over thousands of rows, which must not be added up in bfloat16."""
    x, gradients = normal(6000 // length, length, FEATURES), []
    for dtype in ("float32", "mixed_bfloat16"):
        made = layer(dtype)
        made.cell.bias.assign(np.ones(4 * UNITS))  # so that most rows' parts are positive
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.cast(made(x)[0], tf.float32))
        gradients.append(np.asarray(tape.gradient(loss, made.cell.bias.value)))
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=0.01)
