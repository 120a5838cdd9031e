"""Drawing translations at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from malgil.modeling.search.active_hypotheses import ActiveHypotheses, to_grid
from malgil.modeling.search.request import SearchOptions
from malgil.modeling.search.selection import Candidates
from malgil.modeling.search.step import ALL, StepOutput


class Sampling:
    """Draws the next token of each row from the distribution to the power of 1 / temperature,
    among the best alone where that is wanted.

    A sentence's draws depend on its seed alone, not on what else is in the batch.

    Args:
        seeds: One for each sentence.
        options: `temperature`, `sample_top_k`, `sample_top_p`, and how many samples are drawn.
        eos: The id of the end.

    Source: the best k: Fan et al. 2018, "Hierarchical Neural Story Generation", sec. 5.1; the best
        with a share of p: Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration",
        eq. 2 and 3.
    """

    def __init__(self, seeds: Sequence[int], options: SearchOptions, eos: int) -> None:
        self._options = options
        self._eos = eos
        self._generators = [
            np.random.default_rng([seed, copy]) for seed in seeds for copy in range(options.copies)
        ]
        self.k = options.sample_top_k or ALL

    def choose(self, rows: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Draw one token for each row; see `BeamSearch.choose`."""
        token_totals = to_grid(output.log_probabilities)
        shares = self.distribution(output.log_probabilities)
        is_possible = np.isfinite(output.log_probabilities).any(axis=1)
        draws = np.array([self._generators[search].random() for search in rows.searches.tolist()])
        places = (np.cumsum(shares, axis=1) <= draws[:, None]).sum(axis=1)
        # Rounding may leave the last sum below 1: then it is the last token that has a share.
        last = shares.shape[1] - 1 - np.argmax(shares[:, ::-1] > 0, axis=1)
        places = np.minimum(places, last)
        numbers = np.arange(rows.tokens.size, dtype=np.int32)
        chosen = token_totals[numbers, places]
        candidates = ActiveHypotheses(
            rows.searches,
            output.ids[numbers, places].astype(np.int32),
            numbers,
            chosen,
            np.where(is_possible, rows.totals + chosen, -np.inf),
        )
        candidates = ActiveHypotheses(*(array[:, None] for array in candidates))
        is_eos = candidates.tokens == self._eos
        is_drawn = is_possible[:, None]
        return Candidates(candidates, is_drawn & is_eos, is_drawn & ~is_eos)

    def distribution(self, log_probabilities: np.ndarray) -> np.ndarray:
        """What is drawn from: `(rows, k)`, each row's sum 1; zeros where all is forbidden.

        Args:
            log_probabilities: `(rows, k)`, falling within a row but for what is forbidden.
        """
        scaled = log_probabilities.astype(np.float64) / self._options.temperature
        # Forbidden tokens stand among the others: what is best is found anew.
        order = np.argsort(-scaled, axis=1, kind="stable")
        best = np.take_along_axis(scaled, order, axis=1)
        if self._options.sample_top_k:
            best[:, self._options.sample_top_k :] = -np.inf
        largest = np.where(np.isfinite(best[:, :1]), best[:, :1], 0.0)
        shares = np.exp(best - largest)
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
        before = np.cumsum(shares, axis=1) - shares  # what the better ones have together
        shares = np.where(before < self._options.sample_top_p, shares, 0.0)
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
        found = np.zeros_like(shares)
        np.put_along_axis(found, order, shares, axis=1)
        return found
