"""How long one sentence takes from the shell, beside the imports that nothing can do without.

    python benchmarks/cold_start.py model/NAME SENTENCE [--runs 20]

Runs `python -c "import numpy, onnxruntime"` and `python app.py --mode predict SENTENCE` in turn,
and prints the median seconds of both and the median ratio of the pairs. A first run of each,
which fills the system's caches, does not count. Measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMPORTS = [sys.executable, "-c", "import numpy, onnxruntime"]


def seconds_of(command: list[str]) -> float:
    """Run a command to its end, and return the seconds that it took."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a trained translator, such as model/ko-en")
    parser.add_argument("sentence", help="in its source language")
    parser.add_argument("--runs", type=int, default=20, help="pairs of runs (20)")
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
    main()
