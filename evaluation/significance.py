"""Significance of the difference between two systems: two paired tests, as sacrebleu has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from malgil.common.localization import _
from malgil.evaluation.sacrebleu_metrics import paired_test, resamples_for, sacrebleu_metrics

LEVEL = 0.05
"""The p-value below which a difference is called significant."""

_TRIALS_PER_RESAMPLE = 10  # sacrebleu's defaults: 10,000 trials of swapping, 1,000 resamples
_LOWER_IS_BETTER = ("ter",)


@dataclass(frozen=True)
class Difference:
    """The difference between a system and the baseline by one metric, and its significance.

    Attributes:
        metric: The name of the metric, as in `Scores`.
        baseline: The name of the baseline.
        difference: The score of the system minus that of the baseline.
        p_bootstrap: The p-value of paired bootstrap resampling.
        p_randomization: The p-value of approximate randomization.
    """

    metric: str
    baseline: str
    difference: float
    p_bootstrap: float
    p_randomization: float

    @property
    def is_significant(self) -> bool:
        """Whether both tests reject the hypothesis that the systems are equally good."""
        return max(self.p_bootstrap, self.p_randomization) < LEVEL

    @property
    def verdict(self) -> str:
        """What the tests allow to say about the system, as text for people."""
        if not self.is_significant:
            return _("no significant difference")
        is_better = (self.difference < 0) == (self.metric in _LOWER_IS_BETTER)
        return _("better") if is_better else _("worse")


def paired_differences(
    baseline: tuple[str, Sequence[str]],
    hypotheses: Sequence[str],
    references: Sequence[str],
    target_language: str,
) -> tuple[Difference, ...]:
    """Test whether a system differs from the baseline, by each of sacrebleu's metrics.

    Two tests are run: paired bootstrap resampling (Koehn 2004) and approximate randomization
    (Riezler and Maxwell 2005). With the same seed they give the p-values of `sacrebleu
    --paired-bs` and `--paired-ar`, with one exception. sacrebleu does not count trials whose
    difference equals the observed one. If only a few translations differ, such trials are the
    most frequent, and systems that differ in one sentence would differ significantly. As m
    different translations can be swapped in 2^m ways, of which two give the observed difference,
    no p-value here is below 2^(1-m).

    Args:
        baseline: The name of the baseline, and its translations.
        hypotheses: The translations of the system, in the same order; at least one.
        references: One reference for each sentence.
        target_language: The code of their language.

    Returns:
        A difference for each metric. Empty if the test set is too large to be resampled.

    Raises:
        UserError: If the seed in the environment is not a number.
    """
    name, of_baseline = baseline
    resamples = resamples_for(len(references))
    if not resamples:
        return ()
    first, second, of_reference = map(list, (of_baseline, hypotheses, references))
    smallest = min(1.0, 2.0 ** (1 - sum(a != b for a, b in zip(first, second, strict=True))))
    differences = []
    for key, metric in sacrebleu_metrics(target_language).items():
        (was, resampled), (_was, randomized) = (
            paired_test(kind, metric, [first, second], of_reference, samples)[1]
            for kind, samples in (("bs", resamples), ("ar", _TRIALS_PER_RESAMPLE * resamples))
        )
        differences.append(
            Difference(
                key,
                name,
                float(resampled.score - was.score),
                max(float(resampled.p_value), smallest),
                max(float(randomized.p_value), smallest),
            )
        )
    return tuple(differences)
