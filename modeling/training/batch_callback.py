"""The callback of Keras's `fit`: learning rate, progress line, checkpoints, early end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras

from malgil.common.localization import _
from malgil.modeling.training.optimizer import warm_up

if TYPE_CHECKING:
    from malgil.modeling.training.trainer import Trainer


class BatchCallback(keras.callbacks.Callback):
    """Updates the state and the progress line, writes checkpoints, and stops the training.

    Args:
        trainer: The trainer, whose state is updated.
        tokens: The number of target tokens of each batch of the epoch.
        interrupted: From `collect_interrupts`: not empty after Ctrl-C.
    """

    def __init__(self, trainer: Trainer, tokens: list[int], interrupted: list[int]) -> None:
        super().__init__()
        self._trainer = trainer
        self._tokens = tokens
        self._interrupted = interrupted
        self._last_batch = self._last_checkpoint = time.monotonic()

    def on_train_begin(self, logs: Any = None) -> None:
        """Start measuring time."""
        self._last_batch = self._last_checkpoint = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Restore the loss of the batches that were trained before an interruption."""
        self.model.nll.total.assign(self._trainer.state.nll_sum)
        self.model.nll.count.assign(self._trainer.state.tokens)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the learning rate of the warm-up."""
        optimizer, steps = self.model.optimizer, self._trainer.settings.schedule.warmup_steps
        if steps:
            share = warm_up(int(keras.ops.convert_to_numpy(optimizer.iterations)) + 1, steps)
            optimizer.learning_rate.assign(self._trainer.state.learning_rate * share)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Update the state, show it, and write a checkpoint if it is time."""
        trainer, state = self._trainer, self._trainer.state
        now = time.monotonic()
        state.seconds += now - self._last_batch
        state.epoch_seconds += now - self._last_batch
        self._last_batch = now
        state.tokens += self._tokens[state.batch]
        state.batch += 1
        state.nll_sum = float(keras.ops.convert_to_numpy(self.model.nll.total))
        self._show_progress()
        interval = trainer.settings.training.checkpoint_minutes * 60
        if self._interrupted or trainer.is_time_over():
            self.model.stop_training = True
        elif now - self._last_checkpoint >= interval and state.batch < len(self._tokens):
            trainer.save_checkpoint()
            self._last_checkpoint = time.monotonic()

    def _show_progress(self) -> None:
        """Show the state of the epoch and the maximum time left: all epochs or the time limit."""
        if self._trainer.line is None:
            return
        state, training = self._trainer.state, self._trainer.settings.training
        speed = state.tokens / max(state.epoch_seconds, 1e-9)
        epochs_left = training.epochs - state.epoch
        left = (epochs_left * sum(self._tokens) - state.tokens) / max(speed, 1e-9)
        if training.max_minutes:
            left = min(left, training.max_minutes * 60 - state.seconds)
        self._trainer.line.update(
            _("epoch {number}/{count}").format(number=state.epoch + 1, count=training.epochs),
            state.batch,
            len(self._tokens),
            state.nll_sum / max(state.tokens, 1),
            speed,
            left,
        )
