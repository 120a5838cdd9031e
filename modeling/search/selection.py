"""Which candidates of a step live on, and which end: plain beam search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from malgil.modeling.search.active_hypotheses import ActiveHypotheses, to_grid
from malgil.modeling.search.step import StepOutput

_NO_ID = np.iinfo(np.int32).max


class Candidates(NamedTuple):
    """The candidates of a step.

    Attributes:
        candidates: `(live searches, width)`, those of each search best first.
        is_ending: Bool, the same shape: those that end with eos.
        is_live: Those that go on.
        unmet: int, the same shape: how many constraints each lacks; None where there are none.
    """

    candidates: ActiveHypotheses
    is_ending: np.ndarray
    is_live: np.ndarray
    unmet: np.ndarray | None = None


class BeamSearch:
    """The best candidates of each search, by the sum of their log-probabilities.

    Those of the `width` best that end with eos are finished; the `width` best that do not end live
    on. Where all of the `width` best end, the search is done (this is what makes a beam of 1 the
    argmax loop, whatever the length penalty).

    Args:
        width: Live hypotheses of each search.
        eos: The id of the end.
    """

    def __init__(self, width: int, eos: int) -> None:
        self._width = width
        self._eos = eos
        # One of a row's next tokens at most is eos, so `width` others are left to go on with.
        self.k = width + 1

    def choose(self, rows: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Choose among the next tokens of all rows.

        Args:
            rows: What the step was asked.
            output: What it answered.
        """
        token_totals = to_grid(output.log_probabilities)
        totals = rows.totals[:, None] + token_totals
        if self._width == 1:
            return self._best(rows, output.ids, token_totals, totals)
        candidates = rank(rows, output.ids, token_totals, totals, totals, 2 * self._width)
        return Candidates(candidates, *split(candidates, self._width, self._eos))

    def _best(
        self, rows: ActiveHypotheses, ids: np.ndarray, token_totals: np.ndarray, totals: np.ndarray
    ) -> Candidates:
        """What `rank` and `split` give of one row for each search: its best next token."""
        # Among equally likely ones that with the lowest id.
        best = totals.max(axis=1, keepdims=True)
        places = np.where(totals == best, ids, _NO_ID).argmin(axis=1)
        each = np.arange(len(places))
        candidates = ActiveHypotheses(
            rows.searches[:, None],
            ids[each, places].astype(np.int32, copy=False)[:, None],
            each.astype(np.int32)[:, None],
            token_totals[each, places][:, None],
            best,
        )
        is_possible, is_eos = best > -np.inf, candidates.tokens == self._eos
        return Candidates(candidates, is_possible & is_eos, is_possible & ~is_eos)


def rank(
    rows: ActiveHypotheses,
    ids: np.ndarray,
    token_totals: np.ndarray,
    totals: np.ndarray,
    values: np.ndarray,
    width: int,
    numbers: np.ndarray | None = None,
) -> ActiveHypotheses:
    """The `width` best continuations of each search, `(live searches, width)`, best first.

    Ties fall to the better parent, then to the lower id.

    Args:
        rows: The rows that are continued; those of a search stand together.
        ids: `(rows, k)` next tokens.
        token_totals: Their log-probabilities, in grid steps.
        totals: Those of the hypotheses that they would make.
        values: What they are ranked by.
        width: How many of each search.
        numbers: Which rows of the step these are; all of them where it is None.
    """
    if numbers is None:
        numbers = np.arange(rows.tokens.size, dtype=np.int32)
    starts = np.flatnonzero(np.diff(rows.searches, prepend=-1))
    counts = np.diff(starts, append=rows.tokens.size)
    most, k = int(counts.max()), ids.shape[1]
    searches = np.repeat(rows.searches[starts], most * k)
    parents = np.repeat(numbers.astype(np.int32, copy=False), k)
    flat = ActiveHypotheses(
        searches,
        ids.astype(np.int32, copy=False).ravel(),
        parents,
        token_totals.ravel(),
        totals.ravel(),
    )
    by = values.ravel()
    if most * starts.size != rows.tokens.size:
        # Where a search has few rows, what is missing is impossible.
        slots = np.arange(most * k)
        places = np.minimum(starts[:, None] * k + slots, by.size - 1).ravel()
        is_filled = (slots < counts[:, None] * k).ravel()
        flat = ActiveHypotheses(searches, *(array[places] for array in flat[1:]))
        flat = flat._replace(totals=np.where(is_filled, flat.totals, -np.inf))
        by = np.where(is_filled, by[places], -np.inf)
    shape = (starts.size, most * k)
    keys = (flat.tokens.reshape(shape), flat.parents.reshape(shape), -by.reshape(shape))
    order = np.lexsort(keys, axis=-1)[:, :width]  # last key first
    best = order + np.arange(starts.size)[:, None] * shape[1]
    return ActiveHypotheses(*(array[best] for array in flat))


def split(candidates: ActiveHypotheses, width: int, eos: int) -> tuple[np.ndarray, np.ndarray]:
    """Which candidates are finished and which live on, both bool `(live searches, width)`."""
    is_possible = candidates.totals > -np.inf
    is_eos = candidates.tokens == eos
    is_ending = is_possible & is_eos
    is_ending[:, width:] = False
    is_live = is_possible & ~is_eos
    is_live &= np.cumsum(is_live, axis=1) <= width
    is_live &= is_live[:, :width].any(axis=1, keepdims=True)
    return is_ending, is_live


def joined(parts: list[Candidates]) -> Candidates:
    """Choices for some searches each as one, in the order of the searches."""
    width = max(part.is_live.shape[1] for part in parts)
    candidates = ActiveHypotheses(
        *(
            np.concatenate([_widened(array, width) for array in arrays])
            for arrays in zip(*(part.candidates for part in parts), strict=True)
        )
    )
    is_ending, is_live = (
        np.concatenate([_widened(array, width) for array in arrays])
        for arrays in zip(*((part.is_ending, part.is_live) for part in parts), strict=True)
    )
    order = np.argsort(candidates.searches[:, 0], kind="stable")
    candidates = ActiveHypotheses(*(array[order] for array in candidates))
    unmet = None
    if any(part.unmet is not None for part in parts):
        unmet = np.concatenate(
            [
                np.zeros((len(part.is_live), width), np.int64)
                if part.unmet is None
                else _widened(part.unmet, width)
                for part in parts
            ]
        )[order]
    return Candidates(candidates, is_ending[order], is_live[order], unmet)


def _widened(array: np.ndarray, width: int) -> np.ndarray:
    """The last column again until there are `width`; a mask gets none more that are true."""
    missing = width - array.shape[1]
    if not missing:
        return array
    last = np.repeat(array[:, -1:], missing, axis=1)
    return np.concatenate([array, last & False if array.dtype == bool else last], axis=1)
