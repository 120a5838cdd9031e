"""What runs the inference models, and how hypotheses lie in its tensors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.modeling.search import StepOutput

Ints = NDArray[np.integer[Any]]


class DecodingState(NamedTuple):
    """What a decoding step needs of the steps before it.

    Attributes:
        mask: `(batch, src_len)` bool, True for a real token.
        memory: What the decoder needs of the sources: tensors `(batch, src_len, …)`.
        states: What it needs of its own steps: tensors `(batch · width, …)`.
        sources: `(rows,)`, the source of each live hypothesis.
        places: `(rows,)`, where in `states` it stands.
        batch: How many sources there are.
        shortlist: What an engine keeps of the pieces that a translation may be made of.
    """

    mask: Any
    memory: tuple[Any, ...]
    states: tuple[Any, ...]
    sources: Ints
    places: Ints
    batch: int
    shortlist: Any = None


class _Layout(NamedTuple):
    """Rows of hypotheses, as many for each source: what is missing is filled up.

    Attributes:
        tokens: `(batch, width)`, the last one of each.
        parents: `(batch · width,)`, the rows of the states that they continue.
        sources: `(rows,)`, the source of each live hypothesis.
        slots: `(rows,)`, its place among those of its source.
    """

    tokens: NDArray[np.int32]
    parents: NDArray[np.int32]
    sources: Ints
    slots: Ints

    @property
    def places(self) -> Ints:
        """`(rows,)`, where each live hypothesis stands among all rows."""
        return self.sources * self.tokens.shape[1] + self.slots


def _lay_out(last_tokens: Ints, parents: Ints, sources: Ints, batch: int) -> _Layout:
    """Give each source as many rows as the one with the most has."""
    counts = np.bincount(sources, minlength=batch)
    order = np.argsort(sources, kind="stable")
    slots = np.empty_like(sources)
    slots[order] = np.arange(len(sources)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = int(counts.max())
    layout = _Layout(
        np.zeros((batch, width), np.int32), np.zeros(batch * width, np.int32), sources, slots
    )
    layout.tokens[sources, slots] = last_tokens
    layout.parents[layout.places] = parents
    return layout


def source_batch(sources: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """Return the ids of sentences as `(batch, src_len)`, padded on the right with 0."""
    padded = np.zeros((len(sources), max(map(len, sources))), np.int32)
    for row, ids in zip(padded, sources, strict=True):
        row[: len(ids)] = ids
    return padded


class Engine(ABC):
    """Runs inference models. What `search.beam_search` drives."""

    @abstractmethod
    def encode(
        self, sources: Sequence[Sequence[int]], required: Sequence[Iterable[int]] = ()
    ) -> Any:
        """Encode a batch.

        Args:
            sources: The ids of each sentence, one or more.
            required: For each sentence the pieces that must be possible in its translation, for
                engines that leave out unlikely ones.

        Returns:
            The state from which decoding starts: one row for each sentence.
        """

    @abstractmethod
    def step(self, last_tokens: Ints, parent_rows: Ints, state: Any, k: int) -> StepOutput:
        """Take one decoding step; see `search.Step`."""


class GridEngine(Engine):
    """An engine whose models see hypotheses as a grid: as many rows for each sentence.

    The hypotheses of a sentence share what is known of its source: it is not copied for each.
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
            tokens: `(batch, width)`.
            parents: `(batch · width,)` rows of the states.
            state: Whose memory belongs to the batch.
            k: How many of the best next pieces.

        Returns:
            Log-probabilities and ids `(batch · width, k)`, best first; attention weights `(batch,
            width, src_len)`, the mean over heads, or None; the new states.
        """

    def _keep(self, state: DecodingState, sources: Ints) -> DecodingState:
        """Return the state with the memory of some of the sources alone."""
        memory = tuple(part[sources] for part in state.memory)
        return state._replace(mask=state.mask[sources], memory=memory)

    def step(
        self, last_tokens: Ints, parent_rows: Ints, state: DecodingState, k: int
    ) -> StepOutput:
        """Take one decoding step; see `search.Step`."""
        sources = state.sources[parent_rows]
        parents = state.places[parent_rows]
        width, rest = divmod(len(sources), state.batch)
        if not rest and np.array_equal(sources, np.arange(len(sources)) // width):
            # All sources have as many rows, which lie as they should: most steps are such.
            tokens = last_tokens.astype(np.int32, copy=False).reshape(-1, width)
            best, ids, attention, states = self._run(
                tokens, parents.astype(np.int32, copy=False), state, k
            )
            looked = None if attention is None else attention.reshape(len(sources), -1)
            state = state._replace(states=states, sources=sources, places=np.arange(len(sources)))
            return StepOutput(best, ids, looked, state)
        kept, own = np.unique(sources, return_inverse=True)
        if len(kept) < state.batch:  # finished sentences leave
            state = self._keep(state, kept)
        layout = _lay_out(last_tokens, parents, own, len(kept))
        state = state._replace(sources=own, places=layout.places, batch=len(kept))
        best, ids, attention, states = self._run(layout.tokens, layout.parents, state, k)
        rows = layout.places
        looked = None if attention is None else attention[layout.sources, layout.slots]
        return StepOutput(best[rows], ids[rows], looked, state._replace(states=states))
