"""Check whether ONNX Runtime and Keras give exactly the same translations.

    python benchmarks/engines.py model/NAME SENTENCES.txt [--count 2000]

It prints the translations that differ, their number, and the largest difference between the scores
of the others. If lines have tabs, the first column is translated.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command_line import positive, read_sentences, run_benchmark
from malgil.cli.streams import quiet_libraries
from malgil.modeling.translator import Translator


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description="Compare the translations of the engines.")
    parser.add_argument("folder", type=Path, help="folder of a translator, such as model/ko-en")
    parser.add_argument("sentences", type=Path, help="source sentences, one per line")
    parser.add_argument("--count", type=positive, default=2000, help="maximum number of sentences")
    options = parser.parse_args()
    texts = read_sentences(options.sentences, options.count)
    found = []
    with quiet_libraries():
        translator = Translator.load(options.folder)
        for engine in ("onnx", "keras"):
            wanted = dataclasses.replace(translator.settings.inference, engine=engine, shortlist=0)
            found.append(translator.with_inference(wanted).translate(texts))
    pairs = list(zip(*found, strict=True))
    other = [(one, two) for one, two in pairs if one.text != two.text]
    for one, two in other:
        print(f"{one.source}\n    onnx   {one.text}\n    keras  {two.text}")
    apart = max((abs(a.score - b.score) for a, b in pairs if a.text == b.text), default=0.0)
    print(f"{len(other)} of {len(pairs)} differ; scores of the others by at most {apart:.1e}")


if __name__ == "__main__":
    run_benchmark(main)
