"""The serialized messages, read by the package `onnx`."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from malgil.modeling.inference.graphs import serialization
from malgil.modeling.inference.graphs.builder import GraphBuilder

ATTRIBUTES = {
    "small": 0,
    "one": 1,
    "seven_bits": 127,
    "eight_bits": 128,
    "large": 2**62,
    "negative": -1,
    "epsilon": 1e-5,
    "whole": 3.0,
    "text": "bidirectional",
    "perm": [0, 2, 1],
    "negatives": [-1, -(2**63)],
}


def test_node_with_every_type_of_attribute() -> None:
    content = serialization.node("Some", ["a", "", "b"], ["c", "d"], ATTRIBUTES)
    found = onnx.NodeProto.FromString(content)
    expected = helper.make_node("Some", ["a", "", "b"], ["c", "d"], **ATTRIBUTES)
    assert (found.op_type, found.domain) == ("Some", "")
    assert (list(found.input), list(found.output)) == (["a", "", "b"], ["c", "d"])
    attributes = {one.name: one for one in found.attribute}
    assert attributes == {one.name: one for one in expected.attribute}


@pytest.mark.parametrize("kind", ["FLOAT", "INT32", "INT64", "BOOL"])
def test_value_info(kind: str) -> None:
    number = getattr(serialization, kind)
    assert number == getattr(onnx.TensorProto, kind)
    content = serialization.value_info("x", number, "batch", 300, 1, "src_len")
    expected = helper.make_tensor_value_info("x", number, ["batch", 300, 1, "src_len"])
    assert onnx.ValueInfoProto.FromString(content) == expected
    scalar = serialization.value_info("x", number)
    assert onnx.ValueInfoProto.FromString(scalar) == helper.make_tensor_value_info("x", number, [])


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.array([-1, 2**40]),
        np.array([[True], [False]]),
        np.int32(7),
        np.zeros((0, 4), np.float32),
    ],
    ids=lambda array: str(array.dtype),
)
def test_tensor(array: np.ndarray) -> None:
    found = onnx.TensorProto.FromString(serialization.tensor("a", np.asarray(array)))
    assert found == numpy_helper.from_array(np.asarray(array), "a")


def test_external_tensor() -> None:
    found = onnx.TensorProto.FromString(serialization.external_tensor("w", (5, 700)))
    assert (found.name, list(found.dims)) == ("w", [5, 700])
    assert found.data_location == onnx.TensorProto.EXTERNAL and not found.raw_data
    assert [(entry.key, entry.value) for entry in found.external_data] == [("location", "weights")]


def test_model_of_a_builder() -> None:
    """Numbers, lists and None as inputs; equal constants are one; an input may be an output."""
    g = GraphBuilder()
    x = g.input("x", serialization.FLOAT, "n", 4)
    doubled = g.node("Mul", x, 2.0)
    halves = g.nodes("Split", 2, g.node("Mul", doubled, 2.0), [1, 3], axis=1)
    clipped = g.node("Clip", halves[1], None, 3.5)
    g.output("y", g.reshape(clipped, g.dimensions(x, 0, 1), -1), serialization.FLOAT, "n", 3)
    g.output("same", x, serialization.FLOAT, "n", 4)
    content, weights = g.build("some")
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    assert weights == {} and model.graph.name == "some"
    constants = [numpy_helper.to_array(one).tolist() for one in model.graph.initializer]
    assert sorted(map(str, constants)) == ["2.0", "3.5", "[-1]", "[1, 3]"]
    y, same = ReferenceEvaluator(model).run(None, {"x": np.eye(2, 4, dtype="f4")})
    assert y.tolist() == [[0, 0, 0], [3.5, 0, 0]] and same.tolist() == np.eye(2, 4).tolist()
