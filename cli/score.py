"""The mode score: what a translator thinks of given translations, and which words go together."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from malgil.cli.console import check_output, load_translator
from malgil.cli.output_format import draw
from malgil.cli.streams import counter, output
from malgil.common.errors import UserError
from malgil.evaluation.alignment import pharaoh
from malgil.preprocessing.corpus.reader import PairStream
from malgil.settings import Settings

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

_AT_ONCE = 512  # pairs


def run(settings: Settings, options: Namespace) -> int:
    """Score a pair of the command line, or those of a file. Returns the exit status.

    Raises:
        UserError: If there is no pair, or a file cannot be read or written.
    """
    if bool(options.input) == (len(options.text) == 2):
        raise UserError(
            "score takes a source and its translation, or --input with a file of sentence pairs. "
            f"Received: {len(options.text)} texts{', and --input' if options.input else ''}."
        )
    check_output(options)
    translator = load_translator(settings, options.model)
    if options.input:
        data = dataclasses.replace(translator.settings.data, columns=settings.data.columns)
        pairs: Iterator[tuple[str, str]] = PairStream([options.input], data)
    else:
        pairs = iter([(options.text[0], options.text[1])])
    total, count = 0.0, 0
    with counter() as show, output(options.output) as file:
        for scored in _scored(translator, pairs):
            print(_line(scored, options.json), file=file)
            total += sum(scored.token_scores)
            count += len(scored.token_scores)
            if options.output:
                show(count, None)
            if options.attention:
                draw(options.attention, translator, scored)
    perplexity = math.exp(min(-total / count, 700.0))
    print(f"perplexity {perplexity:.2f} over {count:,} pieces", file=sys.stderr)
    return 0


def _scored(translator: Translator, pairs: Iterator[tuple[str, str]]) -> Iterator[Translation]:
    while some := list(islice(pairs, _AT_ONCE)):
        yield from translator.score(some)


def _line(scored: Translation, as_json: bool) -> str:
    """Log-probability, perplexity and alignment, with tabs between; or all of it as JSON."""
    log_probability = sum(scored.token_scores)
    perplexity = math.exp(min(-log_probability / len(scored.token_scores), 700.0))
    aligned = alignment(scored)
    if not as_json:
        return f"{log_probability:.4f}\t{perplexity:.4f}\t{aligned}"
    told: dict[str, Any] = {
        **scored.to_dict(),
        "log_probability": round(log_probability, 5),
        "perplexity": round(perplexity, 5),
        "alignment": aligned,
    }
    del told["alternatives"]
    line = json.dumps(told, ensure_ascii=False)
    return line.encode("utf-8", errors="backslashreplace").decode("utf-8")


def alignment(translation: Translation) -> str:
    """Which words go together, in Pharaoh's format; empty without attention."""
    weights = translation.attention
    pieces: Sequence[Sequence[str]] = (translation.source_tokens, translation.target_tokens)
    return "" if weights is None else pharaoh(weights, *pieces)
