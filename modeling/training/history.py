"""The history of a training: history.csv, the events of TensorBoard, and the caller's pictures."""

from __future__ import annotations

import contextlib
import csv
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import tensorflow as tf

from malgil.common.errors import UserError
from malgil.common.files import write_text
from malgil.common.localization import _
from malgil.modeling.training.checkpoint import History

FILE_NAME = "history.csv"
_EVENTS = "tensorboard"
_SCALARS = ("loss", "val_loss", "learning_rate", "tokens_per_s")


class HistoryWriter:
    """Writes the history of a training after each validation.

    Args:
        folder: The folder of the translator.
        on_validation: Called with the folder and the history so far; None for nothing.

    Raises:
        UserError: If TensorFlow cannot write to the folder.
    """

    def __init__(
        self, folder: Path, on_validation: Callable[[Path, History], None] | None = None
    ) -> None:
        self._folder = folder
        self._on_validation = on_validation
        with self._write_errors():
            self._summary = tf.summary.create_file_writer(str(folder / _EVENTS))

    def write(self, history: History, step: int) -> None:
        """Write history.csv and the events of the last row, then call `on_validation`.

        Args:
            history: All rows so far; the columns are those of the last one.
            step: The number of optimizer steps so far.

        Raises:
            UserError: If a file cannot be written.
        """
        text = io.StringIO()
        # A training that an earlier version began has fewer columns in its first rows.
        writer = csv.DictWriter(text, list(history[-1]), restval=math.nan, lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
        write_text(self._folder / FILE_NAME, text.getvalue())
        with self._write_errors(), self._summary.as_default(step=step):
            for name in _SCALARS:
                tf.summary.scalar(name, history[-1][name])
            self._summary.flush()
        if self._on_validation is not None:
            self._on_validation(self._folder, history)

    @contextlib.contextmanager
    def _write_errors(self) -> Iterator[None]:
        """Raise a one-line `UserError` if TensorFlow cannot write the events of TensorBoard."""
        try:
            yield
        except tf.errors.OpError as error:
            message = _(
                "cannot write {path!r}: {reason}. Free some space or choose a folder that you may "
                "write to."
            )
            path = str(self._folder / _EVENTS)
            raise UserError(message.format(path=path, reason=type(error).__name__)) from error
