"""Several devices train as one does. Two are made of one processor, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling.training.strategy import make_strategy, sum_over_devices

WORDS = ["안녕", "오늘", "내일", "학교", "친구", "책"]
PROGRAM = Path(__file__).with_name("two_devices.py")


def write_corpus(folder: Path) -> None:
    """Pairs of 1 to 8 words; the batches that they make have odd and even numbers of rows."""
    random = np.random.default_rng(5)
    for name, count in (("train", 61), ("valid", 9)):
        rows = [random.choice(WORDS, random.integers(1, 9)) for _ in range(count)]
        lines = [f"{' '.join(row)}\t{' '.join(row[::-1])} abc {i}\n" for i, row in enumerate(rows)]
        (folder / f"{name}.tsv").write_text("".join(lines), encoding="utf-8")


def train(folder: Path, devices: str, epochs: int, dropout: float, *more: str) -> dict[str, Any]:
    """Train on so many devices, one number or several with commas."""
    ran = subprocess.run(
        [sys.executable, PROGRAM, folder, devices, str(epochs), str(dropout), *more],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_two_devices_train_as_one(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    found = train(tmp_path, "1,2", 3, 0.0)
    one, two = found["1"], found["2"]
    assert len(one["losses"]) == 3
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=1e-5)
    assert one["losses"][2][0] < one["losses"][0][0] - 0.1  # something was learned
    for name, weights in one["weights"].items():
        np.testing.assert_allclose(two["weights"][name], weights, atol=1e-5, err_msg=name)


@pytest.mark.long  # three processes, each of which traces the training of two devices
def test_resume_is_exact_on_two_devices(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
        write_corpus(folder)
    expected = train(whole, "2", 2, 0.2)
    train(parts, "2", 1, 0.2)
    found = train(parts, "2", 2, 0.2, "--resume")
    assert found == expected


def test_one_device_is_left_to_tensorflow() -> None:
    assert make_strategy(1).num_replicas_in_sync == 1
    assert sum_over_devices(np.float32(3.5)) == np.float32(3.5)


def test_too_many_devices_are_refused() -> None:
    with pytest.raises(UserError, match=r"training\.devices accepts 1, or .*Received: 7\."):
        make_strategy(7)
