"""Beam search over toy steps: small random tables in place of a model."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.modeling.search import (
    Hypothesis,
    Request,
    StepOutput,
    beam_search,
)
from malgil.modeling.search.hypotheses import FinishedHypotheses
from malgil.settings import DecodingOptions
from tests.modeling.search.toy import (
    EOS,
    IDS,
    SRC_LEN,
    Prefix,
    Scripted,
    Toy,
    check_consistent,
    exhaustive,
    run,
    sequences,
)


def plain_beam(toy: Toy, sentence: int, limit: int, beam_size: int, alpha: float) -> list[Prefix]:
    """Search as defined, for one sentence, without early stopping."""
    live, closed = [(0, ())], []
    for length in range(1, limit + 1):
        penalty = ((5 + length) / 6) ** alpha
        candidates = []
        for rank, (total, prefix) in enumerate(live):
            for token, value in zip(toy.ids.tolist(), toy.table(sentence, prefix), strict=True):
                if value > -np.inf:
                    candidates.append((-total - round(value * 1e5), rank, token, prefix))
        candidates = [(-cost, (*ids, token)) for cost, _, token, ids in sorted(candidates)]
        best = candidates[:beam_size]
        closed += [(False, -total / penalty, ids) for total, ids in best if ids[-1] == EOS]
        live = [(total, ids) for total, ids in candidates if ids[-1] != EOS][:beam_size]
        if all(ids[-1] == EOS for _, ids in best):
            break
        if length == limit:
            closed += [(True, -total / penalty, ids) for total, ids in live]
    return [ids for *_, ids in sorted(closed, key=lambda entry: entry[:2])]


@pytest.mark.parametrize("n_best", [1, 4, 1000])
@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("seed", range(3))
def test_wide_beam_equals_exhaustive_search(seed: int, alpha: float, n_best: int) -> None:
    sentences, limits, toy = [seed, seed + 50, seed + 90], [4, 2, 3], Toy()
    results = run(toy, sentences, limits, beam_size=108, length_penalty=alpha, n_best=n_best)
    for sentence, limit, hypotheses in zip(sentences, limits, results, strict=True):
        expected = exhaustive(toy, sentence, limit, alpha)
        ranking = sorted(expected.values())[:n_best]
        assert len(hypotheses) == len(ranking) == min(n_best, len(expected))
        assert len(set(sequences(hypotheses))) == len(hypotheses)
        # Equal ranks rather than equal sequences: among so many, some have the same score.
        ranks = [expected[ids] for ids in sequences(hypotheses)]
        assert np.array(ranks) == pytest.approx(np.array(ranking))
        for hypothesis in hypotheses:
            check_consistent(toy, sentence, hypothesis, alpha)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 3.0])
@pytest.mark.parametrize("seed", range(8))
def test_beam_of_one_is_the_argmax_loop(seed: int, alpha: float) -> None:
    toy, limit = Toy(), 5
    ((hypothesis,),) = run(toy, [seed], [limit], beam_size=1, length_penalty=alpha)
    ids: Prefix = ()
    while len(ids) < limit and EOS not in ids:
        ids = (*ids, toy.ids[toy.table(seed, ids).argmax()].item())
    assert sequences([hypothesis]) == [ids]
    assert len(toy.calls) == len(ids)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    seed=st.integers(0, 10_000),
    limits=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    beam_size=st.integers(1, 7),
    alpha=st.sampled_from([0.0, 0.3, 0.6, 1.0, 2.5]),
    n_best=st.integers(1, 6),
    sharpness=st.sampled_from([0.0, 0.5, 2.0, 6.0]),  # with 0 all is a tie
    ids=st.sampled_from([IDS, (EOS, 6), (EOS, 4, 6)]),
)
def test_equals_the_definition(seed, limits, beam_size, alpha, n_best, sharpness, ids) -> None:
    """Neither stopping early nor the neighbors in the batch change a result."""
    toy, sentences = Toy(ids, sharpness), range(seed, seed + len(limits))
    options = {"beam_size": beam_size, "length_penalty": alpha, "n_best": n_best}
    results = run(toy, sentences, limits, **options)
    for sentence, limit, hypotheses in zip(sentences, limits, results, strict=True):
        expected = plain_beam(toy, sentence, limit, max(beam_size, n_best), alpha)[:n_best]
        assert sequences(hypotheses) == (expected or [()])
        for hypothesis in hypotheses if limit else []:
            check_consistent(toy, sentence, hypothesis, alpha)
        assert run(toy, [sentence], [limit], **options) == [hypotheses]


def test_stopping_early_saves_calls_and_changes_nothing(monkeypatch) -> None:
    toy, patient = Toy(sharpness=3), Toy(sharpness=3)
    results = run(toy, range(30), [5] * 30, n_best=1)
    monkeypatch.setattr(FinishedHypotheses, "is_done", lambda *_: np.array([False]))
    assert run(patient, range(30), [5] * 30, n_best=1) == results
    assert sum(map(len, toy.calls)) < 0.8 * sum(map(len, patient.calls))


@pytest.mark.parametrize("end, ids, calls", [(0.71, [4] * 4, 5), (0.73, [], 1)])
def test_waits_while_a_longer_hypothesis_can_still_win(end: float, ids: list, calls: int) -> None:
    """At length 5 and alpha 2, 0.4 scores as much as 0.719 does at length 1."""
    toy = Scripted({(0, ()): {EOS: end, 4: 0.4}, (0, (4,) * 4): {EOS: 1.0}}, {4: 1.0})
    ((best,),) = run(toy, [0], [5], beam_size=2, length_penalty=2.0)
    assert (best.ids, len(toy.calls)) == (ids, calls)


def test_finished_sentences_leave_the_batch() -> None:
    lengths = {7: 3, 8: 0, 9: 1}  # sentence: tokens before eos
    script = {(s, (4,) * n): {EOS: 0.999, 5: 0.001} for s, n in lengths.items()}
    toy = Scripted(script, {4: 0.998, 5: 0.001, 6: 0.001})
    results = run(toy, list(lengths), [6, 6, 6], beam_size=2)
    assert [best.ids for (best,) in results] == [[4, 4, 4], [], [4]]
    assert toy.calls == [[7, 8, 9], [7, 7, 9, 9], [7, 7], [7, 7]]
    assert toy.k == 3


def test_endless_repetition_ends_at_the_maximum_length() -> None:
    toy = Scripted({}, {4: 0.9, 5: 0.1})
    none, one, three = run(toy, [7, 8, 9], [0, 1, 3], beam_size=2, n_best=2)
    assert none == [Hypothesis([], 0.0, 0.0, [], None, False)]
    assert none[0].attention is None
    assert sequences(one) == [(4,), (5,)]
    assert sequences(three) == [(4, 4, 4), (4, 4, 5)]
    assert one[0].attention.shape == (1, SRC_LEN)
    assert toy.calls == [[8, 9], [9, 9], [9, 9]]
    assert run(toy, [], []) == []


def test_finished_ranks_before_better_unfinished() -> None:
    toy = Scripted({}, {4: 0.9, EOS: 0.1})
    (hypotheses,) = run(toy, [0], [3], beam_size=2, length_penalty=0.0, n_best=9)
    assert sequences(hypotheses) == [(EOS,), (4, EOS), (4, 4, EOS), (4, 4, 4)]
    assert hypotheses[3].score > hypotheses[0].score


def test_forbidden_tokens_are_never_chosen_and_dead_ends_give_the_best_prefix() -> None:
    script = {(0, ()): {4: 0.3, 5: 0.7}, (1, ()): {4: 0.3, EOS: 0.7}}
    script |= {(2, ()): {5: 1.0}, (2, (5,)): {6: 0.5, EOS: 0.5}}
    results = run(Scripted(script, {}), range(4), [4, 4, 2, 3], n_best=9)
    assert list(map(sequences, results)) == [[(5,)], [(EOS,)], [(5, EOS), (5, 6)], [()]]
    assert not results[0][0].is_finished
    assert results[0][0].score == pytest.approx(np.log(0.7), abs=1e-5)
    assert results[0][0].attention.shape == (1, SRC_LEN)


def test_ties_fall_to_the_better_parent_then_the_lower_id_whatever_the_noise() -> None:
    class Noisy(Scripted):
        def table(self, sentence: int, prefix: Prefix) -> np.ndarray:
            noise = np.random.default_rng([len(self.calls), sentence]).normal(size=4)
            return super().table(sentence, prefix) - 2e-7 * abs(noise)

    toy = Noisy({}, {6: 0.3, 5: 0.3, 4: 0.3, EOS: 0.1}, ids=(6, EOS, 5, 4))
    expected = [(EOS,), (4, 4, 4), (4, 4, 5), (4, 4, 6), (4, 5, 4)]
    for batch_size in (1, 3, 11):
        results = run(toy, range(batch_size), [3] * batch_size, beam_size=4, n_best=5)
        assert all(sequences(hypotheses) == expected for hypotheses in results)


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"accepts? .*Received: \[3, -1\]"):
        run(Toy(), [0, 1], [3, -1])


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf])
def test_values_that_are_no_log_probabilities_are_refused(value: float) -> None:
    wrong = StepOutput(np.array([[value]]), np.array([[4]]), None, None)
    with pytest.raises(ValueError, match="log-probabilities"):
        beam_search(lambda *_: wrong, None, [Request(3)])


def test_a_plain_search_runs_two_files() -> None:
    """What a reader must know to follow a translation without constraints."""
    files, before = set(), sys.gettrace()
    sys.settrace(lambda frame, *_: files.add(Path(frame.f_code.co_filename)))
    try:
        run(Toy(), [1, 2], [4, 4])
    finally:
        sys.settrace(before)
    names = {file.name for file in files if file.parent.name == "search"} - {"toy.py"}
    assert names == {"beam_search.py", "hypotheses.py"}


def test_a_usual_load() -> None:
    """32 sentences, beam of 5, 40 steps. The overhead of the search is printed, not asserted."""
    steps, random = [], np.random.default_rng(1)
    values = -np.sort(random.exponential(size=(160, 6)).astype(np.float32), axis=1)
    ids = random.permuted(np.tile(np.arange(3, 9), (160, 1)), axis=1)

    def step(tokens, parents, state, k) -> StepOutput:
        steps.append(len(tokens))
        return StepOutput(*(array[: len(tokens)] for array in (values, ids, values)), None)

    start = time.perf_counter()
    results = beam_search(
        step, None, [Request(40)] * 32, DecodingOptions(length_penalty=9.0, n_best=5)
    )
    milliseconds = 1e5 * (time.perf_counter() - start) / sum(steps)
    print(f"beam search: {milliseconds:.2f} ms per step and 100 rows")
    assert steps == [32] + [160] * 39
    assert all(len(hypotheses) == 5 for hypotheses in results)
