"""Quantization: the weights of a translator's file in fewer bytes.

Matrices are stored as float16, or as int8 with a scale for each row: w ≈ scale · q with q from -127
to 127 (symmetric quantization; Jacob et al. 2018, equation 1 with a zero point of 0). Vectors, such
as biases, are few; they are stored unchanged. The model computes with float32 in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from malgil.common.localization import _
from malgil.settings import QUANTIZATIONS

NamedArrays: TypeAlias = Mapping[str, NDArray[Any]]

_MAX_INT8 = 127
_MAX_FLOAT16 = float(np.finfo(np.float16).max)


def quantize(
    weights: NamedArrays, kind: str
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Quantize the float32 matrices among the weights of a model.

    Args:
        weights: NamedArrays by name.
        kind: `none`, `float16` or `int8`.

    Returns:
        The arrays to store, by the same names and with the same shapes; and for `int8`, the scales
        of the rows of each matrix `(…, columns)`: a float32 array `(…)` by its name.
    """
    stored: dict[str, NDArray[Any]] = {}
    scales: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        if kind == "none" or array.ndim < 2 or array.dtype != np.float32:
            stored[name] = array
        elif kind == "float16":
            stored[name] = np.clip(array, -_MAX_FLOAT16, _MAX_FLOAT16).astype(np.float16)
        else:
            scale = np.abs(array).max(axis=-1, initial=0) / np.float32(_MAX_INT8)
            divisor = np.where(scale > 0, scale, np.float32(1))
            stored[name] = np.rint(array / divisor[..., np.newaxis]).astype(np.int8)
            scales[name] = scale
    return stored, scales


def dequantize(stored: NamedArrays, scales: NamedArrays, kind: str) -> dict[str, NDArray[Any]]:
    """Return the weights that `quantize` has stored, as float32 again.

    Args:
        stored: The arrays that `quantize` returns.
        scales: The scales that it returns.
        kind: The kind of quantization.

    Raises:
        ValueError: If the kind is unknown, or scales are missing, superfluous, or of another shape
            or type.
    """
    if kind not in QUANTIZATIONS:
        raise ValueError(_("the quantization is unknown"))
    weights = dict(stored)
    quantized = {
        name for name, array in stored.items() if kind == "int8" and array.dtype == np.int8
    }
    if quantized != set(scales):
        raise ValueError(_("the scales do not belong to the weights"))
    for name, array in stored.items():
        if kind == "float16" and array.dtype == np.float16:
            weights[name] = array.astype(np.float32)
        elif name in quantized:
            scale = scales[name]
            if scale.shape != array.shape[:-1] or scale.dtype != np.float32:
                raise ValueError(_("the scales of {name!r} are wrong").format(name=name))
            with np.errstate(all="ignore"):  # what is not finite is refused with the other weights
                weights[name] = array * scale[..., np.newaxis]
    return weights
