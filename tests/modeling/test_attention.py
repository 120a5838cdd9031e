"""Attention against plain NumPy, written from the papers (`formulas.py`)."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from malgil.modeling.attention import Attention, masked_softmax
from malgil.settings import ModelSettings
from tests.modeling import formulas

BATCH, SRC_LEN, TGT_LEN, UNITS, ENC_UNITS, HEADS = 3, 7, 5, 4, 6, 2
KINDS = tuple(Attention.kinds)


def make(kind: str, **more: Any) -> Attention:
    """Make a layer with the name that the paths of the formulas have."""
    return Attention.kinds[kind](UNITS, HEADS, **{"name": "attention", **more})


def reference(
    kind: str, w: formulas.Weights, queries: np.ndarray, outputs: np.ndarray, mask: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Contexts `(batch, tgt_len, …)` and weights `(batch, heads, tgt_len, src_len)`, of the real
    positions of one sentence at a time; zeros where there is none.
    """
    is_multi = kind == "multi_head"
    size = UNITS if is_multi else outputs.shape[2]
    contexts = np.zeros((*queries.shape[:2], size))
    weights = np.zeros((BATCH, HEADS if is_multi else 1, TGT_LEN, SRC_LEN))
    for b in range(BATCH):
        real = np.flatnonzero(mask[b])
        if not len(real):
            continue
        if is_multi:
            everywhere, gain = np.ones((TGT_LEN, len(real))), np.sqrt(UNITS)
            contexts[b], weights[b][:, :, real] = formulas.multi_head(
                queries[b], outputs[b, real], everywhere, HEADS, w, "attention", gain
            )
            continue
        for t, h_t in enumerate(queries[b]):
            scores = [formulas.score(kind, h_t, h_s, w) for h_s in outputs[b, real]]
            weights[b, 0, t, real] = formulas.softmax(np.array(scores))  # Luong et al., eq. 7
            contexts[b, t] = weights[b, 0, t] @ outputs[b]
    return contexts, weights


