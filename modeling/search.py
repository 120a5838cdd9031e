"""Beam search over any step function; knows nothing of Keras.

A *step* takes one token more for every row (live hypothesis) and answers with the best next tokens
of each. The search decides which hypotheses live on, which are finished, and when to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

_GRID_STEPS = 100_000  # grid steps per unit of log-probability
_ROUNDING_ERROR = 1e-3  # a log-probability may come in above 0 by no more than this


class StepOutput(NamedTuple):
    """What a step answers.

    Attributes:
        log_probabilities: float `(rows, k)`, natural logarithms, falling within a row; -inf for a
            token that is forbidden.
        ids: int `(rows, k)`, the tokens they belong to, each at most once in a row.
        attention: float `(rows, src_len)`, the weights of this step, or None without attention.
        state: opaque to the search, one entry per row.
    """

    log_probabilities: np.ndarray
    ids: np.ndarray
    attention: np.ndarray | None
    state: Any


Step = Callable[[np.ndarray, np.ndarray, Any, int], StepOutput]
"""`step(last_tokens (rows,), parent_rows (rows,), state, k)`, both arrays int32.

`parent_rows`: which row of `state`, as the previous call returned it, each row continues. At the
first call `state` is the caller's, one row per sentence. A small vocabulary gives fewer than k.
"""


@dataclass(frozen=True)
class Hypothesis:
    """One translation.

    Attributes:
        ids: the tokens, without bos and eos.
        score: `log_probability / length_penalty(number of tokens, eos included)`.
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


class _Rows(NamedTuple):
    """Hypotheses, all of one length: `(rows,)` live ones, or `(sentences, width)` candidates."""

    sentences: np.ndarray  # index in the batch
    tokens: np.ndarray  # last token
    parents: np.ndarray  # row of the step that chose the token
    token_totals: np.ndarray  # log-probability of the last token, in grid steps
    totals: np.ndarray  # log-probability of the hypothesis, in grid steps (see `_to_grid`)

    def where(self, mask: np.ndarray) -> _Rows:
        """Those under the mask, flat, in their order."""
        return _Rows(*(values[mask] for values in self))


_Trail = list[tuple[_Rows, np.ndarray | None]]
"""Per step what it was asked and its attention: the back pointers of the search."""


class _Closed(NamedTuple):
    """A hypothesis of `length` tokens that grows no more: row `row` of `rows`."""

    rows: _Rows
    row: int
    length: int
    score: float
    is_finished: bool


def length_penalty(length: int, alpha: float) -> float:
    """What a log-probability is divided by, so that long hypotheses can compete with short ones.

    Args:
        length: number of tokens, eos included.
        alpha: strength, 0 for none.

    Source: Wu et al. 2016, "Google's Neural Machine Translation System", eq. 14, lp(Y).
    """
    return ((5 + length) / 6) ** alpha


