"""Three training steps of small models, from given weights: what each backend must agree on.

Run as a program it reads weights of every system from an .npz file, and prints the losses as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training.optimizer import make_optimizer
from malgil.settings import ModelSettings

SOURCE, TARGET, STEPS = 9, 11, 3
SYSTEMS: dict[str, dict[str, Any]] = {
    "luong_general": {"cell": "lstm", "attention": "luong_general"},
    "bahdanau": {"cell": "gru", "attention": "bahdanau", "embedding_size": 5},
    "input feeding": {"attention": "luong_dot", "input_feeding": True, "decoder_layers": 2},
    "transformer": {"architecture": "transformer", "heads": 2, "feed_forward_units": 10},
}


def make(system: str) -> Seq2Seq:
    """Return a new model, built and compiled."""
    settings = ModelSettings(**{"units": 6, "embedding_size": 4, "dropout": 0.0, **SYSTEMS[system]})
    model = Seq2Seq(SOURCE, TARGET, settings, label_smoothing=0.1).build_weights()
    model.compile(optimizer=make_optimizer(0.01, 1.0), jit_compile=False)
    return model


def train(model: Seq2Seq, weights: Sequence[np.ndarray]) -> list[float]:
    """Return the loss of each step on one batch with padding, which starts from `weights`."""
    for variable, values in zip(model.trainable_variables, weights, strict=True):
        variable.assign(values)
    random = np.random.default_rng(3)
    source = random.integers(1, SOURCE, (3, 5)).astype("int32")
    target = random.integers(1, TARGET, (3, 5)).astype("int32")
    source[1, 2:] = 0
    target[2, 3:] = 0
    batch = (source, target[:, :-1]), target[:, 1:]
    losses = [model.train_on_batch(*batch, return_dict=True) for _ in range(STEPS)]
    return [float(each["loss"]) for each in losses]


def main(stored: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """Train every system from the weights stored as `system/number`."""
    losses = {}
    for system in SYSTEMS:
        model = make(system)
        count = len(model.trainable_variables)
        losses[system] = train(model, [stored[f"{system}/{i}"] for i in range(count)])
    return losses


if __name__ == "__main__":
    print(json.dumps(main(np.load(sys.argv[1]))))
