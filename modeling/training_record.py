"""Facts about the training of a translator, which decide whether another one may replace it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.common.records import build_record
from malgil.modeling import translator_file
from malgil.preprocessing.dataset.validation_set import ValidationSet

LOSS = "val_loss_per_character"
"""The key of the loss per character in a row of the history."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class TrainingRecord:
    """Facts about the training of a translator, from the metrics in its file.

    Attributes:
        training_id: The same for all states of one training; "" in files of earlier versions.
        trained_at: When this state was saved; None in files of earlier versions.
        loss: The validation loss: the summed negative log-likelihood (nats) of the target texts,
            ends of sentences included, divided by the number of their characters. Unlike the loss
            per token it does not depend on the vocabulary, except that characters without a subword
            count as one unknown token. None in files of earlier versions.
        validation: The validation pairs that it was measured on.
    """

    training_id: str = ""
    trained_at: datetime | None = None
    loss: float | None = None
    validation: ValidationSet = field(default_factory=ValidationSet)

    def to_metrics(self, row: Mapping[str, float]) -> dict[str, Any]:
        """Return the metrics for a translator's file.

        Args:
            row: The row of the history, which holds the loss.
        """
        return {
            "training": dict(row),
            "training_id": self.training_id,
            "trained_at": self.trained_at.strftime(_TIME) if self.trained_at else "",
            "validation": self.validation._asdict(),
        }

    @classmethod
    def from_metrics(cls, metrics: Mapping[str, Any]) -> TrainingRecord:
        """Return the facts that the metrics of a translator's file hold."""
        trained_at, validation = None, ValidationSet()
        with suppress(KeyError, ValueError, TypeError):
            trained_at = datetime.strptime(metrics["trained_at"], _TIME)
            trained_at = trained_at.replace(tzinfo=timezone.utc)
        with suppress(KeyError, ValueError, TypeError):
            stored = metrics["validation"]
            values = [stored["fingerprint"], stored["characters"]]
            validation = ValidationSet(*build_record(tuple[str, int], values))
        row = metrics.get("training")
        loss = row.get(LOSS) if isinstance(row, dict) else None
        return cls(
            str(metrics.get("training_id", "")),
            trained_at,
            loss if isinstance(loss, float) and math.isfinite(loss) else None,
            validation,
        )

    @classmethod
    def read(cls, path: Path) -> TrainingRecord:
        """Read the facts from a translator's file, without its weights.

        Raises:
            UserError: As `translator_file.load_metrics`.
        """
        return cls.from_metrics(translator_file.load_metrics(path))

    def is_better_than(self, other: TrainingRecord) -> bool:
        """Return whether the loss is lower than another one on the same validation pairs."""
        is_comparable = self.validation.is_comparable(other.validation)
        if self.loss is None or other.loss is None or not is_comparable:
            return False
        return self.loss < other.loss


def time_of(path: Path) -> datetime:
    """Return when a translator was trained: the time in its file, or else that of its file.

    Raises:
        UserError: If the file cannot be read.
    """
    with suppress(UserError):
        trained_at = TrainingRecord.read(path).trained_at
        if trained_at:
            return trained_at
    with as_user_error(path, "read"):
        return datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)


def shown_loss(loss: float | None) -> str:
    """Return a loss per character for people."""
    return _("unknown") if loss is None else f"{loss:.4f}"
