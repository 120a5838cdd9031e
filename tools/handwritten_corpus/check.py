"""Check handwritten pairs: variety, coverage of frequent words, and no pair of another corpus.

    python -m tools.handwritten_corpus.check data/handwritten/train.tsv --corpus CORPUS.tsv

Prints what has to be changed: Korean sentences of one frame that occur more than three times,
sentences that occur twice, frequent morphemes of the corpus that occur in fewer than three pairs,
and pairs that the corpus also has. The exit status is 1 if there is a repetition or a shared pair.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.handwritten_corpus.coverage import Coverage, content_coverage, ending_coverage
from tools.handwritten_corpus.frames import repeated_frames
from tools.handwritten_corpus.overlap import PairOfTexts, repeated_sentences, shared_pairs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("files", nargs="+", type=Path, help="files of Korean, tab, English")
    parser.add_argument("--corpus", nargs="*", type=Path, default=[], help="files to compare with")
    parser.add_argument("--list", type=int, default=50, help="lacking morphemes to print")
    options = parser.parse_args(arguments)
    pairs = [pair for file in options.files for pair in read_pairs(file)]
    faults = report_repetitions(pairs)
    if options.corpus:
        corpus = [pair for file in options.corpus for pair in read_pairs(file)]
        shared = shared_pairs(pairs, corpus)
        print(f"{len(shared)} pairs are in the corpus")
        for pair in shared:
            print("  " + " | ".join(pair))
        faults += len(shared)
        sources, known = [pair[0] for pair in pairs], [pair[0] for pair in corpus]
        report_coverage("content morphemes", content_coverage(sources, known), options.list)
        report_coverage("endings", ending_coverage(sources, known), options.list)
    return int(faults > 0)


def report_repetitions(pairs: Sequence[PairOfTexts]) -> int:
    """Print repeated frames and sentences. Returns their number."""
    frames = repeated_frames(pair[0] for pair in pairs)
    print(f"{len(pairs):,} pairs; {len(frames)} frames occur too often")
    for frame, uses in sorted(frames.items(), key=lambda item: -len(item[1])):
        print(f"  {len(uses)} × {frame}")
        for text in uses:
            print(f"      {text}")
    sentences = repeated_sentences(pairs, side=0)
    print(f"{len(sentences)} Korean sentences occur more than once")
    for text, count in sentences.items():
        print(f"  {count} × {text}")
    return len(frames) + len(sentences)


def report_coverage(title: str, coverage: Coverage, listed: int) -> None:
    """Print the share of frequent morphemes that are covered, and the first of the others."""
    print(f"{title}: {coverage.share:.1%} of {coverage.frequent:,} in three pairs or more")
    words = [f"{m.text}/{m.word_class} {uses}" for m, uses in coverage.lacking.items()]
    if words[:listed]:
        print("  lacking: " + ", ".join(words[:listed]))


def read_pairs(path: Path) -> Iterator[PairOfTexts]:
    """Yield the pairs of a file of two columns. Raises `ValueError` for any other row."""
    for row in path.read_text(encoding="utf-8").split("\n"):
        if row:
            source, target = row.split("\t")
            yield source, target


if __name__ == "__main__":
    sys.exit(main())
