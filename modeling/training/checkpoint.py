"""Everything that an interrupted training needs to go on as if it had not been interrupted."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras import ops

from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.translator_file import Bundle
from malgil.settings import Settings

FILE_NAME = translator_file.CHECKPOINT_NAME
# A resumed training may differ from its beginning in these settings and in no others.
_MAY_DIFFER = {
    "translator": None,
    "inference": None,
    # What they change shows in the fingerprint of the corpus.
    "cleaning": None,
    "data": {"test", "cache", "downloads"},
    "training": {"epochs", "max_minutes", "patience", "min_improvement", "checkpoint_minutes"},
}


@dataclass
class TrainingState:
    """Where a training stands.

    Attributes:
        epoch: The epoch under way, counted from 0.
        batch: The next batch of that epoch.
        seconds: Time trained so far, validation included.
        best_loss: The lowest validation loss so far (nats per token).
        waited: Epochs since the validation loss last fell by `min_improvement`.
        nll_sum: Summed negative log-likelihood of this epoch's tokens so far.
        tokens: Real target tokens of this epoch so far.
        epoch_seconds: Time spent on this epoch's batches so far.
        history: One row for each validation.
        corpus: The fingerprint of the training pairs.
        learning_rate: As it stands after the plateaus so far; a warm-up is taken off it.
        threads: The threads that TensorFlow computes with; other numbers give other bits.
        is_finished: Whether the training came to its own end.
    """

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    best_loss: float | None = None
    waited: int = 0
    nll_sum: float = 0.0
    tokens: int = 0
    epoch_seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
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
        settings: Those of the training.
        subword: `TextPipeline.to_state()`.
        variables: Every variable of the model (with the states of its random generators) and of
            the optimizer, in an order that is the same in every process.
        state: Where the training stands.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
    """
    # Keras numbers the names of random generators through a process: the place is what counts.
    weights = {f"{i:05}": ops.convert_to_numpy(variable) for i, variable in enumerate(variables)}
    translator_file.save(
        path, Bundle(settings.to_dict(), subword, weights, {"state": dataclasses.asdict(state)})
    )


def load(path: Path, settings: Settings) -> tuple[Bundle, TrainingState]:
    """Read a checkpoint.

    Args:
        path: The file.
        settings: Those that the training is to go on with.

    Returns:
        The stored parts (for `restore` and `TextPipeline.from_state`), and the state.

    Raises:
        UserError: If there is none, it is damaged, or a setting differs that must not.
    """
    if not path.exists():
        raise UserError(
            f"there is no training to resume at {str(path)!r}. Start one without --resume."
        )
    stored = translator_file.load(path)
    for section, values in settings.to_dict().items():
        free = _MAY_DIFFER.get(section, set())
        if free is None:
            continue
        old = stored.settings.get(section, {})
        for key, value in values.items():
            before = old.get(key)
            before = tuple(before) if isinstance(before, list) else before  # JSON has no tuples
            if key not in free and before != value:
                raise UserError(
                    f"--resume needs {section}.{key} = {before!r} as the training began with. "
                    f"Received: {value!r}. Set it back, or train anew without --resume."
                )
    try:
        state = TrainingState(**stored.metrics["state"])
    except (KeyError, TypeError) as error:
        raise UserError(f"{str(path)!r} is no checkpoint. Train anew without --resume.") from error
    return stored, state


def restore(stored: Bundle, variables: Sequence[Any], path: Path) -> None:
    """Give the variables the values that `save` saw.

    Raises:
        UserError: If they do not fit.
    """
    arrays = [stored.weights[name] for name in sorted(stored.weights)]
    if [tuple(v.shape) for v in variables] != [array.shape for array in arrays]:
        raise UserError(
            f"{str(path)!r} does not fit its own settings. Train anew without --resume."
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
