"""Ensembles over toy engines, whose distributions are known."""

from __future__ import annotations

import numpy as np
import pytest

from malgil.modeling.inference.ensemble import Ensemble
from malgil.modeling.search import Request, beam_search
from malgil.settings import DecodingOptions
from tests.modeling.search.toy import EOS, Scripted, Toy, random_table, sequences

IDS = (0, 1, 2, EOS, 4, 5, 6)


class ToyEngine:
    """A toy as an engine: a sentence is the first id of its source."""

    def __init__(self, toy: Toy) -> None:
        self.step = toy

    def encode(self, sources: list[list[int]], required: object = ()) -> list:
        return [(source[0], ()) for source in sources]


class Dense(Toy):
    """A random model over ids from 0 on, of which the first three are never chosen."""

    def __init__(self, shift: int, sharpness: float) -> None:
        super().__init__(IDS, sharpness)
        self.shift = shift

    def table(self, sentence: int, prefix: tuple) -> np.ndarray:
        some = random_table(sentence + self.shift, prefix, len(IDS) - 3, self.sharpness)
        return np.concatenate([[-np.inf] * 3, some])


def found(engine: object, sentences: list[int], **options: object) -> list:
    requests = [Request(4)] * len(sentences)
    return beam_search(
        engine.step,
        engine.encode([[one] for one in sentences]),
        requests,
        DecodingOptions(**options),
    )


def toys() -> list[Toy]:
    return [Dense(0, 1.0), Dense(50, 2.0)]


@pytest.mark.parametrize("beam_size", [1, 4])
def test_of_one_is_that_one(beam_size: int) -> None:
    for toy in toys():
        alone = found(ToyEngine(toy), [3, 8], beam_size=beam_size, n_best=beam_size)
        as_one = found(Ensemble([ToyEngine(toy)]), [3, 8], beam_size=beam_size, n_best=beam_size)
        twice = found(Ensemble([ToyEngine(toy)] * 2), [3, 8], beam_size=beam_size, n_best=beam_size)
        for a, b, c in zip(alone, as_one, twice, strict=True):
            assert sequences(a) == sequences(b) == sequences(c)
            assert [x.score for x in a] == pytest.approx([x.score for x in b], abs=1e-4)


def test_is_the_geometric_mean() -> None:
    tables = [{4: 0.8, 5: 0.1, EOS: 0.1}, {4: 0.2, 5: 0.6, EOS: 0.2}]
    engines = [ToyEngine(Scripted({}, table, ids=(*range(3), EOS, 4, 5))) for table in tables]
    ensemble = Ensemble(engines)
    with np.errstate(divide="ignore", invalid="ignore"):
        output = ensemble.step(np.array([2]), np.array([0]), ensemble.encode([[7]]), 3)
    means = {t: np.sqrt(tables[0][t] * tables[1][t]) for t in (4, 5, EOS)}
    expected = sorted(((p / sum(means.values()), t) for t, p in means.items()), reverse=True)
    assert output.ids[0].tolist() == [t for _, t in expected]
    assert np.exp(output.log_probabilities[0]) == pytest.approx([p for p, _ in expected], abs=1e-4)
    assert output.attention is not None and output.attention.sum() == pytest.approx(1)


def test_two_may_know_better_than_either() -> None:
    both = found(Ensemble([ToyEngine(toy) for toy in toys()]), [1, 2, 3, 4, 5])
    each = [found(ToyEngine(toy), [1, 2, 3, 4, 5]) for toy in toys()]
    assert any(a[0].ids != b[0].ids for a, b in zip(both, each[0], strict=True))
    assert any(a[0].ids != b[0].ids for a, b in zip(both, each[1], strict=True))
