"""Tokens that may not come next, beside every sequence that is possible."""

from __future__ import annotations

import numpy as np
import pytest

from tests.modeling.search.toy import (
    EOS,
    WIDE,
    Prefix,
    Scripted,
    Toy,
    best_of,
    ranks,
    run,
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("least", [1, 2, 3])
def test_the_end_waits_for_the_minimum_length(seed: int, least: int) -> None:
    toy = Toy(sharpness=2.0)
    options = {"beam_size": WIDE, "n_best": WIDE}
    alone, other = run(toy, [seed, seed + 9], [4, 3], min_length=[least, 0], **options)
    assert alone and all(len(found.ids) >= least for found in alone)
    expected = best_of(toy, seed, 4, 0.6, lambda ids: len(ids) - (ids[-1] == EOS) >= least)
    assert ranks(toy, seed, 4, 0.6, alone) == pytest.approx(np.array(expected))
    assert [other] == run(toy, [seed + 9], [3], **options)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [1, 2, 3])
def test_no_run_comes_twice(seed: int, n: int) -> None:
    def is_fit(ids: Prefix) -> bool:
        body = ids[: len(ids) - (ids[-1] == EOS)]
        runs = [body[i : i + n] for i in range(len(body) - n + 1)]
        return len(runs) == len(set(runs))

    toy = Toy(sharpness=2.0)
    (found,) = run(toy, [seed], [5], beam_size=WIDE, n_best=WIDE, no_repeat=n)
    expected = best_of(toy, seed, 5, 0.6, is_fit)
    assert ranks(toy, seed, 5, 0.6, found) == pytest.approx(np.array(expected))


def test_enough_candidates_are_asked_for_when_the_best_may_not_come_again() -> None:
    toy = Scripted({}, {4: 0.5, 5: 0.3, 6: 0.15, EOS: 0.05})
    ((found,),) = run(toy, [0], [4], beam_size=1, no_repeat=1)
    assert found.ids == [4, 5, 6] and found.is_finished


@pytest.mark.parametrize("prefix", [(4,), (6, 5), (5, 5, 4)])
@pytest.mark.parametrize("seed", range(3))
def test_begins_as_it_must(seed: int, prefix: Prefix) -> None:
    toy = Toy()
    options = {"beam_size": WIDE, "n_best": WIDE}
    alone, other = run(toy, [seed, seed + 7], [4, 3], prefix=[prefix, ()], **options)
    expected = best_of(toy, seed, 4, 0.6, lambda ids: ids[: len(prefix)] == prefix)
    assert ranks(toy, seed, 4, 0.6, alone) == pytest.approx(np.array(expected))
    assert [other] == run(toy, [seed + 7], [3], **options)
    # What the model thinks of the beginning is in the score.
    first = alone[0].token_log_probabilities[: len(prefix)]
    assert first == pytest.approx(toy.log_probabilities(seed, prefix), abs=1e-9)


def test_a_beginning_longer_than_the_limit_is_cut() -> None:
    ((found,),) = run(Toy(), [1], [2], prefix=[(4, 5, 6)])
    assert found.ids == [4, 5] and not found.is_finished
