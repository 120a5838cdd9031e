"""The projection and its cross entropy against the formulas in float64 and against TensorFlow."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from malgil.modeling.losses import projection_losses

BATCH, LENGTH, UNITS, VOCABULARY = 3, 5, 4, 7
every_smoothing = pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5])


class Case(NamedTuple):
    """What the losses are computed from, float32, and how much each token counts."""

    states: np.ndarray  # (batch, length, units)
    kernel: np.ndarray  # (units, vocabulary)
    bias: np.ndarray  # (vocabulary,)
    target: np.ndarray  # (batch, length)
    weights: np.ndarray  # (batch, length)


def make(batch: int = BATCH, length: int = LENGTH, kernel_size: float = 1.0) -> Case:
    """Make a case in which the weights exclude some tokens, as padding does."""
    random = np.random.default_rng([batch, length])
    case = Case(
        random.normal(size=(batch, length, UNITS)),
        random.normal(size=(UNITS, VOCABULARY)) * kernel_size,
        random.normal(size=VOCABULARY),
        random.integers(0, VOCABULARY, (batch, length)),
        random.uniform(0.1, 2.0, (batch, length)) * (random.random((batch, length)) > 0.3),
    )
    assert (case.weights == 0).any()
    return Case(*(part.astype("int32" if part is case.target else "float32") for part in case))


def formulas(case: Case, epsilon: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Szegedy et al. 2016, section 7, token by token in float64.

    Returns:
        nll and smoothed cross entropy, each `(batch, length)`; the gradients of the weighted sum
        of the latter for states, kernel and bias.
    """
    states, kernel, bias, _, weights = (part.astype("float64") for part in case)
    nll, smoothed = np.zeros((2, *weights.shape))
    d_states, d_kernel, d_bias = (np.zeros_like(part) for part in (states, kernel, bias))
    for token in np.ndindex(weights.shape):
        logits = states[token] @ kernel + bias
        probabilities = np.exp(logits) / np.exp(logits).sum()
        one_hot = np.eye(VOCABULARY)[case.target[token]]
        labels = (1 - epsilon) * one_hot + epsilon / VOCABULARY
        nll[token] = -(one_hot * np.log(probabilities)).sum()
        smoothed[token] = -(labels * np.log(probabilities)).sum()
        d_logits = weights[token] * (probabilities - labels)
        d_states[token] = kernel @ d_logits
        d_kernel += np.outer(states[token], d_logits)
        d_bias += d_logits
    return [nll, smoothed], [d_states, d_kernel, d_bias]


def run(case: Case, epsilon: float, dtype: str = "float32") -> tuple[list[Any], list[Any]]:
    """Return the losses of `projection_losses`, and the gradients in the form of `formulas`."""
    tensors = [tf.constant(part) for part in case[:3]]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        states, *projection = tensors
        found = projection_losses(tf.cast(states, dtype), *projection, case.target, epsilon)
        loss = tf.reduce_sum(found[1] * case.weights)
    return list(found), tape.gradient(loss, tensors)


@every_smoothing
def test_losses(epsilon: float) -> None:
    case = make()
    found, _ = run(case, epsilon)
    for loss, expected in zip(found, formulas(case, epsilon)[0], strict=True):
        assert loss.shape == (BATCH, LENGTH)
        assert loss.dtype == tf.float32
        np.testing.assert_allclose(loss, expected, rtol=1e-5)


@every_smoothing
def test_gradients(epsilon: float) -> None:
    case = make()
    _, found = run(case, epsilon)
    for gradient, expected in zip(found, formulas(case, epsilon)[1], strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)
    assert not np.asarray(found[0])[case.weights == 0].any()


@every_smoothing
def test_equals_tensorflow(epsilon: float) -> None:
    """Its own cross entropy, derived op by op."""
    case = make()
    labels = tf.one_hot(case.target, VOCABULARY) * (1 - epsilon) + epsilon / VOCABULARY
    tensors = [tf.constant(part) for part in case[:3]]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        states, kernel, bias = tensors
        logits = tf.einsum("btu,uv->btv", states, kernel) + bias
        expected = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_sum(expected * case.weights)
    (_, smoothed), gradients = run(case, epsilon)
    np.testing.assert_allclose(smoothed, expected, rtol=1e-5)
    for gradient, other in zip(gradients, tape.gradient(loss, tensors), strict=True):
        np.testing.assert_allclose(gradient, other, rtol=1e-5, atol=1e-6)


@every_smoothing
def test_no_gradient_through_nll(epsilon: float) -> None:
    case = make()
    tensors = [tf.constant(part) for part in case[:3]]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        nll, _ = projection_losses(*tensors, case.target, epsilon)
    assert tape.gradient(nll, tensors) == [None] * 3


