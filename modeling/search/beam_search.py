"""Beam search: the loop over steps, and the selection of the best hypotheses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from malgil.modeling.search.hypotheses import (
    ActiveHypotheses,
    BackPointers,
    FinishedHypotheses,
    Hypothesis,
    searches_per_sentence,
    to_grid,
)
from malgil.modeling.search.request import Request, Step, StepOutput
from malgil.modeling.search.token_constraints import TokenConstraints
from malgil.settings import DecodingOptions

_DEFAULT = DecodingOptions()
_NO_ID = np.iinfo(np.int32).max


def beam_search(
    step: Step,
    state: Any,
    requests: Sequence[Request],
    options: DecodingOptions = _DEFAULT,
    *,
    bos: int = 2,
    eos: int = 3,
) -> list[list[Hypothesis]]:
    """Find the best hypotheses of every sentence of a batch. A beam of 1 is greedy search.

    A sentence needs one search, or one for each group or sample. Every search starts from one
    active hypothesis, bos. While any hypothesis is active:
      1. Step: one call of the model returns the most probable next tokens of each active
         hypothesis. Those that a request or `no_repeat` forbids get -inf (`TokenConstraints`).
      2. Choose: the best extensions of the active hypotheses become the candidates of their search.
         Those that end with eos are finished, the others are active. `BeamSearch` chooses by
         log-probability; `_strategy` lists the other strategies.
      3. Finish: the finished candidates are stored. At the maximum length of a search, its active
         candidates are also stored, as unfinished.
      4. Continue: the active candidates are extended by the next step. A search is over at its
         maximum length, or as soon as no active hypothesis can beat its `n_best` finished ones.
    5. Backtrace: the tokens of the best hypotheses are collected along the back pointers.

    Args:
        step: See `Step`.
        state: The state that the first call continues, with one row per sentence.
        requests: One per sentence.
        options: The options for all sentences. The beam has at least `n_best` hypotheses.
        bos, eos: The ids with which every hypothesis begins and ends.

    Returns:
        For each sentence at least one and at most `n_best` hypotheses, best first: finished ones by
        score, then unfinished ones by score, as their scores lack the cost of eos. If all next
        tokens are forbidden before any hypothesis is finished, the best prefix is returned as
        unfinished. A sentence's result does not depend on the other sentences of the batch.

    Raises:
        ValueError: If requests contradict the options.
        NoProbabilitiesError: If the step returns values that are not log-probabilities.

    Source: Sutskever et al. 2014, "Sequence to Sequence Learning with Neural Networks", sec. 3.2.
    """
    lengths = [request.max_length for request in requests]
    if any(length < 0 for length in lengths):
        raise ValueError(f"`max_length` accepts 0 or more. Received: {lengths}.")
    strategy = _strategy(requests, options, eos)
    per_sentence = searches_per_sentence(options)
    search_requests = [request for request in requests for _ in range(per_sentence)]
    token_constraints = None
    if options.no_repeat or any(request.min_length or request.prefix for request in requests):
        token_constraints = TokenConstraints(search_requests, options.no_repeat, eos)
    max_lengths = np.array([request.max_length for request in search_requests], dtype=np.int64)
    back_pointers: BackPointers = []
    finished = FinishedHypotheses(search_requests, options, back_pointers)
    active = _initial_hypotheses(max_lengths, per_sentence, bos)
    while active.tokens.size:
        # 1. Step
        k = strategy.k
        if token_constraints is not None:
            k = token_constraints.begin_step(active, k)
        output = step(active.tokens, active.parents, state, k)
        state = output.state
        back_pointers.append((active, output.attention))
        if token_constraints is not None:
            output = token_constraints.apply(active, output)
        # 2. Choose
        candidates, is_finished, is_active = strategy.choose(active, output)
        # 3. Finish
        length = len(back_pointers)
        is_last = max_lengths[candidates.searches[:, 0]] == length  # (searches,)
        is_cut = is_active & is_last[:, None]
        if is_finished.any():
            finished.add(candidates.where(is_finished), length, is_finished=True)
        if is_cut.any():
            finished.add(candidates.where(is_cut), length, is_finished=False)
        # 4. Continue
        is_over = is_last | finished.is_done(candidates, is_active)
        active = candidates.where(is_active & ~is_over[:, None])
    # 5. Backtrace
    return [finished.best(sentence) for sentence in range(len(requests))]


def _initial_hypotheses(max_lengths: np.ndarray, per_sentence: int, bos: int) -> ActiveHypotheses:
    """Return a hypothesis that contains only bos for each search with a maximum length above 0."""
    searches = np.flatnonzero(max_lengths > 0).astype(np.int32)
    parents = (searches // per_sentence).astype(np.int32)  # the rows of the first state
    zeros, tokens = np.zeros(searches.size), np.full_like(searches, bos)
    return ActiveHypotheses(searches, tokens, parents, zeros, zeros, np.zeros_like(searches))


class Candidates(NamedTuple):
    """The extended hypotheses that a search strategy has chosen in one step.

    Attributes:
        hypotheses: `(searches, n)`, best first for each search. If a search has fewer than n, the
            remaining entries of its row are neither finished nor active.
        is_finished: bool, the same shape: whether each ends with eos.
        is_active: bool, the same shape: whether each can be extended.
    """

    hypotheses: ActiveHypotheses
    is_finished: np.ndarray
    is_active: np.ndarray


class SearchStrategy(Protocol):
    """Chooses candidates among the extensions by the `k` most probable tokens."""

    k: int

    def choose(self, active: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Choose the candidates of one step; see `BeamSearch.choose`."""
        ...


