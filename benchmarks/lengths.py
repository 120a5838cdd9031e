"""What the length of a sentence does to trained translators, set side by side.

    python benchmarks/lengths.py --pairs a.tsv b.tsv --translators model/vanilla model/ko-en-large

For groups of source lengths, in words between spaces:

- the loss of the references (nats per piece), which varies less from one group to the next than
  the scores of a hundred translations do,
- BLEU and chrF of the translations,

and both scores of texts of one, two and three neighboring pairs put together and translated as one
sentence: longer ones than most of what a corpus of short sentences teaches.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from malgil.cli.streams import quiet_libraries
from malgil.evaluation.metrics import score
from malgil.modeling.translator import Translator
from malgil.preprocessing.corpus.reader import read_corpus

# The last words of each group; the last group has all that are longer.
ENDS = (3, 4, 5, 6, 7, 8, 10, 13)
JOINED = (2, 3)

Pairs = Sequence[tuple[str, str]]


def joined(pairs: Pairs, count: int) -> Pairs:
    """Neighboring pairs put together, `count` at a time; what is left over is left out."""
    whole = range(0, len(pairs) - count + 1, count)
    return [
        (" ".join(s for s, _ in pairs[i : i + count]), " ".join(t for _, t in pairs[i : i + count]))
        for i in whole
    ]


def losses(translator: Translator, pairs: Pairs, groups: Sequence[np.ndarray]) -> list[str]:
    """Nats per piece of the references, for each group and for all."""
    scored = [one.token_scores for one in translator.score(pairs)]
    nats, pieces = (np.array([part(each) for each in scored]) for part in (sum, len))
    everything = np.arange(len(pairs))
    return [f"{-nats[of].sum() / pieces[of].sum():.2f}" for of in (*groups, everything)]


def scores(translator: Translator, pairs: Pairs, groups: Sequence[np.ndarray]) -> list[str]:
    """BLEU / chrF of the translations, for each group and for all."""
    found = [one.text for one in translator.translate([source for source, _ in pairs])]
    language = translator.settings.data.target_language
    told = []
    for group in (*groups, range(len(pairs))):
        of_group = score([found[i] for i in group], [pairs[i][1] for i in group], language)
        told.append(f"{of_group.bleu_sacrebleu:.1f} / {of_group.chrf:.1f}")
    return told


def row(name: str, cells: Sequence[str]) -> None:
    """Print a row of a Markdown table."""
    print(f"| {' | '.join([name, *cells])} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="files with tabs")
    parser.add_argument("--translators", type=Path, nargs="+", required=True, help="their folders")
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

    told: dict[str, str] = {}
    for title, measure in (("loss of the references", losses), ("BLEU / chrF", scores)):
        row(f"{title}, by source words", names)
        row("---", ["---:"] * len(names))
        row("sentences", [f"{count:,}" for count in counts])
        for translator in translators:
            cells = measure(translator, pairs, groups)
            told[translator.name] = cells[-1]
            row(translator.name, cells)
        print()
    row("BLEU / chrF, by sentences put together", [str(count) for count in (1, *JOINED)])
    row("---", ["---:"] * (1 + len(JOINED)))
    for translator in translators:
        texts = [scores(translator, joined(pairs, count), []) for count in JOINED]
        row(translator.name, [told[translator.name], *(all_of_it for (all_of_it,) in texts)])


if __name__ == "__main__":
    main()
