"""Measure how much quality a translator loses under each kind of noise in its sources.

    python benchmarks/noise.py model/ko-en data/composed/test.tsv [--limit 150] [--only space]

Each kind changes the sources of a test set as people write them: spaces are missing, signs are
typographic, a sentence is in quotes, or a line has three sentences. The benchmark translates them
and prints a Markdown table: BLEU with its 95 % interval, its share of the BLEU of the unchanged
sources, and the share of the sources that the kind changes. A kind that changes none is left out.

What a translation must keep is also in the reference: quotes, brackets, bullets, emoji, footnote
marks, laughter. What it must correct is not: spacing errors, typos, case, widths, missing marks,
signs that the target language does not use. `noise_kinds.KINDS` has the rule for each kind. The
same seed gives the same noise.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command_line import positive, run_benchmark
from benchmarks.noise_kinds import KINDS, Kind, noisy_pairs
from malgil.cli.streams import quiet_libraries
from malgil.common.errors import UserError
from malgil.evaluation.sacrebleu_metrics import (
    MetricScore,
    bleu_metric,
    score_corpus,
    with_interval,
)
from malgil.modeling.translator import Translator
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.reader import read_corpus


class Measured(NamedTuple):
    """The result of one kind: BLEU, and the share of the sources that it changes, 0 to 1."""

    kind: Kind
    bleu: MetricScore
    changed: float


def selected(words: Sequence[str]) -> list[Kind]:
    """Return the kinds whose names contain one of some words, and the plain one before them.

    Raises:
        UserError: If a word selects none.
    """
    for word in words:
        if not any(word in kind.name for kind in KINDS):
            raise UserError(
                f"--only accepts words of the names of kinds. Received: {word!r}. The names: "
                f"{', '.join(kind.name for kind in KINDS)}."
            )
    plain, *others = KINDS
    return [plain, *(k for k in others if not words or any(word in k.name for word in words))]


def measure(
    translator: Translator, pairs: Sequence[Pair], kind: Kind, seed: int
) -> Measured | None:
    """Translate noisy sources and score the translations.

    Args:
        translator: A loaded translator.
        pairs: Sources and references, without noise.
        kind: The kind of noise.
        seed: The seed of the noise.

    Returns:
        The result; None if the kind changes no source.
    """
    language = translator.settings.data.target_language
    noisy, changed = noisy_pairs(kind, pairs, language, seed)
    if not changed and kind is not KINDS[0]:
        return None
    texts = [each.text for each in translator.translate([source for source, _ in noisy])]
    bleu = score_corpus(bleu_metric(language), texts, [reference for _, reference in noisy])
    return Measured(kind, bleu, changed)


def row(measured: Measured, plain: float) -> str:
    """Return a row of the Markdown table.

    Args:
        measured: The result of a kind.
        plain: BLEU of the unchanged sources.
    """
    bleu = with_interval(measured.bleu.score, measured.bleu.interval, digits=1)
    share = f"{100 * measured.bleu.score / plain:.1f} %" if plain else "–"
    return f"| {measured.kind.name} | {bleu} | {share} | {100 * measured.changed:.0f} % |"


def main() -> None:
    """Translate under each kind of noise, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("translator", type=Path, help="folder of a translator, such as model/ko-en")
    parser.add_argument("pairs", type=Path, help="file of sentence pairs")
    parser.add_argument("--limit", type=positive, help="number of pairs; default: all of them")
    parser.add_argument("--only", nargs="+", default=[], help="words of the names of kinds")
    parser.add_argument("--seed", type=int, default=1, help="seed of the noise; default: 1")
    options = parser.parse_args()
    kinds = selected(options.only)
    with quiet_libraries():
        translator = Translator.load(options.translator)
    corpus = read_corpus([options.pairs], translator.settings.data)
    pairs = corpus.pairs[: options.limit]
    print("| noise | BLEU | share of plain | sources changed |\n| --- | ---: | ---: | ---: |")
    plain = 0.0
    for kind in kinds:
        measured = measure(translator, pairs, kind, options.seed)
        if measured is not None:
            plain = plain or measured.bleu.score
            print(row(measured, plain), flush=True)


if __name__ == "__main__":
    run_benchmark(main)
