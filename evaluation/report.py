"""The report on a translator and a test set: scores, speed and example translations."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.evaluation.metrics import Scores, score
from malgil.preprocessing.text.normalization import normalize

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator
    from malgil.settings import Settings

EXAMPLES = 10
# The settings in a report, which two reports must share to be comparable. None means all settings
# of the section that have an effect.
_REPORTED: dict[str, tuple[str, ...] | None] = {
    "data": ("source_language", "target_language"),
    "preprocessing": None,
    "model": None,
    "inference": ("engine", "beam_size", "length_penalty", "max_length"),
}
_ONLY_IN_TRAINING = ("model.dropout",)


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
    """The result of a translator on a test set.

    Attributes:
        translator: The translator's name.
        test_name: The test set's name, such as its file.
        scores: The scores over all sentences.
        seconds: The time of translation from text to text, without reading the file, scoring and
            computing the perplexity.
        settings: The settings that two reports must share to be comparable, "section.key" to value.
        examples: Up to ten examples, evenly spaced from the first sentence to the last.
        translations: All translations, in the order of the test set; not part of the text or the
            JSON.
    """

    translator: str
    test_name: str
    scores: Scores
    seconds: float
    settings: dict[str, Any]
    examples: tuple[Example, ...]
    translations: tuple[str, ...] = field(default=(), repr=False)

    @property
    def sentences_per_second(self) -> float:
        """Return the number of sentences translated per second; 0 if no time was measured."""
        return self.scores.sentences / self.seconds if self.seconds > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values. Numbers that are not finite become None."""
        return {
            "translator": self.translator,
            "test_name": self.test_name,
            "scores": {key: _plain(value) for key, value in vars(self.scores).items()},
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
        settings = _columns([(key, _yes_or_no(value)) for key, value in shown])
        examples = _("Examples ({shown:,} of {total:,})").format(
            shown=len(self.examples), total=self.scores.sentences
        )
        blocks = [
            _columns([(_("Translator"), self.translator), (_("Test set"), self.test_name)], ""),
            [_("Scores"), *self._score_lines()],
            *([[_("Settings"), *settings]] if settings else []),
            [examples],
            *(_example_lines(example) for example in self.examples),
        ]
        return "\n\n".join("\n".join(block) for block in blocks) + "\n"

    def _score_lines(self) -> list[str]:
        scores = self.scores
        rows = [
            (_("BLEU, sacrebleu"), f"{scores.bleu_sacrebleu:.2f}"),
            ("", scores.bleu_sacrebleu_signature),
        ]
        if scores.bleu_characters is not None:
            rows.append((_("BLEU, characters"), f"{scores.bleu_characters:.2f}"))
        perplexity = _("unknown") if scores.perplexity is None else f"{scores.perplexity:.2f}"
        speed = _("{rate:,.1f} sentences/s ({count:,} in {seconds:,.1f} s)").format(
            rate=self.sentences_per_second, count=scores.sentences, seconds=self.seconds
        )
        rows += [
            (_("BLEU, NLTK"), f"{scores.bleu_nltk:.2f}"),
            ("", scores.bleu_nltk_signature),
            (_("chrF"), f"{scores.chrf:.2f}"),
            ("", scores.chrf_signature),
            (_("Exact match"), f"{100 * scores.exact_match:.2f} %"),
            (_("Perplexity"), perplexity),
            (_("Speed"), speed),
        ]
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
        list(map(normalize, texts)) if normalizes else texts,
        list(map(normalize, references)) if normalizes else references,
        settings.data.target_language,
        perplexity=translator.perplexity(list(pairs)),
    )
    return Report(
        translator=translator.name,
        test_name=test_name,
        scores=scores,
        seconds=seconds,
        settings={**_reported_settings(settings), "normalize": normalizes},
        examples=tuple(
            Example(i + 1, sources[i], references[i], translations[i].text, translations[i])
            for i in evenly_spaced(len(sources), EXAMPLES)
        ),
        translations=texts,
    )


def evenly_spaced(total: int, count: int) -> list[int]:
    """Return up to `count` different indices of `range(total)`, from the first to the last."""
    if total <= count:
        return list(range(total))
    return [i * (total - 1) // max(count - 1, 1) for i in range(count)]


def _reported_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings of a report, "section.key" to value."""
    reported = {}
    for section, names in _REPORTED.items():
        values = getattr(settings, section)
        for name in names or [each.name for each in dataclasses.fields(values)]:
            is_idle = section == "model" and not values.has_effect(name)
            if not is_idle and f"{section}.{name}" not in _ONLY_IN_TRAINING:
                reported[f"{section}.{name}"] = getattr(values, name)
    return reported


def _plain(value: Any) -> Any:
    """Return a JSON value: None for infinity, which a perplexity can be but JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _without_detail(example: Example) -> dict[str, Any]:
    names = [f.name for f in dataclasses.fields(example) if f.name != "detail"]
    return {name: getattr(example, name) for name in names}


def _yes_or_no(value: Any) -> str:
    """Return a setting's value as config.ini has it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


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
