"""A builder of ONNX graphs: nodes, constants, and references to weights outside the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malgil.modeling.inference.graphs import serialization
from malgil.modeling.inference.graphs.serialization import Attribute

# ONNX Runtime supports all operators of this version. Later versions have no advantage here.
_OPSET = 18
_IR_VERSION = 9

NodeInput = str | float | Sequence[int] | None


class Graph(NamedTuple):
    """An inference model as an ONNX graph without its weights.

    Attributes:
        content: The serialized model. Its initializers are declared as external data, which must be
            supplied when a session is created.
        weights: The shape of each initializer, by its name (see `weights.py`).
    """

    content: bytes
    weights: dict[str, tuple[int, ...]]


class GraphBuilder:
    """Builds one ONNX graph.

    A tensor of the graph is identified by its name, a `str`. If a node takes a tensor, a number
    represents a float32 scalar, a list of integers an int64 vector, and None an omitted input.
    """

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], NDArray[np.generic]] = {}
        self._weights: dict[str, tuple[int, ...]] = {}

    def input(self, name: str, kind: int, *shape: int | str) -> str:
        """Declare an input of the graph.

        Args:
            name: The name of the input.
            kind: The type of its elements, such as `serialization.FLOAT`.
            shape: Its dimensions. A dynamic dimension has a name.

        Returns:
            The tensor.
        """
        self._inputs.append(serialization.value_info(name, kind, *shape))
        return name

    def output(self, name: str, tensor: str, kind: int, *shape: int | str) -> None:
        """Declare a tensor as an output of the graph; the arguments are those of `input`."""
        # A tensor may be two outputs, or also an input.
        self._nodes.append(serialization.node("Identity", [tensor], [name], {}))
        self._outputs.append(serialization.value_info(name, kind, *shape))

    def weight(self, name: str, *shape: int) -> str:
        """Declare a float32 weight, which is supplied when a session is created."""
        self._weights[name] = shape
        return name

    def constant(self, value: ArrayLike, dtype: str | None = None) -> str:
        """Return a constant tensor.

        Args:
            value: An array, or a value that NumPy converts to an array.
            dtype: The type of its elements; None for NumPy's choice.
        """
        array = np.asarray(value, dtype)
        key = array.dtype.str, array.shape, array.tobytes()
        self._constants.setdefault(key, array)
        return f"constant_{list(self._constants).index(key)}"

    def node(self, operator: str, *inputs: NodeInput, **attributes: Attribute) -> str:
        """Add a node with one output, and return the output."""
        return self.nodes(operator, 1, *inputs, **attributes)[0]

    def nodes(
        self, operator: str, count: int, *inputs: NodeInput, **attributes: Attribute
    ) -> list[str]:
        """Add a node with `count` outputs, and return the outputs."""
        names = [f"{operator}_{len(self._nodes)}_{i}" for i in range(count)]
        given = [self._named(value) for value in inputs]
        self._nodes.append(serialization.node(operator, given, names, attributes))
        return names

    def reshape(self, tensor: str, *shape: int | str) -> str:
        """Reshape a tensor.

        Args:
            tensor: The tensor.
            shape: Numbers or int64 vectors of dimensions (see `dimensions`). As for the operator
                `Reshape`, -1 is inferred and 0 keeps the dimension.
        """
        numbers = [size for size in shape if isinstance(size, int)]
        if len(numbers) == len(shape):
            return self.node("Reshape", tensor, numbers)
        parts = [size if isinstance(size, str) else [size] for size in shape]
        return self.node("Reshape", tensor, self.node("Concat", *parts, axis=0))

    def dimensions(self, tensor: str, start: int, end: int) -> str:
        """Return the dimensions from `start` up to `end` of a tensor, an int64 vector."""
        return self.node("Shape", tensor, start=start, end=end)

    def dense(self, rows: str, name: str, inputs: int, units: int, has_bias: bool = False) -> str:
        """Apply the layer `keras.layers.Dense` of a name: `(…, inputs)` → `(…, units)`."""
        products = self.node("MatMul", rows, self.weight(f"{name}/kernel", inputs, units))
        if not has_bias:
            return products
        return self.node("Add", products, self.weight(f"{name}/bias", units))

    def layer_normalization(self, rows: str, name: str, units: int) -> str:
        """Apply the layer `keras.layers.LayerNormalization` of a name to `(…, units)`."""
        scale, shift = (self.weight(f"{name}/{part}", units) for part in ("gamma", "beta"))
        return self.node("LayerNormalization", rows, scale, shift, axis=-1, epsilon=1e-5)

    def build(self, name: str) -> Graph:
        """Return the graph."""
        initializers = [
            serialization.tensor(f"constant_{i}", array)
            for i, array in enumerate(self._constants.values())
        ]
        initializers += [
            serialization.external_tensor(weight, shape) for weight, shape in self._weights.items()
        ]
        content = serialization.graph(name, self._nodes, initializers, self._inputs, self._outputs)
        return Graph(serialization.model(content, _OPSET, _IR_VERSION), self._weights)

    def _named(self, value: NodeInput) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        return self.constant(value, "float32" if isinstance(value, int | float) else "int64")
