"""Tests of the files that record a training."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.modeling.training.checkpoint import History
from malgil.modeling.training.history import FILE_NAME, HistoryWriter

ROW = {"epoch": 1.0, "loss": 3.0, "val_loss": 2.5, "learning_rate": 0.01, "tokens_per_s": 9.0}


def test_rows_of_an_earlier_version_have_no_value_in_new_columns(tmp_path: Path) -> None:
    calls: list[tuple[Path, int]] = []

    def on_validation(folder: Path, history: History) -> None:
        assert (folder / FILE_NAME).exists(), "pictures are drawn last"
        calls.append((folder, len(history)))

    HistoryWriter(tmp_path, on_validation).write([ROW, {**ROW, "more": 7.0}], step=3)
    with open(tmp_path / FILE_NAME, encoding="utf-8", newline="") as file:
        first, last = (
            {key: float(value) for key, value in row.items()} for row in csv.DictReader(file)
        )
    assert math.isnan(first.pop("more")) and first == ROW
    assert last == {**ROW, "more": 7.0}
    assert calls == [(tmp_path, 2)]


def test_a_file_in_place_of_the_folder_of_events(tmp_path: Path) -> None:
    (tmp_path / "tensorboard").write_text("")
    with pytest.raises(UserError, match="cannot write .*tensorboard.*Free some space or choose"):
        HistoryWriter(tmp_path)
