"""Runs the inference models by ONNX Runtime, without Keras and TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from modeling.engine import DecodingState, Engine, Ints
from modeling.shortlist import Shortlist

_WARNINGS_OFF = 3


class Projection(NamedTuple):
    """The last layer, from which a shortlist takes columns.

    Attributes:
        kernel: `(units, vocabulary)` float32.
        bias: `(vocabulary,)` float32.
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]


class _Listed(NamedTuple):
    """The pieces that the translations of a batch may be made of.

    Attributes:
        pieces: `(pieces,)` ids.
        kernel, bias: Their columns of the last layer.
        allowed: `(batch, pieces)` bool: which of them are on each sentence's own list.
    """

    pieces: Ints
    kernel: Any
    bias: Any
    allowed: Any


class OnnxEngine(Engine):
    """Runs the graphs that `modeling.export` wrote.

    Several threads may use one at the same time.

    Args:
        graphs: `encoder`, `step`, `projection` and `shortlist`.
        projection: The last layer.
        shortlist: Whose pieces alone are scored; all of them where it is None.
        threads: How many processors a step takes; 0 for all.
    """

    def __init__(
        self,
        graphs: Mapping[str, bytes],
        projection: Projection,
        shortlist: Shortlist | None = None,
        threads: int = 0,
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _WARNINGS_OFF
        last = "projection" if shortlist is None else "shortlist"
        self._encoder, self._step, self._last = (
            onnxruntime.InferenceSession(graphs[name], options, ["CPUExecutionProvider"])
            for name in ("encoder", "step", last)
        )
        self._projection = projection
        self._shortlist = shortlist
        names = [output.name for output in self._encoder.get_outputs()]
        self._memory = sum(name.startswith("memory") for name in names)
        self._inputs = {value.name for value in self._step.get_inputs()}

    def encode(
        self, source: NDArray[np.int32], required: Sequence[Iterable[int]] = ()
    ) -> DecodingState:
        """Encode a batch; see `Engine.encode`."""
        mask, *rest = self._encoder.run_with_ort_values(None, {"source": _value(source)})
        rows = np.arange(len(source))
        memory, states = tuple(rest[: self._memory]), tuple(rest[self._memory :])
        listed = self._listed(source, required) if self._shortlist else None
        return DecodingState(mask, memory, states, rows, rows, listed)

    def _listed(self, source: NDArray[np.int32], required: Sequence[Iterable[int]]) -> _Listed:
        assert self._shortlist is not None
        lists = [self._shortlist.of(row[row > 0].tolist()) for row in source]
        for i, more in enumerate(required):
            lists[i] = np.union1d(lists[i], np.fromiter(more, np.int32))
        pieces = np.unique(np.concatenate(lists))
        allowed = np.zeros((len(source), len(pieces)), bool)
        for row, of_row in zip(allowed, lists, strict=True):
            row[np.searchsorted(pieces, of_row)] = True
        kernel, bias = self._projection.kernel[:, pieces], self._projection.bias[pieces]
        return _Listed(pieces, _value(kernel), _value(bias), _value(allowed))

    def _keep(self, state: DecodingState, sources: Ints) -> DecodingState:
        listed = state.shortlist
        if listed is not None:
            listed = listed._replace(allowed=self._take(listed.allowed, sources))
        return super()._keep(state, sources)._replace(shortlist=listed)

    def _run(
        self, tokens: NDArray[np.int32], parents: NDArray[np.int32], state: DecodingState, k: int
    ) -> tuple[NDArray[np.float32], Ints, NDArray[np.float32] | None, tuple[Any, ...]]:
        names = [
            *("tokens", "parents", "mask"),
            *(f"memory_{i}" for i in range(len(state.memory))),
            *(f"state_{i}" for i in range(len(state.states))),
        ]
        values = [_value(tokens), _value(parents), state.mask, *state.memory, *state.states]
        # A graph leaves out what it has no use for, such as the mask without attention.
        given = {
            name: value for name, value in zip(names, values, strict=True) if name in self._inputs
        }
        outputs, looked, *states = self._step.run_with_ort_values(None, given)
        best, ids = self._best(outputs, state.shortlist, k)
        attention = looked.numpy()
        return best, ids, attention if attention.shape[2] else None, tuple(states)

    def _best(
        self, outputs: Any, listed: _Listed | None, k: int
    ) -> tuple[NDArray[np.float32], Ints]:
        given = {"outputs": outputs}
        count = len(self._projection.bias)
        if listed is not None:
            given |= {"kernel": listed.kernel, "bias": listed.bias, "allowed": listed.allowed}
            count = len(listed.pieces)
        given["k"] = _value(np.array(min(k, count), np.int32))
        best, ids = (value.numpy() for value in self._last.run_with_ort_values(None, given))
        if listed is None:
            return best, ids
        return np.where(best > _FORBIDDEN, best, -np.inf), listed.pieces[ids]

    def _take(self, array: Any, rows: Ints) -> Any:
        return _value(array.numpy()[rows])


# Pieces that are on another sentence's list alone score less than this.
_FORBIDDEN = -1e8


def _value(array: NDArray[Any]) -> Any:
    # `ascontiguousarray` alone would make a vector of a number.
    whole = array if array.flags.c_contiguous else np.ascontiguousarray(array)
    return onnxruntime.OrtValue.ortvalue_from_numpy(whole)
