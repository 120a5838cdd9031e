"""Runs the inference models by ONNX Runtime, without Keras and TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.modeling.inference.engine import DecodingState, Engine, Ints
from malgil.modeling.inference.shortlist import Shortlist

_WARNINGS_OFF = 3
_OWN_INPUTS = ("tokens", "parents", "k", "kernel", "bias")
# What a piece that is on another sentence's list alone scores less; and the most it then scores.
_NOT_LISTED, _FORBIDDEN = np.float32(-1e9), -1e8


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
        kernel: Their rows of the last layer, `(pieces, units)`.
        bias: `(batch, 1, pieces)`, very low for what is not on a sentence's own list.
    """

    pieces: Ints
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]


class OnnxEngine(Engine):
    """Runs the graphs that `modeling.inference.export` wrote.

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
        # The encoder's steps are small, and threads that wait for them would hold up the others.
        self._encoder = _session(graphs["encoder"], 1)
        self._step = _session(graphs["step"], threads)
        self._shortlist = shortlist
        self._bias = projection.bias
        # A row for each piece: some of them are put together quickly.
        self._kernel = np.ascontiguousarray(projection.kernel.T) if shortlist else None
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
        if len(self._inputs) != len(taken):
            raise UserError(
                "the graphs of the translator are not those of this program. Train it again, or "
                "set "
                "inference.engine = keras."
            )
        self._all = _Listed(
            np.zeros(0, np.int32),
            np.zeros((0, len(projection.kernel)), np.float32),
            np.zeros((1, 1, 0), np.float32),
        )

    def encode(
        self, source: NDArray[np.int32], required: Sequence[Iterable[int]] = ()
    ) -> DecodingState:
        """Encode a batch; see `Engine.encode`."""
        mask, *rest = self._encoder.run(None, {"source": source})
        rows = np.arange(len(source))
        memory, states = tuple(rest[: self._memory]), tuple(rest[self._memory :])
        listed = self._listed(source, required) if self._shortlist else None
        return DecodingState(mask, memory, states, rows, rows, len(source), listed)

    def _listed(self, source: NDArray[np.int32], required: Sequence[Iterable[int]]) -> _Listed:
        assert self._shortlist is not None and self._kernel is not None
        listed = np.zeros((len(source), len(self._bias)), bool)
        for row, ids in zip(listed, source, strict=True):
            row[self._shortlist.of(ids[ids > 0])] = True
        for row, more in zip(listed, required, strict=False):
            row[list(more)] = True
        pieces = np.flatnonzero(listed.any(axis=0))
        bias = np.where(listed[:, None, pieces], self._bias[pieces], _NOT_LISTED)
        return _Listed(pieces, self._kernel[pieces], bias)

    def _keep(self, state: DecodingState, sources: Ints) -> DecodingState:
        listed = state.shortlist
        if listed is not None:
            listed = listed._replace(bias=listed.bias[sources])
        return super()._keep(state, sources)._replace(shortlist=listed)

    def _run(
        self, tokens: NDArray[np.int32], parents: NDArray[np.int32], state: DecodingState, k: int
    ) -> tuple[NDArray[np.float32], Ints, NDArray[np.float32] | None, tuple[Any, ...]]:
        listed: _Listed = state.shortlist or self._all
        count = len(listed.pieces) or len(self._bias)
        values = [
            tokens,
            parents,
            np.array(min(k, count), np.int32),
            *listed[1:],
            state.mask,
            *state.memory,
            *state.states,
        ]
        given = {name: values[place] for name, place in self._inputs}
        best, ids, attention, *states = self._step.run(None, given)
        best, ids = best.reshape(tokens.size, -1), ids.reshape(tokens.size, -1)
        if len(listed.pieces):
            ids = listed.pieces[ids]
            best[best < _FORBIDDEN] = -np.inf
        return best, ids, attention if attention.shape[2] else None, tuple(states)

    def _take(self, array: Any, rows: Ints) -> Any:
        return array[rows]


def _session(graph: bytes, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _WARNINGS_OFF
    try:
        return onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])
    except Exception as error:  # of many classes, without one of their own in common
        # Weights that a graph seeks in another file are among what it refuses.
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"a graph of the translator cannot be run ({reason}). Train it again, or set "
            "inference.engine = keras."
        ) from error
