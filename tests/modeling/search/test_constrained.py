"""Terms that must appear, beside every sequence that is possible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.modeling.search.toy import EOS, IDS, Prefix, Scripted, Toy, best_of, ranks, run


def has(ids: Prefix, phrase: Prefix, times: int = 1) -> bool:
    places = range(len(ids) - len(phrase) + 1)
    return sum(ids[i : i + len(phrase)] == phrase for i in places) >= times


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "terms",
    [
        (((4,),),),
        (((6, 5),),),
        (((4,),), ((5, 6),)),
        (((5, 5),), ((6,),)),
        (((4, 4, 5), (6, 6)),),
        (((4,),), ((4,),)),
    ],
)
def test_a_wide_beam_finds_the_best_that_has_all_terms(seed: int, terms: tuple) -> None:
    def is_fit(ids: Prefix) -> bool:
        once = all(any(has(ids, phrase) for phrase in term) for term in terms)
        twice = len(set(terms)) == len(terms) or has(ids, terms[0][0], 2)
        return ids[-1] == EOS and once and twice

    toy = Toy()
    ((best,),) = run(toy, [seed], [5], beam_size=2000, constraints=[terms])
    expected = best_of(toy, seed, 5, 0.6, is_fit)[0]
    assert ranks(toy, seed, 5, 0.6, [best])[0] == pytest.approx(np.array(expected))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    seed=st.integers(0, 1000),
    beam_size=st.integers(1, 5),
    sharpness=st.sampled_from([0.5, 3.0, 8.0]),
    terms=st.lists(
        st.lists(
            st.lists(st.sampled_from(IDS[1:]), min_size=1, max_size=3).map(tuple),
            min_size=1,
            max_size=2,
        ).map(tuple),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
def test_every_term_appears_whatever_the_beam(seed, beam_size, sharpness, terms) -> None:
    toy = Toy(sharpness=sharpness)
    plain, held = run(toy, [seed + 1, seed], [4, 12], beam_size=beam_size, constraints=[(), terms])
    ids = tuple(held[0].ids)
    for term in terms:
        assert any(has(ids, phrase) for phrase in term)
    assert [plain] == run(toy, [seed + 1], [4], beam_size=beam_size)


def test_what_does_not_fit_into_the_limit_is_cut_with_as_many_terms_as_fit() -> None:
    toy = Scripted({}, {4: 0.9, 5: 0.05, 6: 0.01, EOS: 0.04})
    ((best,),) = run(toy, [0], [2], beam_size=3, constraints=[(((5,),), ((6,),), ((4, 4),))])
    assert sorted(best.ids) == [5, 6] and not best.is_finished


def test_forbidden_terms_do_not_end_in_nothing() -> None:
    toy = Scripted({}, {4: 0.9, EOS: 0.1})
    ((best,),) = run(toy, [0], [3], beam_size=2, constraints=[(((5,),),)])
    assert best.ids == [4, 4, 4] and not best.is_finished


@pytest.mark.parametrize("options", [{"groups": 2}, {"temperature": 1.0}])
def test_terms_go_with_plain_beam_search_alone(options: dict) -> None:
    with pytest.raises(ValueError, match="constraints"):
        run(Toy(), [0, 1], [3, 3], constraints=[(), (((4,),),)], **options)