def inputs(kind: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return queries, encoder outputs and a mask with gaps; no row is empty."""
    random = np.random.default_rng(seed)
    # What projects nothing takes what is as wide as the queries.
    (keys, _), everything = make(kind).memory(np.zeros((1, 1, ENC_UNITS), "float32")), (1, 1, UNITS)
    enc_units = ENC_UNITS if keys.shape == everything else UNITS
    queries = random.normal(size=(BATCH, TGT_LEN, UNITS)).astype("float32")
    encoder_outputs = random.normal(size=(BATCH, SRC_LEN, enc_units)).astype("float32")
    mask = random.random((BATCH, SRC_LEN)) < 0.5
    mask[:, 3] = True
    mask[:, 5] = False
    return queries, encoder_outputs, mask


def attend(layer: Attention, queries: Any, encoder_outputs: Any, mask: Any) -> tuple[Any, Any]:
    """Contexts, and weights `(batch, heads, tgt_len, src_len)`."""
    contexts, weights = layer(queries, *layer.memory(encoder_outputs), mask)
    return contexts, weights if len(weights.shape) == 4 else weights[:, None]


def real_positions(mask: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.broadcast_to(mask[:, None, None], weights.shape)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_paper(kind: str, seed: int) -> None:
    keras.utils.set_random_seed(seed)
    layer = make(kind)
    queries, encoder_outputs, mask = inputs(kind, seed)
    mask[2] &= seed != 1  # none at all
    contexts, weights = attend(layer, queries, encoder_outputs, mask)
    expected = reference(kind, formulas.weights_of(layer, ""), queries, encoder_outputs, mask)
    for found, wanted in zip((contexts, weights), expected, strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, atol=2e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_no_weight_on_masked_positions(kind: str) -> None:
    layer = make(kind)
    queries, encoder_outputs, mask = inputs(kind)
    _, weights = attend(layer, queries, encoder_outputs, mask)
    weights = np.asarray(weights)
    assert (weights[~real_positions(mask, weights)] == 0.0).all()
    assert (weights[real_positions(mask, weights)] > 0.0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_at_masked_positions_is_without_effect(kind: str) -> None:
    layer = make(kind)
    queries, encoder_outputs, mask = inputs(kind)
    before = attend(layer, queries, encoder_outputs, mask)
    changed = np.where(mask[..., None], encoder_outputs, np.float32(1e4))
    after = attend(layer, queries, changed, mask)
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_array_equal(after[1], before[1])


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fully_masked_row_gives_zeros(kind: str, dtype: str) -> None:
    layer = make(kind, dtype=dtype)
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
        np.asarray(ops.cast(weights, "float32"))[[0, 2]].sum(axis=-1), 1.0, atol=2e-2
    )


@pytest.mark.parametrize("shift", [-3e4, 0.0, 3e4])
def test_softmax_of_large_scores(shift: float) -> None:
    scores = np.array([[200.0, -200.0, 500.0, 199.0, 200.0]], "float32") + np.float32(shift)
    mask = np.array([[True, True, False, True, True]])
    weights = masked_softmax(scores, mask)
    e = np.exp(-1.0)
    expected = np.array([[1.0, 0.0, 0.0, e, 1.0]]) / (2 + e)
    np.testing.assert_allclose(weights, expected, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_is_that_of_the_paper(kind: str) -> None:
    """Of weights, queries and encoder outputs, against central differences of the formulas along
    random directions.
    """
    keras.utils.set_random_seed(3)
    layer = make(kind)
    queries, encoder_outputs, mask = inputs(kind)
    contexts, _ = attend(layer, queries, encoder_outputs, mask)
    random = np.random.default_rng(9)
    towards = random.normal(size=contexts.shape)
    given = [tf.constant(queries), tf.constant(encoder_outputs)]
    with tf.GradientTape() as tape:
        tape.watch(given)
        loss = ops.sum(attend(layer, *given, mask)[0] * towards.astype("float32"))
    w = formulas.weights_of(layer, "")
    values = {"queries": queries, "outputs": encoder_outputs, **w}
    values = {name: value.astype("float64") for name, value in values.items()}
    sources = [*given, *(variable.value for variable in layer.trainable_variables)]
    gradients = tape.gradient(loss, sources)
    assert list(w) == [variable.path for variable in layer.trainable_variables]

    def value(moved: dict[str, np.ndarray]) -> float:
        found, _ = reference(kind, moved, moved["queries"], moved["outputs"], mask)
        return (found * towards).sum()

    for (name, before), gradient in zip(values.items(), gradients, strict=True):
        direction = random.normal(size=before.shape)
        numeric = formulas.slope(value, values, name, direction)
        assert abs(numeric) > 1e-3, name
        assert (np.asarray(gradient) * direction).sum() == pytest.approx(numeric, rel=1e-3), name


@pytest.mark.parametrize("kind", KINDS)
def test_bfloat16(kind: str) -> None:
    exact = make(kind)
    layer = make(kind, dtype="mixed_bfloat16")
    queries, encoder_outputs, mask = inputs(kind)
    expected = attend(exact, queries, encoder_outputs, mask)
    short = [ops.cast(array, "bfloat16") for array in (queries, encoder_outputs)]
    attend(layer, *short, mask)
    layer.set_weights(exact.get_weights())
    found = attend(layer, *short, mask)
    for array, wanted in zip(found, expected, strict=True):
        assert keras.backend.standardize_dtype(array.dtype) == "bfloat16"
        np.testing.assert_allclose(ops.cast(array, "float32"), wanted, atol=0.05)
    assert all(variable.dtype == "float32" for variable in layer.variables)
    weights = np.asarray(ops.cast(found[1], "float32"))
    assert (weights[~real_positions(mask, weights)] == 0.0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_config_round_trip(kind: str) -> None:
    layer = make(kind, name="looks", dtype="mixed_bfloat16")
    rebuilt = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(rebuilt) is type(layer)
    assert rebuilt.get_config() == layer.get_config()
    assert rebuilt.name == "looks"
    queries, encoder_outputs, mask = inputs(kind)
    expected = attend(layer, queries, encoder_outputs, mask)
    attend(rebuilt, queries, encoder_outputs, mask)
    rebuilt.set_weights(layer.get_weights())
    found = attend(rebuilt, queries, encoder_outputs, mask)
    np.testing.assert_array_equal(ops.cast(found[0], "float32"), ops.cast(expected[0], "float32"))


def test_kinds_are_those_of_the_settings() -> None:
    """A new kind is one class and one name: neither without the other."""
    field = next(f for f in dataclasses.fields(ModelSettings) if f.name == "attention")
    assert {*field.metadata["choices"]} == {*Attention.kinds, "none"}
    for kind, layer in Attention.kinds.items():
        made = Attention.kinds[kind](12, heads=3, name="looks")
        assert type(made) is layer
        assert (made.units, made.heads, made.kind, made.name) == (12, 3, kind, "looks")


@pytest.mark.parametrize("kind", Attention.kinds)
def test_a_mask_for_each_query(kind: str) -> None:
    """What a window leaves is what the same mask for all queries leaves, query by query."""
    random = np.random.default_rng(4)
    layer = Attention.kinds[kind](UNITS, heads=2)
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
