"""Measure the time and memory that corpora of several sizes take from text to ids on disk.

    python benchmarks/scale.py CORPUS.tsv [--pairs 125000 250000 500000 1000000]

Each size repeats the corpus with other numbers in the sentences, so that no pair is a duplicate. A
new process prepares it as `--mode train` does, with 8,000 subwords per language, MeCab and NLTK,
and another new process reads it from the cache. The memory is the peak of the process, or of its
largest helper process, minus the memory after all imports.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command_line import positive, read_pairs, run_benchmark
from benchmarks.subprocess_runner import run_command
from malgil.settings import load

_NUMBER = re.compile(r"\d+")


def repeated(corpus: Path, pairs: int) -> Iterator[str]:
    """Yield `pairs` lines of a corpus that is repeated with other numbers in the sentences.

    Raises:
        UserError: If the corpus cannot be read or has no pair.
    """
    lines = ["\t".join(pair) for pair in read_pairs(corpus)]
    for i in range(pairs):
        round_, place = divmod(i, len(lines))
        line = lines[place]
        if not round_:
            yield line
        elif _NUMBER.search(line):
            yield _NUMBER.sub(lambda found: str(int(found[0]) + round_), line)  # noqa: B023
        else:
            yield "\t".join(f"{side} {round_}" for side in line.split("\t"))


def prepare_once(corpus: str, cache: str) -> dict[str, float]:
    """Prepare a corpus in this process. Return pairs, seconds, and MiB beyond the imports."""
    from malgil.preprocessing.dataset.prepare import prepare

    settings = load(
        overrides=[
            f"data.train={corpus}",
            f"data.cache={cache}",
            "preprocessing.vocabulary_size=8000",
        ]
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    found = prepare(settings, lambda _, __: None)
    seconds = time.perf_counter() - began
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"pairs": len(found.train[0]), "seconds": seconds, "mib": max(own, helpers) / 1024}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the preparation of a corpus, by size.")
    parser.add_argument("corpus", type=Path, help="sentence pairs: source, tab, target")
    parser.add_argument(
        "--pairs", type=positive, nargs="+", default=[125_000, 250_000, 500_000, 1_000_000]
    )
    parser.add_argument("--cache", help=argparse.SUPPRESS)  # a run, in its own process
    options = parser.parse_args()
    if options.cache:
        print(json.dumps(prepare_once(str(options.corpus), options.cache)))
        return
    print(f"{'pairs':>10} {'seconds':>8} {'pairs/s':>8} {'memory':>9} {'again':>8}")
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.tsv"
        for pairs in options.pairs:
            with open(corpus, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in repeated(options.corpus, pairs))
            first, again = (_run(corpus, Path(folder) / f"cache-{pairs}") for _ in range(2))
            print(
                f"{first['pairs']:>10,.0f} {first['seconds']:>8.1f} "
                f"{first['pairs'] / first['seconds']:>8,.0f} {first['mib']:>5,.0f} MiB "
                f"{again['seconds']:>6.2f} s",
                flush=True,
            )


def _run(corpus: Path, cache: Path) -> dict[str, float]:
    command = [sys.executable, __file__, str(corpus), "--cache", str(cache)]
    return json.loads(run_command(command)[0].splitlines()[-1])


if __name__ == "__main__":
    run_benchmark(main)
