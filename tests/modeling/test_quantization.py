"""Quantization of stored weights: small errors, exact shapes, and nothing believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.modeling import tensor_file, translator_file
from malgil.modeling.quantization import dequantize, quantize
from malgil.modeling.translator_file import Bundle

NUMBERS = st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
MATRICES = arrays(np.float32, array_shapes(min_dims=2, max_dims=3, max_side=6), elements=NUMBERS)


def model_weights() -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(3)
    shapes = {"embedding": (41, 16), "kernel": (16, 2, 24), "bias": (24,)}
    return {
        name: random.normal(scale=0.1, size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }


class TestInt8:
    def test_by_hand(self) -> None:
        weights = {"w": np.array([[127, -63.4, 0.6], [0, 0, 0], [-2.54, 1.27, 0]], np.float32)}
        stored, scales = quantize(weights, "int8")
        assert stored["w"].tolist() == [[127, -63, 1], [0, 0, 0], [-127, 64, 0]]
        np.testing.assert_allclose(scales["w"], [1, 0, 0.02], rtol=1e-6)

    @given(MATRICES)
    def test_an_error_is_at_most_half_a_step(self, array: NDArray[np.float32]) -> None:
        stored, scales = quantize({"w": array}, "int8")
        found = dequantize(stored, scales, "int8")["w"]
        assert found.dtype == np.float32
        assert found.shape == array.shape
        step = np.abs(array).max(axis=-1, keepdims=True) / 127
        assert np.all(np.abs(found - array) <= step * 0.5001)

    @given(MATRICES)
    def test_a_second_time_changes_no_stored_number(self, array: NDArray[np.float32]) -> None:
        stored, scales = quantize({"w": array}, "int8")
        again, _scales = quantize(dequantize(stored, scales, "int8"), "int8")
        assert np.array_equal(again["w"], stored["w"])


class TestFloat16:
    @given(MATRICES)
    def test_is_the_nearest_number(self, array: NDArray[np.float32]) -> None:
        stored, scales = quantize({"w": array}, "float16")
        assert not scales
        found = dequantize(stored, scales, "float16")["w"]
        assert found.dtype == np.float32
        assert np.array_equal(found, array.astype(np.float16))

    def test_a_large_number_stays_finite(self) -> None:
        stored, _scales = quantize({"w": np.array([[1e30, -1e30]], np.float32)}, "float16")
        assert stored["w"].tolist() == [[65504, -65504]]


@pytest.mark.parametrize("kind", ["float16", "int8"])
def test_vectors_and_integers_are_unchanged(kind: str) -> None:
    weights = {"bias": np.float32([0.1, 1 / 3]), "count": np.int64([[2**62 + 1]])}
    stored, scales = quantize(weights, kind)
    assert stored == weights
    assert not scales


@pytest.mark.parametrize(("kind", "smaller"), [("none", 1), ("float16", 1.8), ("int8", 2.9)])
def test_file(tmp_path: Path, kind: str, smaller: float) -> None:
    weights = {"w": np.random.default_rng(1).normal(size=(300, 64)).astype(np.float32)}
    for name, quantization in (("plain", "none"), ("small", kind)):
        bundle = Bundle({}, {"source": b"s"}, weights, quantization=quantization)
        translator_file.save(tmp_path / name, bundle)
    sizes = [(tmp_path / name).stat().st_size for name in ("plain", "small")]
    assert sizes[0] / sizes[1] >= smaller
    found = translator_file.load(tmp_path / "small")
    assert found.quantization == kind
    assert found.weights["w"].dtype == np.float32
    assert np.abs(found.weights["w"] - weights["w"]).max() < 0.02
    # The shortlist is added to a file that is read and written again.
    translator_file.save(tmp_path / "again", found)
    again = translator_file.load(tmp_path / "again")
    np.testing.assert_allclose(again.weights["w"], found.weights["w"], rtol=3e-7)


class TestRefusals:
    def refusal(self, folder: Path, kind: str, arrays: dict[str, NDArray[np.generic]]) -> str:
        path = folder / "translator.safetensors"
        metadata = {"settings": "{}", "metrics": "{}", "quantization": kind}
        tensor_file.write(path, metadata, arrays)
        with pytest.raises(UserError) as refused:
            translator_file.load(path)
        return str(refused.value)

    def test_unknown_kind(self, tmp_path: Path) -> None:
        assert "the quantization is unknown" in self.refusal(tmp_path, "int4", {})

    def test_missing_scales(self, tmp_path: Path) -> None:
        weights = {"weights/w": np.zeros((2, 3), np.int8)}
        assert "the scales do not belong" in self.refusal(tmp_path, "int8", weights)

    @pytest.mark.parametrize("kind", ["none", "float16", "int8"])
    def test_superfluous_scales(self, tmp_path: Path, kind: str) -> None:
        weights = {"weights/w": np.zeros((2, 3), np.float32), "scales/w": np.float32([1, 2])}
        assert "the scales do not belong" in self.refusal(tmp_path, kind, weights)

    @pytest.mark.parametrize(
        "scales",
        [np.ones((1, 5_000), np.float32), np.ones(2, np.float32), np.ones(5_000, np.float64)],
    )
    def test_scales_of_another_shape_or_type(
        self, tmp_path: Path, scales: NDArray[np.generic]
    ) -> None:
        """A row of scales would make a matrix of 5,000 columns out of one."""
        weights = {"weights/w": np.zeros((5_000, 1), np.int8), "scales/w": scales}
        assert "the scales of 'w' are wrong" in self.refusal(tmp_path, "int8", weights)
