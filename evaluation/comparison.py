"""The comparison of systems: the cost of each, and its scores on the same test sets."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from malgil.common.localization import _
from malgil.evaluation.metrics import score
from malgil.evaluation.report import evaluate_translator

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
    """

    shortest: int
    longest: int
    sentences: int
    bleu: float


@dataclass(frozen=True)
class SetResult:
    """The scores of a system on one test set.

    Attributes:
        test_name: The test set's name, such as its file.
        bleu, chrf: sacrebleu's scores, 0 to 100.
        signature: The signature of the BLEU score.
        by_length: BLEU by the length of the source, shortest first.
    """

    test_name: str
    bleu: float
    chrf: float
    signature: str
    by_length: tuple[LengthScore, ...]


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
    history: History = field(default_factory=list)
    tests: tuple[SetResult, ...] = ()
    attention: AttentionMap | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SystemResult:
        """Rebuild a result from `to_dict`.

        Raises:
            KeyError, TypeError: If the values do not come from `to_dict`.
        """
        tests = tuple(
            SetResult(**{**test, "by_length": tuple(LengthScore(**b) for b in test["by_length"])})
            for test in values["tests"]
        )
        attention = values["attention"] and AttentionMap(**values["attention"])
        return cls(**{**values, "tests": tests, "attention": attention})


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
        signature = scores.bleu_sacrebleu_signature
        tests.append(SetResult(name, scores.bleu_sacrebleu, scores.chrf, signature, by_length))
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
    scores_of_groups = []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group).tolist()
        scores = score([translations[i] for i in members], [pairs[i][1] for i in members], language)
        lengths = words[members]
        scores_of_groups.append(
            LengthScore(int(lengths.min()), int(lengths.max()), len(members), scores.bleu_sacrebleu)
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


def markdown_table(results: Sequence[SystemResult]) -> str:
    """Return a Markdown table of all systems, with reasons for failures, ending in a newline."""
    tests = next((result.tests for result in results if not result.failure), ())
    head = [_("system"), _("parameters"), _("tokens/s"), _("minutes"), _("epochs")]
    head.append(_("validation loss"))
    for name in short_names([test.test_name for test in tests]):
        head += [_("BLEU {name}").format(name=name), _("chrF {name}").format(name=name)]
    head.append(_("ms per sentence"))
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for result in results:
        if result.failure:
            failure = _("failed: {reason}").format(reason=result.failure)
            lines.append([result.name, failure] + [""] * (len(head) - 2))
            continue
        last = result.history[-1]
        cells = [
            result.name,
            f"{result.parameters:,}",
            f"{result.tokens_per_s:,.0f}",
            f"{last['minutes']:.0f}",
            f"{last['epoch']:.1f}",
            f"{result.validation_loss:.3f}",
        ]
        for test in result.tests:
            cells += [f"{test.bleu:.1f}", f"{test.chrf:.1f}"]
        lines.append([*cells, f"{result.milliseconds:.0f}"])
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def short_names(names: Sequence[str]) -> list[str]:
    """Shorten the names of test sets: remove endings, and all folders that are not needed to
    distinguish them.

    Args:
        names: Paths. Different paths get different short names.

    Example:
        >>> short_names(["data/composed/test.tsv", "data/handwritten/test.tsv"])
        ['composed/test', 'handwritten/test']
    """
    whole = [name.replace("\\", "/").split("/") for name in names]
    bare = [[*folders, last.rsplit(".", 1)[0]] for *folders, last in whole]
    for paths in (bare, whole):
        for depth in range(1, max(map(len, paths), default=0) + 1):
            ends = ["/".join(path[-depth:]) for path in paths]
            if len(set(ends)) == len(set(names)):
                return ends
    return list(names)
