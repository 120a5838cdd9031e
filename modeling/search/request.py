"""The interface of a search: its requests, one per sentence, and the model's step function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from malgil.settings import DecodingOptions

Phrase = tuple[int, ...]
ALL = 1 << 30  # a value of k: every token of the vocabulary


@dataclass(frozen=True)
class Request:
    """The limits and constraints of the translation of one sentence.

    Attributes:
        max_length: Maximum number of tokens, including eos. If it is 0, the step is never called.
        min_length: Minimum number of tokens before eos.
        prefix: Tokens that the translation begins with.
        constraints: Terms that must appear in the translation. Each term is a tuple of
            alternatives, and each alternative is a phrase of tokens. A term that is given twice
            must appear twice.
        term_positions: For each of `constraints` the source positions of the term; empty if they
            are not known.
        source_length: Number of source positions that are not padding, for the coverage penalty.
        seed: The random seed for sampling.
    """

    max_length: int
    min_length: int = 0
    prefix: Phrase = ()
    constraints: tuple[tuple[Phrase, ...], ...] = ()
    term_positions: tuple[tuple[int, ...], ...] = ()
    source_length: int = 0
    seed: int = 0


def forced_request(target: Sequence[int], source_length: int) -> Request:
    """Return the request of a search that scores a given translation: all its tokens are forced.

    Args:
        target: The ids of the translation.
        source_length: As in `Request`.
    """
    return Request(len(target), prefix=tuple(target), source_length=source_length)


def forced_options(options: DecodingOptions) -> DecodingOptions:
    """Return the options of such a search, which has no choice."""
    return dataclasses.replace(
        options, beam_size=1, n_best=1, no_repeat=0, groups=1, temperature=0.0
    )


class NoProbabilitiesError(ValueError):
    """A model returned something else than log-probabilities."""


class StepOutput(NamedTuple):
    """The most probable next tokens of each active hypothesis.

    Attributes:
        log_probabilities: float `(rows, k)`, natural logarithms, in descending order within a row;
            -inf for a token that is forbidden.
        ids: int `(rows, k)`, the corresponding tokens, each at most once in a row.
        attention: float `(rows, src_len)`, the weights of this step; None without attention.
        state: The model's state, which the search does not inspect, with one entry per row.
    """

    log_probabilities: np.ndarray
    ids: np.ndarray
    attention: np.ndarray | None
    state: Any


Step = Callable[[np.ndarray, np.ndarray, Any, int], StepOutput]
"""`step(last_tokens (rows,), parent_rows (rows,), state, k)`, both arrays int32.

A step runs the decoder once. Each row is an active hypothesis: the step appends its last token and
returns the k most probable next tokens (fewer if the vocabulary is smaller). `parent_rows` contains
for each hypothesis the row that it continues in `state`, as the previous call returned it. In the
first call, `state` is the caller's, with one row per sentence.
"""
