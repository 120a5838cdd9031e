"""Measure how long one sentence takes from the shell, compared with the unavoidable imports.

    python benchmarks/cold_start.py model/NAME SENTENCE [--runs 20]

Runs `python -c "import numpy, onnxruntime"` and `python app.py --mode predict SENTENCE` in turn,
and prints the median time of each, in seconds, and the median ratio of the pairs. The first run of
each command fills the system's caches and is not counted. Measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.command_line import positive, run_benchmark

IMPORTS = [sys.executable, "-c", "import numpy, onnxruntime"]


def seconds_of(command: list[str]) -> float:
    """Run a command and return the time that it took, in seconds.

    A command that fails ends the benchmark; its own message is on standard error.
    """
    began = time.perf_counter()
    status = subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode
    seconds = time.perf_counter() - began
    if status:
        sys.exit(status)
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", type=Path, help="folder of a trained translator, such as model/ko-en"
    )
    parser.add_argument("sentence", help="a sentence in its source language")
    parser.add_argument(
        "--runs", type=positive, default=20, help="number of runs of each (default: %(default)s)"
    )
    options = parser.parse_args()
    predict = [sys.executable, str(ROOT / "app.py"), "--mode", "predict", options.sentence]
    predict += ["--set", f"translator.directory={options.folder.resolve().parent}"]
    predict += ["--set", f"translator.name={options.folder.name}"]
    for command in (IMPORTS, predict):
        seconds_of(command)
    pairs = [(seconds_of(IMPORTS), seconds_of(predict)) for _ in range(options.runs)]
    imports, predicted = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(after / before for before, after in pairs)
    print(f"imports {imports:.3f} s, predict {predicted:.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    run_benchmark(main)
