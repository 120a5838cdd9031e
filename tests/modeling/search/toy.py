"""A toy in place of a model: small random tables, and every sequence that they make possible."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from malgil.modeling.search import Hypothesis, Request, StepOutput, beam_search
from malgil.settings import DecodingOptions

BOS, EOS = 2, 3
IDS = (EOS, 4, 5, 6)
SRC_LEN = 400  # one position per prefix of up to five tokens of three kinds (364 of them)
Prefix = tuple[int, ...]
WIDE = 400  # a beam as wide as there are sequences, so that nothing is lost on the way


def position(prefix: Prefix) -> int:
    """Return a different number for every prefix."""
    return functools.reduce(lambda number, token: 3 * number + token - 3, prefix, 0)


@functools.cache
def random_table(sentence: int, prefix: Prefix, size: int, sharpness: float) -> np.ndarray:
    logits = sharpness * np.random.default_rng([sentence, position(prefix)]).normal(size=size)
    return (logits - np.log(np.exp(logits).sum())).round(5)


class Toy:
    """A step whose log-probabilities are a random function of sentence and prefix.

    Its state is the list of `(sentence, bos and prefix)` of its rows. It attends to the position
    of the prefix alone. A sentence is any number: the seed of its table.
    """

    def __init__(self, ids: Sequence[int] = IDS, sharpness: float = 1.0) -> None:
        self.ids, self.sharpness = np.array(ids), sharpness
        self.calls: list[list[int]] = []  # the sentence of every row

    def table(self, sentence: int, prefix: Prefix) -> np.ndarray:
        """Log-probabilities of `self.ids`, `(vocabulary,)`."""
        return random_table(sentence, prefix, len(self.ids), self.sharpness)

    def log_probabilities(self, sentence: int, ids: Prefix) -> list[float]:
        """Of each token of a sequence, one at a time."""
        column = self.ids.tolist().index
        return [self.table(sentence, ids[:i])[column(ids[i])] for i in range(len(ids))]

    def __call__(self, tokens: np.ndarray, parents: np.ndarray, state: list, k: int) -> StepOutput:
        pairs = zip(tokens.tolist(), parents.tolist(), strict=True)
        rows = [(state[parent][0], (*state[parent][1], token)) for token, parent in pairs]
        assert all(prefix.count(BOS) == 1 and prefix[0] == BOS for _, prefix in rows)
        self.calls.append([sentence for sentence, _ in rows])
        self.k = k
        tables = np.stack([self.table(sentence, prefix[1:]) for sentence, prefix in rows])
        order = np.argsort(-tables, axis=1, kind="stable")[:, :k]
        attention = np.eye(SRC_LEN, dtype=np.float32)[
            [position(prefix[1:]) % SRC_LEN for _, prefix in rows]
        ]
        log_probabilities = np.take_along_axis(tables, order, axis=1).astype(np.float32)
        return StepOutput(log_probabilities, self.ids[order], attention, rows)


def run(toy: Toy, sentences: Sequence[int], limits: Sequence[int], **options) -> list:
    """Search with `options`, those of each sentence among them as lists."""
    state = [(sentence, ()) for sentence in sentences]
    names = {field.name for field in dataclasses.fields(Request)} & set(options)
    own = {name: options.pop(name) for name in names}
    requests = [
        Request(limit, **{name: values[i] for name, values in own.items()})
        for i, limit in enumerate(limits)
    ]
    return beam_search(toy, state, requests, DecodingOptions(**options))


def exhaustive(toy: Toy, sentence: int, limit: int, alpha: float) -> dict[Prefix, tuple]:
    """Every sequence that can be: ids, with eos where it has one → (is unfinished, -score)."""
    found = {}
    live = [id_ for id_ in toy.ids.tolist() if id_ != EOS]
    for length in range(1, limit + 1):
        lasts = [EOS] if length < limit else [EOS, *live]
        for ids in itertools.product(*[live] * (length - 1), lasts):
            cost = -sum(toy.log_probabilities(sentence, ids)) / ((5 + length) / 6) ** alpha
            found[ids] = (ids[-1] != EOS, cost)
    return found


def sequences(hypotheses: Sequence[Hypothesis]) -> list[Prefix]:
    """Their ids, with eos where finished."""
    return [(*hypothesis.ids, *[EOS] * hypothesis.is_finished) for hypothesis in hypotheses]


def best_of(
    toy: Toy, sentence: int, limit: int, alpha: float, is_fit: Callable[[Prefix], bool]
) -> list[tuple[bool, float]]:
    """Return the ranks of all allowed sequences, the best first."""
    found = exhaustive(toy, sentence, limit, alpha)
    return sorted(rank for ids, rank in found.items() if is_fit(ids))


def ranks(toy: Toy, sentence: int, limit: int, alpha: float, hypotheses: list) -> np.ndarray:
    found = exhaustive(toy, sentence, limit, alpha)
    return np.array([found[ids] for ids in sequences(hypotheses)])


def check_consistent(toy: Toy, sentence: int, hypothesis: Hypothesis, alpha: float) -> None:
    """Its numbers and its attention are those of its own tokens."""
    (ids,) = sequences([hypothesis])
    expected = toy.log_probabilities(sentence, ids)
    assert hypothesis.token_log_probabilities == pytest.approx(expected, abs=1e-9)
    assert hypothesis.log_probability == pytest.approx(sum(expected), abs=1e-9)
    score = sum(expected) / ((5 + len(ids)) / 6) ** alpha
    assert hypothesis.score == pytest.approx(score, abs=1e-9)
    assert hypothesis.attention.shape == (len(ids), SRC_LEN)
    positions = [position(ids[:i]) for i in range(len(ids))]
    assert hypothesis.attention.argmax(axis=1).tolist() == positions
    assert EOS not in hypothesis.ids and BOS not in hypothesis.ids


class Scripted(Toy):
    """Given probabilities: `{(sentence, prefix): {token: probability}}`, by default `others`."""

    def __init__(self, script: dict, others: dict[int, float], ids: Sequence[int] = IDS) -> None:
        super().__init__(ids)
        self.script, self.others = script, others

    def table(self, sentence: int, prefix: Prefix) -> np.ndarray:
        chosen = self.script.get((sentence, prefix), self.others)
        with np.errstate(divide="ignore"):
            return np.log([chosen.get(token, 0.0) for token in self.ids.tolist()]).round(5)
