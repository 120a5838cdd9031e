"""The search itself: step by step, from the first token of every sentence to its translations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from malgil.modeling.search.active_hypotheses import ActiveHypotheses, BackPointers, first_rows
from malgil.modeling.search.constrained import LexicallyConstrainedBeamSearch
from malgil.modeling.search.diverse import DiverseBeamSearch
from malgil.modeling.search.finished import FinishedHypotheses
from malgil.modeling.search.hypothesis import Hypothesis
from malgil.modeling.search.request import Request, SearchOptions, check
from malgil.modeling.search.sampling import Sampling
from malgil.modeling.search.selection import BeamSearch, Candidates
from malgil.modeling.search.step import Step, StepOutput
from malgil.modeling.search.token_constraints import TokenConstraints

_DEFAULT = SearchOptions()


class Selection(Protocol):
    """How candidates are chosen; `k`: how many next tokens of each row it needs."""

    k: int

    def choose(self, rows: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Choose among the next tokens of all rows; see `BeamSearch.choose`."""
        ...


def beam_search(
    step: Step,
    state: Any,
    requests: Sequence[Request],
    options: SearchOptions = _DEFAULT,
    *,
    bos: int = 2,
    eos: int = 3,
) -> list[list[Hypothesis]]:
    """Find the best hypotheses of every sentence of a batch. A beam of 1 is greedy search.

    While a sentence is left in the batch:
      1. Expand: one call of the step gives the best next tokens of every row, as many as the
         selection needs; those that may not come next are taken out (`TokenConstraints`).
      2. Choose: which of all continuations end, and which live on (`BeamSearch`; in groups,
         `DiverseBeamSearch`; drawn at random, `Sampling`; with terms that must appear,
         `LexicallyConstrainedBeamSearch`).
      3. Cut: at the maximum length of a sentence its live hypotheses are closed, unfinished.
      4. Leave: a sentence is done as well when its `n_best` finished hypotheses cannot be beaten.
         Going on would not change the result.
    5. Trace: the best hypotheses are read off the back pointers.

    Args:
        step: see `Step`.
        state: the state that the first call continues, one row per sentence.
        requests: what is wanted of each sentence.
        options: what holds for all of them.
        bos, eos: ids that every hypothesis starts from, and that end it.

    Returns:
        Per sentence at most `n_best` hypotheses (those that exist, never none), best first:
        finished ones by score, then unfinished ones by score, since these have not paid for their
        end. Where all next tokens are forbidden before anything was closed, it is the best prefix,
        unfinished. What else is in the batch does not change a sentence's result.

    Raises:
        ValueError: an argument out of range, or a step whose values are no log-probabilities.

    Source: Sutskever et al. 2014, "Sequence to Sequence Learning with Neural Networks", sec. 3.2.
    """
    check(requests, options)
    copied = [request for request in requests for _ in range(options.copies)]
    trail: BackPointers = []
    ledger = FinishedHypotheses(requests, options, trail)
    bans = TokenConstraints(copied, options.no_repeat, eos)
    selection = _selection(requests, options, eos)
    limits = np.array([request.max_length for request in copied], dtype=np.int64)
    rows = first_rows(limits, options.copies, bos)
    while rows.searches.size:
        k = bans.begin_step(rows, selection.k)
        output = step(rows.tokens, rows.parents, state, k)  # 1
        state = output.state
        trail.append((rows, output.attention))
        candidates, is_ending, is_live, unmet = selection.choose(
            rows, bans.apply(rows, output)
        )  # 2
        length = len(trail)
        is_cut = limits[candidates.searches[:, 0]] == length  # 3
        is_closing = is_live & is_cut[:, None]
        for mask, is_finished in ((is_ending, True), (is_closing, False)):
            if not mask.any():
                continue
            lacking = None if unmet is None else unmet[mask].tolist()
            ledger.close(candidates.where(mask), length, is_finished=is_finished, unmet=lacking)
        is_leaving = is_cut | ledger.is_decided(candidates, is_live)  # 4
        rows = candidates.where(is_live & ~is_leaving[:, None])
    return [ledger.results(sentence) for sentence in range(len(requests))]  # 5


def _selection(requests: Sequence[Request], options: SearchOptions, eos: int) -> Selection:
    """The selection that the options ask for."""
    if options.temperature:
        return Sampling([request.seed for request in requests], options, eos)
    if options.groups > 1:
        return DiverseBeamSearch(options.groups, options.width, options.diversity, eos)
    if any(request.constraints for request in requests):
        constraints = [request.constraints for request in requests]
        return LexicallyConstrainedBeamSearch(constraints, options.width, eos)
    return BeamSearch(options.width, eos)
