"""The report on a translator and a test set: scores, speed and ten translations."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from malgil.common.errors import UserError
from malgil.evaluation.metrics import Scores, score

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator
    from malgil.settings import Settings

EXAMPLES = 10
# The settings in a report: those that two reports must share to be comparable. None stands for all
# of a section, of [model] those that have an effect.
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
        number: Its position in the test set, counted from 1.
        source: The sentence.
        reference: The translation in the test set.
        translation: The translator's translation.
        detail: The same with its tokens and its attention, for a picture; not part of the text
            or the JSON.
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
        seconds: The time of translation alone, from text to text, without reading the file,
            scoring and the perplexity.
        settings: The settings that two reports must share to be comparable, "section.key" to value.
        examples: Up to ten, evenly spaced from the first sentence to the last.
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
        """Return the sentences translated per second; 0 if no time was measured."""
        return self.scores.sentences / self.seconds if self.seconds > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values; a number that is not finite becomes None."""
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
            with_settings: Whether the settings are part of it.
        """
        settings = _columns([(key, _yes_or_no(value)) for key, value in self.settings.items()])
        blocks = [
            [f"Translator  {self.translator}", f"Test set    {self.test_name}"],
            ["Scores", *self._score_lines()],
            *([["Settings", *settings]] if with_settings else []),
            [f"Examples ({len(self.examples)} of {self.scores.sentences:,})"],
            *(_example_lines(example) for example in self.examples),
        ]
        return "\n\n".join("\n".join(block) for block in blocks) + "\n"

    def _score_lines(self) -> list[str]:
        scores = self.scores
        perplexity = "not known" if scores.perplexity is None else f"{scores.perplexity:.2f}"
        exact = f"{100 * scores.exact_match:.2f} %"
        speed = f"{self.sentences_per_second:,.1f} sentences/s"
        characters = scores.bleu_characters
        bleu_characters = [] if characters is None else [("BLEU, characters", f"{characters:.2f}")]
        return _columns(
            [
                ("BLEU, sacrebleu", f"{scores.bleu_sacrebleu:.2f}"),
                ("", scores.bleu_sacrebleu_signature),
                *bleu_characters,
                ("BLEU, NLTK", f"{scores.bleu_nltk:.2f}"),
                ("", scores.bleu_nltk_signature),
                ("chrF", f"{scores.chrf:.2f}"),
                ("", scores.chrf_signature),
                ("Exact match", exact),
                ("Perplexity", perplexity),
                ("Speed", f"{speed} ({scores.sentences:,} in {self.seconds:.1f} s)"),
            ]
        )


def evaluate_translator(
    translator: Translator,
    pairs: Sequence[tuple[str, str]],
    *,
    test_name: str,
    progress: Callable[[int, int], None] | None = None,
    chunk_size: int = 256,
) -> Report:
    """Translate the sources of a test set and score the result against its targets.

    Args:
        translator: A loaded translator.
        pairs: (source, target), both as plain text.
        test_name: The name of the test set in the report.
        progress: Called with (sentences translated, all sentences) after every chunk.
        chunk_size: Sentences per call of the translator, which divides them into batches.

    Returns:
        The report.

    Raises:
        UserError: If there is no pair.
    """
    if not pairs:
        raise UserError(f"{test_name} has no sentence pair to evaluate. Name a file that has some.")
    sources = [source for source, _ in pairs]
    references = [target for _, target in pairs]
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
        texts,
        references,
        settings.data.target_language,
        perplexity=translator.perplexity(list(pairs)),
    )
    return Report(
        translator=translator.name,
        test_name=test_name,
        scores=scores,
        seconds=seconds,
        settings=_reported_settings(settings),
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
    """Return a JSON value: JSON has no infinity, and a perplexity can be infinite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _without_detail(example: Example) -> dict[str, Any]:
    names = [f.name for f in dataclasses.fields(example) if f.name != "detail"]
    return {name: getattr(example, name) for name in names}


def _yes_or_no(value: Any) -> str:
    """Return a setting's value as config.ini has it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return indented lines of two columns, the first as wide as its longest entry."""
    width = max((len(name) for name, _ in rows), default=0)
    return [f"  {name:<{width}}  {value}" for name, value in rows]


def _example_lines(example: Example) -> list[str]:
    return [
        f"  Sentence {example.number:,}",
        f"    source       {example.source}",
        f"    reference    {example.reference}",
        f"    translation  {example.translation}",
    ]
