"""sacrebleu's metrics for a target language: BLEU, chrF, chrF++ and TER, with their intervals."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from malgil.common.errors import UserError
from malgil.common.localization import _

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.ter import TER

KOREAN = ("ko", "kor", "korean")
WITHOUT_SPACES = ("ja", "zh", "th", "lo", "km", "my")
RESAMPLES = 1000  # of the bootstrap, as in `sacrebleu --confidence`

# sacrebleu's tokenizers by target language, the best first; 13a for every other language. 13a
# splits at spaces and punctuation. It does not work for languages without spaces, and it does not
# separate a Korean word from its particle.
_SACREBLEU_TOKENIZERS = {
    **dict.fromkeys(KOREAN, ("ko-mecab", "char")),
    "ja": ("ja-mecab", "char"),
    "zh": ("zh",),
    **dict.fromkeys(("th", "lo", "km", "my"), ("char",)),
}
_TERCOM_SPLITS = ("ja", "zh")  # their characters, with `asian_support`

# sacrebleu holds all resamples of all sentences at once, 24 numbers of four bytes each for chrF++:
# 0.5 GB for five million. Larger test sets get fewer resamples, and those that would get too few
# for a tail of 2.5 % get no interval.
_MAX_RESAMPLED_SENTENCES = 5_000_000
_MIN_RESAMPLES = 100


@dataclass(frozen=True)
class Interval:
    """The 95 % confidence interval of a score by bootstrap resampling, as sacrebleu reports it.

    Attributes:
        mean: The mean of the scores of all resamples.
        half_width: Half the distance between the percentiles 2.5 and 97.5 of these scores. The
            interval is mean ± half_width.

    Source:
        Koehn 2004, section 3.
    """

    mean: float
    half_width: float


@dataclass(frozen=True)
class MetricScore:
    """The score of a corpus by one metric.

    Attributes:
        score: 0 to 100; TER can be above 100.
        signature: sacrebleu's own signature, which reproduces the score and the interval.
        interval: None if the test set is too large to be resampled.
    """

    score: float
    signature: str
    interval: Interval | None


def sacrebleu_metrics(target_language: str) -> dict[str, Metric]:
    """Return sacrebleu's metrics for a language, by their names in `Scores`.

    Args:
        target_language: The code of the language, such as "en" or "ko".

    Returns:
        `bleu_sacrebleu`; `bleu_characters` for Korean; `chrf`; `chrf_plus_plus`; and `ter`, except
        for languages whose words TER cannot separate.
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    metrics: dict[str, Metric] = {"bleu_sacrebleu": bleu_metric(target_language)}
    if base_language(target_language) in KOREAN:
        metrics["bleu_characters"] = BLEU(tokenize="char")
    metrics |= {"chrf": CHRF(), "chrf_plus_plus": CHRF(word_order=2)}
    ter = _ter_metric(target_language)
    return metrics if ter is None else {**metrics, "ter": ter}


def bleu_metric(target_language: str) -> BLEU:
    """Return sacrebleu's BLEU with the best installed tokenizer for a language."""
    from sacrebleu.metrics.bleu import BLEU

    *better, last = _SACREBLEU_TOKENIZERS.get(base_language(target_language), ("13a",))
    for tokenizer in better:
        try:
            return BLEU(tokenize=tokenizer)
        # The dictionary is not installed, or another package has its name. The signature says which
        # tokenizer was used.
        except (RuntimeError, AttributeError, AssertionError):
            continue
    return BLEU(tokenize=last)


def _ter_metric(target_language: str) -> TER | None:
    """Return sacrebleu's TER for a language, None if it cannot separate the words.

    TER compares the words between spaces, which include Korean particles. Its search for shifts
    takes minutes for a thousand sentences that are split into characters.
    """
    from sacrebleu.metrics.ter import TER

    language = base_language(target_language)
    if language in _TERCOM_SPLITS:
        return TER(normalized=True, asian_support=True)
    return None if language in WITHOUT_SPACES else TER()


def score_corpus(
    metric: Metric, hypotheses: Sequence[str], references: Sequence[str]
) -> MetricScore:
    """Score a corpus by one metric, with the interval of sacrebleu's bootstrap.

    Args:
        metric: One of `sacrebleu_metrics`.
        hypotheses: The translations, detokenized; at least one.
        references: One reference for each translation.

    Raises:
        UserError: If the seed in the environment is not a number.
    """
    resamples = resamples_for(len(hypotheses))
    if not resamples:
        score = metric.corpus_score(hypotheses, [references]).score
        return MetricScore(float(score), str(metric.get_signature()), None)
    # A test without a second system resamples the first. Unlike `corpus_score(n_bootstrap=…)`, it
    # does not fail for chrF if some of the resamples have no match.
    signature, [result] = paired_test("bs", metric, [hypotheses], references, resamples)
    interval = Interval(float(result.mean), float(result.ci))
    return MetricScore(float(result.score), signature, interval)


def paired_test(
    kind: str,
    metric: Metric,
    systems: Sequence[Sequence[str]],
    references: Sequence[str],
    samples: int,
) -> tuple[str, list[Any]]:
    """Run a paired test of sacrebleu.

    Args:
        kind: "bs" for bootstrap resampling or "ar" for approximate randomization.
        metric: One of `sacrebleu_metrics`.
        systems: The translations of each system; the first one is the baseline.
        references: One reference for each sentence.
        samples: The number of resamples or of trials.

    Returns:
        The signature, and sacrebleu's `Result` of each system.

    Raises:
        UserError: If the seed in the environment is not a number.
    """
    from sacrebleu.significance import PairedTest

    require_seed()
    named: list[tuple[str, Sequence[str]]] = [(str(i), texts) for i, texts in enumerate(systems)]
    signatures, scores = PairedTest(named, {"": metric}, [references], kind, samples)()
    [(name, signature)] = signatures.items()
    return str(signature), list(scores[name])


def with_interval(
    score: float, interval: Interval | None, digits: int = 2, with_mean: bool = False
) -> str:
    """Return a score with its interval, such as "17.87 ± 0.85", as text for people.

    Args:
        score: The score.
        interval: Its interval; None if it has none.
        digits: The number of decimals.
        with_mean: Whether to include the mean of the resamples, as sacrebleu does:
            "17.87 (μ = 17.90 ± 0.85)".
    """
    if interval is None:
        return f"{score:.{digits}f}"
    half_width = f"{interval.half_width:.{digits}f}"
    if with_mean:
        return f"{score:.{digits}f} (μ = {interval.mean:.{digits}f} ± {half_width})"
    return f"{score:.{digits}f} ± {half_width}"


def resamples_for(sentences: int) -> int:
    """Return the number of resamples for a test set; 0 if it is too large for resampling."""
    resamples = min(RESAMPLES, _MAX_RESAMPLED_SENTENCES // max(sentences, 1))
    return resamples if resamples >= _MIN_RESAMPLES else 0


def require_seed() -> None:
    """Refuse a seed that sacrebleu cannot use.

    Raises:
        UserError: If `SACREBLEU_SEED` is neither a number nor "none".
    """
    seed = os.environ.get("SACREBLEU_SEED", "none")
    if seed.lower() != "none" and not (seed.isascii() and seed.isdigit()):
        raise UserError(
            _(
                "SACREBLEU_SEED accepts an integer of at least 0, or 'none' for a random seed. "
                "Received: {seed!r}. Change the environment variable, or remove it."
            ).format(seed=seed)
        )


def base_language(language: str) -> str:
    """Return the language without its region: "ko" for "ko-KR"."""
    return language.strip().lower().replace("_", "-").partition("-")[0]
