"""The trainer: runs epochs, validates, writes checkpoints, and saves the best translator."""

from __future__ import annotations

import logging
import math
import time
from datetime import datetime, timezone
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.interrupts import collect_interrupts
from malgil.common.localization import _, ngettext
from malgil.common.progress import ProgressLine, clock
from malgil.modeling import translator_file
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training import checkpoint
from malgil.modeling.training.batch_callback import BatchCallback
from malgil.modeling.training.checkpoint import TrainingState
from malgil.modeling.training.dataset import make_dataset
from malgil.modeling.training.history import HistoryWriter
from malgil.modeling.training_record import LOSS, TrainingRecord
from malgil.modeling.translator_file import Bundle
from malgil.modeling.versions import TranslatorVersions
from malgil.preprocessing.dataset.batches import TokenBatchSampler
from malgil.preprocessing.dataset.validation_set import ValidationSet
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings

logger = logging.getLogger(__name__)


class Trainer:
    """Runs the epochs of one training, starting where its state says.

    Args:
        model: A built and compiled model.
        pipeline: The pipeline, which is saved with the translator.
        settings: All settings.
        state: The progress of the training; updated as it proceeds.
        validation: The identity of the validation pairs.
        versions: Stores the translators.
        history: Writes the history.
        line: Shows the progress; None for no display.
    """

    def __init__(
        self,
        model: Seq2Seq,
        pipeline: TextPipeline,
        settings: Settings,
        state: TrainingState,
        validation: ValidationSet,
        versions: TranslatorVersions,
        history: HistoryWriter,
        line: ProgressLine | None = None,
    ) -> None:
        self.model = model
        self.pipeline = pipeline
        self.settings = settings
        self.state = state
        self.validation = validation
        self.line = line
        self._versions = versions
        self._history = history
        self._subword = pipeline.to_state()

    def variables(self) -> list[Any]:
        """Return all variables of a checkpoint: weights, random generators, metrics, optimizer."""
        return [*self.model.variables, *self.model.optimizer.variables]

    def run(self, train_sampler: TokenBatchSampler, valid_sampler: TokenBatchSampler) -> bool:
        """Train until one of the limits is reached.

        Args:
            train_sampler: Makes the batches to train on.
            valid_sampler: Makes the batches to validate on.

        Returns:
            Whether Ctrl-C interrupted the training.

        Raises:
            UserError: If the training diverges, or if a file cannot be written.
        """
        state, training = self.state, self.settings.training
        state.learning_rate = state.learning_rate or self.settings.schedule.learning_rate
        start = (state.epoch, state.batch)
        with collect_interrupts() as interrupted:
            while (
                state.epoch < training.epochs
                and state.epochs_without_improvement < training.patience
            ):
                batches = train_sampler.batch_indices(state.epoch)
                if self.is_time_over() and self._is_validated(state.batch / len(batches)):
                    break
                if state.batch < len(batches) and not self.is_time_over():
                    self._fit(train_sampler, batches, interrupted)
                if interrupted:
                    self.save_checkpoint()
                    return True
                if not state.history:
                    # Its translator must not be put in use before there is something to resume:
                    # after a kill in between, it would be that of another training.
                    self.save_checkpoint()
                began = time.monotonic()
                self._validate(valid_sampler, state.batch / len(batches))
                state.seconds += time.monotonic() - began
                if state.batch < len(batches):
                    break  # the time limit was reached within the epoch
                self._begin_epoch(state.epoch + 1)
                self.save_checkpoint()
        state.is_finished = True
        self.save_checkpoint()
        if start == (state.epoch, state.batch):
            logger.info(_("nothing left to train: {reason}").format(reason=self._limit()))
        else:
            logger.info(_("training ended: {reason}").format(reason=self._limit()))
        return False

    def _fit(
        self,
        sampler: TokenBatchSampler,
        batches: list[NDArray[np.int64]],
        interrupted: list[int],
    ) -> None:
        """Train on the remaining batches of the current epoch."""
        epoch, first = self.state.epoch, self.state.batch
        tokens = [sampler.count_target_tokens(batch) for batch in batches]
        self.model.fit(
            make_dataset(sampler, epoch, first, self.model.distribute_strategy),
            steps_per_epoch=len(batches) - first,
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[BatchCallback(self, tokens, interrupted)],
        )

    def _limit(self) -> str:
        """Return which setting ended the training, and how to continue."""
        state, training = self.state, self.settings.training
        if state.epoch >= training.epochs:
            message = ngettext(
                "{count:,} epoch is done; increase training.epochs and add --resume to continue",
                "all {count:,} epochs are done; increase training.epochs and add --resume to "
                "continue",
                training.epochs,
            )
            return message.format(count=training.epochs)
        if state.epochs_without_improvement >= training.patience:
            message = ngettext(
                "early stopping, as the validation loss has not fallen by "
                "training.min_improvement = {improvement:g} for {count:,} epoch; increase "
                "training.patience and add --resume to continue",
                "early stopping, as the validation loss has not fallen by "
                "training.min_improvement = {improvement:g} for {count:,} epochs; increase "
                "training.patience and add --resume to continue",
                training.patience,
            )
            return message.format(improvement=training.min_improvement, count=training.patience)
        message = _(
            "the time limit training.max_minutes = {minutes:g} is reached ({time}); increase it "
            "and add --resume to continue"
        )
        return message.format(minutes=training.max_minutes, time=clock(state.seconds))

    def _begin_epoch(self, epoch: int) -> None:
        state = self.state
        state.epoch, state.batch = epoch, 0
        state.nll_sum, state.tokens, state.epoch_seconds = 0.0, 0, 0.0

    def is_time_over(self) -> bool:
        """Return whether the limit `training.max_minutes` is reached; never if it is 0."""
        limit = self.settings.training.max_minutes * 60
        return bool(limit) and self.state.seconds >= limit

    def _is_validated(self, share: float) -> bool:
        """Return whether the last validation was after this share of the current epoch."""
        history = self.state.history
        return bool(history) and history[-1]["epoch"] == round(self.state.epoch + share, 3)

    def save_checkpoint(self) -> None:
        """Write the checkpoint, atomically."""
        checkpoint.save(
            self.settings.folder / checkpoint.FILE_NAME,
            self.settings,
            self._subword,
            self.variables(),
            self.state,
        )

    def _validate(self, sampler: TokenBatchSampler, share: float) -> None:
        """Compute the validation loss, and save the translator if it is the lowest so far.

        Args:
            sampler: Makes the validation batches.
            share: The share of the current epoch that was trained, 0 to 1.

        Raises:
            UserError: If the loss is not finite.
        """
        state, training = self.state, self.settings.training
        loss = self._validation_loss(sampler)
        if not math.isfinite(loss):
            message = _(
                "the loss became NaN or infinite: training diverged. Lower "
                "training.learning_rate = {rate:g} or training.clip_norm = {clip_norm:g}."
            )
            rate = self.settings.schedule.learning_rate
            raise UserError(message.format(rate=rate, clip_norm=training.clip_norm))
        rate = self.model.optimizer.learning_rate
        improvement = math.inf if state.best_loss is None else state.best_loss - loss
        row = {
            "epoch": round(state.epoch + share, 3),
            "loss": state.nll_sum / max(state.tokens, 1),
            "val_loss": loss,
            LOSS: loss * sampler.target_tokens / self.validation.characters,
            "learning_rate": float(keras.ops.convert_to_numpy(rate)),
            "tokens_per_s": state.tokens / max(state.epoch_seconds, 1e-9),
            "minutes": state.seconds / 60,
        }
        state.history.append(row)
        if improvement > 0:
            state.best_loss = loss
            self._save_translator(row)
        if improvement >= training.min_improvement:
            state.epochs_without_improvement = 0
        else:  # a plateau
            state.epochs_without_improvement += 1
            state.learning_rate *= training.learning_rate_decay
            rate.assign(state.learning_rate)
        steps = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))
        self._history.write(state.history, steps)
        self._report(row, is_best=improvement > 0)

    def _report(self, row: dict[str, float], is_best: bool) -> None:
        """Log the row of a validation."""
        message = _(
            "epoch {epoch:g}: loss {loss:.3f}, validation loss {validation:.3f} (perplexity "
            "{perplexity:.1f}; {per_character:.4f} per character), {speed:,.0f} tokens/s, {time}"
        ).format(
            epoch=row["epoch"],
            loss=row["loss"],
            validation=row["val_loss"],
            perplexity=math.exp(min(row["val_loss"], 50)),
            per_character=row[LOSS],
            speed=row["tokens_per_s"],
            time=clock(self.state.seconds),
        )
        logger.info(_("{result} ← best").format(result=message) if is_best else message)

    def _validation_loss(self, sampler: TokenBatchSampler) -> float:
        """Return the mean negative log-likelihood per token (nats)."""
        results = self.model.evaluate(
            make_dataset(sampler, None, strategy=self.model.distribute_strategy),
            steps=len(sampler.batch_indices(None)),
            verbose=0,
            return_dict=True,
        )
        return float(results["nll"])

    def _save_translator(self, row: dict[str, float]) -> None:
        """Save the translator, and put it in use if it may replace the one in use."""
        record = TrainingRecord(
            self.state.training_id, datetime.now(timezone.utc), validation=self.validation
        )
        self._versions.offer(
            Bundle(
                self.settings.to_dict(),
                self._subword,
                translator_file.named_weights(self.model.weights),
                record.to_metrics(row),
                quantization=self.settings.translator.quantization,
            )
        )
