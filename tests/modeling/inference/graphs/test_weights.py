"""The weights of recurrent layers in the order that ONNX documents for its operators."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from malgil.modeling.inference.graphs.weights import arrange_weights

FEATURES, UNITS = 3, 2
# In Keras's kernels the columns of each gate, and ONNX's order of the gates.
GATES = {"lstm": ("ifco", "iofc"), "gru": ("zrh", "zrh")}


def cell(kind: str, path: str, shift: float) -> dict[str, np.ndarray]:
    """Return weights of a cell in which each number encodes its gate, row and column."""
    gates = len(GATES[kind][0])
    columns = np.arange(gates * UNITS) + shift
    bias = columns if kind == "lstm" else np.stack([columns, columns + 0.25])
    return {
        f"{path}/{kind}_cell/kernel": columns + 100 * np.arange(FEATURES)[:, None],
        f"{path}/{kind}_cell/recurrent_kernel": columns + 1000 * np.arange(UNITS)[:, None],
        f"{path}/{kind}_cell/bias": bias,
    }


def shapes(kind: str, directions: int) -> dict[str, tuple[int, ...]]:
    rows = len(GATES[kind][0]) * UNITS
    return {
        f"a/{kind}_0/W": (directions, rows, FEATURES),
        f"a/{kind}_0/R": (directions, rows, UNITS),
        f"a/{kind}_0/B": (directions, 2 * rows),
    }


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("directions", [1, 2])
def test_gates_and_directions(kind: str, directions: int) -> None:
    if directions == 1:
        weights = cell(kind, f"a/{kind}_0", 0.0)
    else:
        paths = [f"a/bidirectional_{kind}_0/{way}_{kind}_0" for way in ("forward", "backward")]
        weights = cell(kind, paths[0], 0.0) | cell(kind, paths[1], 0.5)
    by_keras, by_onnx = GATES[kind]
    found = arrange_weights(weights, shapes(kind, directions))
    for direction, (place, gate), unit in itertools.product(
        range(directions), enumerate(by_onnx), range(UNITS)
    ):
        row, column = place * UNITS + unit, by_keras.index(gate) * UNITS + unit
        value = column + 0.5 * direction
        w, r, b = (found[f"a/{kind}_0/{name}"][direction] for name in "WRB")
        assert w[row].tolist() == [value + 100 * i for i in range(FEATURES)]
        assert r[row].tolist() == [value + 1000 * i for i in range(UNITS)]
        rest = len(by_onnx) * UNITS + row
        assert (b[row], b[rest]) == (value, 0 if kind == "lstm" else value + 0.25)


def test_order_does_not_matter() -> None:
    """A file may hold them in any order; the two directions of a layer have the same shapes."""
    weights = cell("lstm", "a/bidirectional_lstm_0/forward_lstm_0", 0.0)
    weights |= cell("lstm", "a/bidirectional_lstm_0/backward_lstm_0", 0.5)
    expected = arrange_weights(weights, shapes("lstm", 2))
    for names in itertools.permutations(weights):
        found = arrange_weights({name: weights[name] for name in names}, shapes("lstm", 2))
        for name, array in expected.items():
            np.testing.assert_array_equal(found[name], array)


def test_all_others_stay() -> None:
    array = np.ones((2, 3), np.float32)
    found = arrange_weights({"a/projection/kernel": array}, {"a/projection/kernel": (2, 3)})
    assert found["a/projection/kernel"] is array
