"""A model within a model is run once to be built, and has the weights that Keras would give it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from malgil.modeling.layers.base import LazyModel

X = np.ones((2, 3), "float32")


def nested(base: type[keras.Model]) -> tuple[keras.Model, list[str]]:
    """Make a model of this kind that contains another one, and a list of their calls."""
    calls: list[str] = []

    class Inner(base):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__(name="inner")
            self.dense = keras.layers.Dense(5, name="dense")

        def call(self, x: Any, by: Any) -> Any:
            calls.append("inner")
            return self.dense(x) * by

    class Outer(base):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__(name="outer")
            self.inner = Inner()
            self.last = keras.layers.Dense(4, name="last")

        def call(self, x: Any) -> Any:
            calls.append("outer")
            return self.last(self.inner(x, by=2.0))

    keras.utils.set_random_seed(7)
    return Outer(), calls


def test_weights_are_those_of_keras() -> None:
    found = []
    for base in (LazyModel, keras.Model):
        model, calls = nested(base)
        output = model(X)
        found.append(
            [(w.path, w.numpy().tolist()) for w in model.weights] + [output.numpy().tolist()]
        )
        assert (calls == ["outer", "inner"]) == (base is LazyModel), calls
    assert found[0] == found[1] and len(found[0]) == 5


@pytest.mark.parametrize("in_graph", [False, True])
def test_is_built_once(in_graph: bool) -> None:
    model, calls = nested(LazyModel)
    run = tf.function(model) if in_graph else model
    first, second = run(X), run(X)
    np.testing.assert_array_equal(first, second)
    assert len(model.trainable_variables) == 4
    assert calls.count("inner") == calls.count("outer")
