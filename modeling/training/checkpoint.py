"""Checkpoints: all state that is needed to resume a training with bit-exact results."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from keras import ops

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.common.records import build_record
from malgil.modeling import translator_file
from malgil.modeling.stored_metrics import is_number, is_short
from malgil.modeling.translator_file import Bundle
from malgil.settings import Settings
from malgil.settings.schema import format_value

FILE_NAME = translator_file.CHECKPOINT_NAME
History: TypeAlias = list[dict[str, float]]
"""One row for each validation: column → value, the columns of history.csv."""
_MAX_THREADS = 1024  # as in the settings
# The settings that may change when a training is resumed; None means the whole section.
_MAY_DIFFER = {
    "translator": None,
    "inference": None,
    # The fingerprint of the corpus covers the effect of this section.
    "cleaning": None,
    "data": {"test", "cache", "downloads"},
    "training": {"epochs", "max_minutes", "patience", "min_improvement", "checkpoint_minutes"},
}


@dataclass
class TrainingState:
    """The progress of a training.

    Attributes:
        epoch: The current epoch, counted from 0.
        batch: The index of the next batch of that epoch.
        seconds: The training time so far, including validation.
        best_loss: The lowest validation loss so far (nats per token).
        epochs_without_improvement: The number of validations since the validation loss last fell by
            `min_improvement`.
        nll_sum: The summed negative log-likelihood (nats) of this epoch's tokens so far.
        tokens: The number of target tokens of this epoch so far, without padding.
        epoch_seconds: The time spent on this epoch's batches so far.
        history: One row for each validation.
        corpus: The fingerprint of the training pairs.
        validation: The fingerprint of the validation pairs.
        learning_rate: The learning rate after the plateaus so far, before the warm-up factor.
        threads: The number of TensorFlow's threads, which affects rounding errors.
        is_finished: Whether the training reached one of its limits.
        training_id: Random; the same in all files of this training.
        overwrites: Whether `--overwrite` was given: then the new translator replaces one that
            another training left even if it is not better.
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
    validation: str = ""
    learning_rate: float = 0.0
    threads: int = 0
    is_finished: bool = False
    training_id: str = ""
    overwrites: bool = False


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
        variables: All variables of the model (including the states of its random generators) and of
            the optimizer, in an order that is the same in every process.
        state: The progress of the training.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
    """
    # Named by position: the names of random generators depend on their number in the process.
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
        UserError: If the file is missing or damaged, or if a setting differs that must not.
    """
    with as_user_error(path, "read"):
        exists = path.exists()
    if not exists:
        message = _("nothing to resume: {path!r} does not exist. Run without --resume.")
        raise UserError(message.format(path=str(path)))
    stored = translator_file.load(path)
    _check_settings(path, stored, settings)
    try:
        state = _state(stored.metrics.get("state"))
    except ValueError as error:
        message = _("{path!r} is not a checkpoint. Run without --resume to train from the start.")
        raise UserError(message.format(path=str(path))) from error
    return stored, state


def _state(values: Any) -> TrainingState:
    """Return the state that a checkpoint stores.

    Raises:
        ValueError: If a value is unknown, or has another type or range.
    """
    state = build_record(TrainingState, values)
    for each in dataclasses.fields(state):
        value = getattr(state, each.name)
        is_right = not isinstance(value, (int, float)) or (is_number(value) and not value < 0)
        if each.name == "best_loss":
            is_right = value is None or is_number(value)
        elif isinstance(value, str):
            is_right = is_short(value)
        if not is_right:
            raise ValueError(f"{each.name} is {value!r}")
    if not all(map(is_number, itertools.chain(*(row.values() for row in state.history)))):
        raise ValueError("history has a number out of range")
    if state.threads > _MAX_THREADS:
        raise ValueError(f"threads is {state.threads}")
    return state


def _check_settings(path: Path, stored: Bundle, settings: Settings) -> None:
    """Raise a `UserError` if a setting differs from the checkpoint that must not."""
    for section, values in settings.to_dict().items():
        may_differ = _MAY_DIFFER.get(section, set())
        if may_differ is None:
            continue
        stored_values = stored.settings.get(section, {})
        for key, value in values.items():
            if key in may_differ:
                continue
            name = f"{section}.{key}"
            if key not in stored_values:
                message = _(
                    "{path!r} was written by another version of Malgil, which did not have the "
                    "setting {name}. Run without --resume to train from the start."
                )
                raise UserError(message.format(path=str(path), name=name))
            before = stored_values[key]
            before = tuple(before) if isinstance(before, list) else before  # JSON has no tuples
            if before != value:
                message = _(
                    "{name} must stay the same when a training is resumed: {before}. "
                    "Received: {now}. Set it back, or run without --resume to train from the start."
                )
                was, now = (format_value(each) or _("(empty)") for each in (before, value))
                raise UserError(message.format(name=name, before=was, now=now))


def restore_variables(stored: Bundle, variables: Sequence[Any], path: Path) -> None:
    """Assign the stored values to the variables.

    Args:
        stored: The first result of `load`.
        variables: The variables that were passed to `save`, in the same order.
        path: The file of the checkpoint, for messages.

    Raises:
        UserError: If the shapes or types do not match.
    """
    arrays = [stored.weights[name] for name in sorted(stored.weights)]
    expected = [(tuple(variable.shape), str(variable.dtype)) for variable in variables]
    if expected != [(array.shape, str(array.dtype)) for array in arrays]:
        message = _(
            "the weights in {path!r} do not match its settings. Run without --resume to train from "
            "the start."
        )
        raise UserError(message.format(path=str(path)))
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
