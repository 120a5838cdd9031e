"""Diverse beam search: groups of hypotheses that avoid one another's tokens."""

from __future__ import annotations

from collections import Counter

import numpy as np

from malgil.modeling.search.beam_search import Candidates, concatenate, rank, split
from malgil.modeling.search.hypotheses import GRID_STEPS, ActiveHypotheses, to_grid
from malgil.modeling.search.request import StepOutput


class DiverseBeamSearch:
    """Chooses for one group after another, as `BeamSearch` does, but with a penalty of `diversity`
    for each time that an earlier group has chosen the same token in the same step.

    The penalty affects only the choice. It is not part of a hypothesis's log-probability.

    Args:
        groups: The number of groups of each sentence. Each group is a search: search s is group
            s % groups.
        group_size: Maximum number of active hypotheses of each group.
        diversity: λ.
        eos: The id of the end mark.

    Source: Vijayakumar et al. 2018, "Diverse Beam Search", eq. 4 with Hamming diversity (sec. 5.1).
    """

    def __init__(self, groups: int, group_size: int, diversity: float, eos: int) -> None:
        self._groups = groups
        self._group_size = group_size
        self._diversity = diversity * GRID_STEPS
        self._eos = eos
        # The other groups choose at most 2 * group_size tokens each, all of which may be penalized.
        self.k = 2 * groups * group_size + 1

    def choose(self, active: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Choose the candidates of one step; see `BeamSearch.choose`."""
        token_log_probabilities = to_grid(output.log_probabilities)
        counts: Counter[tuple[int, int]] = Counter()  # of each (sentence, token) chosen so far
        parts: list[Candidates] = []
        for group in range(self._groups):
            rows = np.flatnonzero(active.searches % self._groups == group)
            if not rows.size:
                continue
            group_active, ids = active.where(rows), output.ids[rows]
            penalties = self._diversity * self._overlap(counts, group_active.searches, ids)
            best = rank(
                group_active, ids, token_log_probabilities[rows], 2 * self._group_size, penalties
            )
            is_finished, is_active = split(best, self._group_size, self._eos)
            best = best._replace(parents=rows.astype(np.int32)[best.parents])
            parts.append(Candidates(best, is_finished, is_active))
            chosen = best.where(is_finished | is_active)
            sentences = (chosen.searches // self._groups).tolist()
            counts.update(zip(sentences, chosen.tokens.tolist(), strict=True))
        return concatenate(parts)

    def _overlap(
        self, counts: Counter[tuple[int, int]], searches: np.ndarray, ids: np.ndarray
    ) -> np.ndarray:
        """Return how often earlier groups have chosen each next token: `(rows, k)`."""
        if not counts:
            return np.zeros(ids.shape)
        sentences = (searches // self._groups).tolist()
        return np.array(
            [
                [counts.get((sentence, token), 0) for token in row]
                for sentence, row in zip(sentences, ids.tolist(), strict=True)
            ]
        )
