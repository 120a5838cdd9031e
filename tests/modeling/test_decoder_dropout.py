"""Dropout in the recurrent decoder: in training alone, and drawn for each time step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras import ops

from malgil.modeling.decoder import RecurrentDecoder
from tests.modeling.test_decoder import (
    BATCH,
    TGT_LEN,
    UNITS,
    VOCABULARY,
    inputs,
    make,
    run,
    settings_of,
)

STEPWISE = ("input feeding", "input feeding, all else", "bahdanau, 2 layers")


@pytest.mark.parametrize("name", ["luong_general", "bahdanau, 2 layers", "input feeding"])
def test_dropout_in_training_alone(name: str) -> None:
    decoder, plain = make(name, dropout=0.5), make(name)
    given = inputs(settings_of(name))
    np.testing.assert_array_equal(run(decoder, given)[0], run(plain, given)[0])
    first, second = (run(decoder, given, training=True)[0] for _ in range(2))
    assert not np.allclose(first, second)


def mask_shapes(decoder: RecurrentDecoder, features: int) -> list[tuple[int, int, int]]:
    """Those of what each layer's inputs are multiplied with."""
    later = [UNITS] * (decoder.settings.decoder_layers - 1)
    return [(BATCH, TGT_LEN, size) for size in (features, *later)]


@pytest.mark.parametrize("name", STEPWISE)
def test_each_step_drops_others(name: str) -> None:
    decoder = make(name, dropout=0.25)
    rows, features = np.zeros((BATCH, TGT_LEN)), 400
    masks = decoder.recurrent_stack.dropout_masks(rows, features, True)
    assert [mask.shape for mask in masks] == mask_shapes(decoder, features)
    first = np.array(masks[0])
    assert set(np.unique(first)) == {np.float32(0), np.float32(1 / 0.75)}
    assert np.mean(first == 0) == pytest.approx(0.25, abs=0.03)
    for t in range(1, TGT_LEN):
        assert np.mean(first[:, t] == first[:, 0]) < 0.75  # by chance 0.625
    assert decoder.recurrent_stack.dropout_masks(rows, features, False) == []


@pytest.mark.parametrize("name", STEPWISE)
def test_masks_are_those_of_their_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that enters the first layer at step 2 is dropped, and nothing else."""
    decoder, dropped = make(name), 2
    target, *given = inputs(decoder.settings)
    plain = np.array(run(decoder, (target, *given))[0])

    def masks(rows: Any, features: int, training: bool) -> list[Any]:
        made = [np.ones(shape, "float32") for shape in mask_shapes(decoder, features)]
        made[0][:, dropped] = 0
        return [ops.convert_to_tensor(mask) for mask in made]

    monkeypatch.setattr(decoder.recurrent_stack, "dropout_masks", masks)
    found = np.array(run(decoder, (target, *given))[0])
    np.testing.assert_allclose(found[:, :dropped], plain[:, :dropped], atol=1e-5)
    assert np.all(np.abs(found - plain)[:, dropped:].max(axis=(0, 2)) > 1e-3)
    target[:, dropped] = target[:, dropped] % (VOCABULARY - 1) + 1
    other = np.array(run(decoder, (target, *given))[0])
    # The deep output sees the token itself, whatever entered the layers.
    seen = [t for t in range(TGT_LEN) if t != dropped or decoder.settings.input_feeding]
    np.testing.assert_allclose(other[:, seen], found[:, seen], atol=1e-5)
