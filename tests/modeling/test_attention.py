"""Attention against plain NumPy, written from Luong et al. 2015, eq. 7 and 8."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from modeling.attention import Attention, make_attention, masked_softmax
from settings import ModelSettings

BATCH, SRC_LEN, TGT_LEN, UNITS, ENC_UNITS = 3, 7, 5, 4, 6
KINDS = ("luong_dot", "luong_general")


def reference(
    queries: np.ndarray, encoder_outputs: np.ndarray, mask: np.ndarray, w_a: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Contexts and weights, one sentence, one query and one real position at a time.

    `w_a` is `(units, enc_units)` as in eq. 8, or None for the dot score.
    """
    contexts = np.zeros((*queries.shape[:2], encoder_outputs.shape[2]))
    weights = np.zeros((*queries.shape[:2], encoder_outputs.shape[1]))
    for b, t in np.ndindex(*queries.shape[:2]):
        real = np.flatnonzero(mask[b])
        if not len(real):
            continue
        h_t = queries[b, t]
        scores = [h_t @ (h_s if w_a is None else w_a @ h_s) for h_s in encoder_outputs[b, real]]
        exponentials = np.exp(np.array(scores) - max(scores))
        weights[b, t, real] = exponentials / exponentials.sum()  # eq. 7
        contexts[b, t] = sum(weights[b, t, s] * encoder_outputs[b, s] for s in real)
    return contexts, weights


