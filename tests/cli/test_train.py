"""Tests of training through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from malgil.modeling.training.checkpoint import TrainingState
from malgil.modeling.training.run import TrainingResult
from malgil.modeling.versions import WaitingCandidate

TRAIN = ("--mode", "train")


class TestTrain:
    @pytest.fixture
    def ends(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Replace the training with one that ends at once; return its calls."""
        from malgil.modeling.training import run

        def replace(
            is_interrupted: bool = False, waiting: WaitingCandidate | None = None
        ) -> list[Any]:
            calls: list[Any] = []

            def train(*arguments: Any, overwrite: bool) -> Any:
                calls.append((*arguments, overwrite))
                state = TrainingState(epoch=2, best_loss=1.23456)
                return TrainingResult(Path("model/tiny"), state, is_interrupted, waiting)

            monkeypatch.setattr(run, "train", train)
            return calls

        return replace

    def test_done(self, run_app: Any, ends: Any, tmp_path: Path) -> None:
        calls = ends(is_interrupted=False)
        ran = run_app(*TRAIN, "--set", "training.epochs=3")
        assert (ran.status, ran.out) == (0, "")
        assert ran.err == "done: the translator (validation loss 1.235) is in model/tiny\n"
        ((settings, resume, draw, _, overwrite),) = calls
        assert settings.training.epochs == 3 and (resume, overwrite) == (False, False)
        row = {"epoch": 1.0, "loss": 3.0, "val_loss": 2.0, "learning_rate": 0.01}
        draw(tmp_path, [row | {"tokens_per_s": 9.0, "minutes": 0.5}])
        assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")

    def test_interrupted(self, run_app: Any, ends: Any) -> None:
        calls = ends(is_interrupted=True)
        ran = run_app(*TRAIN, "--resume")
        assert (ran.status, ran.out) == (130, "")
        assert ran.err == (
            "interrupted in epoch 3; progress is saved. To continue, run the same command with "
            "--resume.\n"
        )
        assert calls[0][1] is True

    def test_a_translator_that_is_not_better(self, run_app: Any, ends: Any) -> None:
        calls = ends(waiting=WaitingCandidate(0.61239, 0.5))
        ran = run_app(*TRAIN, "--overwrite")
        assert (ran.status, ran.out) == (0, "")
        assert "not better than the one in use" in ran.err
        assert "0.6124 (new), 0.5000 (in use)" in ran.err
        assert "run the same command with --resume --overwrite" in ran.err
        assert calls[0][-1] is True

    @pytest.mark.parametrize("key", ["train", "valid"])
    def test_files_that_are_not_there(self, run_app: Any, ends: Any, key: str) -> None:
        calls = ends(is_interrupted=False)
        ran = run_app(*TRAIN, "--set", f"data.{key}=no.tsv")
        assert ran.status == 2 and f"data.{key}: cannot read 'no.tsv': " in ran.err
        assert calls == []

    def test_nothing_to_resume(self, run_app: Any, tmp_path: Path) -> None:
        ran = run_app(*TRAIN, "--resume", "--set", f"translator.directory={tmp_path}")
        assert (ran.status, ran.out) == (2, "")
        assert "nothing to resume: " in ran.err and ran.err.count("\n") == 1
        assert list(tmp_path.iterdir()) == []
