"""What is asked of a search for each sentence, and what a search asks of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Phrase = tuple[int, ...]
ALL = 1 << 30  # as k: every token of the vocabulary


@dataclass(frozen=True)
class Request:
    """What is wanted of the translation of one sentence.

    Attributes:
        max_length: The most tokens, eos included. With 0 the step is never called.
        min_length: The fewest tokens before eos may come.
        prefix: Tokens that it begins with.
        constraints: Terms that must appear in it. Each is a tuple of alternatives, and each of
            these a phrase of tokens. A term that is given twice must appear twice.
        source_length: The positions of the source that are real, for the coverage penalty.
        seed: The seed of its samples.
    """

    max_length: int
    min_length: int = 0
    prefix: Phrase = ()
    constraints: tuple[tuple[Phrase, ...], ...] = ()
    source_length: int = 0
    seed: int = 0


class StepOutput(NamedTuple):
    """What a step returns.

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

A step extends every active hypothesis (a row) by one token, and returns the k best tokens for each.
`parent_rows`: which row of `state`, as the previous call returned it, each row continues. At the
first call `state` is the caller's, one row per sentence. A small vocabulary gives fewer than k.
"""