def _strategy(requests: Sequence[Request], options: DecodingOptions, eos: int) -> SearchStrategy:
    """Return the strategy that the options and requests require.

    The other strategies import this module and are rarely used, so they are imported when needed.
    """
    beam_size = -(-max(options.beam_size, options.n_best) // options.groups)  # rounded up
    constraints = [request.constraints for request in requests]
    if any(constraints) and (options.groups > 1 or options.temperature):
        raise ValueError("`constraints` accept no groups and no temperature.")
    if options.temperature:
        from malgil.modeling.search.sampling import Sampling

        return Sampling([request.seed for request in requests], options, eos)
    if options.groups > 1:
        from malgil.modeling.search.diverse import DiverseBeamSearch

        return DiverseBeamSearch(options.groups, beam_size, options.diversity, eos)
    if any(constraints):
        from malgil.modeling.search.constrained import LexicallyConstrainedBeamSearch

        return LexicallyConstrainedBeamSearch(constraints, beam_size, eos)
    return BeamSearch(beam_size, eos)


class BeamSearch:
    """Chooses the extensions of each search with the highest log-probability.

    Among the `beam_size` best, those that end with eos are finished. The `beam_size` best of those
    that do not end with eos are active. If all of the `beam_size` best end with eos, the search is
    over: a beam of 1 takes the most probable token at each step, regardless of the length penalty.

    Args:
        beam_size: Maximum number of active hypotheses of each search.
        eos: The id of the end mark.
    """

    def __init__(self, beam_size: int, eos: int) -> None:
        self._beam_size = beam_size
        self._eos = eos
        # At most one of a hypothesis's next tokens is eos, so that `beam_size` others remain.
        self.k = beam_size + 1

    def choose(self, active: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Choose the candidates of one step.

        Args:
            active: The hypotheses that the step extended, `(rows,)`.
            output: Their next tokens, `(rows, k)`.
        """
        token_log_probabilities = to_grid(output.log_probabilities)
        if self._beam_size == 1:
            return self._greedy(active, output.ids, token_log_probabilities)
        best = rank(active, output.ids, token_log_probabilities, 2 * self._beam_size)
        return Candidates(best, *split(best, self._beam_size, self._eos))

    def _greedy(
        self, active: ActiveHypotheses, ids: np.ndarray, token_log_probabilities: np.ndarray
    ) -> Candidates:
        """Return the result of `rank` and `split` for a beam of 1, but faster."""
        totals = active.log_probabilities[:, None] + token_log_probabilities
        best = totals.max(axis=1, keepdims=True)
        columns = np.where(totals == best, ids, _NO_ID).argmin(axis=1)  # the lowest id of the best
        rows = np.arange(len(columns))
        candidates = ActiveHypotheses(
            active.searches[:, None],
            ids[rows, columns].astype(np.int32, copy=False)[:, None],
            rows.astype(np.int32)[:, None],
            token_log_probabilities[rows, columns][:, None],
            best,
            active.missing_terms[:, None],
        )
        is_possible, is_eos = best > -np.inf, candidates.tokens == self._eos
        return Candidates(candidates, is_possible & is_eos, is_possible & ~is_eos)


def rank(
    active: ActiveHypotheses,
    ids: np.ndarray,
    token_log_probabilities: np.ndarray,
    n: int,
    penalties: np.ndarray | None = None,
) -> ActiveHypotheses:
    """Return the n best extensions of each search, `(searches, n)`, best first.

    Equal ones are ordered by their parents, better ones first, and then by token id.

    Args:
        active: `(rows,)` hypotheses to extend, ordered by search.
        ids: `(rows, k)` next tokens.
        token_log_probabilities: `(rows, k)` log-probabilities of these tokens, in grid steps.
        n: The number of extensions of each search.
        penalties: `(rows, k)`, in grid steps, subtracted for the ranking only.
    """
    starts = np.flatnonzero(np.diff(active.searches, prepend=-1))  # the first row of each search
    counts = np.diff(starts, append=active.tokens.size)  # the number of its rows
    most, k = int(counts.max()), ids.shape[1]
    tokens = ids.astype(np.int32, copy=False).ravel()
    parents = np.repeat(np.arange(active.tokens.size, dtype=np.int32), k)
    totals = active.log_probabilities[:, None] + token_log_probabilities
    values = (totals if penalties is None else totals - penalties).ravel()
    token_log_probabilities, totals = token_log_probabilities.ravel(), totals.ravel()
    if most * starts.size != active.tokens.size:
        # A search with fewer rows than another is padded with impossible extensions.
        slots = np.arange(most * k)
        places = np.minimum(starts[:, None] * k + slots, values.size - 1).ravel()
        is_real = (slots < counts[:, None] * k).ravel()
        tokens, parents = tokens[places], parents[places]
        token_log_probabilities = token_log_probabilities[places]
        totals = np.where(is_real, totals[places], -np.inf)
        values = np.where(is_real, values[places], -np.inf)
    shape = (starts.size, most * k)
    # np.lexsort sorts by its last key first.
    keys = (tokens.reshape(shape), parents.reshape(shape), -values.reshape(shape))
    order = np.lexsort(keys, axis=-1)[:, :n]
    best = order + np.arange(starts.size)[:, None] * shape[1]
    parents = parents[best]
    return ActiveHypotheses(
        active.searches[parents],
        tokens[best],
        parents,
        token_log_probabilities[best],
        totals[best],
        active.missing_terms[parents],
    )


def split(candidates: ActiveHypotheses, beam_size: int, eos: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which candidates are finished and which are active, both bool `(searches, n)`."""
    is_possible = candidates.log_probabilities > -np.inf
    is_eos = candidates.tokens == eos
    is_finished = is_possible & is_eos
    is_finished[:, beam_size:] = False
    is_active = is_possible & ~is_eos
    is_active &= np.cumsum(is_active, axis=1) <= beam_size
    is_active &= is_active[:, :beam_size].any(axis=1, keepdims=True)
    return is_finished, is_active


def concatenate(parts: Sequence[Candidates]) -> Candidates:
    """Concatenate the candidates of several sets of searches, in the order of the searches."""
    n = max(part.is_active.shape[1] for part in parts)
    order = np.argsort(
        np.concatenate([part.hypotheses.searches[:, 0] for part in parts]), kind="stable"
    )

    def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
        if any(array.shape[1] < n for array in arrays):
            # Pad with entries that are neither finished nor active.
            arrays = [np.pad(array, ((0, 0), (0, n - array.shape[1]))) for array in arrays]
        return np.concatenate(arrays)[order]

    return Candidates(
        ActiveHypotheses(*map(joined, zip(*(part.hypotheses for part in parts), strict=True))),
        joined([part.is_finished for part in parts]),
        joined([part.is_active for part in parts]),
    )
