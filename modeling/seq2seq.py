"""The training model: encoder and decoder joined by teacher forcing."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from modeling.decoder import Decoder
from modeling.encoder import Encoder
from settings import ModelSettings


class Seq2Seq(keras.Model):
    """Scores every target piece given the source and the pieces before it (teacher forcing).

    The loss of a batch is the mean over its real target tokens. The metric `nll` is the mean
    negative log-likelihood (nats, without label smoothing) over the real tokens of an epoch.

    Args:
        source_vocabulary: The number of source pieces.
        target_vocabulary: The number of target pieces.
        settings: `[model]`.
        label_smoothing: ε of Szegedy et al. 2016, section 7.
        dtype: A Keras dtype policy. The loss is computed in float32 whatever it is.
    """

    def __init__(
        self,
        source_vocabulary: int,
        target_vocabulary: int,
        settings: ModelSettings,
        label_smoothing: float = 0.0,
        dtype: str = "float32",
    ) -> None:
        super().__init__(name="seq2seq", dtype=dtype)
        self.encoder = Encoder(source_vocabulary, settings, dtype)
        self.decoder = Decoder(target_vocabulary, settings, dtype)
        self.label_smoothing = label_smoothing
        self.nll = keras.metrics.Mean(name="nll")

    def build_weights(self) -> Seq2Seq:
        """Create all weights by one call on a tiny batch, and return the model."""
        self((np.ones((1, 2), "int32"), np.ones((1, 3), "int32")))
        return self

    def call(self, inputs: tuple[Any, Any], training: bool = False) -> Any:
        """Score the target.

        Args:
            inputs: Source `(batch, src_len)` and target input `(batch, tgt_len)` ids.
            training: Whether dropout is on.

        Returns:
            Logits `(batch, tgt_len, target_vocabulary)`.
        """
        source, target_input = inputs
        encoder_outputs, mask, states = self.encoder(source, training=training)
        logits, _, _ = self.decoder(target_input, encoder_outputs, mask, states, training=training)
        return logits

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The loss that Keras minimises, and the update of `nll`.

        Args:
            x: Not used.
            y: Target output ids `(batch, tgt_len)`, 0 for padding.
            y_pred: Logits `(batch, tgt_len, target_vocabulary)`.
            sample_weight: Not used.
            training: Not used.

        Returns:
            The mean over real tokens, a scalar.
        """
        nll, smoothed = token_losses(y, y_pred, self.label_smoothing)
        real = ops.cast(ops.not_equal(y, 0), "float32")
        count = ops.maximum(ops.sum(real), 1.0)
        self.nll.update_state(ops.sum(nll * real) / count, sample_weight=count)
        return ops.sum(smoothed * real) / count


def token_losses(target: Any, logits: Any, label_smoothing: float) -> tuple[Any, Any]:
    """Cross entropy of each position, plain and with smoothed labels.

    The labels are (1 - ε) one-hot + ε / V (Szegedy et al. 2016, section 7), so that the smoothed
    cross entropy is log Σ exp z - (1 - ε) z_y - ε mean z. Its gradient, softmax(z) minus the
    labels, is written out: derived op by op it takes twice the time of the matrix product that
    the logits come from.

    Args:
        target: `(batch, tgt_len)` ids.
        logits: `(batch, tgt_len, vocabulary)`.
        label_smoothing: ε.

    Returns:
        The negative log-likelihood, through which no gradient flows, and the smoothed cross
        entropy, both `(batch, tgt_len)` float32.
    """
    shape, vocabulary = ops.shape(target), logits.shape[-1]
    flat_target = ops.cast(ops.reshape(target, (-1,)), "int32")  # (tokens,)
    flat_logits = ops.cast(ops.reshape(logits, (-1, vocabulary)), "float32")
    places = ops.stack([ops.arange(ops.shape(flat_target)[0], dtype="int32"), flat_target], axis=1)

    @ops.custom_gradient
    def cross_entropy(z: Any) -> Any:
        largest = ops.max(z, axis=-1, keepdims=True)
        powers = ops.exp(z - largest)  # (tokens, vocabulary)
        total = ops.sum(powers, axis=-1, keepdims=True)
        log_total = ops.squeeze(ops.log(total) + largest, axis=-1)  # (tokens,)
        picked = _pick(z, flat_target)
        mean = ops.mean(z, axis=-1)
        smoothed = log_total - (1.0 - label_smoothing) * picked - label_smoothing * mean

        def gradient(*args: Any, upstream: Any = None) -> Any:
            upstream = args[0] if upstream is None else upstream  # (tokens,)
            floor = label_smoothing / vocabulary
            rest = powers * (upstream[:, None] / total) - floor * upstream[:, None]
            at_target = (ops.exp(picked - log_total) - (1.0 - label_smoothing) - floor) * upstream
            return ops.scatter_update(rest, places, at_target)

        return smoothed, gradient

    smoothed = cross_entropy(flat_logits)
    plain = ops.stop_gradient(flat_logits)
    nll = ops.stop_gradient(smoothed)
    if label_smoothing:
        nll -= label_smoothing * (_pick(plain, flat_target) - ops.mean(plain, axis=-1))
    return ops.reshape(nll, shape), ops.reshape(smoothed, shape)


def _pick(logits: Any, target: Any) -> Any:
    """The logit of each target: `(tokens, vocabulary)`, `(tokens,)` → `(tokens,)`."""
    return ops.squeeze(ops.take_along_axis(logits, target[:, None], axis=-1), axis=-1)
