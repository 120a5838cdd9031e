"""The hypotheses that are closed, finished or cut, and what each is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from malgil.modeling.search.active_hypotheses import GRID_STEPS, ActiveHypotheses, BackPointers
from malgil.modeling.search.hypothesis import EMPTY, Hypothesis, coverage, trace
from malgil.modeling.search.request import Request, SearchOptions

# A position that was not looked at at all counts as if it had been this much.
_LEAST_COVERAGE = 1e-6


class _Closed(NamedTuple):
    """A hypothesis of `length` tokens that grows no more: row `row` of `rows`."""

    rows: ActiveHypotheses
    row: int
    length: int
    score: float
    is_finished: bool
    unmet: int  # how many of its constraints it lacks

    def rank(self) -> tuple[bool, int, float]:
        """Its place among others: finished ones first, as unfinished have not paid their end."""
        return not self.is_finished, self.unmet, -self.score


def length_penalty(length: int, alpha: float) -> float:
    """What a log-probability is divided by, so that long hypotheses can compete with short ones.

    Args:
        length: number of tokens, eos included.
        alpha: strength, 0 for none.

    Source: Wu et al. 2016, "Google's Neural Machine Translation System", eq. 14, lp(Y).
    """
    return ((5 + length) / 6) ** alpha


def coverage_penalty(looked: np.ndarray, beta: float) -> float:
    """What a hypothesis loses for each source position that it did not look at.

    Args:
        looked: `(src_len,)`, for each source position the sum of the attention to it.
        beta: strength, 0 for none.

    Returns:
        0 or less.

    Source: Wu et al. 2016, eq. 14, cp(X; Y).
    """
    return beta * float(np.log(np.clip(looked, _LEAST_COVERAGE, 1.0)).sum())


class FinishedHypotheses:
    """The closed hypotheses of every search, no more than can be among its `n_best`.

    Args:
        requests: One for each sentence.
        options: Those of the search.
        trail: The back pointers, which grow as the search goes on.
    """

    def __init__(
        self, requests: Sequence[Request], options: SearchOptions, trail: BackPointers
    ) -> None:
        self._requests = requests
        self._options = options
        self._trail = trail
        self._copies = options.copies
        self._n_best = 1 if options.temperature else options.n_best
        limits = [request.max_length for request in requests for _ in range(self._copies)]
        self._closed: list[list[_Closed]] = [[] for _ in limits]  # per search, best first
        alpha = options.length_penalty
        self._largest_penalties = np.array([length_penalty(n, alpha) for n in limits])
        self._scores_to_beat = np.full(len(limits), -np.inf)

    def close(
        self,
        rows: ActiveHypotheses,
        length: int,
        *,
        is_finished: bool,
        unmet: Sequence[int] | None = None,
    ) -> None:
        """Enter rows of `length` tokens, eos included."""
        penalty = length_penalty(length, self._options.length_penalty)
        for row, (search, total) in enumerate(zip(rows.searches, rows.totals, strict=True)):
            best = self._closed[search]
            score = float(total) / GRID_STEPS / penalty + self._coverage(rows, row, length)
            lacking = unmet[row] if unmet is not None else 0
            best.append(_Closed(rows, row, length, score, is_finished, lacking))
            best.sort(key=_Closed.rank)  # stable
            del best[self._n_best :]
            if len(best) == self._n_best:
                self._scores_to_beat[search] = best[-1].score

    def is_decided(self, candidates: ActiveHypotheses, is_live: np.ndarray) -> np.ndarray:
        """Bool `(live searches,)`: no live candidate can come to be among the `n_best`.

        A log-probability and the coverage penalty only fall, so that a live hypothesis scores at
        best its present sum over the length penalty of the maximum length.
        """
        searches = candidates.searches[:, 0]
        scores = self._scores_to_beat[searches]
        if not np.any(scores > -np.inf):
            return np.zeros(searches.size, dtype=bool)
        totals = np.where(is_live, candidates.totals, -np.inf).max(axis=1)
        bounds = totals / GRID_STEPS / self._largest_penalties[searches]
        decided: np.ndarray = scores >= bounds
        if self._copies == 1:
            return decided
        # Groups avoid what the others choose: they stop together.
        sentences = searches // self._copies
        return decided & ~np.isin(sentences, sentences[~decided])

    def results(self, sentence: int) -> list[Hypothesis]:
        """The hypotheses of one sentence, best first, never none."""
        first = sentence * self._copies
        found = [
            closed
            for search in range(first, first + self._copies)
            for closed in self._closed[search] or self._led_nowhere(search)
        ]
        if self._options.temperature:
            found.sort(key=_Closed.rank)
        elif self._copies > 1:
            found = self._in_turn(first)
        return [
            trace(self._trail, c.rows, c.row, c.length, c.score, c.is_finished) for c in found
        ] or [EMPTY]

    def _in_turn(self, first: int) -> list[_Closed]:
        """Of several groups the best of each, then the second best, …; no translation twice."""
        groups = [
            self._closed[search] or self._led_nowhere(search)
            for search in range(first, first + self._copies)
        ]
        places = range(max(map(len, groups)))
        found: list[_Closed] = []
        seen = set()
        for place in places:
            for closed in sorted((g[place] for g in groups if place < len(g)), key=_Closed.rank):
                ids = (tuple(self._ids(closed)), closed.is_finished)
                if ids not in seen:
                    seen.add(ids)
                    found.append(closed)
        return found[: self._n_best]

    def _ids(self, closed: _Closed) -> list[int]:
        return trace(self._trail, *closed[:5]).ids

    def _led_nowhere(self, search: int) -> list[_Closed]:
        """The best prefix of a search whose next tokens were all forbidden."""
        lengths = [n for n, (rows, _) in enumerate(self._trail) if search in rows.searches]
        if not lengths or lengths[-1] == 0:  # it never had a token
            return []
        rows, _ = self._trail[lengths[-1]]
        self.close(rows.where(rows.searches == search), lengths[-1], is_finished=False)
        return self._closed[search][:1]

    def _coverage(self, rows: ActiveHypotheses, row: int, length: int) -> float:
        beta = self._options.coverage_penalty
        looked = coverage(self._trail, rows, row, length) if beta else None
        if looked is None:
            return 0.0
        size = self._requests[rows.searches[row] // self._copies].source_length
        return coverage_penalty(looked[: size or None], beta)
