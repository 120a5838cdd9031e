"""Every system learns to copy and to reverse what it has not seen, in a few hundred steps."""

from __future__ import annotations

import itertools
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from malgil.modeling.inference.keras_engine import KerasEngine
from malgil.modeling.search import Request, beam_search
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training.dataset import make_dataset
from malgil.modeling.training.optimizer import make_optimizer, warm_up
from malgil.preprocessing.dataset.batches import TokenBatchSampler
from malgil.preprocessing.text.subword import pad
from malgil.settings import DecodingOptions, ModelSettings

EOS, SYMBOLS, HELD_OUT = 3, range(4, 14), 200
RECURRENT = {"embedding_size": 32, "units": 64}
TRANSFORMER = {
    "architecture": "transformer",
    "units": 64,
    "feed_forward_units": 128,
    "encoder_layers": 2,
    "decoder_layers": 2,
}
# Small steps teach little: scores of at most √units, kernels with a gain, and one vector that must
# hold all.
RATES = {"scaled_dot": 0.02, "multi_head": 0.01, "none": 0.01}
# The states of one direction know little of what is beside them, and here nothing projects them.
RATES_OF_ONE_DIRECTION = {**RATES, "luong_dot": 0.02, "scaled_dot": 0.03}
# Of at most seven positions.
WINDOWS = {"monotonic": 1, "predictive": 2}
TWO_LAYERS = {"encoder_layers": 2, "decoder_layers": 2}
STACKED = {
    **RECURRENT,
    "encoder_layers": 3,
    "decoder_layers": 3,
    "residual": True,
    "layer_normalization": True,
}
KINDS = ("luong_dot", "luong_general", "luong_concat", "scaled_dot", "multi_head")
ALL: dict[str, dict[str, Any]] = {
    # One vector must hold all: it needs more room.
    **{
        f"none, {cell}": {**RECURRENT, "attention": "none", "units": 192, "cell": cell}
        for cell in ("lstm", "gru")
    },
    **{
        f"{kind}, {cell}{', fed' * fed}": {
            **RECURRENT,
            "attention": kind,
            "cell": cell,
            "input_feeding": fed,
        }
        for kind, cell, fed in itertools.product(KINDS, ("lstm", "gru"), (False, True))
    },
    **{
        f"bahdanau, {cell}": {**RECURRENT, "attention": "bahdanau", "cell": cell}
        for cell in ("lstm", "gru")
    },
    **{
        f"{window}{', fed' * fed}": {
            **RECURRENT,
            "attention_window": window,
            "window_half_width": width,
            "input_feeding": fed,
        }
        for (window, width), fed in itertools.product(WINDOWS.items(), (False, True))
    },
    **{
        f"{window}, {kind}": {
            **RECURRENT,
            "attention": kind,
            "attention_window": window,
            "window_half_width": width,
        }
        for (window, width), kind in itertools.product(WINDOWS.items(), (*KINDS, "bahdanau"))
        if kind != "luong_general"  # above
    },
    "predictive, luong_concat, gru": {
        **RECURRENT,
        "attention": "luong_concat",
        "cell": "gru",
        "attention_window": "predictive",
        "window_half_width": WINDOWS["predictive"],
    },
    **{
        f"one direction, {cell}": {**RECURRENT, "bidirectional": False, "cell": cell}
        for cell in ("lstm", "gru")
    },
    **{
        f"one direction, {kind}": {**RECURRENT, "bidirectional": False, "attention": kind}
        for kind in (*KINDS, "bahdanau")
        if kind != "luong_general"  # above
    },
    "stacked": STACKED,
    "stacked, gru": {**STACKED, "cell": "gru"},
    "stacked, fed": {**STACKED, "input_feeding": True},
    "stacked, bahdanau": {**STACKED, "attention": "bahdanau"},
    "stacked, none": {**STACKED, "attention": "none", "units": 192},
    "2 layers, residual": {**RECURRENT, **TWO_LAYERS, "residual": True},
    "2 layers, normalized": {**RECURRENT, **TWO_LAYERS, "layer_normalization": True},
    "transformer, pre": TRANSFORMER,
    "transformer, post": {**TRANSFORMER, "normalization": "post"},
}


def exact(model: dict[str, Any], direction: int) -> float:
    """Return the share of unseen sequences that the trained model copies (1) or reverses (-1)."""
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(2)
    rows = {tuple(random.choice(SYMBOLS, random.integers(3, 7)).tolist()) for _ in range(12_000)}
    source = [[*row, EOS] for row in sorted(rows)]  # no two are the same
    random.shuffle(source)
    target = [[*row[:-1][::direction], EOS] for row in source]
    batches = TokenBatchSampler(source[HELD_OUT:], target[HELD_OUT:], batch_tokens=512, seed=1)
    attention = model.get("attention", "luong_general")
    rates = RATES if model.get("bidirectional", True) else RATES_OF_ONE_DIRECTION
    epochs = 5 if attention in rates else 4
    steps = sum(len(batches.batch_indices(epoch)) for epoch in range(epochs))
    assert steps < 600

    settings = ModelSettings(dropout=0.0, **model)
    seq2seq = Seq2Seq(SYMBOLS.stop, SYMBOLS.stop, settings).build_weights()
    seq2seq.compile(optimizer=make_optimizer(5e-3, 5.0), jit_compile=False)
    peak = 3e-3 if settings.architecture == "transformer" else rates.get(attention, 5e-3)

    def set_rate(batch: int, logs: Any = None) -> None:
        done = int(ops.convert_to_numpy(seq2seq.optimizer.iterations)) + 1
        cosine = 0.5 * (1 + np.cos(np.pi * done / (steps + 1)))
        seq2seq.optimizer.learning_rate.assign(peak * min(warm_up(done, 60), cosine))

    watch = keras.callbacks.LambdaCallback(on_train_batch_begin=set_rate)
    for epoch in range(epochs):
        data = make_dataset(batches, epoch)
        seq2seq.fit(data, shuffle=False, verbose=0, callbacks=[watch])
    engine = KerasEngine(seq2seq.encoder, seq2seq.decoder)
    found = beam_search(
        engine.step,
        engine.encode(pad(source[:HELD_OUT])),
        [Request(8)] * HELD_OUT,
        DecodingOptions(beam_size=1),
    )
    right = [[*best.ids, EOS] == ids for (best,), ids in zip(found, target, strict=False)]
    return float(np.mean(right))


@pytest.mark.parametrize(
    ("model", "direction"),
    [(RECURRENT, 1), (RECURRENT, -1), (TRANSFORMER, -1)],
    ids=["recurrent copy", "recurrent reverse", "transformer reverse"],
)
def test_learns(model: dict[str, Any], direction: int) -> None:
    assert exact(model, direction) >= 0.99


# A window that moves along with what is said cannot see what is said last, first.
WAYS = [
    pytest.param(name, direction, id=f"{name}-{'copy' if direction == 1 else 'reverse'}")
    for name, direction in itertools.product(ALL, (1, -1))
    if direction == 1 or not name.startswith("monotonic")
]


@pytest.mark.long
@pytest.mark.parametrize(("name", "direction"), WAYS)
def test_every_combination_learns(name: str, direction: int) -> None:
    assert exact(ALL[name], direction) >= 0.99
