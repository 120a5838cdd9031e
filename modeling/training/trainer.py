"""The trainer: runs epochs, validates, writes checkpoints and records the history."""

from __future__ import annotations

import contextlib
import csv
import io
import logging
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.files import write_text
from malgil.common.interrupts import collect_interrupts
from malgil.common.progress import ProgressLine, clock
from malgil.modeling import translator_file
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training import checkpoint
from malgil.modeling.training.batch_callback import BatchCallback
from malgil.modeling.training.checkpoint import History, TrainingState
from malgil.modeling.training.dataset import make_dataset
from malgil.modeling.translator_file import Bundle
from malgil.preprocessing.dataset.batches import TokenBatchSampler
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings

logger = logging.getLogger(__name__)


class Trainer:
    """Runs the epochs of one training, beginning or continuing where its state says.

    Args:
        model: Built and compiled.
        pipeline: Saved with the translator.
        settings: All settings.
        state: The progress of the training; updated as it proceeds.
        folder: The folder of the translator, where all files are written.
        line: Shows the progress; None for no display.
        on_validation: See `train`.
    """

    def __init__(
        self,
        model: Seq2Seq,
        pipeline: TextPipeline,
        settings: Settings,
        state: TrainingState,
        folder: Path,
        line: ProgressLine | None = None,
        on_validation: Callable[[Path, History], None] | None = None,
    ) -> None:
        self.model = model
        self.pipeline = pipeline
        self.settings = settings
        self.state = state
        self.folder = folder
        self.line = line
        self.on_validation = on_validation
        self._subword = pipeline.to_state()
        with _summary_errors(folder):
            self._summary = tf.summary.create_file_writer(str(folder / "tensorboard"))

    def variables(self) -> list[Any]:
        """Return all variables of a checkpoint: weights, random generators, metrics, optimizer."""
        return [*self.model.variables, *self.model.optimizer.variables]

    def run(self, train_sampler: TokenBatchSampler, valid_sampler: TokenBatchSampler) -> bool:
        """Train until one of the limits is reached.

        Args:
            train_sampler: Makes the batches to train on.
            valid_sampler: Makes the batches of the validation.

        Returns:
            Whether Ctrl-C ended the training.
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
                began = time.monotonic()
                self._validate(valid_sampler, state.batch / len(batches))
                state.seconds += time.monotonic() - began
                if state.batch < len(batches):
                    break  # the time is over within the epoch
                self._begin_epoch(state.epoch + 1)
                self.save_checkpoint()
        state.is_finished = True
        self.save_checkpoint()
        if start == (state.epoch, state.batch):
            logger.info(f"nothing left to train: {self._limit()}")
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
            return f"training.epochs = {training.epochs} are done. Raise it to go on."
        if state.epochs_without_improvement >= training.patience:
            return f"training.patience = {training.patience} is used up. Raise it to go on."
        return (
            f"training.max_minutes = {training.max_minutes:g} are used up "
            f"({clock(state.seconds)}). Raise it to go on."
        )

    def _begin_epoch(self, epoch: int) -> None:
        state = self.state
        state.epoch, state.batch = epoch, 0
        state.nll_sum, state.tokens, state.epoch_seconds = 0.0, 0, 0.0

    def is_time_over(self) -> bool:
        """Return whether `[training] max_minutes` have passed."""
        limit = self.settings.training.max_minutes * 60
        return bool(limit) and self.state.seconds >= limit

    def _is_validated(self, share: float) -> bool:
        """Return whether the last validation was at this share of the current epoch."""
        history = self.state.history
        return bool(history) and history[-1]["epoch"] == round(self.state.epoch + share, 3)

    def save_checkpoint(self) -> None:
        """Write the checkpoint, atomically."""
        checkpoint.save(
            self.folder / checkpoint.FILE_NAME,
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
        """
        state, training = self.state, self.settings.training
        loss = self._validation_loss(sampler)
        rate = self.model.optimizer.learning_rate
        if not math.isfinite(loss):
            raise UserError(
                "the loss is no longer a number: the training ran away. Lower "
                "training.learning_rate "
                f"= {self.settings.schedule.learning_rate:g} or training.clip_norm = "
                f"{training.clip_norm:g}."
            )
        improvement = math.inf if state.best_loss is None else state.best_loss - loss
        row = {
            "epoch": round(state.epoch + share, 3),
            "loss": state.nll_sum / max(state.tokens, 1),
            "val_loss": loss,
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
        self._record(row)
        logger.info(
            f"epoch {row['epoch']:g}: loss {row['loss']:.3f}, validation {loss:.3f} "
            f"(perplexity {math.exp(min(loss, 50)):.1f}), {row['tokens_per_s']:,.0f} tokens/s, "
            f"{clock(state.seconds)}{' ← best' if improvement > 0 else ''}"
        )

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
        translator_file.save(
            self.folder / translator_file.FILE_NAME,
            Bundle(
                self.settings.to_dict(),
                self._subword,
                translator_file.named_weights(self.model.weights),
                {"training": row},
            ),
        )

    def _record(self, row: dict[str, float]) -> None:
        """Write history.csv and TensorBoard's events, and draw the curves."""
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.state.history)
        write_text(self.folder / "history.csv", text.getvalue())
        with _summary_errors(self.folder):
            step = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))
            with self._summary.as_default(step=step):
                for name in ("loss", "val_loss", "learning_rate", "tokens_per_s"):
                    tf.summary.scalar(name, row[name])
            self._summary.flush()
        if self.on_validation is not None:
            self.on_validation(self.folder, self.state.history)


@contextlib.contextmanager
def _summary_errors(folder: Path) -> Iterator[None]:
    """Raise a one-line `UserError` where TensorFlow cannot write TensorBoard's events."""
    try:
        yield
    except tf.errors.OpError as error:
        raise UserError(
            f"cannot write {str(folder / 'tensorboard')!r}: {type(error).__name__}. Free some "
            "space or choose a folder that you may write to."
        ) from error
