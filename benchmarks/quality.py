"""Check whether speed costs quality: compare the validation loss with that of plain Keras.

    python benchmarks/quality.py TRAIN.tsv VALID.tsv [--precision mixed_bfloat16] [--tokens 500000]

For each seed, both forms of the model start from the same weights and are trained on the same
batches: the program's model at the given precision, and a model of Keras's layers, loss and
optimizer in float32. The last line has a fixed form, for scripts.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.benchmark_model import (
    PRECISIONS,
    IdLists,
    batches_of,
    encode,
    make,
    settings_of,
    validation_loss,
)
from benchmarks.command_line import positive, run_benchmark


def loss_after(
    form: str,
    precision: str,
    seed: int,
    train: tuple[IdLists, IdLists],
    valid: tuple[IdLists, IdLists],
    options: argparse.Namespace,
) -> float:
    """Train a new model on `options.tokens` target tokens. Return its validation loss (nats)."""
    settings = settings_of(precision, options.batch_tokens, seed)
    model, data = make(form, settings), batches_of(train, settings)
    seen = 0
    for indices in data.batch_indices(0):
        if seen >= options.tokens:
            break
        batch = data.batch(indices)
        model.train_on_batch((batch.source, batch.target_input), batch.target_output)
        seen += data.count_target_tokens(indices)
    return validation_loss(model, batches_of(valid, settings))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="Compare the validation loss with that of plain Keras."
    )
    parser.add_argument("train", type=Path, help="sentence pairs to train on")
    parser.add_argument("valid", type=Path, help="sentence pairs for the validation loss")
    parser.add_argument("--precision", choices=PRECISIONS, default="mixed_bfloat16")
    parser.add_argument("--batch-tokens", type=positive, default=4096)
    parser.add_argument("--tokens", type=positive, default=500_000)
    parser.add_argument("--seeds", type=positive, default=3)
    options = parser.parse_args()
    train, valid = encode(options.train, options.valid)
    differences = []
    for seed in range(1, options.seeds + 1):
        own = loss_after("own", options.precision, seed, train, valid, options)
        plain = loss_after("plain", "float32", seed, train, valid, options)
        differences.append(100 * (own / plain - 1))
        print(
            f"seed {seed}: validation loss {own:.4f}, plain Keras in float32 {plain:.4f} "
            f"({differences[-1]:+.2f} %)",
            flush=True,
        )
    print(f"mean_difference_percent={statistics.mean(differences):+.2f}")


if __name__ == "__main__":
    run_benchmark(main)
