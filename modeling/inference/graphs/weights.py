"""Conversion of trained weights to those of the graphs, which have ONNX's order of gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.common.localization import _
from malgil.modeling.translator_file import require_shapes

Arrays = tuple[NDArray[Any], ...]


class _Cell(NamedTuple):
    """A recurrent cell.

    Attributes:
        gates: The index in Keras's order of each gate in ONNX's order. For an LSTM ONNX has i o f c
            and Keras i f c o; for a GRU both have z r h.
        operator: The name of the ONNX operator.
        attributes: The attributes with which the operator computes the same as Keras's cell.
    """

    gates: tuple[int, ...]
    operator: str
    attributes: Mapping[str, int]


_PARTS = ("kernel", "recurrent_kernel", "bias")
_OF_PART = dict(zip("WRB", _PARTS, strict=True))
CELLS = {
    "lstm": _Cell((0, 3, 1, 2), "LSTM", {}),
    # The reset gate applies after the recurrent product (`reset_after` of Keras).
    "gru": _Cell((0, 1, 2), "GRU", {"linear_before_reset": 1}),
}


def arrange_weights(
    weights: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, NDArray[Any]]:
    """Return the weights under the names and in the shapes that the graphs declare.

    Those of a recurrent layer `SCOPE/lstm_0` become `SCOPE/lstm_0/W` (directions, gates · units,
    inputs), `SCOPE/lstm_0/R` (directions, gates · units, units) and `SCOPE/lstm_0/B` (directions,
    2 · gates · units), as the operators LSTM and GRU require. All other arrays are unchanged.

    Args:
        weights: An array for each variable of the model, by its path.
        shapes: The shape that the graphs declare for each name.

    Raises:
        ValueError: If an array is missing or unexpected, or has another shape.
    """
    arranged: dict[str, NDArray[Any]] = {}
    layers: dict[str, list[Arrays]] = {}
    for path, array in sorted(weights.items(), reverse=True):  # forward_… before backward_…
        cell, _separator, part = path.rpartition("/")
        kind = cell.rpartition("/")[2].removesuffix("_cell")
        if kind not in CELLS or part not in _PARTS:
            arranged[path] = array
        elif part == "kernel":
            parts = [weights.get(f"{cell}/{name}") for name in _PARTS]
            layers.setdefault(_layer(cell), []).append(_in_onnx_order(kind, *parts))
    for layer, directions in layers.items():
        for name, arrays in zip("WRB", zip(*directions, strict=True), strict=True):
            arranged[f"{layer}/{name}"] = np.stack(arrays)
    require_shapes(arranged, shapes)
    return arranged


def stored_shapes(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the variables of the model, which `arrange_weights` accepts.

    Args:
        shapes: The shape that the graphs declare for each name.
    """
    stored: dict[str, tuple[int, ...]] = {}
    for name, shape in shapes.items():
        layer, _separator, part = name.rpartition("/")
        scope, _separator, last = layer.rpartition("/")
        kind = last.partition("_")[0]
        if part not in _OF_PART or kind not in CELLS:
            stored[name] = shape
            continue
        directions, *rest = shape
        cells = [f"{layer}/{kind}_cell"]
        if directions == 2:
            both = f"{scope}/bidirectional_{last}"
            cells = [f"{both}/{way}_{last}/{kind}_cell" for way in ("forward", "backward")]
        if part != "B":
            size: tuple[int, ...] = tuple(reversed(rest))
        else:
            size = (rest[0] // 2,) if kind == "lstm" else (2, rest[0] // 2)
        stored |= {f"{cell}/{_OF_PART[part]}": size for cell in cells}
    return stored


def _layer(cell: str) -> str:
    """Return `SCOPE/lstm_0` of `SCOPE/lstm_0/lstm_cell`, and of
    `SCOPE/bidirectional_lstm_0/forward_lstm_0/lstm_cell`.
    """
    parts = cell.split("/")[:-1]
    if len(parts) > 1 and parts[-2].startswith("bidirectional_"):
        *scope, layer, _direction = parts
        return "/".join([*scope, layer.removeprefix("bidirectional_")])
    return "/".join(parts)


def _in_onnx_order(
    kind: str,
    kernel: NDArray[Any] | None,
    recurrent_kernel: NDArray[Any] | None,
    bias: NDArray[Any] | None,
) -> Arrays:
    """Return W, R and B of one direction."""
    if kernel is None or recurrent_kernel is None or bias is None:
        raise ValueError(_("part of a recurrent layer is missing"))
    order = list(CELLS[kind].gates)

    def rows(matrix: NDArray[Any]) -> NDArray[Any]:
        """Return `(features, gates · units)` as `(gates · units, features)`."""
        gates = matrix.T.reshape(len(order), -1, len(matrix))
        return gates[order].reshape(-1, len(matrix))

    # Keras's LSTM has one bias. Its GRU has one for the inputs and one for the state, as in ONNX.
    both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    return rows(kernel), rows(recurrent_kernel), rows(both).T.ravel()
