"""The LSTM's loop over time steps for CPUs, in TensorFlow, with a hand-written gradient."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from malgil.modeling.layers.base import Tensor

# Gates of a masked step before their activations: input closed, forget open, output closed. The
# cell state is then unchanged, bit for bit, and the output is 0.
_HOLD = (-1e4, 1e4, 0.0, -1e4)


def lstm(
    inputs: Tensor,
    h: Tensor,
    c: Tensor,
    kernel: Tensor,
    recurrent_kernel: Tensor,
    bias: Tensor,
    mask: Tensor = None,
    backwards: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run an LSTM over whole sequences (Hochreiter and Schmidhuber 1997; gates in Keras's order:
    input, forget, cell, output).

    The product of inputs and kernel needs no loop: it is one product over all time steps. Only
    h @ recurrent_kernel remains in the loop. The cell state and the gates are always float32.

    Args:
        inputs: `(batch, length, features)`.
        h: The first hidden state, `(batch, units)`.
        c: The first cell state, `(batch, units)`.
        kernel: `(features, 4 · units)`.
        recurrent_kernel: `(units, 4 · units)`.
        bias: `(4 · units,)`.
        mask: `(batch, length)` bool, True for a real token, real tokens on the left; or None.
        backwards: Whether to read from the end. The outputs are then in reverse order.

    Returns:
        The outputs `(batch, length, units)`, 0 where the mask is False, and the h and c after the
        last real token, each `(batch, units)`.
    """
    units = recurrent_kernel.shape[0]
    if backwards:
        inputs = _reversed(inputs, mask)
    steps = tf.transpose(inputs, (1, 0, 2))  # (length, batch, features)
    length, batch = tf.unstack(tf.shape(steps)[:2])
    flat = _affine(tf.reshape(steps, (-1, steps.shape[-1])), kernel, bias)
    gates = tf.reshape(flat, (length, batch, 4 * units))
    if mask is not None:
        hold = tf.repeat(tf.constant(_HOLD, gates.dtype), units)
        gates = tf.where(tf.transpose(mask)[:, :, None], gates, hold)
    gates.set_shape((None, inputs.shape[0] or h.shape[0], None))  # h must keep its shape in a loop
    if inputs.shape[1] == 1:  # decoding
        h, c, *_ = _step(gates[0], h, tf.cast(c, tf.float32), recurrent_kernel)
        return h[:, None], h, tf.cast(c, inputs.dtype)
    outputs, c = _recurrence(gates, h, c, recurrent_kernel)
    outputs = tf.transpose(outputs, (1, 0, 2))
    if mask is None:
        return outputs, outputs[:, -1], c
    last = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1) - 1
    h = tf.gather(outputs, tf.maximum(last, 0), batch_dims=1)
    if backwards:  # padding first, as in Keras
        outputs = tf.reverse(_reversed(outputs, mask), [1])
    return outputs, h, c


def _reversed(rows: Tensor, mask: Tensor) -> Tensor:
    """Reverse the real tokens of `(batch, length, …)`; masked positions remain after them."""
    if mask is None:
        return tf.reverse(rows, [1])
    lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
    return tf.reverse_sequence(rows, lengths, seq_axis=1, batch_axis=0)