def test_shapes_that_are_not_known_before() -> None:
    """In a graph; and the ids of any integer type, the weights those of a layer."""
    layer = keras.layers.Dense(VOCABULARY)
    layer.build((None, UNITS))
    shapes = [tf.TensorSpec((None, None, UNITS)), tf.TensorSpec((None, None), tf.int64)]

    @tf.function(input_signature=shapes)
    def graph(states: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            losses = projection_losses(states, layer.kernel, layer.bias, target, 0.1)
            loss = tf.reduce_sum(losses[1])
        return losses, tape.gradient(loss, [layer.kernel.value, layer.bias.value])

    for batch, length in ((BATCH, LENGTH), (9, 2), (1, 11)):
        case = make(batch, length)._replace(weights=np.ones((batch, length), "float32"))
        layer.set_weights([case.kernel, case.bias])
        found, gradients = graph(case.states, case.target.astype("int64"))
        losses, (_, *expected) = formulas(case, 0.1)
        np.testing.assert_allclose(found, losses, rtol=1e-5)
        for gradient, other in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(gradient, other, rtol=1e-5, atol=1e-5)


def test_one_axis_of_tokens() -> None:
    case = make()
    flat = projection_losses(
        case.states.reshape(-1, UNITS), case.kernel, case.bias, case.target.reshape(-1), 0.1
    )
    for found, expected in zip(flat, run(case, 0.1)[0], strict=True):
        np.testing.assert_array_equal(found, np.asarray(expected).reshape(-1))


@every_smoothing
def test_bfloat16(epsilon: float) -> None:
    case = make()
    losses, gradients = run(case, epsilon, "bfloat16")
    expected, expected_gradients = formulas(case, epsilon)
    for loss, other in zip(losses, expected, strict=True):
        assert loss.dtype == tf.float32
        np.testing.assert_allclose(loss, other, rtol=0.01, atol=0.02)
    for gradient, other in zip(gradients, expected_gradients, strict=True):
        assert gradient.dtype == tf.float32
        np.testing.assert_allclose(gradient, other, rtol=0, atol=0.02 * abs(other).max())


@every_smoothing
def test_bfloat16_gradient_of_the_bias(epsilon: float) -> None:
    """It is a sum over thousands of tokens, which must not be added up in bfloat16."""
    case = make(60, 50)
    # All tokens are of one piece, so that the others' parts are all positive.
    case = case._replace(target=np.full_like(case.target, 2), kernel=case.kernel * 0.3)
    _, (_, _, gradient) = run(case, epsilon, "bfloat16")
    _, (_, _, expected) = formulas(case, epsilon)
    # The smoothing takes back most of some sums, hence the 2 per mille of the largest.
    np.testing.assert_allclose(gradient, expected, rtol=0.01, atol=0.002 * abs(expected).max())


@every_smoothing
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_piece_that_is_next_to_impossible(dtype: str, epsilon: float) -> None:
    """Its probability underflows, and the loss and the gradient are still as they should be."""
    case = make(1, 12, kernel_size=0.1)
    case = case._replace(target=np.full_like(case.target, 2))
    case.bias[2] = -300
    losses, gradients = run(case, epsilon, dtype)
    expected_losses, expected = formulas(case, epsilon)
    assert np.asarray(losses).max() > 140
    np.testing.assert_allclose(losses, expected_losses, rtol=0.004)
    for gradient, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(gradient, other, rtol=0, atol=0.01 * abs(other).max())


def test_float16_has_exact_losses_where_probabilities_are_small() -> None:
    """A probability of 1e-7 is one of two numbers in float16; its logarithm is not."""
    case = make(1, 12, kernel_size=0.1)
    case = case._replace(target=np.full_like(case.target, 2))
    case.bias[2] = -15
    losses, _ = run(case, 0.0, "float16")
    np.testing.assert_allclose(losses, formulas(case, 0.0)[0], atol=0.02)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_large_logits(dtype: str) -> None:
    """A probability of 1 costs nothing, however large its logit is."""
    case = make()
    case = case._replace(target=np.full_like(case.target, 2))
    case.bias[2] = 20000
    losses, gradients = run(case, 0.0, dtype)
    np.testing.assert_allclose(losses, np.zeros((2, BATCH, LENGTH)), atol=1e-6)
    assert all(not np.asarray(gradient).any() for gradient in gradients)


@every_smoothing
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_states_that_are_no_numbers(dtype: str, epsilon: float) -> None:
    """A training that has gone wrong must be seen."""
    case = make()
    case.states[1, 3] = np.nan
    is_nan = np.zeros((BATCH, LENGTH), bool)
    is_nan[1, 3] = True
    for loss in run(case, epsilon, dtype)[0]:
        np.testing.assert_array_equal(np.isnan(loss), is_nan)
