"""Measure how often the languages of a corpus's columns are identified from a few rows.

    python benchmarks/column_languages.py FR-EN.tsv fr en

The rows are divided into windows. For each size of a window, the benchmark prints how many of them
are identified, uncertain, or mistaken for another language, on the source and on the target side.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command_line import run_benchmark
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.language_check import identify_languages
from malgil.preprocessing.corpus.reader import read_corpus
from malgil.settings import DataSettings

SIZES = (10, 20, 50, 100)


def count_windows(
    pairs: Sequence[Pair], languages: tuple[str, str], size: int
) -> tuple[Counter[str], Counter[str]]:
    """Count the windows by their result, for the source and the target side.

    Args:
        pairs: The pairs of a corpus.
        languages: The codes of source and target.
        size: The number of pairs of a window; an incomplete window at the end is dropped.

    Returns:
        The numbers of windows that are "identified", "uncertain" or "mistaken", for either side.
    """
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for begin in range(0, len(pairs) - size + 1, size):
        found = identify_languages(pairs[begin : begin + size])
        for counter, language, right in zip(counts, found, languages, strict=True):
            is_right = language == right
            counter["identified" if is_right else "mistaken" if language else "uncertain"] += 1
    return counts


def table(pairs: Sequence[Pair], languages: tuple[str, str]) -> Iterator[str]:
    """Yield the lines of a Markdown table of all sizes of windows."""
    yield "| rows | side | windows | identified | uncertain | mistaken |"
    yield "| ---: | --- | ---: | ---: | ---: | ---: |"
    for size in SIZES:
        for language, counts in zip(languages, count_windows(pairs, languages, size), strict=True):
            cells = [counts.total(), *(counts[k] for k in ("identified", "uncertain", "mistaken"))]
            yield f"| {size} | {language} | " + " | ".join(f"{cell:,}" for cell in cells) + " |"


def main() -> None:
    """Measure a corpus and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pairs", type=Path, help="a corpus with source and target in columns 1, 2")
    parser.add_argument("source", help="the code of the source language, such as fr")
    parser.add_argument("target", help="the code of the target language, such as en")
    options = parser.parse_args()
    languages = options.source, options.target
    data = DataSettings(*languages, columns=("1", "2"))
    for line in table(read_corpus([options.pairs], data).pairs, languages):
        print(line, flush=True)


if __name__ == "__main__":
    run_benchmark(main)
