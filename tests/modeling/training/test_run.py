"""What `train` does before and around the epochs: what it reads, refuses, and sets aside."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.common.logging import messages
from malgil.modeling import translator_file
from malgil.modeling.inference.shortlist import Shortlist
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training import checkpoint
from malgil.modeling.training import run as training
from malgil.modeling.training.checkpoint import TrainingState
from malgil.modeling.training.run import build, train
from malgil.modeling.training.trainer import Trainer
from malgil.preprocessing.corpus import reader
from malgil.preprocessing.dataset.tokenize_pairs import PairTokenizer
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings
from tests.conftest import learn_pipeline

SettingsMaker = Callable[..., Settings]
FILES = (translator_file.FILE_NAME, checkpoint.FILE_NAME)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def old_files(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_text(f"the old {name}")


class TestCorpus:
    def test_all_pairs_are_trained_on(
        self,
        runs: list,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with messages():
            result = train(tiny_settings(tmp_path))
        [(trainer, batches, valid)] = runs
        assert (len(batches.source), len(valid.source)) == (52, 8)
        assert result.state.corpus and result.state is trainer.state
        told = caplog.text
        assert "train: 52 pairs" in told and "valid: 8 pairs" in told
        assert f"{trainer.model.count_params():,} weights" in told
        assert f"{len(trainer.pipeline.target.subword)} target pieces, 1 threads" in told

    def test_ids_are_those_of_the_pipeline(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path, tiny_pairs: list
    ) -> None:
        train(tiny_settings(tmp_path))
        [(trainer, batches, valid)] = runs
        pairs = [pair for i, pair in enumerate(tiny_pairs) if i % 8 != 3]
        # The pairs that are learned from get placeholders, and those that measure do not.
        tokenized = PairTokenizer(trainer.pipeline.settings, seed=1)(pairs)
        trained = list(map(trainer.pipeline.encode_tokenized, tokenized))
        assert [ids.tolist() for ids in batches.source] == [source for source, _ in trained]
        assert [ids.tolist() for ids in valid.target] == [
            target for _, target in trainer.pipeline.encode_pairs(tiny_pairs[3::8])
        ]
        assert (batches.seed, batches.batch_tokens) == (1, 120)

    def test_long_pairs_are_left_out(
        self,
        runs: list,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with messages():
            train(tiny_settings(tmp_path, "preprocessing.max_length=8"))
        [(_, batches, valid)] = runs
        sides = [*batches.source, *batches.target, *valid.source, *valid.target]
        assert max(map(len, sides)) == 8
        assert 0 < len(batches.source) < 52
        told = caplog.text
        for key, pairs, ids in (("train", 52, batches.source), ("valid", 8, valid.source)):
            told_of = f"{key}: {len(ids)} pairs (left out: {pairs - len(ids)} longer than 8 pieces)"
            assert told_of in told

    @pytest.mark.parametrize("key", ["train", "valid"])
    def test_all_pairs_too_long(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path, key: str
    ) -> None:
        (tmp_path / "long.tsv").write_text("고양이가 " * 9 + "잡니다.\tThe cat sleeps.\n")
        settings = tiny_settings(tmp_path, f"data.{key}={tmp_path / 'long.tsv'}")
        with pytest.raises(UserError, match=f"no pair of data.{key} .*max_length = 20 pieces"):
            train(settings)
        assert not runs

    def test_no_corpus(self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="none.tsv"):
            train(tiny_settings(tmp_path, f"data.train={tmp_path / 'none.tsv'}"))
        assert not runs


class TestEarlierTranslator:
    def test_is_set_aside(
        self, tiny_settings: SettingsMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The translator keeps its name until the new one is there; the checkpoint does not."""
        folder = tmp_path / "tiny"
        old_files(folder)

        def run(self: Trainer, *_: object) -> bool:
            found = {path.name: path.read_text() for path in folder.glob("*.safetensors")}
            assert found == {
                "translator.safetensors": "the old translator.safetensors",
                "translator.previous.safetensors": "the old translator.safetensors",
                "checkpoint.previous.safetensors": "the old checkpoint.safetensors",
            }
            self._save_translator({})
            self.save_checkpoint()
            return False

        monkeypatch.setattr(Trainer, "run", run)
        train(tiny_settings(tmp_path))
        assert (
            folder / "translator.previous.safetensors"
        ).read_text() == "the old translator.safetensors"
        assert (
            folder / "checkpoint.previous.safetensors"
        ).read_text() == "the old checkpoint.safetensors"
        assert translator_file.load(folder / "translator.safetensors").weights
        assert translator_file.load(folder / "checkpoint.safetensors").weights

    def test_where_files_cannot_have_two_names(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path, monkeypatch: Any
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", refuse)
        old_files(tmp_path / "tiny")
        train(tiny_settings(tmp_path))
        for name in FILES:
            aside = tmp_path / "tiny" / name.replace(".safetensors", ".previous.safetensors")
            assert aside.read_text() == f"the old {name}"

    def test_a_third_training_sets_the_second_aside(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        folder = tmp_path / "tiny"
        old_files(folder)
        for name in FILES:
            (folder / name.replace(".safetensors", ".previous.safetensors")).write_text(
                "the oldest"
            )
        train(tiny_settings(tmp_path))
        assert (
            folder / "translator.previous.safetensors"
        ).read_text() == "the old translator.safetensors"
        assert (
            folder / "checkpoint.previous.safetensors"
        ).read_text() == "the old checkpoint.safetensors"

    def test_stays_when_the_new_one_cannot_begin(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        old_files(tmp_path / "tiny")
        with pytest.raises(UserError):
            train(tiny_settings(tmp_path, "preprocessing.max_length=2"))
        assert names(tmp_path / "tiny") == set(FILES)
        assert all((tmp_path / "tiny" / name).read_text() == f"the old {name}" for name in FILES)

    def test_resume_sets_nothing_aside(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        train(tiny_settings(tmp_path))
        (tmp_path / "tiny" / "translator.safetensors").write_text("of this training")
        train(tiny_settings(tmp_path), resume=True)
        assert (tmp_path / "tiny" / "translator.safetensors").read_text() == "of this training"
        assert not any("previous" in name for name in names(tmp_path / "tiny"))


class TestFolder:
    @pytest.fixture
    def reads(self, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        """Each attempt to read the corpus: the work that must not be begun."""
        attempts: list[object] = []

        def read(*arguments: object) -> None:
            attempts.append(arguments)
            raise AssertionError("work was begun")

        monkeypatch.setattr(reader, "read_corpus", read)
        return attempts

    @pytest.mark.parametrize("place", ["tiny", "."])
    def test_file_in_its_place(
        self, reads: list, tiny_settings: SettingsMaker, tmp_path: Path, place: str
    ) -> None:
        directory = tmp_path / "model"
        if place == "tiny":
            directory.mkdir()
        (directory / place).resolve().write_text("a file")
        with pytest.raises(UserError, match="cannot create .*model"):
            train(tiny_settings(directory))
        assert not reads

    @pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
    def test_that_cannot_be_written_to(
        self,
        reads: list,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        number: int,
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "urandom", fail)  # where every atomic file begins
        with pytest.raises(UserError, match=os.strerror(number)):
            train(tiny_settings(tmp_path))
        assert not reads

    def test_leftovers_of_a_killed_training_are_removed(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        folder = tmp_path / "tiny"
        folder.mkdir()
        for name in (*FILES, "history.csv", "curves.png", ".writable"):
            (folder / f".{name}.x1y2z3").write_text("half of a fi")
        (folder / "notes.txt").write_text("of the user")
        train(tiny_settings(tmp_path))
        assert names(folder) == {"checkpoint.safetensors", "notes.txt", "tensorboard"}


class TestBuild:
    @pytest.fixture
    def pipeline(self, tiny_settings: SettingsMaker, tiny_pairs: list, tmp_path: Path) -> Any:
        return learn_pipeline(tiny_pairs, tiny_settings(tmp_path).preprocessing)

    def test_settings_reach_the_model(
        self, pipeline: TextPipeline, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        more = ("training.learning_rate=0.0125", "training.clip_norm=0.5")
        model = build(pipeline, tiny_settings(tmp_path, *more, "training.label_smoothing=0.25"))
        assert isinstance(model, Seq2Seq) and model.label_smoothing == 0.25
        assert float(model.optimizer.learning_rate) == pytest.approx(0.0125)
        assert model.optimizer.clip_norm == 0.5
        assert model.decoder.projection.units == len(pipeline.target.subword)
        assert model.encoder.embedding.input_dim == len(pipeline.source.subword)
        assert len(model.optimizer.variables) > 2 * len(model.trainable_variables)

    def test_learning_rate_suits_the_architecture(
        self, pipeline: TextPipeline, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        more = ("training.learning_rate=0", "model.architecture=transformer", "model.units=8")
        model = build(pipeline, tiny_settings(tmp_path, *more))
        assert float(model.optimizer.learning_rate) == pytest.approx(0.001)

    def test_weights_depend_on_the_seed_alone(
        self, pipeline: TextPipeline, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        def values(seed: int) -> list[np.ndarray]:
            keras.utils.set_random_seed(int(np.random.default_rng().integers(2**31)))
            model = build(pipeline, tiny_settings(tmp_path, f"training.seed={seed}"))
            return [np.asarray(v.value) for v in model.variables]  # random generators among them

        first, again, other = values(3), values(3), values(4)
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


class TestShortlist:
    @pytest.mark.parametrize(
        ("engine", "best_loss", "is_written"),
        [("onnx", 2.5, True), ("onnx", None, False), ("keras", 2.5, False)],
    )
    def test_when_it_is_written(
        self,
        engine: str,
        best_loss: float | None,
        is_written: bool,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """After the training, told beforehand; not into a translator that is not this one's."""

        def run(self: Trainer, *_: object) -> bool:
            self._save_translator({"val_loss": 2.5})
            self.state.best_loss = best_loss
            return False

        monkeypatch.setattr(Trainer, "run", run)
        train(tiny_settings(tmp_path, f"inference.engine={engine}"))
        stored = translator_file.load(tmp_path / "tiny" / translator_file.FILE_NAME)
        assert stored.metrics == {"training": {"val_loss": 2.5}} and stored.weights
        assert (caplog.messages[-1] == "learning the shortlist …") == is_written
        assert bool(stored.shortlist) == is_written
        if is_written:
            shortlist = Shortlist(**stored.shortlist)
            assert shortlist.common.size > 0 and shortlist.likely.shape[1] == 64


def test_threads_default_to_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)  # as on macOS and Windows
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert training.set_threads(0) == 3
    assert training.set_threads(2) == 2


def test_result_of_an_interruption(
    tiny_settings: SettingsMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trainer, "run", lambda *_: True)
    result = train(tiny_settings(tmp_path))
    assert result.is_interrupted
    assert result.folder == tmp_path / "tiny"
    assert isinstance(result.state, TrainingState)
