"""Measure the training speed of a model, in real target tokens per second.

    python benchmarks/training.py CORPUS.tsv [--precision mixed_bfloat16] [--batch-tokens 4096]
        [--form plain] [--peer 'COMMAND'] [--config recipes/transformer-small.ini]

Each round trains in a new process with `fit`, as the program does, on `--tokens` real target tokens
(the end token is counted, padding is not). The first 20 batches are not counted. It also measures
the limit of the machine: a matrix product with the shape of the vocabulary projection (for the
recurrent model, whose matrix products are counted; not with --config). The command of the peer runs
after it in each round. Its speed is the last number after `tokens_per_s=` in its output, or else
the last number. The medians are printed. The last line has a fixed form, for scripts. Measure on a
quiet machine.
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

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.benchmark_model import (
    MFLOP_PER_TOKEN,
    PRECISIONS,
    UNITS,
    VOCABULARY,
    batches_of,
    encode,
    make,
    settings_of,
)
from benchmarks.command_line import positive, run_benchmark
from benchmarks.subprocess_runner import run_command, speed_in
from malgil.common.errors import UserError

_WARM_UP = 20  # batches


def gemm_tokens_per_second(dtype: str, rows: int) -> float:
    """Return the tokens/s at which only the matrix products of the model would run on this machine.

    Args:
        dtype: "float32" or "bfloat16".
        rows: Target tokens per batch.
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
        tokens_per_s, the mean number of tokens per batch, and the limit for each type, in tokens/s.

    Raises:
        UserError: If the corpus has too few batches.
    """
    import keras
    import numpy as np

    from malgil.modeling.training.dataset import make_dataset
    from malgil.modeling.training.run import set_threads

    set_threads(options.threads)
    settings = settings_of(options.precision, options.batch_tokens, recipe=options.config)
    data = batches_of(tuple(json.loads(ids.read_text())), settings)
    tokens = np.array([data.count_target_tokens(i) for i in data.batch_indices(0)])
    if len(tokens) <= _WARM_UP:
        raise UserError(
            f"the benchmark needs more than {_WARM_UP} batches. Received: {len(tokens)}. "
            "Name a larger corpus, or reduce --batch-tokens."
        )
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
        dtype: gemm_tokens_per_second(dtype, int(tokens.mean())) for dtype in PRECISIONS.values()
    }
    speed = float(tokens[_WARM_UP:].sum() / (times[-1] - times[_WARM_UP - 1]))
    return {"tokens_per_s": speed, "batch": float(tokens.mean()), **limits}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="Measure the training speed in target tokens per second."
    )
    parser.add_argument("corpus", type=Path, help="sentence pairs to train on")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--batch-tokens", type=positive, default=4096)
    parser.add_argument("--form", choices=["own", "plain"], default="own")
    parser.add_argument("--config", type=Path, help="recipe whose [model] section is used")
    parser.add_argument("--tokens", type=positive, default=150_000, help="target tokens per round")
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0 for all processors")
    parser.add_argument("--peer", help="a command that prints its tokens/s last")
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
    """Print the medians of the rounds, and a last line of a fixed form, for scripts."""
    median = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    limit = PRECISIONS[options.precision]
    share = statistics.median(r["tokens_per_s"] / r[limit] for r in rounds)
    speeds = ", ".join(f"{r['tokens_per_s']:,.0f}" for r in rounds)
    print(
        f"{options.form}, {options.precision}, {median['batch']:,.0f} target tokens per batch: "
        f"{speeds} tokens/s; peak memory {memory:,.0f} MiB"
    )
    if not options.config:
        print(
            f"limit of the matrix products: float32 {median['float32']:,.0f}, "
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
    run_benchmark(main)
