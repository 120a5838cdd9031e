"""Serialization of ONNX graphs, for the messages of `onnx.proto` that these graphs need.

The package `onnx` is not used, as importing it takes as long as translating a sentence. Source:
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto and
https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

# TensorProto.DataType
FLOAT, INT32, INT64, BOOL = 1, 6, 7, 9
_TYPES = {"float32": FLOAT, "int32": INT32, "int64": INT64, "bool": BOOL}
_EXTERNAL = 1  # TensorProto.DataLocation

TensorSpec = tuple[int | str, ...]
"""The type of a tensor's elements, and its dimensions. A dynamic dimension has a name."""
Attribute = int | float | str | Sequence[int]


def model(
    graph: bytes,
    opset: int,
    ir_version: int,
) -> bytes:
    """Return a `ModelProto` with one graph."""
    operators = _field(1, "") + _field(2, opset)
    return _field(1, ir_version) + _field(7, graph) + _field(8, operators)


def graph(
    name: str,
    nodes: Iterable[bytes],
    initializers: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
) -> bytes:
    """Return a `GraphProto`."""
    repeated = {1: nodes, 5: initializers, 11: inputs, 12: outputs}
    parts = [_field(number, part) for number, every in repeated.items() for part in every]
    return _field(2, name) + b"".join(parts)


def node(
    operator: str,
    inputs: Iterable[str],
    outputs: Iterable[str],
    attributes: Mapping[str, Attribute],
) -> bytes:
    """Return a `NodeProto`."""
    fields = [_field(1, name) for name in inputs] + [_field(2, name) for name in outputs]
    fields += [_field(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join(fields) + _field(4, operator)


def value_info(name: str, kind: int, *dimensions: int | str) -> bytes:
    """Return a `ValueInfoProto` of a tensor."""
    sizes = [_field(1 if isinstance(size, int) else 2, size) for size in dimensions]
    shape = b"".join(_field(1, size) for size in sizes)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape)))


def tensor(name: str, array: NDArray[np.generic]) -> bytes:
    """Return a `TensorProto` that contains an array."""
    content = _field(2, _TYPES[array.dtype.name]) + _field(8, name) + _field(9, array.tobytes())
    return b"".join(_field(1, size) for size in array.shape) + content


def external_tensor(name: str, shape: Sequence[int]) -> bytes:
    """Return a float32 `TensorProto` whose content is supplied from outside the model."""
    location = _field(1, "location") + _field(2, "weights")
    content = _field(2, FLOAT) + _field(8, name) + _field(13, location) + _field(14, _EXTERNAL)
    return b"".join(_field(1, size) for size in shape) + content


def _attribute(name: str, value: Attribute) -> bytes:
    """Return an `AttributeProto` of the type of the value."""
    if isinstance(value, int):
        content = _field(3, value) + _field(20, 2)
    elif isinstance(value, float):
        content = _field(2, value) + _field(20, 1)
    elif isinstance(value, str):
        content = _field(4, value) + _field(20, 3)
    else:
        content = b"".join(_field(8, item) for item in value) + _field(20, 7)
    return _field(1, name) + content


def _field(number: int, value: int | float | str | bytes) -> bytes:
    """Return a field: an integer as a varint, a float in 4 bytes, others with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Return seven bits per byte, the lowest first; a negative number has 64 bits."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    content = bytearray()
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    content.append(value)
    return bytes(content)
