"""A loop over time steps, for what cannot be computed for all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

ScanStep = Callable[[list[Any], list[Any]], tuple[list[Any], list[Any]]]


def scan(step: ScanStep, states: list[Any], inputs: list[Any]) -> tuple[list[Any], list[Any]]:
    """Run `step` once for each time step, each with the states that the one before returned.

    Args:
        step: `(states, inputs of one time step)` → `(states, outputs of that time step)`. It is
            run in a graph: it must not create variables nor draw random numbers.
        states: Tensors, whose shapes and types the step keeps.
        inputs: Tensors `(length, …)`, at least one time step.

    Returns:
        The last states, and the outputs, each `(length, …)`.
    """
    if keras.backend.backend() == "tensorflow":
        return _scan_tensorflow(step, states, inputs)
    return ops.scan(step, states, inputs)


def scan_positions(
    step: ScanStep, states: list[Any], inputs: list[Any]
) -> tuple[list[Any], list[Any]]:
    """Run `step` over the second axis of all inputs.

    Args:
        step: As for `scan`.
        states: Tensors.
        inputs: Each `(batch, length, …)`.

    Returns:
        The last states, and the outputs, each `(batch, length, …)`.
    """
    states, found = scan(step, states, [ops.swapaxes(part, 0, 1) for part in inputs])
    return states, [ops.swapaxes(part, 0, 1) for part in found]


def _scan_tensorflow(
    step: ScanStep, states: list[Any], inputs: list[Any]
) -> tuple[list[Any], list[Any]]:
    # Keras's scan takes outputs of the states' shapes alone here (Keras 3.15).
    import tensorflow as tf

    length = tf.shape(inputs[0])[0]
    # As arrays: the gradient of `inputs[t]` would be an array of all time steps at each of them.
    rows = [
        tf.TensorArray(part.dtype, length, element_shape=part.shape[1:]).unstack(part)
        for part in inputs
    ]
    # The first step outside of the loop tells what the outputs look like.
    states, first = step(states, [part.read(0) for part in rows])
    outputs = [
        tf.TensorArray(value.dtype, length, element_shape=value.shape).write(0, value)
        for value in first
    ]

    def body(t: Any, states: list[Any], outputs: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        states, found = step(states, [part.read(t) for part in rows])
        written = [array.write(t, value) for array, value in zip(outputs, found, strict=True)]
        return t + 1, states, written

    _, states, outputs = tf.while_loop(
        lambda t, *_: t < length, body, (1, states, outputs), parallel_iterations=1
    )
    return states, [array.stack() for array in outputs]
