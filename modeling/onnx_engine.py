"""Runs the inference models by ONNX Runtime, without Keras and TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from modeling.engine import DecodingState, Engine, Ints

_WARNINGS_OFF = 3


class OnnxEngine(Engine):
    """Runs the graphs that `modeling.export` wrote.

    Several threads may use one at the same time.

    Args:
        graphs: `encoder` and `step`.
        vocabulary: The number of target pieces.
        threads: How many processors a step takes; 0 for all.
    """

    def __init__(self, graphs: Mapping[str, bytes], vocabulary: int, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _WARNINGS_OFF
        self._vocabulary = vocabulary
        self._encoder, self._step = (
            onnxruntime.InferenceSession(graphs[name], options, ["CPUExecutionProvider"])
            for name in ("encoder", "step")
        )
        names = [output.name for output in self._encoder.get_outputs()]
        self._memory = sum(name.startswith("memory") for name in names)
        self._inputs = {value.name for value in self._step.get_inputs()}

    def encode(self, source: NDArray[np.int32]) -> DecodingState:
        """Encode a batch; see `Engine.encode`."""
        mask, *rest = self._encoder.run_with_ort_values(None, {"source": _value(source)})
        rows = np.arange(len(source))
        memory, states = tuple(rest[: self._memory]), tuple(rest[self._memory :])
        return DecodingState(mask, memory, states, rows, rows)

    def _run(
        self, tokens: NDArray[np.int32], parents: NDArray[np.int32], state: DecodingState, k: int
    ) -> tuple[NDArray[np.float32], Ints, NDArray[np.float32] | None, tuple[Any, ...]]:
        count = np.array(min(k, self._vocabulary), np.int32)
        values = [_value(array) for array in (tokens, parents, count)]
        names = [
            *("tokens", "parents", "k", "mask"),
            *(f"memory_{i}" for i in range(len(state.memory))),
            *(f"state_{i}" for i in range(len(state.states))),
        ]
        every = zip(names, [*values, state.mask, *state.memory, *state.states], strict=True)
        # A graph leaves out what it has no use for, such as the mask without attention.
        given = {name: value for name, value in every if name in self._inputs}
        best, ids, looked, *states = self._step.run_with_ort_values(None, given)
        attention = looked.numpy()
        return best.numpy(), ids.numpy(), attention if attention.shape[2] else None, tuple(states)

    def _take(self, array: Any, rows: Ints) -> Any:
        return _value(array.numpy()[rows])


def _value(array: NDArray[Any]) -> Any:
    # `ascontiguousarray` alone would make a vector of a number.
    whole = array if array.flags.c_contiguous else np.ascontiguousarray(array)
    return onnxruntime.OrtValue.ortvalue_from_numpy(whole)
