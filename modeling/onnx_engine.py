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
_OWN_INPUTS = ("tokens", "parents", "k", "kernel", "bias", "allowed")
# Pieces that are on another sentence's list alone score less than this.
_FORBIDDEN = -1e8


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
        graphs: `encoder` and `step`.
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
        # Idle threads that wait busily for a next sentence would hold up the steps of this one.
        self._encoder = _session(graphs["encoder"], threads, waits_busily=False)
        self._step = _session(graphs["step"], threads, waits_busily=True)
        self._projection = projection
        self._shortlist = shortlist
        names = [output.name for output in self._encoder.get_outputs()]
        self._memory = sum(name.startswith("memory") for name in names)
        memory, states = (
            [f"{kind}_{i}" for i in range(count)]
            for kind, count in (("memory", self._memory), ("state", len(names) - 1 - self._memory))
        )
        # A graph leaves out what it has no use for, such as the mask without attention.
        taken = {value.name for value in self._step.get_inputs()}
        names = [*_OWN_INPUTS, "mask", *memory, *states]
        self._inputs = [(name, place) for place, name in enumerate(names) if name in taken]
        self._all = _Listed(
            np.zeros(0, np.int32),
            _value(np.zeros((len(projection.kernel), 0), np.float32)),
            _value(np.zeros(0, np.float32)),
            _value(np.zeros((1, 0), bool)),
        )

    def encode(
        self, source: NDArray[np.int32], required: Sequence[Iterable[int]] = ()
    ) -> DecodingState:
        """Encode a batch; see `Engine.encode`."""
        mask, *rest = self._encoder.run_with_ort_values(None, {"source": _value(source)})
        rows = np.arange(len(source))
        memory, states = tuple(rest[: self._memory]), tuple(rest[self._memory :])
        listed = self._listed(source, required) if self._shortlist else None
        return DecodingState(mask, memory, states, rows, rows, len(source), listed)

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
        listed: _Listed = state.shortlist or self._all
        count = len(listed.pieces) or len(self._projection.bias)
        values = [
            _value(tokens),
            _value(parents),
            _value(np.array(min(k, count), np.int32)),
            *(listed.kernel, listed.bias, listed.allowed),
            state.mask,
            *state.memory,
            *state.states,
        ]
        given = {name: values[place] for name, place in self._inputs}
        best, ids, looked, *states = self._step.run_with_ort_values(None, given)
        log_probabilities, found, attention = best.numpy(), ids.numpy(), looked.numpy()
        if len(listed.pieces):
            found = listed.pieces[found]
            log_probabilities[log_probabilities < _FORBIDDEN] = -np.inf
        return log_probabilities, found, attention if attention.shape[2] else None, tuple(states)

    def _take(self, array: Any, rows: Ints) -> Any:
        return _value(array.numpy()[rows])


def _session(graph: bytes, threads: int, waits_busily: bool) -> Any:
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(waits_busily)))
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _WARNINGS_OFF
    return onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])


def _value(array: NDArray[Any]) -> Any:
    # `ascontiguousarray` alone would make a vector of a number.
    whole = array if array.flags.c_contiguous else np.ascontiguousarray(array)
    return onnxruntime.OrtValue.ortvalue_from_numpy(whole)
