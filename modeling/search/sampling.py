"""Sampling: translations drawn at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from malgil.modeling.search.beam_search import Candidates
from malgil.modeling.search.hypotheses import ActiveHypotheses, to_grid
from malgil.modeling.search.request import ALL, StepOutput
from malgil.settings import DecodingOptions

_TINY = 1e-300  # replaces a sum of 0, if every token is forbidden


class Sampling:
    """Draws the next token of each hypothesis from the model's distribution, raised to the power of
    1 / temperature and optionally truncated to the most probable tokens.

    Each sample is a separate search with one active hypothesis. A sentence's samples depend only on
    its seed, not on the other sentences of the batch.

    Args:
        seeds: One for each sentence.
        options: `n_best`, the number of samples of each sentence; `temperature`; `sample_top_k` and
            `sample_top_p`.
        eos: The id of the end mark.

    Source: top k: Fan et al. 2018, "Hierarchical Neural Story Generation", sec. 5.1; top p:
        Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration", eq. 2 and 3.
    """

    def __init__(self, seeds: Sequence[int], options: DecodingOptions, eos: int) -> None:
        self._options = options
        self._eos = eos
        self._generators = [
            np.random.default_rng([seed, sample])
            for seed in seeds
            for sample in range(options.n_best)
        ]
        self.k = options.sample_top_k or ALL

    def choose(self, active: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Draw one token for each active hypothesis; see `BeamSearch.choose`."""
        token_log_probabilities = to_grid(output.log_probabilities)
        probabilities = self.distribution(output.log_probabilities)
        is_possible = np.isfinite(output.log_probabilities).any(axis=1)
        draws = np.array([self._generators[search].random() for search in active.searches.tolist()])
        columns = (np.cumsum(probabilities, axis=1) <= draws[:, None]).sum(axis=1)
        # Rounding may leave the last sum below 1. The last possible token is drawn in that case.
        last = probabilities.shape[1] - 1 - np.argmax(probabilities[:, ::-1] > 0, axis=1)
        columns = np.minimum(columns, last)
        rows = np.arange(active.tokens.size, dtype=np.int32)
        drawn = token_log_probabilities[rows, columns]
        candidates = ActiveHypotheses(
            active.searches,
            output.ids[rows, columns].astype(np.int32),
            rows,
            drawn,
            np.where(is_possible, active.log_probabilities + drawn, -np.inf),
            active.missing_terms,
        )
        candidates = ActiveHypotheses(*(array[:, None] for array in candidates))
        is_eos, is_possible = candidates.tokens == self._eos, is_possible[:, None]
        return Candidates(candidates, is_possible & is_eos, is_possible & ~is_eos)

    def distribution(self, log_probabilities: np.ndarray) -> np.ndarray:
        """Return the probability of drawing each token.

        Args:
            log_probabilities: `(rows, k)`, in descending order except for forbidden tokens.

        Returns:
            `(rows, k)`, in the same order. Each row sums to 1, or is 0 if all are forbidden.
        """
        scaled = log_probabilities.astype(np.float64) / self._options.temperature
        # Forbidden tokens (-inf) can be anywhere in a row: sort again.
        order = np.argsort(-scaled, axis=1, kind="stable")
        scaled = np.take_along_axis(scaled, order, axis=1)
        if self._options.sample_top_k:
            scaled[:, self._options.sample_top_k :] = -np.inf
        largest = np.where(np.isfinite(scaled[:, :1]), scaled[:, :1], 0.0)
        probabilities = np.exp(scaled - largest)
        probabilities /= np.maximum(probabilities.sum(axis=1, keepdims=True), _TINY)
        before = np.cumsum(probabilities, axis=1) - probabilities  # of more probable tokens
        probabilities = np.where(before < self._options.sample_top_p, probabilities, 0.0)
        probabilities /= np.maximum(probabilities.sum(axis=1, keepdims=True), _TINY)
        unsorted = np.zeros_like(probabilities)
        np.put_along_axis(unsorted, order, probabilities, axis=1)
        return unsorted
