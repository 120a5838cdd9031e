"""The engine that runs the inference models by ONNX Runtime, without Keras and TensorFlow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.system import usable_cores
from malgil.modeling.inference.engine import DecodingState, GridEngine, Ints, source_batch
from malgil.modeling.inference.graphs.builder import Graph
from malgil.modeling.inference.graphs.inference_graphs import PROJECTION, InferenceGraphs
from malgil.modeling.inference.graphs.weights import arrange_weights
from malgil.modeling.inference.shortlist import Shortlist

# ONNX Runtime would log errors, in color, besides raising them.
_ERRORS_OFF = 4
# The bias of a token that is only on the shortlist of another sentence of the batch.
# Log-probabilities below the limit belong to such tokens.
_NOT_LISTED, _NOT_LISTED_LIMIT = np.float32(-1e9), -1e8


# ONNX Runtime (1.32) starts to record usage data when it is imported.
onnxruntime.disable_telemetry_events()
onnxruntime.set_default_logger_severity(_ERRORS_OFF)


class _ListedProjection(NamedTuple):
    """The projection to the tokens on the shortlists of a batch.

    Attributes:
        ids: `(listed,)`, the tokens on the shortlist of any sentence.
        kernel: `(listed, units)`, their rows of the projection's kernel.
        bias: `(batch, 1, listed)`, very low for tokens that are not on the sentence's shortlist.
    """

    ids: Ints
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]


class OnnxEngine(GridEngine):
    """Runs the graphs of `inference.graphs`. It is thread-safe.

    Args:
        graphs: The inference models.
        weights: An array for each variable of the model, by its path.
        shortlist: The tokens to score for each sentence; None for the whole vocabulary.
        threads: The number of threads of a decoding step, at most one per processor; 0 for one per
            processor.

    Raises:
        ValueError: If the weights do not match the graphs.
        UserError: If ONNX Runtime cannot run a graph.
    """

    def __init__(
        self,
        graphs: InferenceGraphs,
        weights: Mapping[str, NDArray[Any]],
        shortlist: Shortlist | None = None,
        threads: int = 0,
    ) -> None:
        arranged = arrange_weights(weights, {**graphs.encoder.weights, **graphs.step.weights})
        # The encoder's operations are small: more threads would only wait and slow down others.
        self._encoder = _session(graphs.encoder, arranged, 1)
        self._step = _session(graphs.listed_step if shortlist else graphs.step, arranged, threads)
        self._shortlist = shortlist
        self._bias = weights[f"{PROJECTION}/bias"]
        # (vocabulary, units), as selecting rows is faster than selecting columns.
        kernel = weights[f"{PROJECTION}/kernel"]
        self._kernel = np.ascontiguousarray(kernel.T) if shortlist else None
        names = [output.name for output in self._encoder.get_outputs()]
        self._memory_names, self._state_names = (
            [name for name in names if name.startswith(kind)] for kind in ("memory_", "state_")
        )
        self._has_attention = any(output.name == "attention" for output in self._step.get_outputs())

    def encode(
        self, sources: Sequence[Sequence[int]], required: Sequence[Iterable[int]] = ()
    ) -> DecodingState:
        """Encode a batch; see `Engine.encode`."""
        mask, *rest = _run(self._encoder, {"source": source_batch(sources)})
        rows = np.arange(len(sources))
        memory = tuple(rest[: len(self._memory_names)])
        states = tuple(rest[len(memory) :])
        listed = self._listed_projection(sources, required) if self._shortlist else None
        return DecodingState(mask, memory, states, rows, rows, len(sources), listed)

    def _listed_projection(
        self, sources: Sequence[Sequence[int]], required: Sequence[Iterable[int]]
    ) -> _ListedProjection:
        assert self._shortlist is not None and self._kernel is not None
        is_listed = np.zeros((len(sources), len(self._bias)), bool)  # (batch, vocabulary)
        for row, source in zip(is_listed, sources, strict=True):
            row[self._shortlist.tokens_for(source)] = True
        for row, tokens in zip(is_listed, required, strict=False):
            row[list(tokens)] = True
        ids = np.flatnonzero(is_listed.any(axis=0))
        bias = np.where(is_listed[:, None, ids], self._bias[ids], _NOT_LISTED)
        return _ListedProjection(ids, self._kernel[ids], bias)

    def _select_sources(self, state: DecodingState, sources: Ints) -> DecodingState:
        listed: _ListedProjection | None = state.shortlist
        if listed is not None:
            listed = listed._replace(bias=listed.bias[sources])
        return super()._select_sources(state, sources)._replace(shortlist=listed)

    def _run(
        self, tokens: NDArray[np.int32], parents: NDArray[np.int32], state: DecodingState, k: int
    ) -> tuple[NDArray[np.float32], Ints, NDArray[np.float32] | None, tuple[Any, ...]]:
        listed: _ListedProjection | None = state.shortlist
        count = len(self._bias if listed is None else listed.ids)
        inputs = {
            "tokens": tokens,
            "parents": parents,
            "k": np.array([min(k, count)], np.int64),
            "mask": state.mask,
            **dict(zip(self._memory_names, state.memory, strict=True)),
            **dict(zip(self._state_names, state.states, strict=True)),
        }
        if listed is not None:
            inputs |= {"kernel": listed.kernel, "bias": listed.bias}
        best, ids, *states = _run(self._step, inputs)
        attention = states.pop() if self._has_attention else None
        if listed is not None:
            best, ids = (array.reshape(tokens.size, -1) for array in (best, listed.ids[ids]))
            best[best < _NOT_LISTED_LIMIT] = -np.inf
        return best, ids, attention, tuple(states)


def _session(graph: Graph, weights: Mapping[str, NDArray[Any]], threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(threads, usable_cores())
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_OFF
    names = list(graph.weights)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(weights[name]) for name in names]
    with _engine_errors():
        options.add_external_initializers(names, values)
        return onnxruntime.InferenceSession(graph.content, options, ["CPUExecutionProvider"])


def _run(session: Any, inputs: Mapping[str, NDArray[Any]]) -> list[Any]:
    """Run a graph, and return its outputs."""
    with _engine_errors():
        return list(session.run(None, inputs))


@contextlib.contextmanager
def _engine_errors() -> Iterator[None]:
    """Turn the exceptions of ONNX Runtime into a one-line `UserError`."""
    try:
        yield
    except Exception as error:  # they have no common base class
        message = _(
            "a graph of the translator cannot be run ({reason}). Train it again, or set "
            "inference.engine = keras."
        )
        reason = " ".join(str(error).split())[:200]
        raise UserError(message.format(reason=reason)) from error
