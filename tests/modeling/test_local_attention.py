"""The windows of local attention, position by position; `test_decoder.py` has them at work."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from malgil.modeling.local_attention import AttentionWindow
from malgil.settings import ModelSettings
from tests.modeling import formulas

BATCH, TGT_LEN, UNITS, LENGTHS = 3, 4, 6, (7, 2, 5)
MASK = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]


def given() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States, positions that do not begin at 0, and the mask."""
    queries = np.random.default_rng(2).normal(size=(BATCH, TGT_LEN, UNITS)).astype("float32")
    positions = np.arange(TGT_LEN)[None] + np.array([[0], [1], [3]])
    return queries, positions.astype("int32"), MASK


def make(kind: str, half_width: int) -> AttentionWindow:
    """Make a window; its weights, if any, are large enough for different positions."""
    layer = AttentionWindow(kind, half_width, UNITS, name="window")
    layer(*given())
    random = np.random.default_rng(4)
    layer.set_weights([random.normal(size=w.shape) * 6 for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("half_width", [1, 3])
@pytest.mark.parametrize("kind", ["monotonic", "predictive"])
def test_equals_the_paper(kind: str, half_width: int) -> None:
    layer, (queries, positions, _) = make(kind, half_width), given()
    settings = ModelSettings(attention_window=kind, window_half_width=half_width)
    w = formulas.weights_of(layer, "")
    inside, factors, centers = layer(queries, positions, MASK)
    assert inside.shape == (BATCH, TGT_LEN, max(LENGTHS)) and centers.shape == (BATCH, TGT_LEN)
    found = np.asarray(inside) * (1.0 if factors is None else np.asarray(factors))
    for b, t in np.ndindex(BATCH, TGT_LEN):
        length = LENGTHS[b]
        expected = formulas.window(settings, queries[b, t], positions[b, t], length, w)
        np.testing.assert_allclose(found[b, t, :length], expected, atol=1e-5)
        assert not found[b, t, length:].any()
        assert 0 <= centers[b, t] <= length - 1


def test_config_round_trip() -> None:
    layer = make("predictive", 3)
    rebuilt = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert rebuilt.get_config() == layer.get_config()
    rebuilt(*given())
    rebuilt.set_weights(layer.get_weights())
    for found, expected in zip(rebuilt(*given()), layer(*given()), strict=True):
        np.testing.assert_array_equal(found, expected)
