"""Diverse beam search beside its definition, written out for one sentence."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.modeling.search.toy import EOS, Prefix, Scripted, Toy, check_consistent, run, sequences


def definition(
    toy: Toy, sentence: int, limit: int, groups: int, width: int, strength: float
) -> list[list[tuple[bool, float, Prefix]]]:
    """Return the finished hypotheses of each group, in the order of their rank."""
    live: list[list[tuple[float, Prefix]]] = [[(0.0, ())] for _ in range(groups)]
    closed: list[list[tuple[bool, float, Prefix]]] = [[] for _ in range(groups)]
    for length in range(1, limit + 1):
        penalty = ((5 + length) / 6) ** 0.6
        taken: Counter[int] = Counter()
        for group in range(groups):
            candidates = []
            for place, (total, prefix) in enumerate(live[group]):
                for token, value in zip(toy.ids.tolist(), toy.table(sentence, prefix), strict=True):
                    if value > -np.inf:
                        after = total + round(value * 1e5)
                        by = after - strength * 1e5 * taken[token]
                        candidates.append((-by, place, token, after, (*prefix, token)))
            ranked = [(after, ids) for *_, after, ids in sorted(candidates)]
            best = ranked[:width]
            ending = [(after, ids) for after, ids in best if ids[-1] == EOS]
            going = [(after, ids) for after, ids in ranked if ids[-1] != EOS][:width]
            if len(ending) == len(best):
                going = []
            taken.update(ids[-1] for _, ids in (*ending, *going))
            closed[group] += [(False, -total / penalty, ids) for total, ids in ending]
            live[group] = going
            if length == limit:
                closed[group] += [(True, -total / penalty, ids) for total, ids in going]
    return [sorted(group, key=lambda entry: entry[:2]) for group in closed]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    seed=st.integers(0, 10_000),
    limit=st.integers(1, 4),
    groups=st.integers(2, 4),
    width=st.integers(1, 3),
    strength=st.sampled_from([0.0, 0.3, 1.0, 5.0]),
)
def test_equals_the_definition(seed, limit, groups, width, strength) -> None:
    toy = Toy()
    options = {"beam_size": groups * width, "groups": groups, "diversity": strength}
    found, other = run(toy, [seed, seed + 3], [limit, 3], n_best=groups, **options)
    expected = definition(toy, seed, limit, groups, width, strength)
    places = itertools.zip_longest(*expected)  # the best of each group, the second best, …
    turns = [sorted(filter(None, turn), key=lambda entry: entry[:2]) for turn in places]
    every = dict.fromkeys(ids for turn in turns for *_, ids in turn)
    assert sequences(found) == list(every)[:groups]
    assert len(set(sequences(found))) == len(found)
    for hypothesis in found:
        check_consistent(toy, seed, hypothesis, 0.6)
    assert [other] == run(toy, [seed + 3], [3], n_best=groups, **options)


def test_without_a_penalty_every_group_is_the_same_search() -> None:
    toy = Toy()
    (found,) = run(toy, [5], [4], beam_size=6, groups=3, diversity=0.0, n_best=2)
    assert [found] == run(toy, [5], [4], beam_size=2, n_best=2)


def test_groups_begin_with_different_words_where_that_is_wanted() -> None:
    toy = Scripted({}, {4: 0.7, 5: 0.2, 6: 0.08, EOS: 0.02})
    (found,) = run(toy, [0], [3], beam_size=3, groups=3, diversity=50.0, n_best=3)
    assert sorted(one.ids[0] for one in found) == [4, 5, 6]
    (plain,) = run(toy, [0], [3], beam_size=3, n_best=3)
    assert [one.ids[0] for one in plain if one.ids] == [4] * len([one for one in plain if one.ids])


@pytest.mark.parametrize("n_best", [1, 2, 5])
def test_gives_no_more_than_was_asked_for(n_best: int) -> None:
    (found,) = run(Toy(), [2], [4], beam_size=4, groups=2, n_best=n_best)
    assert 1 <= len(found) <= n_best
