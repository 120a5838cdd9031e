"""How a translator does on a test set: its scores, its speed and ten of its translations."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from malgil.common.errors import UserError
from malgil.evaluation.metrics import Scores, score

EXAMPLES = 10
# What makes two reports comparable or not; a setting that says nothing of a translator is left out.
SETTINGS_THAT_MATTER = (
    "data.source_language",
    "data.target_language",
    "preprocessing.source_tokenizer",
    "preprocessing.target_tokenizer",
    "malgil.preprocessing.text.subword",
    "preprocessing.vocabulary_size",
    "preprocessing.max_length",
    "preprocessing.lowercase",
    "malgil.preprocessing.text.placeholders",
    "model.architecture",
    "model.cell",
    "model.bidirectional",
    "model.embedding_size",
    "model.units",
    "model.encoder_layers",
    "model.decoder_layers",
    "model.residual",
    "model.layer_normalization",
    "model.attention",
    "model.attention_window",
    "model.window_half_width",
    "model.input_feeding",
    "model.heads",
    "model.feed_forward_units",
    "model.normalization",
    "inference.engine",
    "inference.beam_size",
    "inference.length_penalty",
    "inference.max_length",
)
_OF_TRANSFORMERS = {"feed_forward_units", "normalization"}
_OF_RECURRENT = {
    "cell",
    "bidirectional",
    "embedding_size",
    "residual",
    "layer_normalization",
    "attention",
    "attention_window",
    "window_half_width",
    "input_feeding",
}


class Translation(Protocol):
    """What `evaluate` needs of one translation; `attention` is `(tgt_len, src_len)` or None."""

    @property
    def text(self) -> str: ...
    @property
    def source_tokens(self) -> list[str]: ...
    @property
    def target_tokens(self) -> list[str]: ...
    @property
    def attention(self) -> np.ndarray | None: ...


class Translator(Protocol):
    """What `evaluate` needs of a translator: `settings.data.target_language` must be there."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> Any: ...
    @property
    def parameters(self) -> int: ...
    def translate(self, texts: list[str]) -> Sequence[Translation]: ...
    def perplexity(self, pairs: list[tuple[str, str]]) -> float: ...


@dataclass(frozen=True)
class Example:
    """One sentence of the test set, and what the translator made of it.

    Attributes:
        number: Its place in the test set, counted from 1.
        source: The sentence.
        reference: The translation in the test set.
        translation: The translator's.
        detail: The same with its tokens and its attention, for a picture; not part of the text
            nor of the JSON.
    """

    number: int
    source: str
    reference: str
    translation: str
    detail: Translation | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Report:
    """What a translator does on a test set.

    Attributes:
        translator: Its name.
        test_name: The test set's, such as its file.
        scores: The scores over all sentences.
        seconds: The time that translating alone took, from text to text; reading the file, the
            scores and the perplexity are not in it.
        settings: The settings that matter, "section.key" to value.
        examples: Up to ten, spread evenly from the first sentence to the last.
        translations: All of them, in the order of the test set; not part of the text nor of the
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
        """Sentences translated per second; 0 if the clock saw no time pass."""
        return self.scores.sentences / self.seconds if self.seconds > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values; a number that is not finite becomes None."""
        return {
            "translator": self.translator,
            "test_name": self.test_name,
            "scores": {key: _plain(value) for key, value in vars(self.scores).items()},
            "seconds": self.seconds,
            "sentences_per_second": self.sentences_per_second,
            "settings": {key: _plain(value) for key, value in self.settings.items()},
            "examples": [_without_detail(example) for example in self.examples],
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text with Hangul readable."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def to_text(self) -> str:
        """The report for a reader, ending in a line break."""
        blocks = [
            [f"Translator  {self.translator}", f"Test set    {self.test_name}"],
            ["Scores", *self._score_lines()],
            ["Settings", *_columns([(key, _shown(value)) for key, value in self.settings.items()])],
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
        of_characters = [] if characters is None else [("BLEU, characters", f"{characters:.2f}")]
        return _columns(
            [
                ("BLEU, sacrebleu", f"{scores.bleu_sacrebleu:.2f}"),
                ("", scores.bleu_sacrebleu_signature),
                *of_characters,
                ("BLEU, NLTK", f"{scores.bleu_nltk:.2f}"),
                ("", scores.bleu_nltk_signature),
                ("chrF", f"{scores.chrf:.2f}"),
                ("", scores.chrf_signature),
                ("Exact match", exact),
                ("Perplexity", perplexity),
                ("Speed", f"{speed} ({scores.sentences:,} in {self.seconds:.1f} s)"),
            ]
        )


def evaluate(
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
        pairs: (source, target), both as a reader sees them.
        test_name: Named in the report.
        progress: Called with (sentences translated, sentences in all) after every chunk.
        chunk_size: Sentences handed over at a time; the translator makes its own batches of them.

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
        began = time.perf_counter()
        translations += translator.translate(sources[start : start + chunk_size])
        seconds += time.perf_counter() - began
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
        settings=_settings_that_matter(settings),
        examples=tuple(
            Example(i + 1, sources[i], references[i], translations[i].text, translations[i])
            for i in spread(len(sources), EXAMPLES)
        ),
        translations=texts,
    )


def spread(total: int, count: int) -> list[int]:
    """Up to `count` different places out of `range(total)`, evenly from the first to the last."""
    if total <= count:
        return list(range(total))
    return [place * (total - 1) // max(count - 1, 1) for place in range(count)]


def _settings_that_matter(settings: Any) -> dict[str, Any]:
    """The settings under `SETTINGS_THAT_MATTER` that are there and not idle, in that order."""
    found = {}
    for name in SETTINGS_THAT_MATTER:
        section, _, key = name.partition(".")
        values = getattr(settings, section, None)
        if hasattr(values, key) and not (section == "model" and _is_idle(values, key)):
            found[name] = getattr(values, key)
    return found


def _is_idle(model: Any, key: str) -> bool:
    """Whether a setting of `[model]` says nothing of this model."""
    if model.architecture == "transformer":
        return key in _OF_RECURRENT
    if key == "heads":
        return model.attention != "multi_head"
    if key == "window_half_width":
        return not model.has_window
    return key in _OF_TRANSFORMERS


def _plain(value: Any) -> Any:
    """A JSON value: JSON has no infinity, and a perplexity can be one."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _without_detail(example: Example) -> dict[str, Any]:
    names = [f.name for f in dataclasses.fields(example) if f.name != "detail"]
    return {name: getattr(example, name) for name in names}


def _shown(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Indented lines of two columns, the first as wide as its longest entry."""
    width = max((len(name) for name, _ in rows), default=0)
    return [f"  {name:<{width}}  {value}" for name, value in rows]


def _example_lines(example: Example) -> list[str]:
    return [
        f"  Sentence {example.number:,}",
        f"    source       {example.source}",
        f"    reference    {example.reference}",
        f"    translation  {example.translation}",
    ]
