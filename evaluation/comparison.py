"""Systems side by side: what each costs and what it brings, on the same test sets."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from malgil.evaluation.metrics import score
from malgil.evaluation.report import Translator, evaluate

Pairs = Sequence[tuple[str, str]]

_BUCKETS = 6
_TIMED, _UNTIMED = 50, 5  # sentences
_PICTURED_WORDS = 8


@dataclass(frozen=True)
class LengthScore:
    """The score of the test sentences of some lengths.

    Attributes:
        shortest, longest: The words of the source sentences, between spaces.
        sentences: How many there are.
        bleu: sacrebleu's corpus BLEU over them, 0 to 100.
    """

    shortest: int
    longest: int
    sentences: int
    bleu: float


@dataclass(frozen=True)
class SetResult:
    """What a system does on one test set.

    Attributes:
        test_name: The test set's, such as its file.
        bleu, chrf: sacrebleu's, 0 to 100.
        signature: Of the BLEU.
        by_length: BLEU by the length of the source, the shortest first.
    """

    test_name: str
    bleu: float
    chrf: float
    signature: str
    by_length: tuple[LengthScore, ...]


@dataclass(frozen=True)
class AttentionMap:
    """Where a system looked for one sentence.

    Attributes:
        source_tokens, target_tokens: Its pieces.
        weights: `(tgt_len, src_len)`, the mean over heads; None without attention.
        heads: How many heads that is the mean of.
        has_window: Whether it looked through a window: 0 is what lies outside then.
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
        name: The translator's.
        failure: Why there is nothing to tell; None where all went well.
        is_fault: Whether it failed by a fault of the program, not by what the user can mend.
        parameters: The number of its weights.
        tokens_per_s: Target tokens per second in training, validation left out: the median over
            epochs.
        validation_loss: The lowest (nats per piece).
        milliseconds: The median time of a sentence that is translated alone.
        history: One row for each validation, as in history.csv.
        tests: One for each test set.
        looked: For one sentence of the first test set.
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
    looked: AttentionMap | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SystemResult:
        """The result that `to_dict` told. Raises `KeyError` or `TypeError` for anything else."""
        tests = tuple(
            SetResult(**{**test, "by_length": tuple(LengthScore(**b) for b in test["by_length"])})
            for test in values["tests"]
        )
        looked = values["looked"] and AttentionMap(**values["looked"])
        return cls(**{**values, "tests": tests, "looked": looked})


def measure(
    translator: Translator,
    history: list[dict[str, float]],
    test_sets: Sequence[tuple[str, Pairs]],
    progress: Callable[[int, int], None] | None = None,
) -> SystemResult:
    """Measure a trained system.

    Args:
        translator: A loaded translator.
        history: Its history of training.
        test_sets: Their names and sentence pairs, at least one.
        progress: Called with (sentences translated, sentences in all) for each test set.

    Returns:
        The result.

    Raises:
        UserError: If a test set is empty.
    """
    tests = []
    for name, pairs in test_sets:
        report = evaluate(translator, pairs, test_name=name, progress=progress)
        scores = report.scores
        language = translator.settings.data.target_language
        by_length = scores_by_length(pairs, report.translations, language)
        signature = scores.bleu_sacrebleu_signature
        tests.append(SetResult(name, scores.bleu_sacrebleu, scores.chrf, signature, by_length))
    sources = [source for source, _ in test_sets[0][1]]
    return SystemResult(
        name=translator.name,
        parameters=translator.parameters,
        tokens_per_s=float(np.median([row["tokens_per_s"] for row in history])),
        validation_loss=min(row["val_loss"] for row in history),
        milliseconds=milliseconds_alone(translator, sources),
        history=history,
        tests=tuple(tests),
        looked=look(translator, pictured(sources)),
    )


def look(translator: Translator, sentence: str) -> AttentionMap:
    """Where a translator looks while it translates a sentence."""
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
    pairs: Pairs, translations: Sequence[str], language: str
) -> tuple[LengthScore, ...]:
    """BLEU by the number of source words, in groups of about as many sentences each.

    Args:
        pairs: Source and reference.
        translations: As many, in the same order.
        language: The target language's code.
    """
    words = np.array([len(source.split()) for source, _ in pairs])
    edges = np.unique(np.quantile(words, np.linspace(0, 1, _BUCKETS + 1)[1:-1], method="lower"))
    groups = np.searchsorted(edges, words)  # a length that is an edge belongs to the group below
    found = []
    for group in np.unique(groups):
        places = np.flatnonzero(groups == group).tolist()
        scores = score([translations[i] for i in places], [pairs[i][1] for i in places], language)
        lengths = words[places]
        found.append(
            LengthScore(int(lengths.min()), int(lengths.max()), len(places), scores.bleu_sacrebleu)
        )
    return tuple(found)


def milliseconds_alone(translator: Translator, sources: Sequence[str]) -> float:
    """The median time in which one sentence alone is translated; the first few are not timed."""
    times = []
    for source in sources[: _TIMED + _UNTIMED]:
        began = time.perf_counter()
        translator.translate([source])
        times.append(1e3 * (time.perf_counter() - began))
    return float(np.median(times[_UNTIMED:] or times))


def pictured(sources: Sequence[str]) -> str:
    """The sentence whose attention is drawn: of a length that a picture can show."""
    return min(sources, key=lambda source: abs(len(source.split()) - _PICTURED_WORDS))


def table(results: Sequence[SystemResult]) -> str:
    """A Markdown table of all systems, ending in a line break; a failed one tells why."""
    tests = next((result.tests for result in results if not result.failure), ())
    head = ["system", "parameters", "tokens/s", "minutes", "epochs", "validation loss"]
    for name in short_names([test.test_name for test in tests]):
        head += [f"BLEU {name}", f"chrF {name}"]
    head.append("ms a sentence")
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for result in results:
        if result.failure:
            lines.append([result.name, f"failed: {result.failure}"] + [""] * (len(head) - 2))
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
    """The names of test sets without endings, and without those folders that all can do without.

    Args:
        names: Paths; those that differ have short names that differ.

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
