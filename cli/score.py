"""The mode score: the probability of given translations, and the alignment of their words."""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.output_file import open_output, reserve_output
from malgil.cli.output_format import draw_attention, json_line
from malgil.cli.streams import sentence_counter
from malgil.common.errors import ExitCode, UserError
from malgil.common.files import require_file
from malgil.common.localization import _, ngettext
from malgil.evaluation.alignment import pharaoh
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.reader import PairStream
from malgil.settings import Settings

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)

_PAIRS_AT_ONCE = 512
_MAX_EXPONENT = 700.0  # e^709 is the largest float
_COLUMNS = ("log_probability", "perplexity", "alignment")


def run(options: Options) -> int:
    """Score a pair of the command line, or the pairs of a file.

    Args:
        options: `text` is a source and its translation, or `input` a file of sentence pairs.

    Returns:
        The exit status.

    Raises:
        UserError: If there is no pair, or a file cannot be read or written.
    """
    settings = options.settings()
    if not options.input and len(options.text) != 2:
        raise UserError(
            _(
                "--mode score accepts a source sentence and its translation, or --input FILE with "
                "sentence pairs. Number of sentences received: {count}."
            ).format(count=len(options.text))
        )
    if options.input:
        require_file(options.input, "--input")
    with reserve_output(options):
        return _score(options, settings)


def _score(options: Options, settings: Settings) -> int:
    """Score a pair, or the pairs of a file; see `run`."""
    loaded = translators.load_translators(settings, options.model, options.config)
    _require_one_pair_of_languages(loaded)
    if options.input:
        data = dataclasses.replace(loaded[0].settings.data, columns=settings.data.columns)
        rows = PairStream([options.input], data).rows()
        # A row that is left out has nothing to score, and still gets a line.
        pairs: Iterator[Pair] = (row.pair if row.reason is None else ("", "") for row in rows)
    else:
        pairs = iter([(options.text[0], options.text[1])])
    totals = [_Total() for _translator in loaded]
    with sentence_counter() as progress, open_output(options.output) as file:
        for done, scored in enumerate(_scored(loaded, pairs), 1):
            if done == 1 and not options.json:
                print(header(len(loaded) > 1), file=file)
            for translator, translation, total in zip(loaded, scored, totals, strict=True):
                name = translator.name if len(loaded) > 1 else None
                print(format_score(translation, options.json, name), file=file)
                total.add(translation)
            if options.output:
                progress(done, None)
            if options.attention and scored[0].token_scores:
                draw_attention(options.attention, loaded[0], scored[0])
    for translator, total in zip(loaded, totals, strict=True):
        logger.info(total.summary(translator.name if len(loaded) > 1 else None))
    return ExitCode.DONE


@dataclasses.dataclass
class _Total:
    """The summed log-probability (nats) of all translations, and their number of tokens.

    Attributes:
        log_probability, tokens: These two.
        unscored: The number of rows without a translation to score.
    """

    log_probability: float = 0.0
    tokens: int = 0
    unscored: int = 0

    def add(self, translation: Translation) -> None:
        self.unscored += not translation.token_scores
        self.log_probability += sum(translation.token_scores)
        self.tokens += len(translation.token_scores)

    def summary(self, name: str | None) -> str:
        """Return the perplexity of all translations as a line, after the name of the translator."""
        line = ngettext(
            "perplexity {perplexity:.2f} over {count:,} token",
            "perplexity {perplexity:.2f} over {count:,} tokens",
            self.tokens,
        ).format(perplexity=_perplexity(self.log_probability, self.tokens), count=self.tokens)
        if self.unscored:
            note = ngettext(
                "{count:,} row has no score, as a side is blank or missing",
                "{count:,} rows have no score, as a side is blank or missing",
                self.unscored,
            ).format(count=self.unscored)
            line = f"{line}; {note}"
        return f"{name}: {line}" if name else line


def header(has_translator: bool = False) -> str:
    """Return the names of the columns of `format_score`, separated by tabs."""
    return "\t".join((("translator",) if has_translator else ()) + _COLUMNS)


def format_score(scored: Translation, as_json: bool, name: str | None = None) -> str:
    """Format the log-probability, the perplexity and the alignment of a translation in one line.

    Args:
        scored: A translation with the scores of its tokens.
        as_json: Whether to format it as a JSON object, with everything else of the translation.
        name: The name of the translator, if there are several.

    Returns:
        A line, without a line end. Plain text has the columns of `header`, separated by tabs. If
        a side is blank, its values are nan, in JSON null, and the alignment is empty.
    """
    log_probability = sum(scored.token_scores) if scored.token_scores else math.nan
    perplexity = _perplexity(log_probability, len(scored.token_scores))
    aligned = alignment(scored)
    if not as_json:
        columns = (f"{log_probability:.4f}", f"{perplexity:.4f}", aligned)
        return "\t".join((*((name,) if name else ()), *columns))
    values: dict[str, Any] = {
        **({"translator": name} if name else {}),
        **scored.to_dict(),
        "log_probability": _json_number(log_probability),
        "perplexity": _json_number(perplexity),
        "alignment": aligned,
    }
    del values["alternatives"]
    return json_line(values)


def alignment(translation: Translation) -> str:
    """Return the word alignment of a translation in Pharaoh format; "" without attention."""
    weights = translation.attention
    if weights is None:
        return ""
    return pharaoh(weights, translation.source_tokens, translation.target_tokens)


def _json_number(value: float) -> float | None:
    """Return a number rounded for JSON, which has no nan."""
    return None if math.isnan(value) else round(value, 5)


def _perplexity(log_probability: float, count: int) -> float:
    if not count:
        return math.nan
    return math.exp(min(-log_probability / count, _MAX_EXPONENT))


def _require_one_pair_of_languages(loaded: Sequence[Translator]) -> None:
    """Refuse translators of different languages: a file is read once for all of them."""
    languages = [
        f"{each.settings.data.source_language}-{each.settings.data.target_language}"
        for each in loaded
    ]
    if len(set(languages)) > 1:
        raise UserError(
            _(
                "--mode score accepts translators of the same languages. Received: {languages}."
            ).format(languages=", ".join(languages))
        )


def _scored(
    loaded: Sequence[Translator], pairs: Iterator[tuple[str, str]]
) -> Iterator[tuple[Translation, ...]]:
    """Yield each pair as scored by each translator; one with a blank side has no scores."""
    while chunk := list(islice(pairs, _PAIRS_AT_ONCE)):
        full = [pair for pair in chunk if all(map(str.strip, pair))]
        columns = [iter(translator.score(full)) for translator in loaded]
        for pair in chunk:
            if all(map(str.strip, pair)):
                yield tuple(next(column) for column in columns)
            else:
                yield (_unscored(*pair),) * len(loaded)


def _unscored(source: str, target: str) -> Translation:
    from malgil.modeling.translation import Translation

    return Translation(source, target, 0.0, [], [])
