"""How fast a model trains, in real target tokens per second.

    python benchmarks/training.py CORPUS.tsv [--precision mixed_bfloat16] [--batch-tokens 4096]
        [--form plain] [--peer 'COMMAND']
        [--config recipes/transformer-small.ini]

Each round trains a new process on so many real target tokens (the end mark counts, padding does
not) by `fit` as the program does, its first batches left out, and measures the machine's own limit:
a matrix product of the vocabulary projection's shape (for the recurrent model, whose products are
counted; not with --config). The peer's command runs after it in each
round; the last number behind `tokens_per_s=` that it prints, or the last number, is its speed.
Medians are printed; the last line is for machines. Measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmark_model import (
    MFLOP_PER_TOKEN,
    UNITS,
    VOCABULARY,
    batches_of,
    encode,
    make,
    settings_of,
)
from subprocess_runner import run_command, speed_in

_WARM_UP = 20  # batches
_PRECISIONS = {"float32": "float32", "mixed_bfloat16": "bfloat16"}


def gemm_tokens_per_second(dtype: str, rows: int) -> float:
    """The tokens/s at which the model's matrix products alone would run on this machine.

    Args:
        dtype: float32 or bfloat16.
        rows: Target tokens of a batch.
    """
    import tensorflow as tf

    left = tf.cast(tf.random.normal((rows, UNITS)), dtype)
    right = tf.cast(tf.random.normal((UNITS, VOCABULARY)), dtype)
    multiply = tf.function(lambda a, b: (a @ b)[0, 0])
    multiply(left, right)
    seconds = []
    for _ in range(25):
        began = time.perf_counter()
        multiply(left, right).numpy()
        seconds.append(time.perf_counter() - began)
    flops = 2.0 * rows * UNITS * VOCABULARY / statistics.median(seconds)
    return flops / (MFLOP_PER_TOKEN * 1e6)


def train_once(ids: Path, options: argparse.Namespace) -> dict[str, float]:
    """Train for `options.tokens` target tokens in this process.

    Returns:
        tokens_per_s, the mean tokens of a batch, and the limits, in tokens/s, of each type.
    """
    import keras
    import numpy as np

    from malgil.modeling.training.dataset import make_dataset
    from malgil.modeling.training.run import set_threads

    set_threads(options.threads)
    settings = settings_of(options.precision, options.batch_tokens, recipe=options.config)
    data = batches_of(tuple(json.loads(ids.read_text())), settings)
    tokens = np.array([data.count_target_tokens(i) for i in data.batch_indices(0)])
    timed = int(np.searchsorted(np.cumsum(tokens[_WARM_UP:]), options.tokens)) + 1
    tokens = tokens[: _WARM_UP + timed]
    times: list[float] = []

    def note(batch: int, logs: Any) -> None:
        times.append(time.perf_counter())

    model = make(options.form, settings)
    model.fit(
        make_dataset(data, 0).take(len(tokens)),
        epochs=1,
        shuffle=False,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=note)],
    )
    limits = {
        dtype: gemm_tokens_per_second(dtype, int(tokens.mean())) for dtype in _PRECISIONS.values()
    }
    speed = float(tokens[_WARM_UP:].sum() / (times[-1] - times[_WARM_UP - 1]))
    return {"tokens_per_s": speed, "batch": float(tokens.mean()), **limits}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Training speed in target tokens per second.")
    parser.add_argument("corpus", type=Path, help="sentence pairs: source, tab, target")
    parser.add_argument("--precision", choices=list(_PRECISIONS), default="float32")
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--form", choices=["own", "plain"], default="own")
    parser.add_argument("--config", type=Path, help="a recipe whose [model] is taken")
    parser.add_argument("--tokens", type=int, default=150_000, help="target tokens of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--peer", help="a command that prints tokens/s last")
    parser.add_argument("--ids", type=Path, help=argparse.SUPPRESS)  # a round, in its own process
    options = parser.parse_args()
    if options.ids:
        print(json.dumps(train_once(options.ids, options)))
        return
    rounds, peers, memory, peer_memory = [], [], 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        ids = Path(folder) / "ids.json"
        ids.write_text(json.dumps(encode(options.corpus)[0]))
        for _ in range(options.rounds):
            output, peak = run_command([sys.executable, *sys.argv, "--ids", str(ids)])
            rounds.append(json.loads(output.splitlines()[-1]))
            memory = max(memory, peak)
            if options.peer:
                output, peak = run_command(options.peer)
                peers.append(speed_in(output, "tokens_per_s"))
                peer_memory = max(peer_memory, peak)
    report(options, rounds, peers, memory, peer_memory)


def report(
    options: argparse.Namespace,
    rounds: list[dict[str, float]],
    peers: list[float],
    memory: float,
    peer_memory: float,
) -> None:
    """Print the medians of the rounds; a last line for machines."""
    median = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    limit = _PRECISIONS[options.precision]
    share = statistics.median(r["tokens_per_s"] / r[limit] for r in rounds)
    speeds = ", ".join(f"{r['tokens_per_s']:,.0f}" for r in rounds)
    print(
        f"{options.form}, {options.precision}, {median['batch']:,.0f} target tokens a batch: "
        f"{speeds} tokens/s; peak memory {memory:,.0f} MiB"
    )
    if not options.config:
        print(
            f"matrix products alone: float32 {median['float32']:,.0f}, "
            f"bfloat16 {median['bfloat16']:,.0f} tokens/s"
        )
    last = f"tokens_per_s={median['tokens_per_s']:.0f}"
    if peers:
        ratio = statistics.median(
            own["tokens_per_s"] / peer for own, peer in zip(rounds, peers, strict=True)
        )
        print(
            f"peer: {', '.join(f'{speed:,.0f}' for speed in peers)} tokens/s; "
            f"peak memory {peer_memory:,.0f} MiB"
        )
        last += f" peer={statistics.median(peers):.0f} ratio={ratio:.2f}"
    print(last if options.config else f"{last} gemm_share={share:.2f}")


if __name__ == "__main__":
    main()
