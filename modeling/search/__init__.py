"""Search: from the scores of next tokens to translations. It knows nothing of Keras.

Read `request.py` (what a search asks of a model), then `beam_search.py` (the loop and plain beam
search) with `hypotheses.py` (what it keeps) beside it. The rest is used where it is asked for:
`diverse.py`, `sampling.py` and `constrained.py` choose the candidates in another way, and
`token_constraints.py` forbids tokens.
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
