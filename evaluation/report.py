"""The report on a system and a test set: scores, speed and example translations."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.evaluation.metrics import Scores, as_scored, score
from malgil.evaluation.reported_settings import reported_settings
from malgil.evaluation.sacrebleu_metrics import with_interval
from malgil.evaluation.significance import Difference
from malgil.settings.schema import format_value

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

EXAMPLES = 10


@dataclass(frozen=True)
class Example:
    """One sentence of the test set and its translation.

    Attributes:
        number: The position in the test set, counted from 1.
        source: The sentence.
        reference: The translation in the test set.
        translation: The translator's translation.
        detail: The same translation with its tokens and attention, for pictures; not part of the
            text or the JSON.
    """

    number: int
    source: str
    reference: str
    translation: str
    detail: Translation | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Report:
    """The result of a system on a test set: of a translator, or of a file of translations.

    Attributes:
        translator: The name of the translator or of the other system.
        test_name: The test set's name, such as its file.
        scores: The scores over all sentences.
        seconds: The time of translation from text to text, without reading the file, scoring and
            computing the perplexity; None for a file of translations.
        settings: The settings that two reports must share to be comparable, "section.key" to value;
            empty for a file of translations.
        examples: Up to ten examples, evenly spaced from the first sentence to the last.
        translations: All translations, in the order of the test set; not part of the text or the
            JSON.
        file: The file of translations; None for a translator.
        differences: The differences from the baseline, if there is one.
    """

    translator: str
    test_name: str
    scores: Scores
    seconds: float | None
    settings: dict[str, Any]
    examples: tuple[Example, ...]
    translations: tuple[str, ...] = field(default=(), repr=False)
    file: str | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def sentences_per_second(self) -> float | None:
        """Return the number of sentences translated per second; 0 if no time was measured.

        None for a file of translations.
        """
        if self.seconds is None:
            return None
        return self.scores.sentences / self.seconds if self.seconds > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values. Numbers that are not finite become None."""
        return {
            "translator": self.translator,
            "test_name": self.test_name,
            "file": self.file,
            "scores": {
                key: _plain(value) for key, value in dataclasses.asdict(self.scores).items()
            },
            "differences": [
                {**dataclasses.asdict(each), "is_significant": each.is_significant}
                for each in self.differences
            ],
            "seconds": self.seconds,
            "sentences_per_second": self.sentences_per_second,
            "settings": {key: _plain(value) for key, value in self.settings.items()},
            "examples": [_without_detail(example) for example in self.examples],
        }

    def to_text(self, with_settings: bool = True) -> str:
        """Return the report as text for people, ending in a line break.

        Args:
            with_settings: Whether to include the settings. For several test sets of one translator
                they are needed only once.
        """
        shown = self.settings.items() if with_settings else ()
        settings = _columns([(key, format_value(value)) for key, value in shown])
        examples = _("Examples ({shown:,} of {total:,})").format(
            shown=len(self.examples), total=self.scores.sentences
        )
        title = [(_("Translator"), self.translator)]
        if self.file is not None:
            title = [(_("System"), self.translator), (_("Output"), self.file)]
        blocks = [
            _columns([*title, (_("Test set"), self.test_name)], ""),
            [_("Scores"), *self._score_lines()],
            *([[_("Settings"), *settings]] if settings else []),
            [examples],
            *(_example_lines(example) for example in self.examples),
        ]
        return "\n\n".join("\n".join(block) for block in blocks) + "\n"

    def _score_lines(self) -> list[str]:
        scores, intervals = self.scores, self.scores.intervals

        def row(name: str, key: str) -> tuple[str, str]:
            return name, with_interval(getattr(scores, key), intervals.get(key), with_mean=True)

        rows = [
            row(_("BLEU, sacrebleu"), "bleu_sacrebleu"),
            ("", scores.bleu_sacrebleu_signature),
        ]
        if scores.bleu_characters is not None:
            rows.append(row(_("BLEU, characters"), "bleu_characters"))
        rows += [
            (_("BLEU, NLTK"), f"{scores.bleu_nltk:.2f}"),
            ("", scores.bleu_nltk_signature),
            row(_("chrF"), "chrf"),
            ("", scores.chrf_signature),
            row(_("chrF++"), "chrf_plus_plus"),
            ("", scores.chrf_plus_plus_signature),
        ]
        if scores.ter is not None:
            rows += [row(_("TER"), "ter"), ("", scores.ter_signature)]
        rows.append((_("Exact match"), f"{100 * scores.exact_match:.2f} %"))
        if self.seconds is not None:
            perplexity = _("unknown") if scores.perplexity is None else f"{scores.perplexity:.2f}"
            speed = _("{rate:,.1f} sentences/s ({count:,} in {seconds:,.1f} s)").format(
                rate=self.sentences_per_second, count=scores.sentences, seconds=self.seconds
            )
            rows += [(_("Perplexity"), perplexity), (_("Speed"), speed)]
        return _columns(rows)


