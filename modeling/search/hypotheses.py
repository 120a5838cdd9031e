"""The hypotheses of a search: active ones as arrays, and finished ones with their scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from malgil.modeling.search.request import NoProbabilitiesError, Request
from malgil.settings import DecodingOptions

GRID_STEPS = 100_000  # per unit of log-probability
_ROUNDING_ERROR = 1e-3  # a log-probability may be above 0 by no more than this
_MIN_COVERAGE = 1e-6  # replaces smaller sums of attention


class ActiveHypotheses(NamedTuple):
    """Hypotheses of one length, as arrays: active ones `(rows,)`, candidates `(searches, n)`.

    Only the last token is stored here. The previous tokens are found with the back pointers.

    Attributes:
        searches: int, the search of each hypothesis; see `searches_per_sentence`.
        tokens: int, the last token.
        parents: int, the row, in the previous step, of the hypothesis that the token extends.
        token_log_probabilities: float, of the last token, in grid steps; see `to_grid`.
        log_probabilities: float, of the whole hypothesis, in grid steps.
        missing_terms: int, the number of terms of `Request.constraints` that do not appear yet.
    """

    searches: np.ndarray
    tokens: np.ndarray
    parents: np.ndarray
    token_log_probabilities: np.ndarray
    log_probabilities: np.ndarray
    missing_terms: np.ndarray

    def where(self, mask: np.ndarray) -> ActiveHypotheses:
        """Return the hypotheses that a boolean mask or indices select: `(rows,)`, in order."""
        return ActiveHypotheses(*(values[mask] for values in self))


BackPointers = list[tuple[ActiveHypotheses, "np.ndarray | None"]]
"""For each step the hypotheses that it extended, and its attention `(rows, src_len)`.

