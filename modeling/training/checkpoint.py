"""Checkpoints: everything an interrupted training needs to resume as if it had never stopped."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from keras import ops

from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.translator_file import Bundle
from malgil.settings import Settings

FILE_NAME = translator_file.CHECKPOINT_NAME
# One row for each validation: column → value, the columns of history.csv.
History: TypeAlias = list[dict[str, float]]
# The settings that may change when a training is resumed; None stands for a whole section.
_MAY_DIFFER = {
    "translator": None,
    "inference": None,
    # Its effect is part of the corpus fingerprint.
    "cleaning": None,
    "data": {"test", "cache", "downloads"},
    "training": {"epochs", "max_minutes", "patience", "min_improvement", "checkpoint_minutes"},
}


@dataclass
class TrainingState:
    """The progress of a training.

    Attributes:
        epoch: The current epoch, counted from 0.
        batch: The next batch of that epoch.
        seconds: Training time so far, including validation.
        best_loss: The lowest validation loss so far (nats per token).
        epochs_without_improvement: Epochs since the validation loss last fell by
            `min_improvement`.
        nll_sum: Summed negative log-likelihood (nats) of this epoch's tokens so far.
        tokens: Real target tokens of this epoch so far.
        epoch_seconds: Time spent on this epoch's batches so far.
        history: One row for each validation.
        corpus: The fingerprint of the training pairs.
        learning_rate: The learning rate after the plateaus so far, before the warm-up factor.
        threads: The number of TensorFlow's threads; another number gives other rounding errors.
        is_finished: Whether the training ended by itself.
    """

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    best_loss: float | None = None
    epochs_without_improvement: int = 0
    nll_sum: float = 0.0
    tokens: int = 0
    epoch_seconds: float = 0.0
    history: History = field(default_factory=list)
    corpus: str = ""
    learning_rate: float = 0.0
    threads: int = 0
    is_finished: bool = False


def save(
    path: Path,
    settings: Settings,
    subword: dict[str, bytes],
    variables: Sequence[Any],
    state: TrainingState,
) -> None:
    """Write a checkpoint atomically.

    Args:
        path: The file.
        settings: The settings of the training.
        subword: `TextPipeline.to_state()`.
        variables: Every variable of the model (including the states of its random generators) and
            of the optimizer, in an order that is the same in every process.
        state: The progress of the training.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
    """
    # By position, as Keras numbers random generators by their creation within the process.
    weights = {f"{i:05}": ops.convert_to_numpy(variable) for i, variable in enumerate(variables)}
    translator_file.save(
        path, Bundle(settings.to_dict(), subword, weights, {"state": dataclasses.asdict(state)})
    )


def load(path: Path, settings: Settings) -> tuple[Bundle, TrainingState]:
    """Read a checkpoint.

    Args:
        path: The file.
        settings: The settings to resume the training with.

    Returns:
        The stored parts (for `restore_variables` and `TextPipeline.from_state`), and the state.

    Raises:
        UserError: If the file is missing or damaged, or a setting differs that must not.
    """
    if not path.exists():
        raise UserError(
            f"there is no training to resume at {str(path)!r}. Start one without --resume."
        )
    stored = translator_file.load(path)
    for section, values in settings.to_dict().items():
        may_differ = _MAY_DIFFER.get(section, set())
        if may_differ is None:
            continue
        stored_values = stored.settings.get(section, {})
        for key, value in values.items():
            before = stored_values.get(key)
            before = tuple(before) if isinstance(before, list) else before  # JSON has no tuples
            if key not in may_differ and before != value:
                raise UserError(
                    f"--resume needs {section}.{key} = {before!r} as the training began with. "
                    f"Received: {value!r}. Set it back, or train anew without --resume."
                )
    try:
        state = TrainingState(**stored.metrics["state"])
    except (KeyError, TypeError) as error:
        raise UserError(f"{str(path)!r} is no checkpoint. Train anew without --resume.") from error
    return stored, state


def restore_variables(stored: Bundle, variables: Sequence[Any], path: Path) -> None:
    """Assign the stored values to the variables.

    Args:
        stored: From `load`.
        variables: Those that were passed to `save`, in the same order.
        path: The checkpoint's file, for messages.

    Raises:
        UserError: If the shapes do not match.
    """
    arrays = [stored.weights[name] for name in sorted(stored.weights)]
    if [tuple(v.shape) for v in variables] != [array.shape for array in arrays]:
        raise UserError(
            f"{str(path)!r} does not fit its own settings. Train anew without --resume."
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
