"""The losses of target tokens: projection to the vocabulary and cross entropy in one operation."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from malgil.modeling.layers.base import Tensor

# Smaller probabilities are not exact, as the types have no smaller normal numbers.
_TINY, _TINY_OF_FLOAT16 = 1e-37, 1e-4


def projection_losses(
    states: Tensor, kernel: Tensor, bias: Tensor, target: Tensor, label_smoothing: float
) -> tuple[Tensor, Tensor]:
    """Compute the cross entropy of softmax(states @ kernel + bias), plain and with label smoothing.

    The labels are (1 - ε) one-hot + ε / V (Szegedy et al. 2016, section 7). The smoothed cross
    entropy is log Σ exp z - (1 - ε) z_y - ε mean z, its gradient softmax(z) minus the labels.

    Projection and loss are one operation, because separate operations make many passes over arrays
    `(tokens, vocabulary)`. Here only one such array, the probabilities, is stored for the gradient.
    Factors that depend only on the row are multiplied with the states, and terms that are constant
    along a row (the smoothing) are computed as products with vectors.

    Args:
        states: `(…, units)`, in the compute type.
        kernel: `(units, vocabulary)`.
        bias: `(vocabulary,)`.
        target: `(…)` ids, of the shape of `states` without its last axis.
        label_smoothing: ε.

    Returns:
        The negative log-likelihood (nats), through which no gradient flows, and the smoothed
        cross entropy, both `(…)` float32.
    """
    shape, dtype = ops.shape(target), states.dtype
    units, vocabulary = kernel.shape
    is_float16 = keras.backend.standardize_dtype(dtype) == "float16"
    tiny = _TINY_OF_FLOAT16 if is_float16 else _TINY
    labels = ops.cast(ops.reshape(target, (-1,)), "int32")  # (tokens,)
    label_indices = ops.stack([ops.arange(ops.shape(labels)[0], dtype="int32"), labels], axis=1)

    @ops.custom_gradient
    def losses(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        cast_w = ops.cast(w, dtype)
        z = ops.add(ops.matmul(x, cast_w), ops.cast(b, dtype))
        probabilities = ops.softmax(z, axis=-1)  # (tokens, vocabulary)
        at_label = _pick(probabilities, labels)  # (tokens,) float32
        z_label = _pick(z, labels)
        nll = ops.cond(
            ops.any(at_label < tiny),
            lambda: ops.logsumexp(ops.cast(z, "float32"), axis=-1) - z_label,  # slower
            lambda: -ops.log(at_label),
        )
        smoothed = nll
        if label_smoothing:
            mean_w, mean_b = ops.mean(w, axis=1), ops.mean(b)
            mean = ops.matmul(ops.cast(x, "float32"), mean_w[:, None])[:, 0] + mean_b
            smoothed = nll + label_smoothing * (z_label - mean)

        def gradient(*args: Any, upstream: Tensor = None) -> Tensor:
            upstream = args[0] if upstream is None else upstream  # (2, tokens)
            scale = upstream[1]
            dz = ops.scatter_update(
                probabilities, label_indices, ops.cast(at_label - (1.0 - label_smoothing), dtype)
            )
            column = ops.cast(scale[:, None], dtype)
            scaled = x * column  # (tokens, units)
            dx = ops.matmul(dz, ops.transpose(cast_w)) * column
            dw = ops.cast(ops.matmul(ops.transpose(scaled), dz), w.dtype)
            # As a product: the sum in bfloat16, as BiasAddGrad computes it, has an error of 10 %.
            db = ops.cast(ops.matmul(ops.transpose(column), dz)[0], b.dtype)
            if label_smoothing:
                dx -= ops.cast(label_smoothing * scale[:, None] * mean_w, dtype)
                floor = label_smoothing / vocabulary
                dw -= floor * ops.sum(ops.cast(scaled, w.dtype), axis=0)[:, None]
                db -= floor * ops.sum(scale)
            return dx, dw, db

        return ops.stack([nll, smoothed]), gradient

    flat = ops.reshape(states, (-1, units))  # (tokens, units)
    nll, smoothed = ops.unstack(losses(flat, _as_float32(kernel), _as_float32(bias)), 2)
    return ops.reshape(ops.stop_gradient(nll), shape), ops.reshape(smoothed, shape)


def _as_float32(weight: Tensor) -> Tensor:
    return ops.cast(ops.convert_to_tensor(weight), "float32")


def _pick(rows: Tensor, columns: Tensor) -> Tensor:
    """Pick one value of each row, float32: `(tokens, vocabulary)`, `(tokens,)` → `(tokens,)`."""
    picked = ops.take_along_axis(rows, columns[:, None], axis=-1)
    return ops.cast(ops.squeeze(picked, axis=-1), "float32")
