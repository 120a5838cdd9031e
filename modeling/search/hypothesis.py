"""One translation, as a search found it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from malgil.modeling.search.active_hypotheses import GRID_STEPS, ActiveHypotheses, BackPointers


@dataclass(frozen=True)
class Hypothesis:
    """One translation.

    Attributes:
        ids: the tokens, without bos and eos.
        score: `log_probability / length_penalty(number of tokens, eos included)`, and the coverage
            penalty where there is one.
        log_probability: of the whole hypothesis, eos included: the sum of the next field.
        token_log_probabilities: one per token, and one for eos where finished.
        attention: `(len(ids) + 1, src_len)` where finished, its last row being that of eos, else
            `(len(ids), src_len)`; None without attention or tokens. Left out of `==`.
        is_finished: ends with eos. If not, it was cut at its maximum length, or led nowhere.
    """

    ids: list[int]
    score: float
    log_probability: float
    token_log_probabilities: list[float]
    attention: np.ndarray | None = field(compare=False)
    is_finished: bool


EMPTY = Hypothesis([], 0.0, 0.0, [], None, False)


def trace(
    trail: BackPointers,
    rows: ActiveHypotheses,
    row: int,
    length: int,
    score: float,
    is_finished: bool,
) -> Hypothesis:
    """Follow the back pointers of a hypothesis to its beginning.

    Args:
        trail: Of the search.
        rows: Those that it ended among.
        row: Which of them it is.
        length: Its tokens.
        score: Its score.
        is_finished: Whether its last token is eos.
    """
    total = float(rows.totals[row]) / GRID_STEPS
    tokens, log_probabilities, attention = [], [], []
    for asked, weights in reversed(trail[:length]):
        tokens.append(int(rows.tokens[row]))
        log_probabilities.append(float(rows.token_totals[row]) / GRID_STEPS)
        rows, row = asked, rows.parents[row]
        if weights is not None:
            attention.append(weights[row])
    return Hypothesis(
        ids=tokens[:0:-1] if is_finished else tokens[::-1],
        score=score,
        log_probability=total,
        token_log_probabilities=log_probabilities[::-1],
        attention=np.stack(attention[::-1]) if attention else None,
        is_finished=is_finished,
    )


def coverage(
    trail: BackPointers, rows: ActiveHypotheses, row: int, length: int
) -> np.ndarray | None:
    """How much a hypothesis looked at each source position in all: `(src_len,)`, or None."""
    looked = None
    for asked, weights in reversed(trail[:length]):
        if weights is None:
            return None
        rows, row = asked, rows.parents[row]
        looked = weights[row].astype(np.float64) if looked is None else looked + weights[row]
    return looked
