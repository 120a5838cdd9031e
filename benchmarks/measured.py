"""The model that the benchmarks train: its settings, its data, and its plain Keras form."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import ops

from modeling.seq2seq import Seq2Seq
from modeling.training import build
from preprocessing.batches import TokenBatches
from preprocessing.corpus import read
from preprocessing.pipeline import TextPipeline
from settings import Settings

VOCABULARY = 8000
UNITS = 512
# Matrix products of the model for a target token, forward and backward, source as long as target.
MFLOP_PER_TOKEN = 43.0

Ids = list[list[int]]


def settings_of(precision: str, batch_tokens: int, seed: int = 1) -> Settings:
    """Embedding 256, BiLSTM 2×256, LSTM 512, luong_general, 8,000 pieces a side, no dropout."""
    plain = Settings()
    return dataclasses.replace(
        plain,
        preprocessing=dataclasses.replace(plain.preprocessing, vocabulary_size=VOCABULARY),
        model=dataclasses.replace(plain.model, embedding_size=256, units=UNITS, dropout=0.0),
        training=dataclasses.replace(
            plain.training,
            precision=precision,
            batch_tokens=batch_tokens,
            label_smoothing=0.0,
            learning_rate=0.001,
            seed=seed,
        ),
    )


def encode(*files: Path) -> list[tuple[Ids, Ids]]:
    """The ids of each file's source and target sentences, by pieces learnt from the first."""
    texts = [read([file]).pairs for file in files]
    pipeline = TextPipeline.fit(texts[0], settings_of("float32", 1))
    return [
        (
            [pipeline.source.encode(source) for source, _ in pairs],
            [pipeline.target.encode(target) for _, target in pairs],
        )
        for pairs in texts
    ]


def batches_of(ids: tuple[Ids, Ids], settings: Settings) -> TokenBatches:
    """Batches as the program makes them."""
    return TokenBatches(*ids, settings.training.batch_tokens, settings.training.seed)


def make(form: str, settings: Settings) -> keras.Model:
    """The model, compiled.

    Args:
        form: `own`, as the program builds it, or `plain`, from Keras's layers, loss and optimizer
            alone. Both begin with the same weights.
        settings: As `settings_of` makes them.
    """
    model = _own(settings)
    if form == "own":
        return model
    plain = _plain()
    plain.set_weights([ops.convert_to_numpy(v) for v in model.trainable_variables])
    training = settings.training
    plain.compile(
        keras.optimizers.Adam(training.learning_rate, global_clipnorm=training.clip_norm),
        loss=_mean_over_real_tokens,
        jit_compile=False,
    )
    return plain


class _Pieces:
    """Stands for a side's pieces where only their number counts."""

    subword = range(VOCABULARY)


class _Pipeline:
    source = target = _Pieces


def _own(settings: Settings) -> Seq2Seq:
    return build(_Pipeline, settings)  # type: ignore[arg-type]


def _plain() -> keras.Model:
    layers, half = keras.layers, UNITS // 2
    source = keras.Input((None,), dtype="int32")
    target = keras.Input((None,), dtype="int32")
    embedded = layers.Embedding(VOCABULARY, 256, mask_zero=True)(source)
    outputs, *ends = layers.Bidirectional(
        layers.LSTM(half, return_sequences=True, return_state=True)
    )(embedded)
    states = [layers.Concatenate()([ends[0], ends[2]]), layers.Concatenate()([ends[1], ends[3]])]
    embedded = layers.Embedding(VOCABULARY, 256)(target)
    decoded = layers.LSTM(UNITS, return_sequences=True)(embedded, initial_state=states)
    keys = layers.Dense(UNITS, use_bias=False)(outputs) * UNITS**-0.25
    scores = layers.Dot(axes=(2, 2))([decoded, keys])
    padding = ops.cast(ops.equal(source, 0), "float32")[:, None]
    contexts = layers.Dot(axes=(2, 1))([layers.Softmax()(scores - 1e9 * padding), outputs])
    joined = layers.Concatenate()([contexts, decoded])
    attentional = layers.Dense(UNITS, activation="tanh", use_bias=False)(joined)
    return keras.Model([source, target], layers.Dense(VOCABULARY)(attentional))


def _mean_over_real_tokens(target: Any, logits: Any) -> Any:
    losses = keras.losses.sparse_categorical_crossentropy(target, logits, from_logits=True)
    real = ops.cast(ops.not_equal(target, 0), losses.dtype)
    return ops.sum(losses * real) / ops.maximum(ops.sum(real), 1.0)


def validation_loss(model: keras.Model, valid: TokenBatches) -> float:
    """Mean negative log-likelihood (nats) of the real target tokens."""
    total, count = 0.0, 0
    for batch in valid.epoch(None):
        outputs = model.predict_on_batch((batch.source, batch.target_input))
        if isinstance(model, Seq2Seq):
            losses = ops.convert_to_numpy(model.token_losses(batch.target_output, outputs)[0])
        else:
            losses = ops.convert_to_numpy(
                keras.losses.sparse_categorical_crossentropy(
                    batch.target_output, outputs, from_logits=True
                )
            )
        real = batch.target_output != 0
        total += float(losses[real].sum(dtype=np.float64))
        count += int(real.sum())
    return total / count