def evaluate_translator(
    translator: Translator,
    pairs: Sequence[tuple[str, str]],
    *,
    test_name: str,
    normalizes: bool = False,
    progress: Callable[[int, int], None] | None = None,
    chunk_size: int = 256,
) -> Report:
    """Translate the sources of a test set, and score the translations against its targets.

    Args:
        translator: A loaded translator.
        pairs: (source, target), both as plain text.
        test_name: The name of the test set in the report.
        normalizes: Whether references and translations are normalized before they are compared;
            otherwise they are scored as they are.
        progress: Called with (sentences translated, all sentences) after every chunk.
        chunk_size: The number of sentences per call of the translator, which divides them into
            batches.

    Raises:
        UserError: If there are no pairs.
    """
    if not pairs:
        message = _("{name} has no sentence pairs to evaluate. Name a file that has some.")
        raise UserError(message.format(name=test_name))
    sources = [pair[0] for pair in pairs]
    references = [pair[1] for pair in pairs]
    translations: list[Translation] = []
    seconds = 0.0
    for start in range(0, len(sources), chunk_size):
        started = time.perf_counter()
        translations += translator.translate(sources[start : start + chunk_size])
        seconds += time.perf_counter() - started
        if progress is not None:
            progress(len(translations), len(sources))
    settings = translator.settings
    texts = tuple(translation.text for translation in translations)
    scores = score(
        as_scored(texts, normalizes),
        as_scored(references, normalizes),
        settings.data.target_language,
        perplexity=translator.perplexity(list(pairs)),
    )
    return Report(
        translator=translator.name,
        test_name=test_name,
        scores=scores,
        seconds=seconds,
        settings={**reported_settings(settings), "normalize": normalizes},
        examples=_examples(pairs, texts, translations),
        translations=texts,
    )


def evaluate_output(
    name: str,
    file: str,
    translations: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    target_language: str,
    test_name: str,
    normalizes: bool = False,
) -> Report:
    """Score the translations of another system against the targets of a test set.

    Args:
        name: The name of the system.
        file: The file of its translations, for the report.
        translations: A translation for each pair.
        pairs: (source, target), both as plain text.
        target_language: The code of the language of the translations.
        test_name: The name of the test set in the report.
        normalizes: As for `evaluate_translator`.

    Raises:
        UserError: If there are no pairs, or not as many translations.
    """
    texts = tuple(translations)
    return Report(
        translator=name,
        test_name=test_name,
        scores=score(
            as_scored(texts, normalizes),
            as_scored([target for _source, target in pairs], normalizes),
            target_language,
        ),
        seconds=None,
        settings={},
        examples=_examples(pairs, texts),
        translations=texts,
        file=file,
    )


def _examples(
    pairs: Sequence[tuple[str, str]],
    texts: Sequence[str],
    details: Sequence[Translation] | None = None,
) -> tuple[Example, ...]:
    return tuple(
        Example(i + 1, *pairs[i], texts[i], details[i] if details else None)
        for i in evenly_spaced(len(pairs), EXAMPLES)
    )


def evenly_spaced(total: int, count: int) -> list[int]:
    """Return up to `count` different indices of `range(total)`, from the first to the last."""
    if total <= count:
        return list(range(total))
    return [i * (total - 1) // max(count - 1, 1) for i in range(count)]


def _plain(value: Any) -> Any:
    """Return a JSON value: None for infinity, which a perplexity can be but JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _without_detail(example: Example) -> dict[str, Any]:
    names = [f.name for f in dataclasses.fields(example) if f.name != "detail"]
    return {name: getattr(example, name) for name in names}


def _columns(rows: Sequence[tuple[str, str]], indent: str = "  ") -> list[str]:
    """Return indented lines of two columns, the first as wide as its longest entry."""
    width = max((len(row[0]) for row in rows), default=0)
    return [f"{indent}{name:<{width}}  {value}" for name, value in rows]


def _example_lines(example: Example) -> list[str]:
    rows = [
        (_("source"), example.source),
        (_("reference"), example.reference),
        (_("translation"), example.translation),
    ]
    title = _("Sentence {number:,}").format(number=example.number)
    return [f"  {title}", *_columns(rows, "    ")]