def beam_search(
    step: Step,
    state: Any,
    batch_size: int,
    *,
    max_lengths: Sequence[int],
    beam_size: int = 5,
    length_penalty: float = 0.6,
    n_best: int = 1,
    bos: int = 2,
    eos: int = 3,
) -> list[list[Hypothesis]]:
    """Finds the best hypotheses of every sentence of a batch. A beam of 1 is greedy search.

    While a sentence is left in the batch:
      1. Expand: one call of the step gives the `beam_size + 1` best next tokens of every row. One
         of them at most is eos, so `beam_size` others are left to go on with.
      2. Rank the candidates of each sentence by summed log-probability. Ties fall to the better
         parent, then to the lower id.
      3. Split: those of the `beam_size` best that end with eos are finished; the `beam_size` best
         that do not end live on. Where all of the `beam_size` best end, the sentence is done (this
         is what makes a beam of 1 the argmax loop, whatever the length penalty).
      4. Cut: at the maximum length of a sentence its live hypotheses are closed, unfinished.
      5. Leave: a sentence is done as well when its `n_best` finished hypotheses cannot be beaten.
         A log-probability only falls, so a live hypothesis scores at best its present sum over the
         penalty of the maximum length. Going on would not change the result.
    6. Trace: the best hypotheses are read off the back pointers.

    Args:
        step: see `Step`.
        state: the state that the first call continues, one row per sentence.
        batch_size: number of sentences.
        max_lengths: `(batch_size,)` most tokens, eos included. With 0 the step is never called.
        beam_size: live hypotheses per sentence.
        length_penalty: alpha of Wu et al. 2016, eq. 14; at least 0.
        n_best: hypotheses wanted per sentence.
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
    _check_arguments(batch_size, max_lengths, beam_size, length_penalty, n_best)
    limits = np.asarray(max_lengths, dtype=np.int64)
    ledger = _Ledger(limits, length_penalty, n_best)
    trail: _Trail = []
    rows = _first_rows(limits, bos)
    while rows.sentences.size:
        output = step(rows.tokens, rows.parents, state, beam_size + 1)  # 1
        state = output.state
        trail.append((rows, output.attention))
        candidates = _rank(rows, output, 2 * beam_size)  # 2
        is_ending, is_live = _split(candidates, beam_size, eos)  # 3
        ledger.close(candidates.where(is_ending), len(trail), is_finished=True)
        is_cut = limits[candidates.sentences[:, 0]] == len(trail)  # 4
        ledger.close(candidates.where(is_live & is_cut[:, None]), len(trail), is_finished=False)
        is_leaving = is_cut | ledger.is_decided(candidates, is_live)  # 5
        rows = candidates.where(is_live & ~is_leaving[:, None])
    return [_results(ledger, trail, sentence) for sentence in range(batch_size)]  # 6


def _check_arguments(
    batch_size: int, max_lengths: Sequence[int], beam_size: int, alpha: float, n_best: int
) -> None:
    if len(max_lengths) != batch_size or any(length < 0 for length in max_lengths):
        accepted = f"{batch_size} lengths of 0 or more, one per sentence"
        raise ValueError(f"`max_lengths` accepts {accepted}. Received: {list(max_lengths)}.")
    if min(beam_size, n_best) < 1:
        received = f"Received: {beam_size}, {n_best}."
        raise ValueError(f"`beam_size` and `n_best` accept 1 or more. {received}")
    if not alpha >= 0:
        raise ValueError(f"`length_penalty` accepts 0 or more. Received: {alpha}.")


def _to_grid(log_probabilities: np.ndarray) -> np.ndarray:
    """Log-probabilities in whole grid steps of 1e-5, as float64; -inf stays.

    The last bits of a step's numbers change with the shape of the batch. On the grid, equally
    likely tokens stay so; and as sums of whole numbers are exact, so do equally likely hypotheses.
    (Of unequal ones, noise can still turn round two that are no more than a grid step apart.)
    """
    if not np.all(log_probabilities <= _ROUNDING_ERROR):  # so that nan is refused too
        raise ValueError(f"a step must return log-probabilities. Received: {log_probabilities}.")
    return np.minimum(np.rint(log_probabilities.astype(np.float64) * _GRID_STEPS), 0.0)


def _first_rows(limits: np.ndarray, bos: int) -> _Rows:
    """One row per sentence that may have a token at all."""
    sentences = np.flatnonzero(limits > 0).astype(np.int32)
    totals = np.zeros(sentences.size)
    return _Rows(sentences, np.full_like(sentences, bos), sentences, totals, totals)


def _rank(rows: _Rows, output: StepOutput, width: int) -> _Rows:
    """The `width` best continuations of each sentence, `(live sentences, width)`, best first."""
    token_totals = _to_grid(output.log_probabilities)  # (rows, k)
    totals = rows.totals[:, None] + token_totals
    # Rows of a sentence stand together; where it has few, its last slots point to rows of others.
    sentences, starts, counts = np.unique(rows.sentences, return_index=True, return_counts=True)
    slots = np.arange(counts.max())
    parents = np.minimum(starts[:, None] + slots, rows.totals.size - 1)
    is_filled = (slots < counts[:, None])[:, :, None]
    shape = (*parents.shape, token_totals.shape[1])  # (live sentences, slots, k)
    grid = _Rows(
        np.broadcast_to(sentences[:, None, None], shape),
        output.ids.astype(np.int32)[parents],
        np.broadcast_to(parents.astype(np.int32)[:, :, None], shape),
        token_totals[parents],
        np.where(is_filled, totals[parents], -np.inf),
    )
    flat = _Rows(*(values.reshape(sentences.size, -1) for values in grid))
    order = np.lexsort((flat.tokens, flat.parents, -flat.totals), axis=-1)  # last key first
    return _Rows(*(np.take_along_axis(values, order[:, :width], axis=1) for values in flat))


def _split(candidates: _Rows, beam_size: int, eos: int) -> tuple[np.ndarray, np.ndarray]:
    """Which candidates are finished and which live on, both bool `(live sentences, width)`."""
    is_possible = candidates.totals > -np.inf
    is_eos = candidates.tokens == eos
    is_ending = is_possible & is_eos
    is_ending[:, beam_size:] = False
    is_live = is_possible & ~is_eos
    is_live &= np.cumsum(is_live, axis=1) <= beam_size
    is_live &= is_live[:, :beam_size].any(axis=1, keepdims=True)
    return is_ending, is_live


class _Ledger:
    """The closed hypotheses of every sentence, no more than can be among its `n_best`."""

    def __init__(self, limits: np.ndarray, alpha: float, n_best: int) -> None:
        self.closed: list[list[_Closed]] = [[] for _ in limits]  # per sentence, best first
        self._alpha = alpha
        self._n_best = n_best
        self._largest_penalties = np.array([length_penalty(int(n), alpha) for n in limits])
        self._scores_to_beat = np.full(limits.size, -np.inf)

    def close(self, rows: _Rows, length: int, *, is_finished: bool) -> None:
        """Enters rows of `length` tokens, eos included."""
        penalty = length_penalty(length, self._alpha)
        for row, (sentence, total) in enumerate(zip(rows.sentences, rows.totals, strict=True)):
            best = self.closed[sentence]
            score = float(total) / _GRID_STEPS / penalty
            best.append(_Closed(rows, row, length, score, is_finished))
            best.sort(key=lambda entry: (not entry.is_finished, -entry.score))  # stable
            del best[self._n_best :]
            if len(best) == self._n_best:
                self._scores_to_beat[sentence] = best[-1].score

    def is_decided(self, candidates: _Rows, is_live: np.ndarray) -> np.ndarray:
        """Bool `(live sentences,)`: no live candidate can come to be among the `n_best`."""
        sentences = candidates.sentences[:, 0]
        totals = np.where(is_live, candidates.totals, -np.inf).max(axis=1)
        bounds = totals / _GRID_STEPS / self._largest_penalties[sentences]
        return self._scores_to_beat[sentences] >= bounds


def _results(ledger: _Ledger, trail: _Trail, sentence: int) -> list[Hypothesis]:
    """The hypotheses of one sentence, best first, never none."""
    if ledger.closed[sentence]:
        return [_trace(trail, closed) for closed in ledger.closed[sentence]]
    lengths = [n for n, (rows, _) in enumerate(trail) if sentence in rows.sentences]
    if not lengths or lengths[-1] == 0:  # it never had a token
        return [Hypothesis([], 0.0, 0.0, [], None, False)]
    rows, _ = trail[lengths[-1]]  # these led nowhere
    ledger.close(rows.where(rows.sentences == sentence), lengths[-1], is_finished=False)
    return [_trace(trail, ledger.closed[sentence][0])]


def _trace(trail: _Trail, closed: _Closed) -> Hypothesis:
    """Follows the back pointers of a closed hypothesis to its beginning."""
    tokens, log_probabilities, attention = [], [], []
    rows, row = closed.rows, closed.row
    for asked, weights in reversed(trail[: closed.length]):
        tokens.append(int(rows.tokens[row]))
        log_probabilities.append(float(rows.token_totals[row]) / _GRID_STEPS)
        rows, row = asked, rows.parents[row]
        if weights is not None:
            attention.append(weights[row])
    return Hypothesis(
        ids=tokens[:0:-1] if closed.is_finished else tokens[::-1],
        score=closed.score,
        log_probability=float(closed.rows.totals[closed.row]) / _GRID_STEPS,
        token_log_probabilities=log_probabilities[::-1],
        attention=np.stack(attention[::-1]) if attention else None,
        is_finished=closed.is_finished,
    )
