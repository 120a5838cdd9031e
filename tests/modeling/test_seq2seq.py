"""The training model: its loss against NumPy, its weights, and what it can learn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from malgil.modeling.seq2seq import Seq2Seq
from malgil.preprocessing.dataset.batches import Batch
from malgil.preprocessing.text.subword import pad
from malgil.settings import ModelSettings

SOURCE_VOCABULARY, TARGET_VOCABULARY, UNITS = 9, 11, 6
BOS, EOS = 2, 3
KINDS = ("luong_dot", "luong_general")
IDS = tf.TensorSpec((None, None), tf.int32)
SYMBOLS = range(4, 14)


def make(
    dropout: float = 0.0, label_smoothing: float = 0.0, dtype: str = "float32", **model: object
) -> Seq2Seq:
    """Make a small model whose weights depend only on its shape."""
    settings = ModelSettings(**{"embedding_size": 5, "units": UNITS, **model}, dropout=dropout)
    seq2seq = Seq2Seq(SOURCE_VOCABULARY, TARGET_VOCABULARY, settings, label_smoothing, dtype)
    random = np.random.default_rng(3)
    for variable in seq2seq.build_weights().trainable_variables:
        variable.assign(random.normal(size=variable.shape) * 0.5)
    return seq2seq


def uneven_batches() -> list[Batch]:
    """Three batches whose rows and real tokens differ in number."""
    random = np.random.default_rng(4)
    batches = []
    for lengths in ([(4, 3), (2, 7), (6, 1)], [(3, 2)], [(1, 9), (5, 8)]):
        sides = [
            [[*random.integers(4, size, pair[side] - 1).tolist(), EOS] for pair in lengths]
            for side, size in enumerate((SOURCE_VOCABULARY, TARGET_VOCABULARY))
        ]
        inputs = [[BOS, *ids[:-1]] for ids in sides[1]]
        batches.append(Batch(pad(sides[0]), pad(inputs), pad(sides[1])))
    return batches


def dataset(batches: Callable[[], Iterator[Batch]]) -> tf.data.Dataset:
    """Make a dataset for `fit` from batches of any shape."""
    return tf.data.Dataset.from_generator(
        lambda: (((b.source, b.target_input), b.target_output) for b in batches()),
        output_signature=((IDS, IDS), IDS),
    )


def cross_entropies(target: np.ndarray, logits: np.ndarray, epsilon: float) -> np.ndarray:
    """Of each real position, against (1 - ε) one-hot + ε / V."""
    logits = np.asarray(logits, "float64")
    losses = []
    for b, t in zip(*np.nonzero(target), strict=True):
        probabilities = np.exp(logits[b, t]) / np.exp(logits[b, t]).sum()
        labels = np.eye(len(probabilities))[target[b, t]] * (1 - epsilon)
        labels += epsilon / len(probabilities)
        losses.append(-(labels * np.log(probabilities)).sum())
    return np.array(losses)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5])
def test_loss_is_the_smoothed_cross_entropy_of_real_tokens(epsilon: float) -> None:
    model = make(label_smoothing=epsilon)
    for source, target_input, target in uneven_batches():
        attentional = model((source, target_input))
        assert attentional.shape == (*target.shape, UNITS)
        loss = model.compute_loss(y=target, y_pred=attentional)
        logits = model((source, target_input), with_logits=True)
        assert logits.shape == (*target.shape, TARGET_VOCABULARY)
        expected = cross_entropies(target, logits, epsilon).mean()
        np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_losses_of_each_token(epsilon: float) -> None:
    model = make()
    for source, target_input, _ in uneven_batches():
        target = np.random.default_rng(1).integers(1, TARGET_VOCABULARY, target_input.shape)
        nll, smoothed = model.token_losses(target, model((source, target_input)), epsilon)
        logits = model((source, target_input), with_logits=True)
        for found, smoothing in ((nll, 0.0), (smoothed, epsilon)):
            assert found.shape == target.shape
            expected = cross_entropies(target, logits, smoothing).reshape(target.shape)
            np.testing.assert_allclose(found, expected, rtol=1e-5)
        plain, again = model.token_losses(target, model((source, target_input)))
        np.testing.assert_array_equal(plain, nll)
        np.testing.assert_array_equal(again, nll)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_does_not_change_the_loss(kind: str) -> None:
    model = make(label_smoothing=0.1, attention=kind)
    source, target_input, target = uneven_batches()[0]
    loss = model.compute_loss(y=target, y_pred=model((source, target_input)))
    wider = [np.pad(ids, ((0, 0), (0, n))) for ids, n in ((source, 5), (target_input, 2))]
    padded = model.compute_loss(y=np.pad(target, ((0, 0), (0, 2))), y_pred=model(tuple(wider)))
    np.testing.assert_allclose(padded, loss, atol=1e-5)


def test_nll_is_weighted_by_tokens() -> None:
    model, batches = make(label_smoothing=0.2), uneven_batches()
    each = [
        cross_entropies(b.target_output, model((b.source, b.target_input), with_logits=True), 0)
        for b in batches
    ]
    expected = np.concatenate(each).mean()
    assert abs(np.mean([losses.mean() for losses in each]) - expected) > 1e-2  # what it is not
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    for _ in range(2):  # an evaluation starts anew
        found = model.evaluate(dataset(lambda: iter(batches)), verbose=0, return_dict=True)
        np.testing.assert_allclose(found["nll"], expected, rtol=1e-5)
    history = model.fit(dataset(lambda: iter(batches)), epochs=2, verbose=0).history
    np.testing.assert_allclose(history["nll"], [expected] * 2, rtol=1e-5)


def test_dropout_is_off_in_inference() -> None:
    model, plain = make(dropout=0.5), make()
    batch = uneven_batches()[0]
    inputs = (batch.source, batch.target_input)
    for with_logits in (False, True):
        found, expected = (each(inputs, with_logits=with_logits) for each in (model, plain))
        np.testing.assert_array_equal(found, expected)
        dropped = model(inputs, training=True, with_logits=with_logits)
        assert not np.allclose(dropped, expected, atol=1e-3)
    found = []
    for each in (model, plain):
        each.compile(optimizer=keras.optimizers.SGD(0.0))
        found.append(each.evaluate(dataset(lambda: iter([batch])), verbose=0))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def gradients_of(model: Seq2Seq, batch: Batch) -> list[Any]:
    """Those of the loss, one for each trainable variable."""
    source, target_input, target = batch
    with tf.GradientTape() as tape:
        loss = model.compute_loss(y=target, y_pred=model((source, target_input)))
    return tape.gradient(loss, [weight.value for weight in model.trainable_variables])


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_gradient_reaches_every_weight(kind: str, bidirectional: bool) -> None:
    model = make(attention=kind, bidirectional=bidirectional, encoder_layers=2, decoder_layers=2)
    source, target_input, _ = batch = uneven_batches()[0]
    weights = model.trainable_variables
    gradients = gradients_of(model, batch)
    # Layers, each with kernel, recurrent kernel and bias; two embeddings, W_c, and the projection.
    assert len(weights) == 3 * (2 + 2 * (1 + bidirectional)) + 5 + (kind == "luong_general")
    for weight, gradient in zip(weights, gradients, strict=True):
        values = np.asarray(tf.convert_to_tensor(gradient))
        assert np.isfinite(values).all(), weight.path
        assert abs(values).max() > 1e-6, weight.path
        if weight.path.endswith("embeddings"):
            np.testing.assert_allclose(values[0], 0.0, atol=1e-9)  # padding has no say
            used = np.unique(source if "encoder" in weight.path else target_input)[1:]
            np.testing.assert_array_equal(np.flatnonzero(values.any(axis=1)), used)


STACKED = {"decoder_layers": 2, "residual": True, "layer_normalization": True}


@pytest.mark.parametrize(
    "shape",
    [
        {"attention": "none", "cell": "gru", "encoder_layers": 2, **STACKED},
        {"attention": "none", "encoder_layers": 3},
        {"attention": "luong_concat", "encoder_layers": 3, "input_feeding": True, **STACKED},
        {"attention": "scaled_dot", "bidirectional": False, **STACKED},
        {"attention": "multi_head", "heads": 3, "attention_window": "monotonic"},
        {"attention": "bahdanau", "cell": "gru", "attention_window": "predictive", **STACKED},
        {"architecture": "transformer", "heads": 3, "feed_forward_units": 7, "decoder_layers": 2},
        {"architecture": "transformer", "heads": 2, "normalization": "post", "encoder_layers": 2},
    ],
    ids=lambda shape: "-".join(map(str, shape.values())),
)
def test_no_weight_is_idle(shape: dict[str, object]) -> None:
    """A weight without a gradient would never be learned, and ends a training."""
    model = make(**shape)
    weights = model.trainable_variables
    gradients = gradients_of(model, uneven_batches()[0])
    for weight, gradient in zip(weights, gradients, strict=True):
        assert gradient is not None, weight.path
        assert abs(np.asarray(tf.convert_to_tensor(gradient))).max() > 1e-9, weight.path


@pytest.mark.parametrize("kind", KINDS)
def test_mixed_bfloat16(kind: str) -> None:
    exact = make(attention=kind, label_smoothing=0.1)
    model = make(attention=kind, label_smoothing=0.1, dtype="mixed_bfloat16")
    batches = uneven_batches()
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    for source, target_input, target in batches:
        attentional = model((source, target_input))
        for outputs in (attentional, model((source, target_input), with_logits=True)):
            assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
        loss = model.compute_loss(y=target, y_pred=attentional)
        assert keras.backend.standardize_dtype(loss.dtype) == "float32"
        expected = exact.compute_loss(y=target, y_pred=exact((source, target_input)))
        np.testing.assert_allclose(loss, expected, rtol=0.02)


def test_fits_in_mixed_bfloat16() -> None:
    model, batches = make(label_smoothing=0.1, dtype="mixed_bfloat16"), uneven_batches()
    model.compile(optimizer=keras.optimizers.Adam(0.01), run_eagerly=True)
    history = model.fit(dataset(lambda: iter(batches)), epochs=8, verbose=0).history["loss"]
    assert history[-1] < 0.9 * history[0]
    assert {v.dtype for v in model.trainable_variables} == {"float32"}


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_have_paths_of_their_own(kind: str, bidirectional: bool) -> None:
    """A translator is saved by these paths; another model of the same settings has the same."""
    shape = {"bidirectional": bidirectional, "encoder_layers": 2, "decoder_layers": 2}
    model, other = (make(attention=kind, **shape) for _ in range(2))
    paths = [variable.path for variable in model.trainable_variables]
    assert len(set(paths)) == len(paths)
    assert paths == [variable.path for variable in other.trainable_variables]
    assert {path.split("/")[1] for path in paths} == {"encoder", "decoder"}


def test_build_weights_again_changes_nothing() -> None:
    model = make()
    before = {v.path: v.numpy() for v in model.trainable_variables}
    assert model.build_weights() is model
    after = {v.path: v.numpy() for v in model.trainable_variables}
    assert list(after) == list(before)
    for path, values in before.items():
        np.testing.assert_array_equal(after[path], values)
