"""Train through the command line."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from malgil.modeling.training.checkpoint import TrainingState

TRAIN = ("--mode", "train")


class TestTrain:
    @pytest.fixture
    def ends(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Replaces the training by one that ends at once; gives what it was called with."""
        from malgil.modeling.training import run

        def replace(is_interrupted: bool) -> list[Any]:
            calls: list[Any] = []

            def train(*arguments: Any) -> Any:
                calls.append(arguments)
                state = TrainingState(epoch=2, best_loss=1.23456)
                return SimpleNamespace(
                    folder=Path("model/tiny"), state=state, is_interrupted=is_interrupted
                )

            monkeypatch.setattr(run, "train", train)
            return calls

        return replace

    def test_done(self, run_app: Any, ends: Any, tmp_path: Path) -> None:
        calls = ends(is_interrupted=False)
        ran = run_app(*TRAIN, "--set", "training.epochs=3")
        assert (ran.status, ran.out) == (0, "")
        assert ran.err.startswith("done: ") and "(validation loss 1.235)" in ran.err
        ((settings, resume, draw, _),) = calls
        assert settings.training.epochs == 3 and resume is False
        row = {"epoch": 1.0, "loss": 3.0, "val_loss": 2.0, "learning_rate": 0.01}
        draw(tmp_path, [row | {"tokens_per_s": 9.0, "minutes": 0.5}])
        assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")

    def test_interrupted(self, run_app: Any, ends: Any) -> None:
        calls = ends(is_interrupted=True)
        ran = run_app(*TRAIN, "--resume")
        assert (ran.status, ran.out) == (130, "")
        assert ran.err.startswith("interrupted in epoch 3; all is saved.")
        assert "--resume" in ran.err
        assert calls[0][1] is True

    @pytest.mark.parametrize("key", ["train", "valid"])
    def test_files_that_are_not_there(self, run_app: Any, ends: Any, key: str) -> None:
        calls = ends(is_interrupted=False)
        ran = run_app(*TRAIN, "--set", f"data.{key}=no.tsv")
        assert ran.status == 2 and f"data.{key}: cannot read 'no.tsv': " in ran.err
        assert calls == []

    def test_nothing_to_resume(self, run_app: Any, tmp_path: Path) -> None:
        ran = run_app(*TRAIN, "--resume", "--set", f"translator.directory={tmp_path}")
        assert (ran.status, ran.out) == (2, "")
        assert "there is no training to resume" in ran.err and ran.err.count("\n") == 1
