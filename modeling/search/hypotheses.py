"""Live hypotheses, all of one length, as arrays; and what they are measured in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

GRID_STEPS = 100_000  # grid steps per unit of log-probability
_ROUNDING_ERROR = 1e-3  # a log-probability may come in above 0 by no more than this


class ActiveHypotheses(NamedTuple):
    """Hypotheses, all of one length: `(rows,)` live ones, or `(searches, width)` candidates."""

    searches: np.ndarray  # whose they are
    tokens: np.ndarray  # last token
    parents: np.ndarray  # row of the step that chose the token
    token_totals: np.ndarray  # log-probability of the last token, in grid steps
    totals: np.ndarray  # log-probability of the hypothesis, in grid steps (see `to_grid`)

    def where(self, mask: np.ndarray) -> ActiveHypotheses:
        """Those under the mask, flat, in their order."""
        return ActiveHypotheses(*(values[mask] for values in self))


BackPointers = list[tuple[ActiveHypotheses, "np.ndarray | None"]]
"""Per step what it was asked and its attention: the back pointers of the search."""


def first_rows(limits: np.ndarray, copies: int, bos: int) -> ActiveHypotheses:
    """One row for each search that may have a token at all.

    Args:
        limits: `(searches,)` most tokens.
        copies: How many searches each sentence has, one after another.
        bos: What each begins with.
    """
    searches = np.flatnonzero(limits > 0).astype(np.int32)
    totals = np.zeros(searches.size)
    parents = (searches // copies).astype(np.int32)
    return ActiveHypotheses(searches, np.full_like(searches, bos), parents, totals, totals)


def to_grid(log_probabilities: np.ndarray) -> np.ndarray:
    """Log-probabilities in whole grid steps of 1e-5, as float64; -inf stays.

    The last bits of a step's numbers change with the shape of the batch. On the grid, equally
    likely tokens stay so; and as sums of whole numbers are exact, so do equally likely hypotheses.
    (Of unequal ones, noise can still turn round two that are no more than a grid step apart.)
    """
    if not np.all(log_probabilities <= _ROUNDING_ERROR):  # so that nan is refused too
        raise ValueError(f"a step must return log-probabilities. Received: {log_probabilities}.")
    return np.minimum(np.rint(log_probabilities.astype(np.float64) * GRID_STEPS), 0.0)
