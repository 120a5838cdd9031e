"""Search: from the scores of next pieces to translations. It knows nothing of Keras.

A *step* takes one token more for every row (live hypothesis) and answers with the best next tokens
of each (`step.py`). The search decides which hypotheses live on, which are finished, and when to
stop (`beam.py`); how it chooses among candidates is a matter of its own (`selection.py`,
`diverse.py`, `sampling.py`, `constrained.py`).
"""

from malgil.modeling.search.beam import beam_search
from malgil.modeling.search.finished import length_penalty
from malgil.modeling.search.hypothesis import Hypothesis
from malgil.modeling.search.request import Request, SearchOptions
from malgil.modeling.search.step import Step, StepOutput

__all__ = [
    "Hypothesis",
    "Request",
    "SearchOptions",
    "Step",
    "StepOutput",
    "beam_search",
    "length_penalty",
]
