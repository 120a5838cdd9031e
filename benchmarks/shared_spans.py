"""Count how often both sides of a corpus share what placeholders represent, by kind, and time it.

    python benchmarks/shared_spans.py KO-EN.tsv [--lines 100000] [--show KIND]

A span that keeps its form in any language is shared by both sides of most pairs. One that is
translated in some pairs is not. The first table counts, for each kind of span on the source side
and on the target side, those that the other side contains; the last line is the number of lines
per second of either side that are searched for spans, by one process.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command_line import run_benchmark
from malgil.common.text_lines import read_lines
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.numerals import canonical_number
from malgil.preprocessing.text.protected_spans import parse_spans

SHOWN = 40


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="file of pairs: source, tab, target")
    parser.add_argument("--lines", type=int, default=100_000, help="maximum number of lines")
    parser.add_argument(
        "--show", metavar="KIND", help="print spans of this kind that are not shared"
    )
    options = parser.parse_args()
    pairs = []
    for line in read_lines(options.corpus):
        columns = line.split("\t")
        if len(columns) > 1 and len(pairs) < options.lines:
            pairs.append((normalize(columns[0]), normalize(columns[1])))
    begin = time.perf_counter()
    sides = [(parse_spans(source), parse_spans(target)) for source, target in pairs]
    seconds = time.perf_counter() - begin
    found: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    shared: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    shown = 0
    for texts, spans in zip(pairs, sides, strict=True):
        forms = [
            Counter(canonical_number(text[span.begin : span.end]) for span in side)
            for text, side in zip(texts, spans, strict=True)
        ]
        for side, other in ((0, 1), (1, 0)):
            for span in spans[side]:
                form = canonical_number(texts[side][span.begin : span.end])
                found[side][span.kind] += 1
                is_shared = forms[other][form] > 0
                shared[side][span.kind] += is_shared
                if options.show == span.kind and not is_shared and shown < SHOWN:
                    shown += 1
                    print(f"{form}\t{texts[0]}\t{texts[1]}")
    print(f"{'kind':10}{'source':>9}{'shared':>9}{'target':>9}{'shared':>9}")
    for kind, count in (found[0] + found[1]).most_common():
        row = f"{kind:10}"
        for side in (0, 1):
            number = found[side][kind]
            share = f"{shared[side][kind] / number:.1%}" if number else ""
            row += f"{number:>9,}{share:>9}"
        print(row if count else "")
    print(f"{2 * len(pairs) / seconds:,.0f} lines per second")


if __name__ == "__main__":
    run_benchmark(main)
