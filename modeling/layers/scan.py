"""A loop over time steps, for computations in which each step depends on the previous one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
from keras import ops

from malgil.modeling.layers.base import Tensor

ScanStep: TypeAlias = Callable[[list[Tensor], list[Tensor]], tuple[list[Tensor], list[Tensor]]]


def scan(
    step: ScanStep, states: list[Tensor], inputs: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Run `step` once for each time step, each with the states that the previous one returned.

    Args:
        step: `(states, inputs of one time step)` → `(states, outputs of that time step)`. It runs
            in a graph, so it must not create variables or draw random numbers.
        states: Tensors. The step must not change their shapes and types.
        inputs: Tensors `(length, …)`, at least one time step.

    Returns:
        The last states and the outputs, each `(length, …)`.
    """
    if keras.backend.backend() == "tensorflow":
        return _scan_tensorflow(step, states, inputs)
    return ops.scan(step, states, inputs)


def scan_positions(
    step: ScanStep, states: list[Tensor], inputs: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Run `step` over the second axis of all inputs.

    Args:
        step: As for `scan`.
        states: Tensors.
        inputs: Each `(batch, length, …)`.

    Returns:
        The last states and the outputs, each `(batch, length, …)`.
    """
    states, outputs = scan(step, states, [ops.swapaxes(part, 0, 1) for part in inputs])
    return states, [ops.swapaxes(part, 0, 1) for part in outputs]


def _scan_tensorflow(
    step: ScanStep, states: list[Tensor], inputs: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    # On TensorFlow, Keras's scan accepts only outputs of the states' shapes (Keras 3.15).
    import tensorflow as tf

    length = tf.shape(inputs[0])[0]
    # With TensorArrays, as the gradient of `inputs[t]` would have the size of all time steps.
    slices = [
        tf.TensorArray(part.dtype, length, element_shape=part.shape[1:]).unstack(part)
        for part in inputs
    ]
    # The first step runs before the loop, as its outputs determine the shapes and types.
    states, first = step(states, [part.read(0) for part in slices])
    outputs = [
        tf.TensorArray(value.dtype, length, element_shape=value.shape).write(0, value)
        for value in first
    ]

    def body(
        t: Tensor, states: list[Tensor], outputs: list[Any]
    ) -> tuple[Tensor, list[Tensor], list[Any]]:
        states, values = step(states, [part.read(t) for part in slices])
        written = [array.write(t, value) for array, value in zip(outputs, values, strict=True)]
        return t + 1, states, written

    _, states, outputs = tf.while_loop(
        lambda t, *_: t < length, body, (1, states, outputs), parallel_iterations=1
    )
    return states, [array.stack() for array in outputs]
