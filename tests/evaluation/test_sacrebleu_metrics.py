"""The intervals of sacrebleu's metrics, compared with a bootstrap in NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER

from malgil.common.errors import UserError
from malgil.evaluation import sacrebleu_metrics
from malgil.evaluation.sacrebleu_metrics import (
    Interval,
    resamples_for,
    score_corpus,
    with_interval,
)

WORDS = ("the", "a", "cat", "sees", "runs", "to", "home", "park", "old", "new", "in", "on", "and")


def corpus(sentences: int, changed: float, seed: int = 4) -> tuple[list[str], list[str]]:
    """Return hypotheses, in which a share of the words is changed, and references."""
    choose = np.random.default_rng(seed)
    hypotheses, references = [], []
    for _number in range(sentences):
        reference = choose.choice(WORDS, choose.integers(5, 12)).tolist()
        hypothesis = [
            str(choose.choice(WORDS)) if choose.random() < changed else word for word in reference
        ]
        references.append(" ".join(reference))
        hypotheses.append(" ".join(hypothesis))
    return hypotheses, references


def bleu_statistics(hypothesis: str, reference: str) -> list[int]:
    """Return the matches and n-grams of 1 to 4 words, and the two lengths."""
    left, right = hypothesis.split(), reference.split()
    matches, totals = [], []
    for n in range(1, 5):
        ours, theirs = (
            [tuple(words[i : i + n]) for i in range(len(words) - n + 1)] for words in (left, right)
        )
        matches.append(sum(min(ours.count(gram), theirs.count(gram)) for gram in set(ours)))
        totals.append(len(ours))
    return [*matches, *totals, len(left), len(right)]


def bleu_of(sums: np.ndarray) -> float:
    """Return BLEU of summed statistics; every order has a match (Papineni et al. 2002)."""
    precisions = sums[:4] / sums[4:8]
    brevity = min(0.0, 1 - sums[9] / sums[8])
    return float(100 * math.exp(brevity + np.log(precisions).mean()))


def independent_interval(statistics: np.ndarray, score: object, seed: int) -> tuple[float, float]:
    """Return the mean and half the width between the percentiles 2.5 and 97.5."""
    assert callable(score)
    sentences = len(statistics)
    indices = np.random.default_rng(seed).choice(sentences, size=(1000, sentences), replace=True)
    scores = sorted(score(statistics[row].sum(axis=0)) for row in indices)
    return float(np.mean(scores)), (scores[974] - scores[25]) / 2


@pytest.mark.parametrize("seed", [12345, 7])
def test_interval_of_bleu_equals_a_bootstrap_in_numpy(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    hypotheses, references = corpus(60, 0.2)
    statistics = np.array(list(map(bleu_statistics, hypotheses, references)), float)
    monkeypatch.setenv("SACREBLEU_SEED", str(seed))
    found = score_corpus(BLEU(), hypotheses, references)
    mean, half_width = independent_interval(statistics, bleu_of, seed)
    assert found.score == pytest.approx(bleu_of(statistics.sum(axis=0)))
    assert found.interval is not None
    assert found.interval.mean == pytest.approx(mean, abs=1e-3)
    assert found.interval.half_width == pytest.approx(half_width, abs=1e-3)
    assert f"bs:1000|seed:{seed}|" in found.signature


def test_interval_of_ter_equals_a_bootstrap_in_numpy() -> None:
    """One word of each changed sentence is replaced by one that no reference has: one edit."""
    _, references = corpus(50, 0.0)
    changed = [i % 3 == 0 for i in range(50)]
    hypotheses = [
        " ".join(["xyz", *reference.split()[1:]]) if is_changed else reference
        for reference, is_changed in zip(references, changed, strict=True)
    ]
    lengths = [len(reference.split()) for reference in references]
    statistics = np.column_stack([changed, lengths]).astype(float)
    found = score_corpus(TER(), hypotheses, references)
    mean, half_width = independent_interval(statistics, lambda sums: 100 * sums[0] / sums[1], 12345)
    assert found.interval is not None
    assert found.score == pytest.approx(100 * 17 / sum(lengths))
    assert found.interval.mean == pytest.approx(mean, abs=1e-3)
    assert found.interval.half_width == pytest.approx(half_width, abs=1e-3)


def test_intervals_are_reproducible_and_wider_for_fewer_sentences() -> None:
    hypotheses, references = corpus(200, 0.3)
    found = score_corpus(BLEU(), hypotheses, references)
    assert found == score_corpus(BLEU(), hypotheses, references)
    few = score_corpus(BLEU(), hypotheses[:20], references[:20])
    assert found.interval is not None and few.interval is not None
    assert 0 < 2 * found.interval.half_width < few.interval.half_width


@pytest.mark.parametrize(
    ("sentences", "resamples"), [(1, 1000), (5_000, 1000), (20_000, 250), (50_000, 100)]
)
def test_large_test_sets_get_fewer_resamples(sentences: int, resamples: int) -> None:
    assert resamples_for(sentences) == resamples


def test_the_largest_test_sets_get_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resamples_for(50_001) == 0
    monkeypatch.setattr(sacrebleu_metrics, "_MAX_RESAMPLED_SENTENCES", 99)
    hypotheses, references = corpus(3, 0.2)
    found = score_corpus(BLEU(), hypotheses, references)
    assert found.interval is None and "bs:" not in found.signature
    assert found.score == BLEU().corpus_score(hypotheses, [references]).score


@pytest.mark.parametrize("seed", ["", "one", "-1", "1.5", "²"])
def test_a_seed_that_is_not_a_number(monkeypatch: pytest.MonkeyPatch, seed: str) -> None:
    monkeypatch.setenv("SACREBLEU_SEED", seed)
    with pytest.raises(UserError, match=r"SACREBLEU_SEED accepts an integer of at least 0, or"):
        score_corpus(BLEU(), ["a"], ["a"])


def test_a_random_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACREBLEU_SEED", "None")
    assert "seed:none" in score_corpus(BLEU(), ["a b c d e"], ["a b c d e"]).signature


def test_resamples_without_a_match() -> None:
    """sacrebleu's `corpus_score(n_bootstrap=…)` raises a TypeError for chrF."""
    found = score_corpus(CHRF(), ["a b c d", "x y z"], ["a b c d", "e f g h"])
    assert found.interval is not None
    assert found.interval.half_width == pytest.approx(50)  # between none and all right


def test_a_score_as_text() -> None:
    interval = Interval(17.904, 0.851)
    assert with_interval(17.866, interval) == "17.87 ± 0.85"
    assert with_interval(17.866, interval, digits=1) == "17.9 ± 0.9"
    assert with_interval(17.866, interval, with_mean=True) == "17.87 (μ = 17.90 ± 0.85)"
    assert with_interval(17.866, None, with_mean=True) == "17.87"
