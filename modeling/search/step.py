"""What a search asks of a model, and what the model answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

ALL = 1 << 30  # as k: every token of the vocabulary


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
