"""Search: turns the log-probabilities of next tokens into translations, in NumPy only.

A model returns the probability of each next token, given a source and the tokens so far. A search
looks for the token sequences (hypotheses) with the highest probability. There are too many to try
all of them: beam search extends only the `beam_size` best hypotheses of each length.

Begin with `request.py` (the interface to the caller and to the model), `beam_search.py` (the loop
and plain beam search) and `hypotheses.py` (active and finished hypotheses). The other files are
used only if an option requires them: `diverse.py`, `sampling.py` and `constrained.py` choose
hypotheses in other ways, and `token_constraints.py` forbids tokens.

Example:
    In this model, the only word (4) has probability 0.6, and the end mark (3) 0.4, at each step.

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
