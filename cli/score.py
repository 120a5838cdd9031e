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
from malgil.cli.output_file import check_output, open_output
from malgil.cli.output_format import draw_attention, json_line
from malgil.cli.streams import sentence_counter
from malgil.common.errors import ExitCode, UserError
from malgil.evaluation.alignment import pharaoh
from malgil.preprocessing.corpus.reader import PairStream

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)

_PAIRS_AT_ONCE = 512
_LARGEST_EXPONENT = 700.0  # e^709 is the largest float


def run(options: Options) -> int:
    """Score a pair of the command line, or those of a file.

    Args:
        options: `text` is a source and its translation, or `input` a file of sentence pairs.

    Returns:
        The exit status.

    Raises:
        UserError: If there is no pair, or a file cannot be read or written.
    """
    settings = options.settings()
    if bool(options.input) == (len(options.text) == 2):
        raise UserError(
            "score takes a source and its translation, or --input with a file of sentence pairs. "
            f"Received: {len(options.text)} texts{', and --input' if options.input else ''}."
        )
    check_output(options)
    translator = translators.load_translator(settings, options.model)
    if options.input:
        data = dataclasses.replace(translator.settings.data, columns=settings.data.columns)
        pairs: Iterator[tuple[str, str]] = PairStream([options.input], data)
    else:
        pairs = iter([(options.text[0], options.text[1])])
    total, tokens = 0.0, 0
    with sentence_counter() as progress, open_output(options.output) as file:
        for done, scored in enumerate(_scored(translator, pairs), 1):
            print(format_score(scored, options.json), file=file)
            total += sum(scored.token_scores)
            tokens += len(scored.token_scores)
            if options.output:
                progress(done, None)
            if options.attention:
                draw_attention(options.attention, translator, scored)
    logger.info("perplexity %.2f over %s pieces", _perplexity(total, tokens), f"{tokens:,}")
    return ExitCode.DONE


def format_score(scored: Translation, as_json: bool) -> str:
    """Format log-probability, perplexity and alignment of a translation in one line.

    Args:
        scored: A translation with the scores of its tokens.
        as_json: Whether as an object of JSON, with all else of the translation.

    Returns:
        A line; without JSON with tabs between the three.
    """
    log_probability = sum(scored.token_scores)
    perplexity = _perplexity(log_probability, len(scored.token_scores))
    aligned = alignment(scored)
    if not as_json:
        return f"{log_probability:.4f}\t{perplexity:.4f}\t{aligned}"
    values: dict[str, Any] = {
        **scored.to_dict(),
        "log_probability": round(log_probability, 5),
        "perplexity": round(perplexity, 5),
        "alignment": aligned,
    }
    del values["alternatives"]
    return json_line(values)


def alignment(translation: Translation) -> str:
    """Return which words go together, in Pharaoh's format; empty without attention."""
    weights = translation.attention
    pieces: Sequence[Sequence[str]] = (translation.source_tokens, translation.target_tokens)
    return "" if weights is None else pharaoh(weights, *pieces)


def _perplexity(log_probability: float, count: int) -> float:
    return math.exp(min(-log_probability / count, _LARGEST_EXPONENT))


def _scored(translator: Translator, pairs: Iterator[tuple[str, str]]) -> Iterator[Translation]:
    while chunk := list(islice(pairs, _PAIRS_AT_ONCE)):
        yield from translator.score(chunk)
