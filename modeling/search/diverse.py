"""Diverse beam search: groups of hypotheses that avoid each other's tokens."""

from __future__ import annotations

from collections import Counter

import numpy as np

from malgil.modeling.search.active_hypotheses import GRID_STEPS, ActiveHypotheses, to_grid
from malgil.modeling.search.selection import Candidates, joined, rank, split
from malgil.modeling.search.step import StepOutput


class DiverseBeamSearch:
    """Each group is a beam search of its own, but for this: a token that groups before it have
    chosen at the same step counts less, by `diversity` for each time.

    The penalty decides what is chosen; it is not part of a hypothesis's log-probability.

    Args:
        groups: How many each sentence has. Search number s is group s % groups of its sentence.
        width: Live hypotheses of each group.
        diversity: λ.
        eos: The id of the end.

    Source: Vijayakumar et al. 2018, "Diverse Beam Search", eq. 4 with Hamming diversity (sec. 5.1).
    """

    def __init__(self, groups: int, width: int, diversity: float, eos: int) -> None:
        self._groups = groups
        self._width = width
        self._diversity = diversity * GRID_STEPS
        self._eos = eos
        # The others have at most width tokens each, and as many ends: that many may fall behind.
        self.k = 2 * groups * width + 1

    def choose(self, rows: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Choose for one group after the other; see `BeamSearch.choose`."""
        token_totals = to_grid(output.log_probabilities)
        totals = rows.totals[:, None] + token_totals
        taken: Counter[tuple[int, int]] = Counter()  # (sentence, token) → how often
        parts: list[Candidates] = []
        for group in range(self._groups):
            numbers = np.flatnonzero(rows.searches % self._groups == group)
            if not numbers.size:
                continue
            some, ids = rows.where(numbers), output.ids[numbers]
            values = totals[numbers] - self._diversity * self._counts(taken, some.searches, ids)
            candidates = rank(
                some, ids, token_totals[numbers], totals[numbers], values, 2 * self._width, numbers
            )
            is_ending, is_live = split(candidates, self._width, self._eos)
            parts.append(Candidates(candidates, is_ending, is_live))
            chosen = candidates.where(is_ending | is_live)
            taken.update(
                zip((chosen.searches // self._groups).tolist(), chosen.tokens.tolist(), strict=True)
            )
        return joined(parts)

    def _counts(
        self, taken: Counter[tuple[int, int]], searches: np.ndarray, ids: np.ndarray
    ) -> np.ndarray:
        """How often earlier groups took each next token: `(rows, k)`."""
        if not taken:
            return np.zeros(ids.shape)
        sentences = (searches // self._groups).tolist()
        return np.array(
            [
                [taken[sentence, token] for token in of_row]
                for sentence, of_row in zip(sentences, ids.tolist(), strict=True)
            ]
        )