A hypothesis is read backwards: its last token, then that of its parent, up to bos.
"""


@dataclass(frozen=True)
class Hypothesis:
    """One translation that a search has found.

    Attributes:
        ids: The tokens, without bos and eos.
        score: `log_probability / length_penalty(number of tokens, including eos)`, plus the
            coverage penalty if it is used.
        log_probability: The log-probability of the hypothesis, including eos: the sum of the next
            field.
        token_log_probabilities: One per token, and one for eos if the hypothesis is finished.
        attention: `(len(ids) + 1, src_len)` with the row of eos last if the hypothesis is finished,
            otherwise `(len(ids), src_len)`; None without attention or tokens. `==` ignores it.
        is_finished: Whether it ends with eos. If not, it was cut at its maximum length, or every
            next token was forbidden.
    """

    ids: list[int]
    score: float
    log_probability: float
    token_log_probabilities: list[float]
    attention: np.ndarray | None = field(compare=False)
    is_finished: bool


_EMPTY = Hypothesis([], 0.0, 0.0, [], None, False)


def to_grid(log_probabilities: np.ndarray) -> np.ndarray:
    """Round log-probabilities to multiples of 1e-5, and return them as numbers of these steps.

    The last bits of a model's output depend on the shape of the batch, so the order of two equally
    probable tokens would depend on the other sentences. After rounding they are equal, and so are
    equally probable hypotheses, as sums of whole numbers are exact in float64. `rank` breaks the
    tie by a fixed rule. (Values on either side of a rounding boundary can still differ.)

    Args:
        log_probabilities: Natural logarithms, of any shape. -inf is unchanged.

    Returns:
        float64 of the same shape, whole numbers.

    Raises:
        NoProbabilitiesError: If a value is above 0 by more than a rounding error, or nan.
    """
    if not np.all(log_probabilities <= _ROUNDING_ERROR):  # also False for nan
        raise NoProbabilitiesError(
            f"a step must return log-probabilities. Received: {log_probabilities}."
        )
    return np.minimum(np.rint(log_probabilities.astype(np.float64) * GRID_STEPS), 0.0)


def searches_per_sentence(options: DecodingOptions) -> int:
    """Return the number of searches for each sentence: one per sample, one per group, or one.

    The searches of a sentence are numbered consecutively: with n searches per sentence, search s
    belongs to sentence s // n.
    """
    return options.n_best if options.temperature else options.groups


def length_penalty(length: int, alpha: float) -> float:
    """Return the divisor of a log-probability with which hypotheses of any length are compared.

    Args:
        length: Number of tokens, including eos.
        alpha: Strength, 0 for none.

    Source: Wu et al. 2016, "Google's Neural Machine Translation System", eq. 14, lp(Y).
    """
    return ((5 + length) / 6) ** alpha


def coverage_penalty(coverage: np.ndarray, beta: float) -> float:
    """Return the penalty for source positions that received little attention.

    Args:
        coverage: `(src_len,)`, the sum of the attention to each source position.
        beta: Strength, 0 for none.

    Returns:
        0 or less.

    Source: Wu et al. 2016, eq. 14, cp(X; Y).
    """
    return beta * float(np.log(np.clip(coverage, _MIN_COVERAGE, 1.0)).sum())


class _Finished(NamedTuple):
    """A hypothesis of `length` tokens that is not extended further: row `row` of `hypotheses`."""

    hypotheses: ActiveHypotheses
    row: int
    length: int
    score: float
    is_finished: bool
    missing_terms: int

    def rank(self) -> tuple[bool, int, float]:
        """Return a key that sorts the best hypothesis first.

        Those that end with eos come first, as the scores of the others lack the cost of eos.
        """
        return not self.is_finished, self.missing_terms, -self.score


class FinishedHypotheses:
    """The `n_best` finished hypotheses of each search: ended by eos, or cut at the maximum length.

    Args:
        requests: One for each search.
        options: The decoding options.
        back_pointers: The list to which the search appends.
    """

    def __init__(
        self, requests: Sequence[Request], options: DecodingOptions, back_pointers: BackPointers
    ) -> None:
        self._requests = requests
        self._options = options
        self._back_pointers = back_pointers
        self._per_sentence = searches_per_sentence(options)
        self._n_best = 1 if options.temperature else options.n_best  # of each search
        self._finished: list[list[_Finished]] = [[] for _ in requests]  # of each search, best first
        self._scores_to_beat = np.full(len(requests), -np.inf)
        self._largest_penalties = np.array(
            [length_penalty(request.max_length, options.length_penalty) for request in requests]
        )

    def add(self, hypotheses: ActiveHypotheses, length: int, *, is_finished: bool) -> None:
        """Add hypotheses that are not extended further.

        Args:
            hypotheses: `(rows,)`.
            length: Number of tokens of each, including eos.
            is_finished: Whether they end with eos.
        """
        penalty = length_penalty(length, self._options.length_penalty)
        for row, (search, total) in enumerate(
            zip(hypotheses.searches, hypotheses.log_probabilities, strict=True)
        ):
            score = float(total) / GRID_STEPS / penalty
            if self._options.coverage_penalty:
                score += self._coverage_penalty(hypotheses, row, length)
            missing = int(hypotheses.missing_terms[row])
            best = self._finished[search]
            best.append(_Finished(hypotheses, row, length, score, is_finished, missing))
            best.sort(key=_Finished.rank)  # stable
            del best[self._n_best :]
            if len(best) == self._n_best:
                self._scores_to_beat[search] = best[-1].score

    def is_done(self, candidates: ActiveHypotheses, is_active: np.ndarray) -> np.ndarray:
        """Return for each search whether no active hypothesis can still be among the `n_best`.

        A log-probability and the coverage penalty can only decrease. Therefore the score of an
        active hypothesis is at most its log-probability divided by the largest length penalty.

        Args:
            candidates: `(searches, n)`, of the searches that are not over.
            is_active: bool, the same shape: whether each would be extended.

        Returns:
            bool `(searches,)`.
        """
        searches = candidates.searches[:, 0]
        scores = self._scores_to_beat[searches]
        if not np.any(scores > -np.inf):
            return np.zeros(searches.size, dtype=bool)
        best = np.where(is_active, candidates.log_probabilities, -np.inf).max(axis=1)
        is_done: np.ndarray = scores >= best / GRID_STEPS / self._largest_penalties[searches]
        if self._per_sentence == 1:
            return is_done
        # Groups depend on the tokens of earlier groups, so those of a sentence stop together.
        sentences = searches // self._per_sentence
        return is_done & ~np.isin(sentences, sentences[~is_done])

    def best(self, sentence: int) -> list[Hypothesis]:
        """Return at least one hypothesis of a sentence, best first."""
        first = sentence * self._per_sentence
        by_search = [
            self._finished[search] or self._dead_end(search)
            for search in range(first, first + self._per_sentence)
        ]
        if self._options.groups > 1:
            hypotheses = self._in_turn(by_search)
        else:
            ranked = sorted((item for best in by_search for item in best), key=_Finished.rank)
            hypotheses = [self._backtrace(finished) for finished in ranked]
        return hypotheses or [_EMPTY]

    def _in_turn(self, groups: list[list[_Finished]]) -> list[Hypothesis]:
        """Return the best of each group, then the second best, and so on, without duplicates."""
        distinct: dict[tuple[tuple[int, ...], bool], Hypothesis] = {}
        for place in range(max(map(len, groups))):
            turn = [group[place] for group in groups if place < len(group)]
            for hypothesis in map(self._backtrace, sorted(turn, key=_Finished.rank)):
                distinct.setdefault((tuple(hypothesis.ids), hypothesis.is_finished), hypothesis)
        return list(distinct.values())[: self._n_best]

    def _dead_end(self, search: int) -> list[_Finished]:
        """Return the best prefix of a search whose next tokens were all forbidden."""
        active = [
            (length, hypotheses.where(hypotheses.searches == search))
            for length, (hypotheses, _) in enumerate(self._back_pointers)
            if search in hypotheses.searches
        ]
        if not active or active[-1][0] == 0:  # even the first token was forbidden
            return []
        length, prefixes = active[-1]
        prefixes = prefixes._replace(missing_terms=np.zeros_like(prefixes.tokens))
        self.add(prefixes, length, is_finished=False)  # ranked only by score
        # All prefixes of a group are returned, as other groups may have too few for `n_best`.
        return self._finished[search][: None if self._options.groups > 1 else 1]

    def _walk_back(
        self, hypotheses: ActiveHypotheses, row: int, length: int
    ) -> Iterator[tuple[int, float, np.ndarray | None]]:
        """Yield each token of a hypothesis, its log-probability and its attention, in reverse."""
        for before, attention in reversed(self._back_pointers[:length]):
            token = int(hypotheses.tokens[row])
            log_probability = float(hypotheses.token_log_probabilities[row]) / GRID_STEPS
            hypotheses, row = before, hypotheses.parents[row]
            yield token, log_probability, None if attention is None else attention[row]

    def _backtrace(self, finished: _Finished) -> Hypothesis:
        """Return a hypothesis, with its tokens collected along the back pointers."""
        tokens, log_probabilities, attention = [], [], []
        for token, value, weights in self._walk_back(*finished[:3]):
            tokens.append(token)
            log_probabilities.append(value)
            if weights is not None:
                attention.append(weights)
        return Hypothesis(
            ids=tokens[:0:-1] if finished.is_finished else tokens[::-1],
            score=finished.score,
            log_probability=float(finished.hypotheses.log_probabilities[finished.row]) / GRID_STEPS,
            token_log_probabilities=log_probabilities[::-1],
            attention=np.stack(attention[::-1]) if attention else None,
            is_finished=finished.is_finished,
        )

    def _coverage_penalty(self, hypotheses: ActiveHypotheses, row: int, length: int) -> float:
        coverage = np.zeros(1)
        for _, _, weights in self._walk_back(hypotheses, row, length):
            if weights is None:
                return 0.0
            coverage = coverage + weights
        real = self._requests[hypotheses.searches[row]].source_length
        return coverage_penalty(coverage[: real or None], self._options.coverage_penalty)
