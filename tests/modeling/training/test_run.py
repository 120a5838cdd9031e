"""Tests of what `train` does around the epochs: what it reads, refuses, and keeps."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.common.locks import exclusive
from malgil.common.logging import messages
from malgil.modeling import translator_file
from malgil.modeling.inference.shortlist import Shortlist
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training import checkpoint
from malgil.modeling.training import run as training
from malgil.modeling.training.checkpoint import TrainingState
from malgil.modeling.training.run import build, train
from malgil.modeling.training.trainer import Trainer
from malgil.modeling.training_record import LOSS, TrainingRecord
from malgil.modeling.translator_file import Bundle
from malgil.modeling.versions import list_versions
from malgil.preprocessing.corpus import reader
from malgil.preprocessing.dataset.prepare import prepare
from malgil.preprocessing.dataset.tokenize_pairs import PairTokenizer
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings
from tests.conftest import learn_pipeline

SettingsMaker = Callable[..., Settings]
FILES = (translator_file.FILE_NAME, checkpoint.FILE_NAME)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


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
        assert f"{len(trainer.pipeline.target.subword)} target subwords, 1 thread" in told

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
            told_of = f"{key}: {len(ids)} pairs (left out: {pairs - len(ids)} longer than 8 tokens)"
            assert told_of in told

    @pytest.mark.parametrize("key", ["train", "valid"])
    def test_all_pairs_too_long(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path, key: str
    ) -> None:
        (tmp_path / "long.tsv").write_text("고양이가 " * 9 + "잡니다.\tThe cat sleeps.\n")
        settings = tiny_settings(tmp_path, f"data.{key}={tmp_path / 'long.tsv'}")
        with pytest.raises(UserError, match=f"no pair of data.{key} .*max_length = 20 tokens"):
            train(settings)
        assert not runs

    def test_no_corpus(self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="none.tsv"):
            train(tiny_settings(tmp_path, f"data.train={tmp_path / 'none.tsv'}"))
        assert not runs


def old_translator(settings: Settings, loss: float, **changes: Any) -> Bundle:
    """Return a translator of an earlier training with this loss per character."""
    corpus = prepare(settings, lambda _, __: None)
    record = TrainingRecord("old", datetime.now(timezone.utc), validation=corpus.validation)
    bundle = Bundle(settings.to_dict(), {}, {"old": np.float32(1)}, record.to_metrics({LOSS: loss}))
    bundle.metrics.update(changes)
    return bundle


class TestEarlierTranslator:
    """What a training does with the translator of an earlier training; see `modeling.versions`."""

    @pytest.fixture
    def folder(self, tiny_settings: SettingsMaker, tmp_path: Path) -> Path:
        """Return a folder with a translator that is very good, and an earlier checkpoint."""
        folder = tmp_path / "tiny"
        folder.mkdir()
        bundle = old_translator(tiny_settings(tmp_path), 0.001)
        translator_file.save(folder / translator_file.FILE_NAME, bundle)
        (folder / checkpoint.FILE_NAME).write_text("the old checkpoint")
        return folder

    @pytest.fixture
    def validates(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """Let a training end after these validation losses, without learning; all are better."""
        losses: list[float] = []

        def run(self: Trainer, batches: Any, valid: Any) -> bool:
            monkeypatch.setattr(Trainer, "_validation_loss", lambda *_: losses[0])
            while losses:
                self._validate(valid, 1.0)
                self.state.epoch += 1
                losses.pop(0)
                self.save_checkpoint()
            self.save_checkpoint()
            return False

        monkeypatch.setattr(Trainer, "run", run)
        return losses

    @staticmethod
    def shown(folder: Path) -> dict[str, str]:
        """Return whether each translator is the old or a new one."""
        return {
            str(path.relative_to(folder)): "old" if "old" in found.weights else "new"
            for path in sorted(folder.rglob("*.safetensors"))
            if not path.name.startswith("checkpoint")
            for found in [translator_file.load(path)]
        }

    def test_stays_in_use_until_the_new_one_is_better(
        self,
        validates: list[float],
        folder: Path,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        validates += [3.0, 2.0]
        result = train(tiny_settings(tmp_path))
        assert "'tiny' already holds a translator" in caplog.messages[0]
        expected = {"candidate.safetensors": "new", "translator.safetensors": "old"}
        assert self.shown(folder) == expected
        assert result.waiting is not None
        assert result.waiting.loss == result.state.history[-1][LOSS]
        assert result.waiting.loss_in_use == 0.001
        aside = folder / "checkpoint.previous.safetensors"
        assert aside.read_text() == "the old checkpoint"

        validates += [1e-6]
        result = train(tiny_settings(tmp_path), resume=True)
        assert result.waiting is None
        [version] = list_versions(folder)
        assert self.shown(folder) == {
            "translator.safetensors": "new",
            str(version.relative_to(folder)): "old",
        }

        validates += [1e-7, 1e-8]
        train(tiny_settings(tmp_path), resume=True)
        assert list_versions(folder) == [version], "its own states are no versions"

    def test_overwrite_replaces_it_at_the_first_validation(
        self, validates: list[float], folder: Path, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        """A training that is interrupted before is resumed without saying it again."""
        train(tiny_settings(tmp_path), overwrite=True)
        assert self.shown(folder) == {"translator.safetensors": "old"}
        validates += [9.0]
        result = train(tiny_settings(tmp_path), resume=True)
        assert result.waiting is None
        assert sorted(self.shown(folder).values()) == ["new", "old"]
        assert self.shown(folder)["translator.safetensors"] == "new"

    def test_resume_and_overwrite_use_the_candidate_at_once(
        self, validates: list[float], folder: Path, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        """Even if there is nothing left to train."""
        validates += [3.0]
        assert train(tiny_settings(tmp_path)).waiting
        result = train(tiny_settings(tmp_path), resume=True, overwrite=True)
        assert result.waiting is None
        assert self.shown(folder)["translator.safetensors"] == "new"
        assert len(list_versions(folder)) == 1

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"validation": {"fingerprint": "other", "characters": 9}}, "other sentence pairs"),
            ({"training": {"val_loss": 2.0}}, "does not state its validation loss"),
            (None, "is not a translator"),
        ],
        ids=["other pairs", "no loss", "no translator"],
    )
    def test_that_cannot_be_compared_is_refused(
        self,
        runs: list,
        folder: Path,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        change: dict | None,
        message: str,
    ) -> None:
        path = folder / translator_file.FILE_NAME
        if change is None:
            path.write_text("something else")
        else:
            bundle = old_translator(tiny_settings(tmp_path), 0.5, **change)
            translator_file.save(path, bundle)
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        with pytest.raises(UserError, match=f"{message}.* Add --overwrite to replace it"):
            train(tiny_settings(tmp_path))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert not runs
        train(tiny_settings(tmp_path), overwrite=True)
        assert len(runs) == 1

    def test_a_third_training_sets_the_second_aside(
        self, validates: list[float], folder: Path, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        """Its checkpoint and its candidate, each in the place of those set aside before."""
        kept = []
        for loss in (3.0, 4.0, 5.0):
            validates += [loss]
            result = train(tiny_settings(tmp_path))
            kept.append([loss, result.state.training_id])
        for name in ("checkpoint", "candidate"):
            found = translator_file.load(folder / f"{name}.previous.safetensors").metrics
            state = found.get("state", found)
            assert state["training_id"] == kept[1][1]

    def test_the_shortlist_is_added_to_the_candidate(
        self, validates: list[float], folder: Path, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        validates += [3.0]
        old = (folder / translator_file.FILE_NAME).read_bytes()
        train(tiny_settings(tmp_path, "inference.engine=onnx"))
        assert translator_file.load(folder / translator_file.CANDIDATE_NAME).shortlist
        assert (folder / translator_file.FILE_NAME).read_bytes() == old

    def test_stays_if_the_new_one_cannot_begin(
        self, runs: list, folder: Path, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        with pytest.raises(UserError):
            train(tiny_settings(tmp_path, "preprocessing.max_length=2"))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


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

    @pytest.mark.parametrize("resume", [False, True])
    def test_another_process_trains_in_it(
        self, reads: list, tiny_settings: SettingsMaker, tmp_path: Path, resume: bool
    ) -> None:
        folder = tmp_path / "tiny"
        folder.mkdir()
        (folder / ".translator.safetensors.01234567").write_text("half of a translator")
        with exclusive(folder):
            before = {path.name: path.read_bytes() for path in folder.iterdir()}
            with pytest.raises(UserError, match="tiny' is in use: process .* is writing it"):
                train(tiny_settings(tmp_path), resume=resume, overwrite=True)
            assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
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

    @pytest.mark.parametrize(
        "overrides",
        [
            ("data.train=none.tsv",),
            ("preprocessing.max_length=2",),
            ("training.devices=64",),
            ("preprocessing.vocabulary_size=40",),
        ],
        ids=["missing file", "no pair is left", "devices", "vocabulary"],
    )
    @pytest.mark.parametrize("place", ["tiny", "new/place"])
    def test_a_refused_training_leaves_no_folder(
        self,
        runs: list,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        overrides: tuple[str, ...],
        place: str,
    ) -> None:
        directory = (tmp_path / place).parent
        cache = f"data.cache={tmp_path / 'cache'}"
        with pytest.raises(UserError):
            train(tiny_settings(directory, cache, *overrides))
        assert list(tmp_path.rglob("*")) == []
        assert not runs

    def test_leftovers_of_a_killed_training_are_removed(
        self, runs: list, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        folder = tmp_path / "tiny"
        folder.mkdir()
        for name in (*FILES, "candidate.safetensors", "history.csv", "curves.png", ".writable"):
            (folder / f".{name}.0123abcd").write_text("half of a fi")
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
        ("engine", "has_translator"), [("onnx", True), ("onnx", False), ("keras", True)]
    )
    def test_when_it_is_written(
        self,
        engine: str,
        has_translator: bool,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """After the training, announced first; never into the translator of another training."""
        settings = tiny_settings(tmp_path, f"inference.engine={engine}")

        def run(self: Trainer, *_: object) -> bool:
            if has_translator:
                self._save_translator({"val_loss": 2.5})
            else:
                path = settings.folder / translator_file.FILE_NAME
                translator_file.save(path, old_translator(settings, 0.5))
            return False

        monkeypatch.setattr(Trainer, "run", run)
        train(settings)
        stored = translator_file.load(tmp_path / "tiny" / translator_file.FILE_NAME)
        assert stored.weights
        is_written = engine == "onnx" and has_translator
        assert (caplog.messages[-1] == "learning the shortlist …") == is_written
        assert bool(stored.shortlist) == is_written
        if is_written:
            assert stored.metrics["training"] == {"val_loss": 2.5}
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
