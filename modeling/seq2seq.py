"""The training model: encoder and decoder joined by teacher forcing."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from malgil.modeling.decoder import RecurrentDecoder
from malgil.modeling.encoder import RecurrentEncoder
from malgil.modeling.layers.base import LazyModel
from malgil.modeling.losses import projection_losses
from malgil.modeling.transformer import TransformerDecoder, TransformerEncoder
from malgil.settings import ModelSettings

ARCHITECTURES: dict[str, tuple[Any, Any]] = {
    "rnn": (RecurrentEncoder, RecurrentDecoder),
    "transformer": (TransformerEncoder, TransformerDecoder),
}


class Seq2Seq(LazyModel):
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
        encoder, decoder = ARCHITECTURES[settings.architecture]
        self.encoder = encoder(source_vocabulary, settings, dtype)
        self.decoder = decoder(target_vocabulary, settings, dtype)
        self.label_smoothing = label_smoothing
        self.nll = keras.metrics.Mean(name="nll")

    def build_weights(self) -> Seq2Seq:
        """Create all weights by one call on a tiny batch, and return the model."""
        self((np.ones((1, 2), "int32"), np.ones((1, 3), "int32")), with_logits=True)
        return self

    def call(
        self, inputs: tuple[Any, Any], training: bool = False, with_logits: bool = False
    ) -> Any:
        """Read the source and the target so far.

        Args:
            inputs: Source `(batch, src_len)` and target input `(batch, tgt_len)` ids.
            training: Whether dropout is on.
            with_logits: Whether to score every piece of the vocabulary. A loss does that by
                itself (`projection_losses`).

        Returns:
            The vectors `(batch, tgt_len, units)` that the next pieces are told from, or the
            logits `(batch, tgt_len, target_vocabulary)`.
        """
        source, target_input = inputs
        encoder_outputs, mask, states = self.encoder(source, training=training)
        memory = self.decoder.memory(encoder_outputs)
        outputs, _, _ = self.decoder(
            target_input,
            memory,
            mask,
            self.decoder.start(states, memory),
            training=training,
            with_logits=with_logits,
        )
        return outputs

    def token_losses(self, target: Any, outputs: Any, label_smoothing: float = 0.0) -> Any:
        """The losses of each target position; see `projection_losses`.

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
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The loss that Keras minimizes, and the update of `nll`.

        Args:
            x: Not used.
            y: Target output ids `(batch, tgt_len)`, 0 for padding.
            y_pred: The vectors `(batch, tgt_len, units)` of `call`.
            sample_weight: Not used.
            training: Not used.

        Returns:
            The mean over real tokens, a scalar. Where several devices share a batch, this one's
            part of it: the parts add up to the mean.
        """
        nll, smoothed = self.token_losses(y, y_pred, self.label_smoothing)
        real = ops.cast(ops.not_equal(y, 0), "float32")
        count = ops.sum(real)
        self.nll.update_state(ops.sum(nll * real) / ops.maximum(count, 1.0), sample_weight=count)
        return ops.sum(smoothed * real) / ops.maximum(self._count_of_all(count), 1.0)

    @staticmethod
    def _count_of_all(count: Any) -> Any:
        """The real tokens of the whole batch, of which this device may hold only a part."""
        if keras.backend.backend() != "tensorflow":
            return count
        from malgil.modeling.training.strategy import sum_over_devices

        return sum_over_devices(count)
