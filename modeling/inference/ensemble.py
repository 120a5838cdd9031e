"""Ensembles of engines, which average the log-probabilities of each next token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malgil.modeling.inference.engine import Engine, Ints
from malgil.modeling.search import ALL, StepOutput


class Ensemble(Engine):
    """Averages the log-probabilities and the attention of several engines.

    Args:
        engines: Engines with the same vocabularies and without shortlists.

    Source: Sutskever et al. 2014, "Sequence to Sequence Learning with Neural Networks", sec. 3.6;
        here with the geometric mean of the probabilities.
    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = list(engines)

    def encode(
        self, sources: Sequence[Sequence[int]], required: Sequence[Iterable[int]] = ()
    ) -> tuple[Any, ...]:
        """Return the states of all engines; see `Engine.encode`."""
        return tuple(engine.encode(sources, required) for engine in self._engines)

    def step(self, last_tokens: Ints, parent_rows: Ints, state: Any, k: int) -> StepOutput:
        """Take one decoding step; see `search.Step`."""
        outputs = [
            engine.step(last_tokens, parent_rows, engine_state, ALL)
            for engine, engine_state in zip(self._engines, state, strict=True)
        ]
        mean = np.mean([_by_id(output) for output in outputs], axis=0)
        # Normalize, as the geometric means of probabilities sum to less than 1.
        mean -= np.log(np.exp(mean).sum(axis=1, keepdims=True))
        ids = np.argsort(-mean, axis=1, kind="stable")[:, :k]
        attention = [output.attention for output in outputs if output.attention is not None]
        return StepOutput(
            np.take_along_axis(mean, ids, axis=1),
            ids,
            np.mean(attention, axis=0) if attention else None,
            tuple(output.state for output in outputs),
        )


def _by_id(output: StepOutput) -> NDArray[np.float64]:
    """Return log-probabilities `(rows, vocabulary)`, each in the column of its id."""
    log_probabilities = np.empty(output.ids.shape)
    np.put_along_axis(
        log_probabilities, output.ids.astype(np.int64), output.log_probabilities, axis=1
    )
    return log_probabilities
