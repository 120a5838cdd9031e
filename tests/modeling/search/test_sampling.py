"""What is drawn, and how often: chi-square tests with fixed seeds."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from malgil.modeling.search.sampling import Sampling
from malgil.settings import DecodingOptions
from tests.modeling.search.toy import EOS, Scripted, Toy, check_consistent, run, sequences

# Of so many more degrees of freedom than 1, chi-square is above it once in a thousand times.
CRITICAL = {2: 13.82, 3: 16.27, 12: 32.91, 39: 72.05}
DRAWS = 4000


def chi_square(counts: Counter, shares: dict) -> float:
    total = sum(counts.values())
    assert set(counts) <= set(shares)
    return sum(
        (counts[key] - total * share) ** 2 / (total * share) for key, share in shares.items()
    )


def firsts(toy: Toy, **options) -> Counter:
    """Return the first tokens of many samples of one sentence."""
    (found,) = run(toy, [0], [1], n_best=DRAWS, seed=[7], **options)
    assert len(found) == DRAWS
    return Counter(ids[0] for ids in sequences(found))


SHARES = {4: 0.5, 5: 0.25, 6: 0.15, EOS: 0.1}
TOY = Scripted({}, SHARES)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_distribution_is_that_of_the_temperature(temperature: float) -> None:
    raised = {token: share ** (1 / temperature) for token, share in SHARES.items()}
    expected = {token: share / sum(raised.values()) for token, share in raised.items()}
    assert chi_square(firsts(TOY, temperature=temperature), expected) < CRITICAL[3]


def test_the_best_k() -> None:
    found = firsts(TOY, temperature=1.0, sample_top_k=3)
    assert chi_square(found, {4: 0.5 / 0.9, 5: 0.25 / 0.9, 6: 0.15 / 0.9}) < CRITICAL[2]


@pytest.mark.parametrize(
    ("p", "kept"),
    [(0.4, [4]), (0.49, [4]), (0.51, [4, 5]), (0.8, [4, 5, 6]), (1.0, [4, 5, 6, EOS])],
)
def test_the_fewest_with_a_share_of_p(p: float, kept: list[int]) -> None:
    found = firsts(TOY, temperature=1.0, sample_top_p=p)
    assert set(found) == set(kept)
    total = sum(SHARES[token] for token in kept)
    if len(kept) == 3:
        assert chi_square(found, {token: SHARES[token] / total for token in kept}) < CRITICAL[2]


def test_whole_sequences_are_as_likely_as_the_model_says() -> None:
    toy = Toy(sharpness=0.5)
    (found,) = run(toy, [3], [3], n_best=20_000, seed=[1], temperature=1.0)
    live = [4, 5, 6]
    every = [(EOS,)] + [(a, EOS) for a in live]
    every += [(*body, last) for body in itertools.product(live, live) for last in (EOS, *live)]
    shares = {ids: float(np.exp(sum(toy.log_probabilities(3, ids)))) for ids in every}
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-4)
    assert chi_square(Counter(sequences(found)), shares) < CRITICAL[39]


def test_samples_depend_on_the_seed_alone() -> None:
    toy = Toy()
    options = {"n_best": 3, "temperature": 1.0}
    alone = run(toy, [5], [4], seed=[9], **options)
    among = run(toy, [8, 5, 2], [4, 4, 4], seed=[1, 9, 2], **options)
    assert among[1:2] == alone == run(toy, [5], [4], seed=[9], **options)
    assert run(toy, [5], [4], seed=[10], **options) != alone
    assert len(set(sequences(alone[0]))) > 1
    for hypothesis in alone[0]:
        check_consistent(toy, 5, hypothesis, 0.6)


def test_bans_hold_for_samples_too() -> None:
    (found,) = run(
        TOY, [0], [4], n_best=300, seed=[1], temperature=3.0, no_repeat=1, min_length=[2]
    )
    for one in found:
        assert len(one.ids) >= 2 and len(set(one.ids)) == len(one.ids)


def test_forbidden_tokens_are_never_drawn() -> None:
    selection = Sampling([0], DecodingOptions(temperature=1.0, sample_top_k=2), EOS)
    with np.errstate(divide="ignore"):
        rows = np.log([[0.0, 0.5, 0.0, 0.3, 0.2], [0.0] * 5])
    assert selection.distribution(rows) == pytest.approx(
        np.array([[0, 0.625, 0, 0.375, 0], [0] * 5])
    )


def test_a_hot_and_a_cold_distribution_neither_overflow_nor_divide_by_zero() -> None:
    values = np.log([[0.6, 0.4]]) - 500
    with np.errstate(all="raise", under="ignore"):
        cold = Sampling([0], DecodingOptions(temperature=0.001), EOS).distribution(values)
        hot = Sampling([0], DecodingOptions(temperature=1e6), EOS).distribution(values)
    assert cold == pytest.approx(np.array([[1.0, 0.0]]))
    assert hot == pytest.approx(np.array([[0.5, 0.5]]), abs=1e-5)
