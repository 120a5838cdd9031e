"""The training model: encoder and decoder joined by teacher forcing."""

from __future__ import annotations

from typing import TypeAlias

import keras
import numpy as np
from keras import ops

from malgil.modeling.decoder import RecurrentDecoder
from malgil.modeling.encoder import RecurrentEncoder
from malgil.modeling.layers.base import LazyModel, Tensor
from malgil.modeling.losses import projection_losses
from malgil.modeling.transformer import TransformerDecoder, TransformerEncoder
from malgil.settings import ModelSettings

Encoder: TypeAlias = RecurrentEncoder | TransformerEncoder
Decoder: TypeAlias = RecurrentDecoder | TransformerDecoder
ARCHITECTURES: dict[str, tuple[type[Encoder], type[Decoder]]] = {
    "rnn": (RecurrentEncoder, RecurrentDecoder),
    "transformer": (TransformerEncoder, TransformerDecoder),
}


class Seq2Seq(LazyModel):
    """Predicts every target token from the source and the tokens before it (teacher forcing).

    The loss of a batch is the mean over its real target tokens. The metric `nll` is the mean
    negative log-likelihood (nats, without label smoothing) over the real tokens of an epoch.

    Args:
        source_vocabulary: The size of the source vocabulary.
        target_vocabulary: The size of the target vocabulary.
        settings: `[model]`.
        label_smoothing: ε of Szegedy et al. 2016, section 7.
        dtype: A Keras dtype policy. The loss is computed in float32 with any of them.
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
        encoder, decoder = ARCHITECTURES[settings.architecture]
        self.encoder = encoder(source_vocabulary, settings, dtype)
        self.decoder = decoder(target_vocabulary, settings, dtype)
        self.label_smoothing = label_smoothing
        self.nll = keras.metrics.Mean(name="nll")

    def build_weights(self) -> Seq2Seq:
        """Create all weights by a call with a tiny batch, and return the model."""
        self((np.ones((1, 2), "int32"), np.ones((1, 3), "int32")), with_logits=True)
        return self

    def call(
        self, inputs: tuple[Tensor, Tensor], training: bool = False, with_logits: bool = False
    ) -> Tensor:
        """Encode the source and decode the target with teacher forcing.

        Args:
            inputs: Source `(batch, src_len)` and target input `(batch, tgt_len)` ids.
            training: Whether dropout is on.
            with_logits: Whether to apply the projection to the vocabulary. The loss does not need
                it, as it includes the projection (`projection_losses`).

        Returns:
            The features `(batch, tgt_len, units)` from which the next tokens are predicted, or the
            logits `(batch, tgt_len, target_vocabulary)`.
        """
        source, target_input = inputs
        encoder_outputs, mask, states = self.encoder(source, training=training)
        memory = self.decoder.memory(encoder_outputs)
        outputs, _, _ = self.decoder(
            target_input,
            memory,
            mask,
            self.decoder.initial_state(states, memory),
            training=training,
            with_logits=with_logits,
        )
        return outputs

    def token_losses(self, target: Tensor, outputs: Tensor, label_smoothing: float = 0.0) -> Tensor:
        """Compute the losses of each target position; see `projection_losses`.

        Args:
            target: `(batch, tgt_len)` ids.
            outputs: `(batch, tgt_len, units)`, from `call`.
            label_smoothing: ε.

        Returns:
            Negative log-likelihood and smoothed cross entropy, each `(batch, tgt_len)`.
        """
        projection = self.decoder.projection
        return projection_losses(
            outputs, projection.kernel, projection.bias, target, label_smoothing
        )

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """Return the loss that Keras minimizes, and update the metric `nll`.

        Args:
            x: Not used.
            y: Target output ids `(batch, tgt_len)`, 0 for padding.
            y_pred: The features `(batch, tgt_len, units)` from `call`.
            sample_weight: Not used.
            training: Not used.

        Returns:
            The mean over real tokens, a scalar. If several devices share a batch, this device's
            part of the mean: the parts of all devices sum to the mean.
        """
        nll, smoothed = self.token_losses(y, y_pred, self.label_smoothing)
        real = ops.cast(ops.not_equal(y, 0), "float32")
        count = ops.sum(real)
        self.nll.update_state(ops.sum(nll * real) / ops.maximum(count, 1.0), sample_weight=count)
        return ops.sum(smoothed * real) / ops.maximum(self._total_over_devices(count), 1.0)

    @staticmethod
    def _total_over_devices(count: Tensor) -> Tensor:
        """Return the number of real tokens in the batch, summed over the devices that share it."""
        if keras.backend.backend() != "tensorflow":
            return count
        from malgil.modeling.training.strategy import sum_over_devices

        return sum_over_devices(count)
