"""Measure how much time of a training step each of TensorFlow's operations takes.

    python benchmarks/operations.py [--sentences 340] [--precision mixed_bfloat16] [--form plain]
        [--config recipes/transformer-small.ini]

Each sentence of the step has 12 source and 9 target tokens. Operations that run in parallel are
each counted in full, so the sum exceeds the time of the step.
"""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.benchmark_model import PRECISIONS, VOCABULARY, make, settings_of
from benchmarks.command_line import positive, run_benchmark

_SRC_LEN, _TGT_LEN = 12, 9
_STEPS = 10
# Events of the trace that are not operations: the runs of whole graphs.
_NOT_OPERATIONS = ("Process", "Run", "__inference")


def milliseconds_of_operations(folder: Path) -> dict[str, tuple[float, int]]:
    """Read the trace of TensorFlow. Return milliseconds and count of each kind of operation."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace()
    space.ParseFromString(next(folder.glob("**/*.xplane.pb")).read_bytes())
    time_of: collections.Counter[str] = collections.Counter()
    count_of: collections.Counter[str] = collections.Counter()
    for plane in space.planes:
        names = {key: metadata.name for key, metadata in plane.event_metadata.items()}
        for event in (event for line in plane.lines for event in line.events):
            name = names[event.metadata_id]
            if ":" in name and not name.startswith(("$", "Threadpool")):
                kind = name.rsplit(":", 1)[1].strip()
                if not kind.startswith(_NOT_OPERATIONS):
                    time_of[kind] += event.duration_ps / 1e9
                    count_of[kind] += 1
    return {kind: (time_of[kind], count_of[kind]) for kind, _ in time_of.most_common()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the operations of a training step.")
    parser.add_argument("--sentences", type=positive, default=340)
    parser.add_argument("--precision", choices=PRECISIONS, default="mixed_bfloat16")
    parser.add_argument("--form", choices=["own", "plain"], default="own")
    parser.add_argument("--config", type=Path, help="recipe whose [model] section is used")
    parser.add_argument("--rows", type=positive, default=20, help="number of operations to print")
    options = parser.parse_args()
    import tensorflow as tf

    from malgil.modeling.training.run import set_threads

    set_threads(0)
    model = make(options.form, settings_of(options.precision, 1, recipe=options.config))
    random = np.random.default_rng(1)
    source, target = (
        tf.constant(random.integers(4, VOCABULARY, (options.sentences, length)), tf.int32)
        for length in (_SRC_LEN, _TGT_LEN)
    )
    step: Any = tf.function(lambda: model.train_step(((source, target), target)))
    for _ in range(3):
        step()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        tf.profiler.experimental.start(folder)
        for _ in range(_STEPS):
            next(iter(step().values())).numpy()
        tf.profiler.experimental.stop()
        whole = (time.perf_counter() - began) / _STEPS * 1e3
        found = milliseconds_of_operations(Path(folder))
    precision = options.precision if options.form == "own" else "float32"
    print(f"{options.form}, {precision}: a step takes {whole:.0f} ms, traced")
    for kind, (milliseconds, count) in list(found.items())[: options.rows]:
        print(f"{milliseconds / _STEPS:9.1f} ms {count / _STEPS:7.0f} × {kind}")


if __name__ == "__main__":
    run_benchmark(main)
