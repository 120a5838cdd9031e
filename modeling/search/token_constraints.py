"""What may not come next: an end too soon, a run of tokens again, anything but a forced token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from malgil.modeling.search.active_hypotheses import ActiveHypotheses
from malgil.modeling.search.request import Request
from malgil.modeling.search.step import ALL, StepOutput


class TokenConstraints:
    """Takes what may not come next out of the answers of a step.

    Args:
        requests: One for each search.
        no_repeat: No run of so many tokens comes twice in a hypothesis; 0 for any.
        eos: The id of the end.
    """

    def __init__(self, requests: Sequence[Request], no_repeat: int, eos: int) -> None:
        self._eos = eos
        self._no_repeat = no_repeat
        self._length = -1  # tokens of the live hypotheses
        self._least = np.array([request.min_length for request in requests], dtype=np.int64)
        longest = max((len(request.prefix) for request in requests), default=0)
        self._prefixes = np.full((len(requests), longest), -1, dtype=np.int64)
        for row, request in zip(self._prefixes, requests, strict=True):
            row[: len(request.prefix)] = request.prefix
        # After so many tokens nothing is banned any more.
        self._last = max(longest, int(self._least.max(initial=0)))
        if no_repeat:
            self._last = max(request.max_length for request in requests)
        self._history = np.zeros((0, 0), np.int32)
        self._banned = np.zeros((0, 0), np.int64)

    def begin_step(self, rows: ActiveHypotheses, k: int) -> int:
        """Look at the rows of the next step.

        Args:
            rows: What the step will be asked.
            k: How many next tokens of each row are needed.

        Returns:
            How many the step must give, so that as many are left.
        """
        self._length += 1
        if self._no_repeat:
            self._remember(rows)
            k += int((self._banned >= 0).sum(axis=1).max(initial=0))
        return ALL if self._is_forced(rows).any() else k

    def apply(self, rows: ActiveHypotheses, output: StepOutput) -> StepOutput:
        """The answer of the step with -inf for what may not come next."""
        if self._length > self._last:
            return output
        banned = np.zeros(output.ids.shape, dtype=bool)
        if self._no_repeat and self._banned.size:
            banned |= (output.ids[:, :, None] == self._banned[:, None, :]).any(axis=2)
        is_early = self._least[rows.searches] > self._length
        if is_early.any():
            banned |= is_early[:, None] & (output.ids == self._eos)
        is_forced = self._is_forced(rows)
        if is_forced.any():
            forced = self._prefixes[rows.searches, self._length]
            banned = np.where(is_forced[:, None], output.ids != forced[:, None], banned)
        if not banned.any():
            return output
        return output._replace(
            log_probabilities=np.where(banned, -np.inf, output.log_probabilities)
        )

    def _is_forced(self, rows: ActiveHypotheses) -> np.ndarray:
        if self._length >= self._prefixes.shape[1]:
            return np.zeros(rows.searches.size, dtype=bool)
        forced: np.ndarray = self._prefixes[rows.searches, self._length] >= 0
        return forced

    def _remember(self, rows: ActiveHypotheses) -> None:
        """Keep the tokens of each row, and find what would end a run that it already has."""
        if self._length == 0:
            self._history = np.zeros((rows.tokens.size, 0), np.int32)
        else:
            self._history = np.concatenate(
                [self._history[rows.parents], rows.tokens[:, None]], axis=1
            )
        n = self._no_repeat
        if self._length < n:
            self._banned = np.zeros((rows.tokens.size, 0), np.int64)
            return
        runs = sliding_window_view(self._history, n, axis=1)  # (rows, places, n)
        last = self._history[:, self._length - n + 1 :]  # (rows, n - 1)
        is_same = (runs[:, :, :-1] == last[:, None, :]).all(axis=2)
        self._banned = np.where(is_same, runs[:, :, -1], -1).astype(np.int64)
