"""Tests of trainings that must not be resumed, as files or settings have changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.training import checkpoint
from malgil.modeling.training.run import TrainingResult, train
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings

SettingsMaker = Callable[..., Settings]


class TestResumeRefused:
    @pytest.fixture
    def begun(self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path) -> Path:
        """Return the folder of a training that has a checkpoint and a separate corpus."""
        original = tiny_settings(tmp_path)
        for key in ("train", "valid"):
            shutil.copy(getattr(original.data, key)[0], tmp_path / f"{key}.tsv")
        train(self.settings(tiny_settings, tmp_path))
        runs.clear()
        return tmp_path

    @staticmethod
    def settings(tiny_settings: SettingsMaker, folder: Path, *more: str) -> Settings:
        files = [f"data.{key}={folder / key}.tsv" for key in ("train", "valid")]
        return tiny_settings(folder, *files, *more)

    def test_continues_if_nothing_has_changed(
        self, begun: Path, runs: list, tiny_settings: SettingsMaker
    ) -> None:
        assert isinstance(train(self.settings(tiny_settings, begun), resume=True), TrainingResult)
        assert len(runs) == 1

    @pytest.mark.parametrize(
        ("key", "change"),
        [
            ("train", lambda lines: lines[:-1]),
            ("train", lambda lines: lines[1:] + lines[:1]),
            ("train", lambda lines: [lines[0].replace("sleeps", "slept"), *lines[1:]]),
            ("valid", lambda lines: lines[:-1]),
        ],
        ids=["shorter", "another order", "a word", "validation"],
    )
    def test_changed_corpus(
        self, begun: Path, runs: list, tiny_settings: SettingsMaker, key: str, change: Callable
    ) -> None:
        path = begun / f"{key}.tsv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(change(lines)), encoding="utf-8")
        before = (begun / "tiny" / checkpoint.FILE_NAME).read_bytes()
        with pytest.raises(UserError, match="must have the same sentence pairs when a training"):
            train(self.settings(tiny_settings, begun), resume=True)
        assert not runs
        assert (begun / "tiny" / checkpoint.FILE_NAME).read_bytes() == before

    def test_changed_setting(self, begun: Path, runs: list, tiny_settings: SettingsMaker) -> None:
        with pytest.raises(UserError, match="model.units must stay the same .*: 16. Received: 18"):
            train(self.settings(tiny_settings, begun, "model.units=18"), resume=True)
        assert not runs

    def test_nothing_to_resume(self, tiny_settings: SettingsMaker, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="nothing to resume: .* without --resume"):
            train(tiny_settings(tmp_path), resume=True)
        assert not (tmp_path / "tiny").exists(), "no empty folder is left"

    def test_subwords_are_those_of_the_checkpoint(
        self, begun: Path, runs: list, tiny_settings: SettingsMaker, monkeypatch: Any
    ) -> None:
        """Another version of SentencePiece might learn others."""
        monkeypatch.setattr(TextPipeline, "learn", None)
        train(self.settings(tiny_settings, begun), resume=True)
        stored = translator_file.load(begun / "tiny" / checkpoint.FILE_NAME)
        [(trainer, _, _)] = runs
        assert trainer.pipeline.to_state() == stored.subword
