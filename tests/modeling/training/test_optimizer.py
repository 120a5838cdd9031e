"""The optimizer beside Keras's Adam, and against the paper's algorithm in plain NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from malgil.modeling.training.optimizer import FusedAdam, make_optimizer, warm_up

SHAPES = [(4, 3), (5,), (2, 3, 2), ()]
RATE, LIMIT, STEPS = 0.01, 5.0, 10
Arrays = list[np.ndarray]


def make_variables() -> list[Any]:
    random = np.random.default_rng(1)
    return [
        keras.Variable(random.normal(size=shape).astype("float32"), name=f"v{i}")
        for i, shape in enumerate(SHAPES)
    ]


def make_gradients(size: float = 1.0) -> list[Arrays]:
    """Those of each step; at size 1, the norms of some are above the limit and of others below."""
    random = np.random.default_rng(2)
    scales = size * random.uniform(0.2, 3.0, STEPS)
    steps = [
        [(s * random.normal(size=shape)).astype("float32") for shape in SHAPES] for s in scales
    ]
    if size == 1.0:
        assert {norm(gradients) > LIMIT for gradients in steps} == {False, True}
    return steps


def norm(gradients: Sequence[np.ndarray]) -> float:
    return float(np.sqrt(sum((g.astype("float64") ** 2).sum() for g in gradients)))


def values(optimizer: Any, variables: list[Any]) -> Arrays:
    """Return the variables, then the state of the optimizer."""
    return [np.asarray(each.value) for each in [*variables, *optimizer.variables]]


def clipped(gradients: Sequence[Any], limit: float) -> Arrays:
    """Return the gradient that Adam gets: ten times the first moment after one step."""
    optimizer = FusedAdam(RATE, limit)
    variables = [keras.Variable(np.zeros(np.shape(g), "float32")) for g in gradients]
    optimizer.apply([tf.constant(g, tf.float32) for g in gradients], variables)
    return [np.asarray(m.value) * 10 for m in optimizer._momentums]


def train(optimizer: Any, size: float, in_graph: bool) -> dict[str, Any]:
    """Ten steps: by path the variables, then all that the optimizer remembers."""
    variables = make_variables()
    optimizer.build(variables)

    def apply(*gradients: Any) -> None:
        optimizer.apply(gradients, variables)

    if in_graph:
        apply = tf.function(apply)
    for gradients in make_gradients(size):
        apply(*map(tf.constant, gradients))
    return {v.path: np.asarray(v.value) for v in [*variables, *optimizer.variables]}


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("size", [1.0, 1e-6, 1e4])
@pytest.mark.parametrize(
    "constants",
    [{}, {"beta_1": 0.875, "beta_2": 1 - 2**-10, "epsilon": 1e-3}],
    ids=["defaults", "exact"],
)
def test_equals_keras(constants: dict[str, float], size: float, in_graph: bool) -> None:
    """At 1e-6 the ε of Adam counts, at 1e4 all is clipped.

    1 - β₂ of the kernel is float32's 1 - 0.999, which is 0.001 · (1 - 1.3e-5), and so are the
    second moments; not so with β that float32 can hold.
    """
    ours = FusedAdam(RATE, LIMIT, name="adam", **constants)
    keras_adam = keras.optimizers.Adam(RATE, global_clipnorm=LIMIT, name="adam", **constants)
    found, expected = (train(optimizer, size, in_graph) for optimizer in (ours, keras_adam))
    assert list(found) == list(expected)
    assert len(found) == 2 + 3 * len(SHAPES)
    assert found["adam/iteration"] == STEPS
    for path, value in found.items():
        rtol = 2e-5 if path.endswith("velocity") and not constants else 1e-6
        atol = 1e-6 * abs(expected[path]).max()
        np.testing.assert_allclose(value, expected[path], rtol, atol, err_msg=path)


def test_equals_the_algorithm() -> None:
    """Kingma and Ba 2015, algorithm 1, in float64, over clipped gradients."""
    optimizer, variables = FusedAdam(RATE, LIMIT), make_variables()
    expected = [np.asarray(variable.value).astype("float64") for variable in variables]
    m, v = ([np.zeros(shape) for shape in SHAPES] for _ in range(2))
    for t, gradients in enumerate(make_gradients(), start=1):
        optimizer.apply([tf.constant(g) for g in gradients], variables)
        factor = min(1.0, LIMIT / norm(gradients))
        for i, gradient in enumerate(gradients):
            g = gradient * factor
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g**2
            corrected = m[i] / (1 - 0.9**t), v[i] / (1 - 0.999**t)
            expected[i] -= RATE * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)
        for variable, value in zip(variables, expected, strict=True):
            np.testing.assert_allclose(variable.value, value, rtol=1e-5, atol=1e-6)
    for kept, moments in ((optimizer._momentums, m), (optimizer._velocities, v)):
        for variable, value in zip(kept, moments, strict=True):
            np.testing.assert_allclose(variable.value, value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("limit", "factor"), [(10.0, 1.0), (5.0, 1.0), (2.5, 0.5), (0.05, 0.01)])
def test_clips_the_norm_of_all_together(limit: float, factor: float) -> None:
    gradients = [np.array([3.0, 0.0]), np.array([[0.0], [-4.0], [0.0]])]
    for found, gradient in zip(clipped(gradients, limit), gradients, strict=True):
        np.testing.assert_allclose(found, gradient * factor, rtol=1e-6)


def test_gradients_that_are_all_zero() -> None:
    for found in clipped([np.zeros(2), np.zeros((3, 1))], LIMIT):
        np.testing.assert_array_equal(found, np.zeros_like(found))


@pytest.mark.parametrize("limit", [100.0, 1.0])
def test_rows_of_an_embedding(limit: float) -> None:
    """A row that comes twice counts as the sum, in the norm too."""
    rows = np.random.default_rng(3).normal(size=(4, 3)).astype("float32")
    indices = [5, 1, 5, 0]
    dense = np.zeros((6, 3), "float32")
    np.add.at(dense, indices, rows)
    other, found = np.ones(2, "float32"), []
    assert norm([dense, other]) > 1.0
    for gradient in (tf.constant(dense), tf.IndexedSlices(tf.constant(rows), indices, (6, 3))):
        optimizer = FusedAdam(RATE, limit)
        variables = [keras.Variable(np.ones(shape, "float32")) for shape in ((6, 3), (2,))]
        for _ in range(3):
            optimizer.apply([gradient, tf.constant(other)], variables)
        found.append(values(optimizer, variables))
    for value, expected in zip(*found, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-6)


def test_rows_without_a_gradient_move_too() -> None:
    """By their moments, as in the paper: a row is not left alone because its word is absent."""
    optimizer, variable = FusedAdam(RATE, LIMIT), keras.Variable(np.ones((6, 3), "float32"))
    before = []
    for index in (2, 4):
        before.append(np.asarray(variable.value))
        optimizer.apply([tf.IndexedSlices(tf.ones((1, 3)), [index], (6, 3))], [variable])
    moved = np.asarray(variable.value) != before[1]
    np.testing.assert_array_equal(moved.all(axis=1), np.isin(np.arange(6), [2, 4]))
    np.testing.assert_array_equal(moved.any(axis=1), moved.all(axis=1))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_no_numbers(bad: float) -> None:
    optimizer, variables = FusedAdam(RATE, LIMIT), make_variables()
    gradients = make_gradients()[0]
    gradients[1][3] = bad
    optimizer.apply([tf.constant(g) for g in gradients], variables)
    assert np.isnan(np.asarray(variables[1].value)[3])
    assert int(optimizer.iterations.value) == 1


@pytest.mark.parametrize("in_graph", [False, True])
def test_learning_rate_may_change(in_graph: bool) -> None:
    """The first steps of a steady gradient are each as long as the learning rate."""
    optimizer = make_optimizer(0.5, LIMIT)
    variable = keras.Variable(np.zeros(3, "float32"))
    optimizer.build([variable])
    apply = tf.function(lambda g: optimizer.apply([g], [variable]))
    apply = apply if in_graph else apply.python_function
    for rate in (0.5, 0.125, 0.0, 2.0):
        optimizer.learning_rate.assign(rate)
        before = np.asarray(variable.value)
        apply(tf.constant([1.0, -1.0, 0.5]))
        step = before - np.asarray(variable.value)
        np.testing.assert_allclose(step, rate * np.array([1, -1, 1]), rtol=1e-4, atol=1e-6)


def test_variables_are_those_of_keras() -> None:
    """A checkpoint holds them, in this order."""
    described = []
    for optimizer in (
        FusedAdam(RATE, LIMIT, name="adam"),
        keras.optimizers.Adam(RATE, global_clipnorm=LIMIT, name="adam"),
    ):
        optimizer.build(make_variables())
        described.append([(v.path, v.shape, v.dtype) for v in optimizer.variables])
    assert described[0] == described[1]
    assert len(described[0]) == 2 + 2 * len(SHAPES)


def test_goes_on_from_its_variables() -> None:
    """What a checkpoint restores is all there is."""
    steps, whole = make_gradients(), make_variables()
    first = make_optimizer(RATE, LIMIT)
    for i, gradients in enumerate(steps):
        if i == 6:
            kept = values(first, whole)
        first.apply([tf.constant(g) for g in gradients], whole)
    second, variables = make_optimizer(0.9, LIMIT), make_variables()
    second.build(variables)
    for variable, value in zip([*variables, *second.variables], kept, strict=True):
        variable.assign(value)
    for gradients in steps[6:]:
        second.apply([tf.constant(g) for g in gradients], variables)
    for value, expected in zip(values(second, variables), values(first, whole), strict=True):
        np.testing.assert_array_equal(value, expected)


def test_trains_a_model() -> None:
    random, found = np.random.default_rng(4), []
    x, y = random.normal(size=(20, 3)), random.normal(size=(20, 2))
    for optimizer in (make_optimizer(0.1, 0.5), keras.optimizers.Adam(0.1, global_clipnorm=0.5)):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.set_weights([np.ones((3, 2)), np.zeros(2)])
        model.compile(optimizer, "mse")
        model.fit(x, y, batch_size=7, epochs=4, shuffle=False, verbose=0)
        found.append(model.get_weights())
    for value, expected in zip(*found, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


def test_config() -> None:
    optimizer = FusedAdam(0.25, 3.0, beta_1=0.7)
    saved = keras.saving.serialize_keras_object(optimizer)
    other = keras.saving.deserialize_keras_object(saved)
    assert type(other) is FusedAdam
    assert other.get_config() == optimizer.get_config()
    assert (float(other.learning_rate), other.clip_norm, other.beta_1) == (0.25, 3.0, 0.7)


def test_make_optimizer(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = make_optimizer(0.25, 3.0)
    assert type(ours) is FusedAdam
    assert (float(ours.learning_rate), ours.clip_norm) == (0.25, 3.0)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    plain = make_optimizer(0.25, 3.0)
    assert type(plain) is keras.optimizers.Adam
    assert (float(plain.learning_rate), plain.global_clipnorm) == (0.25, 3.0)


class TestWarmUp:
    def test_none(self) -> None:
        assert {warm_up(step, 0) for step in (1, 10, 10**6)} == {1.0}

    @pytest.mark.parametrize(("units", "steps"), [(512, 4000), (256, 130)])
    def test_is_the_published_schedule(self, units: int, steps: int) -> None:
        """Vaswani et al. 2017, eq. 3, with its peak as the learning rate."""
        peak = (units * steps) ** -0.5
        for step in (1, 2, steps - 1, steps, steps + 1, 10 * steps):
            published = units**-0.5 * min(step**-0.5, step * steps**-1.5)
            assert peak * warm_up(step, steps) == pytest.approx(published, rel=1e-12)
