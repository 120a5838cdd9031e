"""Measure how the quality of trained translators depends on the length of a sentence.

    python benchmarks/lengths.py --pairs a.tsv b.tsv --translators model/vanilla model/ko-en-large

The pairs are grouped by the length of the source, in words separated by spaces. For each group the
benchmark prints

- the loss of the references (nats per token), which varies less between groups than the scores of
  a hundred translations do, and
- BLEU and chrF of the translations.

It also prints BLEU and chrF of two and three neighboring pairs that are concatenated and translated
as one sentence, which is longer than most sentences of a corpus of short ones.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.command_line import run_benchmark
from malgil.cli.streams import quiet_libraries
from malgil.evaluation.metrics import score
from malgil.modeling.translator import Translator
from malgil.preprocessing.corpus.reader import read_corpus

# The maximum length of each group. The last group has all longer sentences.
ENDS = (3, 4, 5, 6, 7, 8, 10, 13)
JOINED = (2, 3)
NOTHING = "–"

SentencePairs = Sequence[tuple[str, str]]


def concatenate_neighbors(pairs: SentencePairs, count: int) -> SentencePairs:
    """Concatenate every `count` neighboring pairs; an incomplete group at the end is dropped."""
    starts = range(0, len(pairs) - count + 1, count)
    return [
        (" ".join(s for s, _ in pairs[i : i + count]), " ".join(t for _, t in pairs[i : i + count]))
        for i in starts
    ]


def losses(translator: Translator, pairs: SentencePairs, groups: Sequence[np.ndarray]) -> list[str]:
    """Return nats per token of the references, for each group and for all pairs."""
    scored = [one.token_scores for one in translator.score(pairs)]
    nats = np.array([sum(scores) for scores in scored])
    tokens = np.array([len(scores) for scores in scored])
    all_pairs = np.arange(len(pairs))
    return [
        f"{-nats[i].sum() / tokens[i].sum():.2f}" if len(i) else NOTHING
        for i in (*groups, all_pairs)
    ]


def scores(translator: Translator, pairs: SentencePairs, groups: Sequence[np.ndarray]) -> list[str]:
    """Return BLEU / chrF of the translations, for each group and for all pairs."""
    texts = [each.text for each in translator.translate([source for source, _ in pairs])]
    language = translator.settings.data.target_language
    cells = []
    for group in (*groups, range(len(pairs))):
        if not len(group):
            cells.append(NOTHING)
            continue
        of_group = score([texts[i] for i in group], [pairs[i][1] for i in group], language)
        cells.append(f"{of_group.bleu_sacrebleu:.1f} / {of_group.chrf:.1f}")
    return cells


def print_row(name: str, cells: Sequence[str]) -> None:
    """Print a row of a Markdown table."""
    print(f"| {' | '.join([name, *cells])} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--pairs", type=Path, nargs="+", required=True, help="files of sentence pairs"
    )
    parser.add_argument(
        "--translators", type=Path, nargs="+", required=True, help="folders of trained translators"
    )
    options = parser.parse_args()
    translators = []
    with quiet_libraries():
        for folder in options.translators:
            translator = Translator.load(folder)
            whole = dataclasses.replace(translator.settings.inference, split_sentences=False)
            translators.append(translator.with_inference(whole))
    pairs = read_corpus(options.pairs, translators[0].settings.data).pairs
    words = np.array([len(source.split()) for source, _ in pairs])
    of_length = np.searchsorted(ENDS, words)
    groups = [np.flatnonzero(of_length == i) for i in range(len(ENDS) + 1)]
    first = (1, *(end + 1 for end in ENDS))
    spans = zip(first, ENDS, strict=False)
    names = [*(str(a) if a == b else f"{a}-{b}" for a, b in spans), f"{first[-1]}-", "all"]
    counts = [*map(len, groups), len(pairs)]

    overall: dict[str, str] = {}
    for title, measure in (("loss of the references", losses), ("BLEU / chrF", scores)):
        print_row(f"{title}, by source words", names)
        print_row("---", ["---:"] * len(names))
        print_row("sentences", [f"{count:,}" for count in counts])
        for translator in translators:
            cells = measure(translator, pairs, groups)
            overall[translator.name] = cells[-1]
            print_row(translator.name, cells)
        print()
    print_row("BLEU / chrF, by concatenated sentences", [str(count) for count in (1, *JOINED)])
    print_row("---", ["---:"] * (1 + len(JOINED)))
    for translator in translators:
        cells = [scores(translator, concatenate_neighbors(pairs, n), [])[0] for n in JOINED]
        print_row(translator.name, [overall[translator.name], *cells])


if __name__ == "__main__":
    run_benchmark(main)
