"""Shortlists: what aligns is found, beside the EM algorithm written out."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from malgil.modeling.inference.shortlist import Shortlist, learn

EOS = 3


def em(
    source: list[list[int]], target: list[list[int]], rounds: int
) -> dict[tuple[int, int], float]:
    """IBM model 1 as its paper gives it, without the empty word."""
    likelihoods: dict[tuple[int, int], float] = defaultdict(lambda: 1.0)
    for _ in range(rounds):
        counts: dict[tuple[int, int], float] = defaultdict(float)
        for s, t in zip(source, target, strict=True):
            for piece in t:
                total = sum(likelihoods[origin, piece] for origin in s)
                for origin in s:
                    counts[origin, piece] += likelihoods[origin, piece] / total
        sums: dict[int, float] = defaultdict(float)
        for (origin, _), count in counts.items():
            sums[origin] += count
        likelihoods = defaultdict(
            float, {key: count / sums[key[0]] for key, count in counts.items()}
        )
    return likelihoods


def test_equals_the_definition() -> None:
    random = np.random.default_rng(5)
    lengths = random.integers(1, 7, size=(40, 2))
    source = [[*random.integers(4, 9, size=n).tolist(), EOS] for n, _ in lengths]
    target = [[*random.integers(4, 13, size=n).tolist(), EOS] for _, n in lengths]
    expected = em(source, target, 5)
    found = learn(source, target, (9, 13), (), per_token=13, common=0).likely
    for origin in range(9):
        ranked = [piece for piece in found[origin].tolist() if piece >= 0]
        pairs = {piece: p for (s, piece), p in expected.items() if s == origin}
        assert set(ranked) == set(pairs)
        values = [pairs[piece] for piece in ranked]
        assert values == pytest.approx(sorted(values, reverse=True), abs=1e-12)


def test_a_dictionary_is_found() -> None:
    """Source piece n + 4 is translated as n + 20, in any order, with a common one between."""
    random = np.random.default_rng(1)
    source = [random.permutation(12)[: random.integers(3, 8)] + 4 for _ in range(300)]
    target = [[*random.permutation(row + 16).tolist(), 19, EOS] for row in source]
    learned = learn(
        [row.tolist() for row in source], target, (16, 40), [EOS, 1], per_token=2, common=1
    )
    for piece in range(4, 16):
        assert piece + 16 in learned.likely[piece]
    assert set(learned.common.tolist()) >= {1, EOS}
    found = learned.tokens_for([4, 9])
    assert {20, 25} <= set(found.tolist()) and len(found) <= 3 + 2 * 2


def test_no_corpus_and_unknown_pieces_give_what_is_common() -> None:
    learned = learn([], [], (5, 9), [2, 3], per_token=3, common=2)
    assert sorted(learned.tokens_for([0, 4])) == [0, 1, 2, 3]
    assert sorted(learned.tokens_for([])) == [0, 1, 2, 3]


def test_fewer_pieces() -> None:
    likely = np.array([[5, 6, 7], [8, -1, -1]], np.int32)
    shortlist = Shortlist(np.array([1], np.int32), likely)
    assert shortlist.truncate(1).tokens_for([0, 1]).tolist() == [1, 5, 8]
    assert shortlist.tokens_for(np.array([1])).tolist() == [1, 8]
    assert shortlist.tokens_for([0, 0]).tolist() == [1, 5, 6, 7, 5, 6, 7]
