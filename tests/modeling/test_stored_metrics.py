"""The types of the metrics in a translator's file."""

from __future__ import annotations

from typing import Any

import pytest

from malgil.modeling.stored_metrics import require_metrics
from malgil.modeling.training_record import TrainingRecord


def test_those_of_a_training() -> None:
    require_metrics(TrainingRecord("1f").to_metrics({"val_loss": float("nan"), "epoch": 3}))
    require_metrics({})
    require_metrics({"another": [{}]})


@pytest.mark.parametrize(
    "metrics",
    [
        {"training": []},
        {"training": {"val_loss": "1.0"}},
        {"training": {"val_loss": None}},
        {"training": {"epoch": 2**63}},
        {"training_id": 3},
        {"training_id": "\x1b[31m"},
        {"trained_at": "2026\n"},
        {"trained_at": "9" * 101},
        {"validation": "none"},
        {"validation": {"characters": "3"}},
        {"validation": {"fingerprint": "\x9b31m"}},
    ],
    ids=str,
)
def test_others(metrics: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="in the metrics has another type"):
        require_metrics(metrics)