@tf.custom_gradient
def _affine(rows: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Return rows @ kernel + bias: `(rows, features)`, `(features, columns)`, `(columns,)`.

    TensorFlow sums the gradient of the bias in the type of the rows. In bfloat16 this has an error
    of 10 % after a few thousand rows. A matrix product is exact and faster.
    """

    def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
        ones = tf.ones_like(upstream[:, :1])
        return (
            tf.matmul(upstream, kernel, transpose_b=True),
            tf.matmul(rows, upstream, transpose_a=True),
            tf.matmul(ones, upstream, transpose_a=True)[0],
        )

    return tf.nn.bias_add(tf.matmul(rows, kernel), bias), gradient


def _step(gates: Tensor, h: Tensor, c: Tensor, recurrent_kernel: Tensor) -> tuple[Tensor, ...]:
    """Run one time step.

    Args:
        gates: The product of inputs and kernel, plus the bias, `(batch, 4 · units)`.
        h: `(batch, units)`.
        c: `(batch, units)` float32.
        recurrent_kernel: `(units, 4 · units)`.

    Returns:
        The new h and c, the four gates after their activations, and tanh(c), each
        `(batch, units)`, all in float32 except h.
    """
    both = tf.cast(gates + tf.matmul(h, recurrent_kernel), tf.float32)
    i, f, g, o = tf.split(both, 4, axis=1)
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    c = f * c + i * g
    tanh_c = tf.tanh(c)
    return tf.cast(o * tanh_c, h.dtype), c, i, f, g, o, tanh_c


@tf.custom_gradient
def _recurrence(
    gates: Tensor, first_h: Tensor, first_c: Tensor, recurrent_kernel: Tensor
) -> Tensor:
    """Run all time steps: `(length, batch, 4 · units)` → `(length, batch, units)` and the last c.

    The gradient runs backward over the stored activations. The gradient of the recurrent kernel is
    also one product over all time steps.
    """
    length, units, dtype = tf.shape(gates)[0], recurrent_kernel.shape[0], gates.dtype
    first_c32 = tf.cast(first_c, tf.float32)

    def array(size: Tensor, columns: int, dtype: Any) -> tf.TensorArray:
        return tf.TensorArray(dtype, size, element_shape=(None, columns), clear_after_read=False)

    def forward(t: Tensor, h: Tensor, c: Tensor, hs: Any, cs: Any, saved: Any) -> tuple[Any, ...]:
        h, c, *new = _step(gates[t], h, c, recurrent_kernel)
        saved = [part.write(t, value) for part, value in zip(saved, new, strict=True)]
        return t + 1, h, c, hs.write(t, h), cs.write(t + 1, c), saved

    _, _, last_c, hs, cs, saved = tf.while_loop(
        lambda t, *_: t < length,
        forward,
        (
            0,
            first_h,
            first_c32,
            array(length, units, dtype),
            array(length + 1, units, tf.float32).write(0, first_c32),
            [array(length, units, tf.float32) for _ in range(5)],
        ),
        parallel_iterations=1,
    )
    outputs = hs.stack()

    def gradient(d_outputs: Tensor, d_last_c: Tensor) -> tuple[Tensor, ...]:
        transposed = tf.transpose(recurrent_kernel)  # once, as transposing in each step is slower

        def backward(t: Tensor, dh: Tensor, dc: Tensor, d_gates: Any) -> tuple[Any, ...]:
            i, f, g, o, tanh_c = [part.read(t) for part in saved]
            dh = tf.cast(d_outputs[t], tf.float32) + dh
            d_tanh = dh * o
            do = d_tanh * tanh_c
            dc = dc + d_tanh - do * tanh_c
            dg = dc * i
            df = dc * cs.read(t)
            parts = [dg * g * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * (1 - o)]
            step = tf.cast(tf.concat(parts, axis=1), dtype)
            dh = tf.cast(tf.matmul(step, transposed), tf.float32)
            return t - 1, dh, dc * f, d_gates.write(t, step)

        _, dh, dc, d_gates = tf.while_loop(
            lambda t, *_: t >= 0,
            backward,
            (
                length - 1,
                tf.zeros_like(first_c32),
                tf.cast(d_last_c, tf.float32),
                array(length, 4 * units, dtype),
            ),
            parallel_iterations=1,
        )
        all_gates = d_gates.stack()
        before = tf.concat([first_h[None], outputs[:-1]], axis=0)  # (length, batch, units)
        d_kernel = tf.matmul(
            tf.reshape(before, (-1, units)),
            tf.reshape(all_gates, (-1, 4 * units)),
            transpose_a=True,
        )
        return all_gates, tf.cast(dh, first_h.dtype), tf.cast(dc, first_c.dtype), d_kernel

    return (outputs, tf.cast(last_c, first_c.dtype)), gradient
