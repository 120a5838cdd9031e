"""Token constraints: forbid an early eos, repeated n-grams, and all tokens but a forced one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from malgil.modeling.search.hypotheses import ActiveHypotheses
from malgil.modeling.search.request import ALL, Request, StepOutput


class TokenConstraints:
    """Masks forbidden tokens: eos before `min_length`, all but those of `prefix`, repetitions.

    Call `begin_step` before every step, and `apply` after it.

    Args:
        requests: One for each search.
        no_repeat: The length of n-grams that may not appear twice in a hypothesis; 0 for no limit.
        eos: The id of the end mark.
    """

    def __init__(self, requests: Sequence[Request], no_repeat: int, eos: int) -> None:
        self._eos = eos
        self._no_repeat = no_repeat
        self._length = -1  # the number of tokens of the active hypotheses
        self._min_lengths = np.array([request.min_length for request in requests], dtype=np.int64)
        longest = max((len(request.prefix) for request in requests), default=0)
        self._prefixes = np.full((len(requests), longest), -1, dtype=np.int64)  # -1 after its end
        for row, request in zip(self._prefixes, requests, strict=True):
            row[: len(request.prefix)] = request.prefix
        # Longer hypotheses have no forbidden tokens.
        self._last = max(longest, int(self._min_lengths.max(initial=0)))
        if no_repeat:
            self._last = max(request.max_length for request in requests)
        self._tokens = np.zeros((0, 0), np.int32)  # of the active hypotheses, `(rows, length)`
        self._repeating = np.zeros((0, 0), np.int64)  # `(rows, n)`, tokens that repeat an n-gram

    def begin_step(self, active: ActiveHypotheses, k: int) -> int:
        """Register the hypotheses that the next step extends.

        Args:
            active: Those hypotheses.
            k: The number of allowed next tokens that each of them needs.

        Returns:
            The number of next tokens that the step must return, so that k of them are allowed.
        """
        self._length += 1
        if self._no_repeat:
            self._find_repetitions(active)
            k += int((self._repeating >= 0).sum(axis=1).max(initial=0))
        return ALL if self._is_forced(active).any() else k

    def apply(self, active: ActiveHypotheses, output: StepOutput) -> StepOutput:
        """Return the output of the step with -inf for forbidden tokens."""
        if self._length > self._last:
            return output
        is_banned = np.zeros(output.ids.shape, dtype=bool)
        if self._no_repeat and self._repeating.size:
            is_banned |= (output.ids[:, :, None] == self._repeating[:, None, :]).any(axis=2)
        is_early = self._min_lengths[active.searches] > self._length
        if is_early.any():
            is_banned |= is_early[:, None] & (output.ids == self._eos)
        is_forced = self._is_forced(active)
        if is_forced.any():
            forced = self._prefixes[active.searches, self._length]
            is_banned = np.where(is_forced[:, None], output.ids != forced[:, None], is_banned)
        if not is_banned.any():
            return output
        return output._replace(
            log_probabilities=np.where(is_banned, -np.inf, output.log_probabilities)
        )

    def _is_forced(self, active: ActiveHypotheses) -> np.ndarray:
        """Return whether the next token of each hypothesis belongs to its prefix: `(rows,)`."""
        if self._length >= self._prefixes.shape[1]:
            return np.zeros(active.searches.size, dtype=bool)
        is_forced: np.ndarray = self._prefixes[active.searches, self._length] >= 0
        return is_forced

    def _find_repetitions(self, active: ActiveHypotheses) -> None:
        """Find the tokens that would complete an n-gram that the hypothesis already contains."""
        if self._length == 0:
            self._tokens = np.zeros((active.tokens.size, 0), np.int32)
        else:
            self._tokens = np.concatenate(
                [self._tokens[active.parents], active.tokens[:, None]], axis=1
            )
        n = self._no_repeat
        if self._length < n:
            self._repeating = np.zeros((active.tokens.size, 0), np.int64)
            return
        ngrams = sliding_window_view(self._tokens, n, axis=1)  # (rows, places, n)
        last = self._tokens[:, self._length - n + 1 :]  # (rows, n - 1)
        is_same = (ngrams[:, :, :-1] == last[:, None, :]).all(axis=2)
        self._repeating = np.where(is_same, ngrams[:, :, -1], -1).astype(np.int64)
