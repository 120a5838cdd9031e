"""Engines: run the inference models, and arrange the hypotheses in their tensors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.modeling.search import StepOutput

Ints = NDArray[np.integer[Any]]


class DecodingState(NamedTuple):
    """The state of a search between two steps: tensors of the model, and the hypotheses in them.

    The tensors have `width` rows for each source, the number of hypotheses of the source with the
    most. The search only sees the active hypotheses, `rows` of them.

    Attributes:
        mask: `(batch, src_len)` bool, True for a real token.
        memory: The tensors `(batch, src_len, …)` that the decoder needs of the sources.
        states: The states of the decoder, tensors `(batch · width, …)`.
        sources: `(rows,)`, the source of each active hypothesis.
        state_rows: `(rows,)`, the row of each active hypothesis in `states`.
        batch: The number of sources.
        shortlist: The tokens that an engine with a shortlist scores, in a form of its own.
    """

    mask: Any
    memory: tuple[Any, ...]
    states: tuple[Any, ...]
    sources: Ints
    state_rows: Ints
    batch: int
    shortlist: Any = None


class _Layout(NamedTuple):
    """The active hypotheses in a grid with `width` columns for each source; free cells contain 0.

    Attributes:
        tokens: `(batch, width)`, the last token of each hypothesis.
        parents: `(batch · width,)`, the rows of the states that they continue.
        sources: `(rows,)`, the source of each active hypothesis.
        columns: `(rows,)`, the column of each active hypothesis.
    """

    tokens: NDArray[np.int32]
    parents: NDArray[np.int32]
    sources: Ints
    columns: Ints

    @property
    def state_rows(self) -> Ints:
        """The row of each active hypothesis in the flattened grid, `(rows,)`."""
        return self.sources * self.tokens.shape[1] + self.columns


def _lay_out(last_tokens: Ints, parents: Ints, sources: Ints, batch: int) -> _Layout:
    """Arrange active hypotheses in a grid as wide as the source with the most hypotheses.

    Args:
        last_tokens: `(rows,)`.
        parents: `(rows,)`, the rows of the states that they continue.
        sources: `(rows,)`, the source of each hypothesis; each source has one or more.
        batch: The number of sources.
    """
    counts = np.bincount(sources, minlength=batch)
    order = np.argsort(sources, kind="stable")
    columns = np.empty_like(sources)
    columns[order] = np.arange(len(sources)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = int(counts.max())
    layout = _Layout(
        np.zeros((batch, width), np.int32), np.zeros(batch * width, np.int32), sources, columns
    )
    layout.tokens[sources, columns] = last_tokens
    layout.parents[layout.state_rows] = parents
    return layout


def source_batch(sources: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """Return the ids of sentences as `(batch, src_len)`, padded on the right with 0."""
    padded = np.zeros((len(sources), max(map(len, sources))), np.int32)
    for row, ids in zip(padded, sources, strict=True):
        row[: len(ids)] = ids
    return padded


class Engine(ABC):
    """Runs a trained model for `search.beam_search`, whose step function is `step`."""

    @abstractmethod
    def encode(
        self, sources: Sequence[Sequence[int]], required: Sequence[Iterable[int]] = ()
    ) -> Any:
        """Encode a batch.

        Args:
            sources: The ids of each sentence, one or more.
            required: The tokens that the translation of each sentence may need in any case. Engines
                that score only a shortlist of likely tokens add them.

        Returns:
            The initial state of a search, with one row for each sentence.
        """

    @abstractmethod
    def step(self, last_tokens: Ints, parent_rows: Ints, state: Any, k: int) -> StepOutput:
        """Take one decoding step; see `search.Step`."""


class GridEngine(Engine):
    """An engine whose models take hypotheses as a grid `(batch, width)`.

    The hypotheses of a sentence share the memory of its source, which is not copied.
    """

    @abstractmethod
    def _run(
        self,
        tokens: NDArray[np.int32],
        parents: NDArray[np.int32],
        state: DecodingState,
        k: int,
    ) -> tuple[NDArray[np.float32], Ints, NDArray[np.float32] | None, tuple[Any, ...]]:
        """Run one step of the decoder.

        Args:
            tokens: `(batch, width)`, the last token of each hypothesis.
            parents: `(batch · width,)`, the rows of the states that they continue.
            state: The state before the step.
            k: The number of next tokens to return for each hypothesis.

        Returns:
            Log-probabilities and ids `(batch · width, k)`, best first; attention weights `(batch,
            width, src_len)`, the mean over heads, or None; the new states.
        """

    def _select_sources(self, state: DecodingState, sources: Ints) -> DecodingState:
        """Return the state with the mask and memory of the given sources only."""
        memory = tuple(tensor[sources] for tensor in state.memory)
        return state._replace(mask=state.mask[sources], memory=memory)

    def step(
        self, last_tokens: Ints, parent_rows: Ints, state: DecodingState, k: int
    ) -> StepOutput:
        """Take one decoding step; see `search.Step`."""
        sources = state.sources[parent_rows]
        parents = state.state_rows[parent_rows]
        width, rest = divmod(len(sources), state.batch)
        if not rest and np.array_equal(sources, np.arange(len(sources)) // width):
            # The usual case: the hypotheses fill the grid in order.
            tokens = last_tokens.astype(np.int32, copy=False).reshape(-1, width)
            best, ids, attention, states = self._run(
                tokens, parents.astype(np.int32, copy=False), state, k
            )
            if attention is not None:
                attention = attention.reshape(len(sources), -1)
            state = state._replace(
                states=states, sources=sources, state_rows=np.arange(len(sources))
            )
            return StepOutput(best, ids, attention, state)
        active_sources, sources = np.unique(sources, return_inverse=True)  # renumber the sources
        batch = len(active_sources)
        if batch < state.batch:  # drop finished sentences
            state = self._select_sources(state, active_sources)
        layout = _lay_out(last_tokens, parents, sources, batch)
        rows = layout.state_rows
        state = state._replace(sources=sources, state_rows=rows, batch=batch)
        best, ids, attention, states = self._run(layout.tokens, layout.parents, state, k)
        if attention is not None:
            attention = attention[sources, layout.columns]
        return StepOutput(best[rows], ids[rows], attention, state._replace(states=states))
