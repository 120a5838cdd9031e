"""The paired tests, compared with exact and independent computations."""

from __future__ import annotations

import itertools
import unicodedata

import numpy as np
import pytest
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

from malgil.common.errors import UserError
from malgil.evaluation import sacrebleu_metrics
from malgil.evaluation.significance import LEVEL, Difference, paired_differences
from tests.evaluation.test_sacrebleu_metrics import bleu_of, bleu_statistics, corpus


def by_metric(found: tuple[Difference, ...]) -> dict[str, Difference]:
    return {each.metric: each for each in found}


def systems(sentences: int, first: float, second: float) -> tuple[list[str], list[str], list[str]]:
    """Return translations of two systems with a share of wrong words each, and the references."""
    baseline, references = corpus(sentences, first)
    choose = np.random.default_rng(9)
    system = [
        " ".join("xyz" if choose.random() < second else word for word in reference.split())
        for reference in references
    ]
    return baseline, system, references


def test_p_values_equal_those_of_sacrebleu() -> None:
    baseline, system, references = systems(80, 0.3, 0.2)
    found = by_metric(paired_differences(("base", baseline), system, references, "en"))
    metrics = {
        "bleu_sacrebleu": BLEU(),
        "chrf": CHRF(),
        "chrf_plus_plus": CHRF(word_order=2),
        "ter": TER(),
    }
    assert found.keys() == metrics.keys()
    for kind, name in (("bs", "p_bootstrap"), ("ar", "p_randomization")):
        # With 0 samples, PairedTest uses the defaults of the command: 1,000 and 10,000.
        test = PairedTest([("base", baseline), ("it", system)], metrics, [references], kind, 0)
        _signatures, scores = test()
        del scores["System"]
        for key, (first, second) in zip(metrics, scores.values(), strict=True):
            assert getattr(found[key], name) == second.p_value
            assert found[key].difference == pytest.approx(second.score - first.score)
            assert found[key].baseline == "base"


def test_bootstrap_equals_a_computation_in_numpy() -> None:
    """The differences of the resamples, centered at their mean (Riezler and Maxwell 2005)."""
    baseline, system, references = systems(50, 0.2, 0.15)
    sums = [
        np.array(list(map(bleu_statistics, texts, references)), float)
        for texts in (baseline, system)
    ]
    indices = np.random.default_rng(12345).choice(50, size=(1000, 50), replace=True)
    scores = np.array([[bleu_of(each[row].sum(axis=0)) for each in sums] for row in indices])
    observed = abs(np.subtract(*(bleu_of(each.sum(axis=0)) for each in sums)))
    differences = abs(scores[:, 0] - scores[:, 1])
    p_value = (np.sum(differences - differences.mean() > observed) + 1) / 1001
    found = by_metric(paired_differences(("base", baseline), system, references, "en"))
    assert 0.01 < p_value < 0.99
    assert found["bleu_sacrebleu"].p_bootstrap == pytest.approx(p_value, abs=2e-3)


def test_randomization_approximates_the_exact_permutation_test() -> None:
    """All 2^10 ways of swapping the translations of ten sentences."""
    baseline, system, references = systems(10, 0.25, 0.15)
    statistics = [
        np.array(list(map(bleu_statistics, texts, references)), float)
        for texts in (baseline, system)
    ]
    observed = abs(np.subtract(*(bleu_of(each.sum(axis=0)) for each in statistics)))
    as_large = 0
    for swaps in itertools.product([False, True], repeat=10):
        chosen = np.array(swaps)[:, None]
        first = np.where(chosen, statistics[1], statistics[0]).sum(axis=0)
        second = np.where(chosen, statistics[0], statistics[1]).sum(axis=0)
        as_large += abs(bleu_of(first) - bleu_of(second)) >= observed - 1e-9
    exact = as_large / 2**10
    found = by_metric(paired_differences(("base", baseline), system, references, "en"))
    assert 0.01 < exact < 0.99
    # Four standard deviations of 10,000 trials, and the two ways that sacrebleu does not count.
    tolerance = 4 * (exact * (1 - exact) / 10_000) ** 0.5 + 2 / 2**10
    assert found["bleu_sacrebleu"].p_randomization == pytest.approx(exact, abs=tolerance)


def test_equal_systems_do_not_differ() -> None:
    """For these, sacrebleu's own p-value is the smallest there is."""
    hypotheses, references = corpus(30, 0.2)
    decomposed = [unicodedata.normalize("NFD", text) for text in hypotheses]
    for each in paired_differences(("base", hypotheses), decomposed, references, "en"):
        assert (each.difference, each.p_bootstrap, each.p_randomization) == (0, 1, 1)
        assert each.verdict == "no significant difference"


@pytest.mark.parametrize("changed", [1, 2, 3, 4, 5])
def test_few_different_sentences_are_not_significant(changed: int) -> None:
    """Of the 2^m ways of swapping m translations, two give the observed difference."""
    _, references = corpus(40, 0.0)
    worse = [
        " ".join(["xyz"] * len(reference.split())) if number < changed else reference
        for number, reference in enumerate(references)
    ]
    found = by_metric(paired_differences(("base", references), worse, references, "en"))
    assert found["ter"].p_randomization == 2 / 2**changed > LEVEL
    assert not any(each.is_significant for each in found.values())


def test_verdicts() -> None:
    bad, good, references = systems(120, 0.6, 0.1)
    better = by_metric(paired_differences(("base", bad), good, references, "en"))
    worse = by_metric(paired_differences(("base", good), bad, references, "en"))
    assert better["ter"].difference < 0 < better["bleu_sacrebleu"].difference
    assert {each.verdict for each in better.values()} == {"better"}
    assert {each.verdict for each in worse.values()} == {"worse"}


@pytest.mark.parametrize(("bootstrap", "randomization"), [(0.05, 0.01), (0.01, 0.05), (0.2, 0.2)])
def test_both_tests_must_agree(bootstrap: float, randomization: float) -> None:
    assert Difference("chrf", "base", 1.0, 0.049, 0.049).verdict == "better"
    assert not Difference("chrf", "base", 1.0, bootstrap, randomization).is_significant


def test_korean_is_also_tested_by_characters() -> None:
    texts = ["나는 어제 학교에 갔습니다.", "비가 와서 집에 있었어요."]
    found = by_metric(paired_differences(("base", texts), texts[::-1], texts, "ko"))
    assert list(found) == ["bleu_sacrebleu", "bleu_characters", "chrf", "chrf_plus_plus", "ter"]
    expected = sacrebleu.corpus_bleu(texts[::-1], [texts], tokenize="char").score - 100
    assert found["bleu_characters"].difference == pytest.approx(expected)


def test_a_test_set_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sacrebleu_metrics, "_MAX_RESAMPLED_SENTENCES", 99)
    assert paired_differences(("base", ["a"]), ["b"], ["a"], "en") == ()


def test_a_wrong_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACREBLEU_SEED", "x")
    with pytest.raises(UserError, match="SACREBLEU_SEED"):
        paired_differences(("base", ["a"]), ["b"], ["a"], "en")
