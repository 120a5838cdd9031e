"""What a person may wish of a search, beside every sequence that is possible."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.modeling.search import Request, SearchOptions, beam_search
from malgil.modeling.search.finished import coverage_penalty
from tests.modeling.search.toy import EOS, IDS, Prefix, Scripted, Toy, exhaustive, run, sequences

WIDE = 400  # as many as there are sequences, so that nothing is lost on the way


def best_of(
    toy: Toy, sentence: int, limit: int, alpha: float, is_fit: Callable[[Prefix], bool]
) -> list[tuple[bool, float]]:
    """The ranks of all sequences that are fit, the best first."""
    found = exhaustive(toy, sentence, limit, alpha)
    return sorted(rank for ids, rank in found.items() if is_fit(ids))


def ranks(toy: Toy, sentence: int, limit: int, alpha: float, hypotheses: list) -> np.ndarray:
    found = exhaustive(toy, sentence, limit, alpha)
    return np.array([found[ids] for ids in sequences(hypotheses)])


def has(ids: Prefix, phrase: Prefix, times: int = 1) -> bool:
    places = range(len(ids) - len(phrase) + 1)
    return sum(ids[i : i + len(phrase)] == phrase for i in places) >= times


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


class TestCoverage:
    def test_is_equation_14(self) -> None:
        looked = np.array([0.25, 1.0, 3.0, 0.5])
        expected = 0.2 * (np.log(0.25) + np.log(0.5))
        assert coverage_penalty(looked, 0.2) == pytest.approx(expected)
        assert coverage_penalty(np.zeros(2), 0.5) == pytest.approx(np.log(1e-6))

    @pytest.mark.parametrize("seed", range(5))
    def test_ranks_as_every_sequence_would(self, seed: int) -> None:
        class Looking(Toy):
            """Looks at position 0 by a share of the token's own, at position 1 by the rest."""

            def __call__(self, tokens, parents, state, k):
                output = super().__call__(tokens, parents, state, k)
                share = np.array([0.1 + 0.2 * (len(prefix) % 3) for _, prefix in output.state])
                looked = np.stack([share, 1 - share, np.zeros_like(share)], axis=1)
                return output._replace(attention=looked)

        def penalty(length: int) -> float:
            # The step at which n tokens stand, bos among them, looks by 0.1 + 0.2 * (n % 3).
            shares = np.array([0.1 + 0.2 * (n % 3) for n in range(1, length + 1)])
            return coverage_penalty(np.array([shares.sum(), (1 - shares).sum()]), 0.7)

        toy = Looking()
        request = Request(3, source_length=2)
        options = SearchOptions(WIDE, 0.6, coverage_penalty=0.7, n_best=WIDE)
        (found,) = beam_search(toy, [(seed, ())], [request], options)
        every = exhaustive(toy, seed, 3, 0.6)
        expected = sorted((rank[0], rank[1] - penalty(len(ids))) for ids, rank in every.items())
        scores = [(not one.is_finished, -one.score) for one in found]
        assert np.array(scores) == pytest.approx(np.array(expected))

    def test_without_attention_there_is_none(self) -> None:
        class Blind(Toy):
            def __call__(self, *asked):
                return super().__call__(*asked)._replace(attention=None)

        assert run(Blind(), [3], [4], coverage_penalty=0.5) == run(Blind(), [3], [4])


class TestConstraints:
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
    def test_a_wide_beam_finds_the_best_that_has_all_terms(self, seed: int, terms: tuple) -> None:
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
    def test_every_term_appears_whatever_the_beam(self, seed, beam_size, sharpness, terms) -> None:
        toy = Toy(sharpness=sharpness)
        plain, held = run(
            toy, [seed + 1, seed], [4, 12], beam_size=beam_size, constraints=[(), terms]
        )
        ids = tuple(held[0].ids)
        for term in terms:
            assert any(has(ids, phrase) for phrase in term)
        assert [plain] == run(toy, [seed + 1], [4], beam_size=beam_size)

    def test_what_does_not_fit_into_the_limit_is_cut_with_as_many_terms_as_fit(self) -> None:
        toy = Scripted({}, {4: 0.9, 5: 0.05, 6: 0.01, EOS: 0.04})
        ((best,),) = run(toy, [0], [2], beam_size=3, constraints=[(((5,),), ((6,),), ((4, 4),))])
        assert sorted(best.ids) == [5, 6] and not best.is_finished

    def test_forbidden_terms_do_not_end_in_nothing(self) -> None:
        toy = Scripted({}, {4: 0.9, EOS: 0.1})
        ((best,),) = run(toy, [0], [3], beam_size=2, constraints=[(((5,),),)])
        assert best.ids == [4, 4, 4] and not best.is_finished


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"coverage_penalty": -0.1}, "coverage_penalty"),
        ({"no_repeat": -1}, "no_repeat"),
        ({"groups": 0}, "groups"),
        ({"groups": 6}, "beam_size"),
        ({"temperature": -1.0}, "temperature"),
        ({"sample_top_p": 0.0}, "sample_top_p"),
        ({"sample_top_p": 1.5}, "sample_top_p"),
        ({"groups": 2, "temperature": 1.0}, "temperature"),
        ({"groups": 2, "constraints": [(((4,),),)]}, "constraints"),
    ],
)
def test_arguments_out_of_range_are_refused(options: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(Toy(), [0], [3], **options)
