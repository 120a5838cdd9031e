"""The model that the benchmarks train: settings, data, and the same model in plain Keras."""

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

from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training.run import build
from malgil.preprocessing.corpus.reader import read_corpus
from malgil.preprocessing.dataset.batches import TokenBatchSampler
from malgil.preprocessing.dataset.tokenize_pairs import PairTokenizer, count_tokens
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings, load

# `[training] precision`: the type of the matrix products.
PRECISIONS = {"float32": "float32", "mixed_bfloat16": "bfloat16"}
VOCABULARY = 8000
UNITS = 512
# Matrix products of the model per target token, forward and backward, for a source of equal length.
MFLOP_PER_TOKEN = 43.0

IdLists = list[list[int]]


def settings_of(
    precision: str, batch_tokens: int, seed: int = 1, recipe: Path | None = None
) -> Settings:
    """Return the settings of the model, without dropout, like those of the other toolkits.

    Args:
        precision: `[training] precision`.
        batch_tokens: `[training] batch_tokens`.
        seed: `[training] seed`.
        recipe: The recipe whose `[model]` section is used. None for embedding 256, BiLSTM 2×256,
            LSTM 512, luong_general. Both vocabularies have 8,000 subwords.
    """
    defaults = Settings()
    model = dataclasses.replace(defaults.model, embedding_size=256, units=UNITS)
    if recipe:
        model = load(recipe).model
    return dataclasses.replace(
        defaults,
        preprocessing=dataclasses.replace(defaults.preprocessing, vocabulary_size=VOCABULARY),
        model=dataclasses.replace(model, dropout=0.0),
        training=dataclasses.replace(
            defaults.training,
            precision=precision,
            batch_tokens=batch_tokens,
            label_smoothing=0.0,
            learning_rate=0.001,
            seed=seed,
        ),
    )


def encode(*files: Path) -> list[tuple[IdLists, IdLists]]:
    """Encode the source and target sentences of each file, with subwords of the first file.

    Raises:
        UserError: If a file cannot be read or has no sentence pair.
    """
    settings = settings_of("float32", 1)
    texts = [read_corpus([file], settings.data).pairs for file in files]
    text = settings.preprocessing
    pipeline = TextPipeline.learn(count_tokens(PairTokenizer(text)(texts[0]), text), text)
    sides = [zip(*pipeline.encode_pairs(pairs), strict=True) for pairs in texts]
    return [(list(source), list(target)) for source, target in sides]


def batches_of(ids: tuple[IdLists, IdLists], settings: Settings) -> TokenBatchSampler:
    """Group sentences into batches as the program does."""
    return TokenBatchSampler(*ids, settings.training.batch_tokens, settings.training.seed)


def make(form: str, settings: Settings) -> keras.Model:
    """Build and compile the model.

    Args:
        form: `own` for the program's model, or `plain` for a model of Keras's layers, loss and
            optimizer only. Both start from the same weights.
        settings: Settings from `settings_of`.
    """
    model = _own(settings)
    if form == "own":
        return model
    plain, layers = _plain()
    weights = {v.path.removeprefix("seq2seq/"): v.numpy() for v in model.trainable_variables}
    for layer, names in layers.items():
        layer.set_weights([weights.pop(name) for name in names])
    assert not weights
    training = settings.training
    plain.compile(
        keras.optimizers.Adam(training.learning_rate, global_clipnorm=training.clip_norm),
        loss=_mean_over_real_tokens,
        jit_compile=False,
    )
    return plain


class _Tokenizer:
    """A stand-in for a tokenizer; only the size of its vocabulary is used."""

    subword = range(VOCABULARY)


class _Pipeline:
    source = target = _Tokenizer


def _own(settings: Settings) -> Seq2Seq:
    return build(_Pipeline, settings)  # type: ignore[arg-type]


def _plain() -> tuple[keras.Model, dict[keras.layers.Layer, list[str]]]:
    """Build the model of Keras's layers. Return it and the paths of each layer's weights."""
    half = UNITS // 2
    embed_source = keras.layers.Embedding(VOCABULARY, 256, mask_zero=True)
    encode = keras.layers.Bidirectional(
        keras.layers.LSTM(half, return_sequences=True, return_state=True)
    )
    embed_target = keras.layers.Embedding(VOCABULARY, 256)
    decode = keras.layers.LSTM(UNITS, return_sequences=True)
    make_keys = keras.layers.Dense(UNITS, use_bias=False)
    combine = keras.layers.Dense(UNITS, activation="tanh", use_bias=False)
    project = keras.layers.Dense(VOCABULARY)

    source = keras.Input((None,), dtype="int32")
    target = keras.Input((None,), dtype="int32")
    outputs, *last_states = encode(embed_source(source))
    states = [ops.concatenate(last_states[i::2], axis=-1) for i in (0, 1)]
    decoded = decode(embed_target(target), initial_state=states)
    keys = make_keys(outputs) * UNITS**-0.25
    scores = keras.layers.Dot(axes=(2, 2))([decoded, keys])
    padding = ops.cast(ops.equal(source, 0), "float32")[:, None]
    weights = keras.layers.Softmax()(scores - 1e9 * padding)
    contexts = keras.layers.Dot(axes=(2, 1))([weights, outputs])
    logits = project(combine(keras.layers.Concatenate()([contexts, decoded])))

    def cell(layer: str) -> list[str]:
        return [f"{layer}/lstm_cell/{kind}" for kind in ("kernel", "recurrent_kernel", "bias")]

    both = "encoder/bidirectional_lstm_0"
    return keras.Model([source, target], logits), {
        embed_source: ["encoder/embedding/embeddings"],
        encode: [*cell(f"{both}/forward_lstm_0"), *cell(f"{both}/backward_lstm_0")],
        embed_target: ["decoder/embedding/embeddings"],
        decode: cell("decoder/lstm_0"),
        make_keys: ["decoder/attention_projection/kernel"],
        combine: ["decoder/attentional/kernel"],
        project: ["decoder/projection/kernel", "decoder/projection/bias"],
    }


def _mean_over_real_tokens(target: Any, logits: Any) -> Any:
    losses = keras.losses.sparse_categorical_crossentropy(target, logits, from_logits=True)
    real = ops.cast(ops.not_equal(target, 0), losses.dtype)
    return ops.sum(losses * real) / ops.maximum(ops.sum(real), 1.0)


def validation_loss(model: keras.Model, valid: TokenBatchSampler) -> float:
    """Return the mean negative log-likelihood (nats) of the real target tokens."""
    total, count = 0.0, 0
    for batch in valid.batches(None):
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
