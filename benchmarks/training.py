"""How fast the recurrent model trains, in real target tokens per second.

    python benchmarks/training.py CORPUS.tsv [--precision mixed_bfloat16] [--batch-tokens 2048]

Trains embedding 256, BiLSTM 2×256, LSTM 512, luong_general, 8,000 pieces a side, dropout 0, by
`fit` as the program does, and leaves the first batches out. The last line is for machines. Beside
it stands the machine's own limit: a matrix product of the vocabulary projection's shape, measured
in the same run. Measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from modeling.trainer import make_dataset
from modeling.training import build, set_threads
from preprocessing.batches import TokenBatches
from preprocessing.corpus import read
from preprocessing.pipeline import TextPipeline
from settings import Settings

_WARM_UP = 20  # batches
# Matrix products of the model for a target token, forward and backward, source as long as target.
_MFLOP_PER_TOKEN = 43.0


class _Clock(keras.callbacks.Callback):
    """When each batch ended."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.times.append(time.perf_counter())


def settings_of(precision: str, batch_tokens: int) -> Settings:
    """The settings of the model that is measured."""
    plain = Settings()
    return dataclasses.replace(
        plain,
        preprocessing=dataclasses.replace(plain.preprocessing, vocabulary_size=8000),
        model=dataclasses.replace(plain.model, embedding_size=256, units=512, dropout=0.0),
        training=dataclasses.replace(
            plain.training, precision=precision, batch_tokens=batch_tokens, label_smoothing=0.0
        ),
    )


def gemm_tokens_per_second(precision: str, rows: int) -> float:
    """The tokens/s at which the model's matrix products alone would run on this machine.

    Args:
        precision: A Keras dtype policy.
        rows: Target tokens of a batch.
    """
    dtype = "bfloat16" if precision == "mixed_bfloat16" else "float32"
    left = tf.cast(tf.random.normal((rows, 512)), dtype)
    right = tf.cast(tf.random.normal((512, 8000)), dtype)
    multiply = tf.function(lambda a, b: tf.reduce_sum(tf.cast(a @ b, "float32")))
    multiply(left, right)
    seconds = []
    for _ in range(15):
        began = time.perf_counter()
        multiply(left, right).numpy()
        seconds.append(time.perf_counter() - began)
    flops = 2.0 * rows * 512 * 8000 / float(np.median(seconds))
    return flops / (_MFLOP_PER_TOKEN * 1e6)


def measure(settings: Settings, corpus: Path, batches: int) -> tuple[float, float, float]:
    """Train, and measure.

    Args:
        settings: As `settings_of` makes them.
        corpus: A file of sentence pairs.
        batches: How many batches are timed, after the warm-up.

    Returns:
        The median and the mean tokens/s, and the mean tokens of a batch.
    """
    pairs = read([corpus]).pairs
    pipeline = TextPipeline.fit(pairs, settings)
    source = [pipeline.source.encode(text) for text, _ in pairs]
    target = [pipeline.target.encode(text) for _, text in pairs]
    data = TokenBatches(source, target, settings.training.batch_tokens, seed=1)
    tokens = np.array([data.tokens(i) for i in data.order(0)[: _WARM_UP + batches]])
    model = build(pipeline, settings)
    clock = _Clock()
    dataset = make_dataset(data, 0).take(len(tokens))
    model.fit(dataset, epochs=1, shuffle=False, verbose=0, callbacks=[clock])
    seconds = np.diff(clock.times)[_WARM_UP - 1 :]
    tokens = tokens[_WARM_UP:]
    return float(np.median(tokens / seconds)), tokens.sum() / seconds.sum(), float(tokens.mean())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Training speed in target tokens per second.")
    parser.add_argument("corpus", type=Path, help="sentence pairs: source, tab, target")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    set_threads(options.threads)
    settings = settings_of(options.precision, options.batch_tokens)
    median, mean, batch = measure(settings, options.corpus, options.batches)
    limit = gemm_tokens_per_second(options.precision, int(batch))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{options.precision}, {batch:,.0f} target tokens a batch: median {median:,.0f}, "
        f"mean {mean:,.0f} tokens/s; matrix products alone {limit:,.0f}; peak {memory:,.0f} MiB"
    )
    print(f"tokens_per_s={median:.0f} mean={mean:.0f} gemm_share={median / limit:.2f}")


if __name__ == "__main__":
    main()