def inputs(kind: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Queries, encoder outputs and a mask with holes, at least one real position in each row."""
    random = np.random.default_rng(seed)
    enc_units = UNITS if kind == "luong_dot" else ENC_UNITS
    queries = random.normal(size=(BATCH, TGT_LEN, UNITS)).astype("float32")
    encoder_outputs = random.normal(size=(BATCH, SRC_LEN, enc_units)).astype("float32")
    mask = random.random((BATCH, SRC_LEN)) < 0.5
    mask[:, 3] = True
    mask[:, 5] = False
    return queries, encoder_outputs, mask


def attend(layer: Attention, queries: Any, encoder_outputs: Any, mask: Any) -> tuple[Any, Any]:
    return layer(queries, *layer.memory(encoder_outputs), mask)


def w_a_of(layer: Attention) -> np.ndarray | None:
    """The matrix of eq. 8, or None where the layer has none. The kernel is units^¼ times it."""
    return layer.get_weights()[0].T.astype("float64") / UNITS**0.25 if layer.weights else None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_paper(kind: str, seed: int) -> None:
    keras.utils.set_random_seed(seed)
    layer = make_attention(kind, UNITS)
    queries, encoder_outputs, mask = inputs(kind, seed)
    contexts, weights = attend(layer, queries, encoder_outputs, mask)
    assert (w_a_of(layer) is None) == (kind == "luong_dot")
    expected_contexts, expected_weights = reference(queries, encoder_outputs, mask, w_a_of(layer))
    assert contexts.shape == (BATCH, TGT_LEN, encoder_outputs.shape[2])
    assert weights.shape == (BATCH, TGT_LEN, SRC_LEN)
    np.testing.assert_allclose(weights, expected_weights, atol=1e-6)
    np.testing.assert_allclose(contexts, expected_contexts, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_no_weight_on_masked_positions(kind: str) -> None:
    layer = make_attention(kind, UNITS)
    queries, encoder_outputs, mask = inputs(kind)
    _, weights = attend(layer, queries, encoder_outputs, mask)
    weights = np.asarray(weights)
    assert (weights[~np.broadcast_to(mask[:, None], weights.shape)] == 0.0).all()
    assert (weights[np.broadcast_to(mask[:, None], weights.shape)] > 0.0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_at_masked_positions_is_without_effect(kind: str) -> None:
    layer = make_attention(kind, UNITS)
    queries, encoder_outputs, mask = inputs(kind)
    before = attend(layer, queries, encoder_outputs, mask)
    changed = np.where(mask[..., None], encoder_outputs, np.float32(1e4))
    after = attend(layer, queries, changed, mask)
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_array_equal(after[1], before[1])


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fully_masked_row_gives_zeros(kind: str, dtype: str) -> None:
    layer = make_attention(kind, UNITS, dtype=dtype)
    queries, encoder_outputs, mask = inputs(kind)
    mask[1] = False
    queries, encoder_outputs = tf.constant(queries), tf.constant(encoder_outputs)
    with tf.GradientTape() as tape:
        tape.watch([queries, encoder_outputs])
        contexts, weights = attend(layer, queries, encoder_outputs, mask)
        loss = ops.sum(ops.square(ops.cast(contexts, "float32")))
    gradients = tape.gradient(loss, [queries, encoder_outputs])
    assert (np.asarray(ops.cast(weights[1], "float32")) == 0.0).all()
    assert (np.asarray(ops.cast(contexts[1], "float32")) == 0.0).all()
    for gradient in gradients:
        assert np.isfinite(gradient).all()
        assert (np.asarray(gradient)[1] == 0.0).all()
        assert np.asarray(gradient)[0].any()
    np.testing.assert_allclose(
        np.asarray(ops.cast(weights, "float32"))[[0, 2]].sum(axis=-1), 1.0, atol=1e-2
    )


@pytest.mark.parametrize("shift", [-3e4, 0.0, 3e4])
def test_softmax_of_large_scores(shift: float) -> None:
    scores = np.array([[200.0, -200.0, 500.0, 199.0, 200.0]], "float32") + np.float32(shift)
    mask = np.array([[True, True, False, True, True]])
    weights = masked_softmax(scores, mask)
    e = np.exp(-1.0)
    expected = np.array([[1.0, 0.0, 0.0, e, 1.0]]) / (2 + e)
    np.testing.assert_allclose(weights, expected, atol=1e-6)


def test_gradient_of_the_general_projection() -> None:
    """The layer's gradient against central finite differences of the NumPy formula."""
    keras.utils.set_random_seed(3)
    layer = make_attention("luong_general", UNITS)
    queries, encoder_outputs, mask = inputs("luong_general")
    towards = np.random.default_rng(9).normal(size=(BATCH, TGT_LEN, ENC_UNITS))
    layer.memory(encoder_outputs)
    with tf.GradientTape() as tape:
        contexts, _ = attend(layer, queries, encoder_outputs, mask)
        loss = ops.sum(contexts * towards.astype("float32"))
    (gradient,) = tape.gradient(loss, layer.trainable_variables)
    assert gradient.shape == (ENC_UNITS, UNITS)

    w_a, step = w_a_of(layer), 1e-5
    numeric = np.zeros_like(w_a)
    for i, j in np.ndindex(*w_a.shape):
        ends = []
        for sign in (1, -1):
            moved = w_a.copy()
            moved[i, j] += sign * step
            ends.append((reference(queries, encoder_outputs, mask, moved)[0] * towards).sum())
        numeric[i, j] = (ends[0] - ends[1]) / (2 * step)
    assert abs(numeric).min() > 1e-3
    np.testing.assert_allclose(np.asarray(gradient).T * UNITS**0.25, numeric, atol=5e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_bfloat16(kind: str) -> None:
    exact = make_attention(kind, UNITS)
    layer = make_attention(kind, UNITS, dtype="mixed_bfloat16")
    queries, encoder_outputs, mask = inputs(kind)
    expected = attend(exact, queries, encoder_outputs, mask)
    short = [ops.cast(array, "bfloat16") for array in (queries, encoder_outputs)]
    layer.memory(short[1])
    layer.set_weights(exact.get_weights())
    found = attend(layer, *short, mask)
    for array, wanted in zip(found, expected, strict=True):
        assert keras.backend.standardize_dtype(array.dtype) == "bfloat16"
        np.testing.assert_allclose(ops.cast(array, "float32"), wanted, atol=0.05)
    assert all(variable.dtype == "float32" for variable in layer.variables)
    weights = np.asarray(ops.cast(found[1], "float32"))
    assert (weights[~np.broadcast_to(mask[:, None], weights.shape)] == 0.0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_config_round_trip(kind: str) -> None:
    layer = make_attention(kind, UNITS, name="looks", dtype="mixed_bfloat16")
    rebuilt = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(rebuilt) is type(layer)
    assert rebuilt.get_config() == layer.get_config()
    assert rebuilt.name == "looks"
    queries, encoder_outputs, mask = inputs(kind)
    expected = attend(layer, queries, encoder_outputs, mask)
    rebuilt.memory(encoder_outputs)
    rebuilt.set_weights(layer.get_weights())
    found = attend(rebuilt, queries, encoder_outputs, mask)
    np.testing.assert_array_equal(ops.cast(found[0], "float32"), ops.cast(expected[0], "float32"))


def test_kinds_are_those_of_the_settings() -> None:
    """A new kind is one class and one name: neither without the other."""
    field = next(f for f in dataclasses.fields(ModelSettings) if f.name == "attention")
    assert {*field.metadata["choices"]} == {*Attention.kinds, "none"}
    for kind, layer in Attention.kinds.items():
        made = make_attention(kind, 12, heads=3, name="looks")
        assert type(made) is layer
        assert (made.units, made.heads, made.kind, made.name) == (12, 3, kind, "looks")


@pytest.mark.parametrize("kind", Attention.kinds)
def test_a_mask_for_each_query(kind: str) -> None:
    """What a window leaves is what the same mask for all queries leaves, query by query."""
    random = np.random.default_rng(4)
    layer = make_attention(kind, UNITS, heads=2)
    queries = random.normal(size=(BATCH, TGT_LEN, UNITS)).astype("float32")
    encoder_outputs = random.normal(size=(BATCH, SRC_LEN, UNITS)).astype("float32")
    masks = random.random((BATCH, TGT_LEN, SRC_LEN)) < 0.5
    masks[:, :, 2] = True
    factors = random.random(masks.shape).astype("float32")
    memory = layer.memory(encoder_outputs)
    contexts, weights = layer(queries, *memory, masks)
    _, scaled = layer(queries, *memory, masks, factors)
    for t in range(TGT_LEN):
        one, looked = layer(queries[:, t : t + 1], *memory, masks[:, t])
        np.testing.assert_allclose(contexts[:, t], one[:, 0], atol=1e-6)
        np.testing.assert_allclose(weights[..., t, :], looked[..., 0, :], atol=1e-6)
    expanded = factors[:, None] if len(weights.shape) == 4 else factors
    np.testing.assert_allclose(scaled, weights * expanded, atol=1e-6)
