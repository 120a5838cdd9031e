"""Tests of the facts about a training that are stored with a translator."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from typing import Any

import pytest

from malgil.modeling.training_record import LOSS, TrainingRecord, shown_loss
from malgil.preprocessing.dataset.validation_set import ValidationSet

TIME = datetime(2026, 11, 30, 19, 5, 12, tzinfo=timezone.utc)
RECORD = TrainingRecord("a1", TIME, 0.5, ValidationSet("abc", 70))


def test_metrics_are_json_and_come_back() -> None:
    metrics = json.loads(json.dumps(RECORD.to_metrics({LOSS: 0.5, "epoch": 2.0})))
    assert metrics["trained_at"] == "2026-11-30T19:05:12Z"
    assert metrics["training"] == {LOSS: 0.5, "epoch": 2.0}
    assert TrainingRecord.from_metrics(metrics) == RECORD


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"training": {"val_loss": 2.0}},
        {"training": 3, "trained_at": "yesterday", "validation": {"fingerprint": "a"}},
        {"training": {LOSS: "low"}, "trained_at": 7, "validation": ["abc", 70]},
        {"training": {LOSS: math.nan}, "validation": {"fingerprint": "a", "characters": "many"}},
        {"validation": {"fingerprint": "a", "characters": math.inf}},
        {"validation": {"fingerprint": None, "characters": 5}},
    ],
    ids=["none", "earlier version", "other values", "other types", "not a number", "inf", "null"],
)
def test_missing_or_strange_metrics_are_unknown(metrics: dict[str, Any]) -> None:
    assert TrainingRecord.from_metrics(metrics) == TrainingRecord()


@pytest.mark.parametrize(
    ("loss", "validation", "is_better"),
    [
        (0.51, ValidationSet("abc", 70), True),
        (0.5, ValidationSet("abc", 70), False),
        (0.49, ValidationSet("abc", 70), False),
        (0.51, ValidationSet("other", 70), False),
        (None, ValidationSet("abc", 70), False),
    ],
)
def test_better_is_a_lower_loss_on_the_same_pairs(
    loss: float | None, validation: ValidationSet, is_better: bool
) -> None:
    assert RECORD.is_better_than(TrainingRecord("b", TIME, loss, validation)) == is_better


def test_shown_loss() -> None:
    assert (shown_loss(0.51239), shown_loss(None)) == ("0.5124", "unknown")
