"""Search: turn the log-probabilities of next tokens into translations, with NumPy alone.

A model gives the probability of each next token, given a source and the tokens so far. A search
looks for the token sequences (hypotheses) with the highest probability. There are too many to try
them all: beam search extends only the `beam_size` best of each length.

Read `request.py` (what a search needs from a caller and from a model), `beam_search.py` (the loop,
and plain beam search), and `hypotheses.py` (what the loop keeps). The other files are used only
when an option asks for them: `diverse.py`, `sampling.py` and `constrained.py` choose hypotheses in
other ways, and `token_constraints.py` forbids tokens.

Example:
    A model that knows one word (4), and gives it 0.6 and the end of sentence (3) 0.4 at each step.

    >>> import math
    >>> import numpy as np
    >>> from malgil.settings import DecodingOptions
    >>> def step(last_tokens, parent_rows, state, k):
    ...     rows = len(last_tokens)
    ...     ids, log_probabilities = np.array([[4, 3]] * rows), np.log([[0.6, 0.4]] * rows)
    ...     return StepOutput(log_probabilities[:, :k], ids[:, :k], None, state)
    >>> options = DecodingOptions(beam_size=2, n_best=2, length_penalty=0.0)
    >>> [hypotheses] = beam_search(step, None, [Request(max_length=3)], options)
    >>> [(best.ids, round(math.exp(best.score), 2)) for best in hypotheses]
    [([], 0.4), ([4], 0.24)]
"""

from malgil.modeling.search.beam_search import beam_search
from malgil.modeling.search.hypotheses import Hypothesis, length_penalty
from malgil.modeling.search.request import ALL, Request, Step, StepOutput

__all__ = [
    "ALL",
    "Hypothesis",
    "Request",
    "Step",
    "StepOutput",
    "beam_search",
    "length_penalty",
]
