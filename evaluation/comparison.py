"""The comparison of systems: the cost of each, and its scores on the same test sets."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from malgil.common.records import build_record
from malgil.evaluation.report import evaluate_translator
from malgil.evaluation.sacrebleu_metrics import Interval, bleu_metric, score_corpus
from malgil.evaluation.significance import Difference, paired_differences

if TYPE_CHECKING:
    from malgil.modeling.training.checkpoint import History
    from malgil.modeling.translator import Translator

_BUCKETS = 6
_TIMED, _WARM_UP = 50, 5  # sentences
_DRAWN_WORDS = 8


@dataclass(frozen=True)
class LengthScore:
    """The score of the test sentences in one range of lengths.

    Attributes:
        shortest, longest: The range of lengths of the source, in words between spaces.
        sentences: The number of sentences.
        bleu: sacrebleu's corpus BLEU of these sentences, 0 to 100.
        interval: Its 95 % interval; None in results of earlier versions.
    """

    shortest: int
    longest: int
    sentences: int
    bleu: float
    interval: Interval | None = None


@dataclass(frozen=True)
class SetResult:
    """The scores of a system on one test set.

    Attributes:
        test_name: The test set's name, such as its file.
        bleu, chrf: sacrebleu's scores, 0 to 100.
        signature: The signature of the BLEU score.
        by_length: BLEU by the length of the source, shortest first.
        chrf_plus_plus, ter: sacrebleu's scores; None in results of earlier versions.
        intervals: The 95 % intervals, by the names of the metrics in `metrics.Scores`.
        translations: The translations, by which systems are tested; empty in archived results.
        differences: The differences from the baseline of the comparison.
    """

    test_name: str
    bleu: float
    chrf: float
    signature: str
    by_length: tuple[LengthScore, ...]
    chrf_plus_plus: float | None = None
    ter: float | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    translations: tuple[str, ...] = field(default=(), repr=False)
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class AttentionMap:
    """The attention weights of a system for one sentence.

    Attributes:
        source_tokens, target_tokens: The subwords of the sentence and of its translation.
        weights: `(tgt_len, src_len)`, averaged over heads; None without attention.
        heads: The number of heads that were averaged.
        has_window: Whether attention is local, so that weights outside the window are exactly 0.
    """

    source_tokens: list[str]
    target_tokens: list[str]
    weights: list[list[float]] | None
    heads: int = 1
    has_window: bool = False


@dataclass(frozen=True)
class SystemResult:
    """One system of a comparison.

    Attributes:
        name: The translator's name.
        failure: The reason for a missing result; None if there is a result.
        is_fault: Whether the failure is an internal error instead of one that the user can fix.
        parameters: The number of weights.
        tokens_per_s: Target tokens per second of training, without validation; the median over
            epochs.
        validation_loss: The lowest validation loss (nats per token).
        milliseconds: The median time to translate a single sentence.
        history: One row per validation, as in history.csv.
        tests: One result per test set.
        attention: The attention weights for one sentence of the first test set.
    """

    name: str
    failure: str | None = None
    is_fault: bool = False
    parameters: int = 0
    tokens_per_s: float = 0.0
    validation_loss: float | None = None
    milliseconds: float | None = None
    history: list[dict[str, float]] = field(default_factory=list)
    tests: tuple[SetResult, ...] = ()
    attention: AttentionMap | None = None

    def to_dict(self, with_translations: bool = True) -> dict[str, Any]:
        """Return plain JSON values.

        Args:
            with_translations: Whether to include the translations of the test sets.
        """
        if with_translations:
            return dataclasses.asdict(self)
        tests = tuple(dataclasses.replace(test, translations=()) for test in self.tests)
        return dataclasses.asdict(dataclasses.replace(self, tests=tests))

    @classmethod
    def from_dict(cls, values: Any) -> SystemResult:
        """Rebuild a result from `to_dict`.

        Those of earlier versions have fewer values.

        Raises:
            ValueError: If the values do not come from `to_dict`.
        """
        result = build_record(cls, values)
        if not {"tests", "attention"} <= values.keys():
            raise ValueError("the result of a system has no tests")
        return result


def measure_system(
    translator: Translator,
    history: History,
    test_sets: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    progress: Callable[[int, int], None] | None = None,
) -> SystemResult:
    """Measure a trained system.

    Args:
        translator: A loaded translator.
        history: The history of its training.
        test_sets: Names and sentence pairs, at least one.
        progress: Called with (sentences translated, all sentences) for each test set.

    Raises:
        UserError: If a test set is empty.
    """
    tests = []
    for name, pairs in test_sets:
        report = evaluate_translator(translator, pairs, test_name=name, progress=progress)
        scores = report.scores
        language = translator.settings.data.target_language
        by_length = scores_by_length(pairs, report.translations, language)
        tests.append(
            SetResult(
                name,
                scores.bleu_sacrebleu,
                scores.chrf,
                scores.bleu_sacrebleu_signature,
                by_length,
                scores.chrf_plus_plus,
                scores.ter,
                scores.intervals,
                report.translations,
            )
        )
    sources = [pair[0] for pair in test_sets[0][1]]
    return SystemResult(
        name=translator.name,
        parameters=translator.parameters,
        tokens_per_s=float(np.median([row["tokens_per_s"] for row in history])),
        validation_loss=min(row["val_loss"] for row in history),
        milliseconds=milliseconds_per_sentence(translator, sources),
        history=history,
        tests=tuple(tests),
        attention=attention_map(translator, sentence_to_draw(sources)),
    )


def with_differences(
    result: SystemResult,
    baseline: SystemResult,
    references: Sequence[Sequence[str]],
    target_language: str,
) -> SystemResult:
    """Return a result with its differences from the baseline, and their significance.

    Args:
        result: The system.
        baseline: The system with which it is compared.
        references: The references of each test set.
        target_language: The code of their language.
    """
    tests = []
    for test, other, of_test in zip(result.tests, baseline.tests, references, strict=True):
        differences: tuple[Difference, ...] = ()
        if test.translations and other.translations:
            first = (baseline.name, other.translations)
            differences = paired_differences(first, test.translations, of_test, target_language)
        tests.append(dataclasses.replace(test, differences=differences))
    return dataclasses.replace(result, tests=tuple(tests))


def attention_map(translator: Translator, sentence: str) -> AttentionMap:
    """Translate a sentence and return the attention weights."""
    translation = translator.translate([sentence])[0]
    attention, model = translation.attention, translator.settings.model
    return AttentionMap(
        translation.source_tokens,
        translation.target_tokens,
        None if attention is None else attention.astype(float).tolist(),
        model.source_heads,
        model.has_window,
    )


def scores_by_length(
    pairs: Sequence[tuple[str, str]], translations: Sequence[str], language: str
) -> tuple[LengthScore, ...]:
    """Compute BLEU by the number of source words, in groups of about equal size.

    Args:
        pairs: Source sentences and references.
        translations: One for each pair, in the same order.
        language: The target language's code.
    """
    words = np.array([len(source.split()) for source, _reference in pairs])
    edges = np.unique(np.quantile(words, np.linspace(0, 1, _BUCKETS + 1)[1:-1], method="lower"))
    groups = np.searchsorted(edges, words)  # an edge belongs to the lower group
    metric, scores_of_groups = bleu_metric(language), []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group).tolist()
        hypotheses, references = [translations[i] for i in members], [pairs[i][1] for i in members]
        bleu, lengths = score_corpus(metric, hypotheses, references), words[members]
        scores_of_groups.append(
            LengthScore(
                int(lengths.min()), int(lengths.max()), len(members), bleu.score, bleu.interval
            )
        )
    return tuple(scores_of_groups)


def milliseconds_per_sentence(translator: Translator, sources: Sequence[str]) -> float:
    """Return the median time to translate a single sentence, after a few warm-up sentences."""
    times = []
    for source in sources[: _TIMED + _WARM_UP]:
        started = time.perf_counter()
        translator.translate([source])
        times.append(1e3 * (time.perf_counter() - started))
    return float(np.median(times[_WARM_UP:] or times))


def sentence_to_draw(sources: Sequence[str]) -> str:
    """Choose a sentence whose length suits a picture of its attention."""
    return min(sources, key=lambda source: abs(len(source.split()) - _DRAWN_WORDS))
