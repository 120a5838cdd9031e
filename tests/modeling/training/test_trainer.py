"""Tests of the trainer: the loss, the plateaus, the end, and what is written."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.common.progress import ProgressLine
from malgil.modeling import translator_file
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training import checkpoint
from malgil.modeling.training.run import TrainingResult, train
from malgil.modeling.training.trainer import Trainer
from malgil.modeling.translator import Translator
from malgil.settings import Settings

SettingsMaker = Callable[..., Settings]
COLUMNS = [
    "epoch",
    "loss",
    "val_loss",
    "val_loss_per_character",
    "learning_rate",
    "tokens_per_s",
    "minutes",
]
OPTIONS = ("training.epochs=3", "training.learning_rate=0.02")


@pytest.fixture(scope="module")
def calls() -> list[tuple[Path, list[float]]]:
    """Return the arguments of the calls of `on_validation` in `trained`."""
    return []


@pytest.fixture(scope="module")
def trained(
    tiny_settings: SettingsMaker, tmp_path_factory: pytest.TempPathFactory, calls: list
) -> TrainingResult:
    settings = tiny_settings(tmp_path_factory.mktemp("trained"), *OPTIONS)
    return train(
        settings,
        on_validation=lambda folder, history: calls.append((folder, [h["loss"] for h in history])),
    )


def weights(folder: Path) -> dict[str, bytes]:
    stored = translator_file.load(folder / translator_file.FILE_NAME)
    return {name: array.tobytes() for name, array in stored.weights.items()}


def losses(result: TrainingResult) -> list[tuple[float, float]]:
    return [(row["loss"], row["val_loss"]) for row in result.state.history]


@pytest.fixture
def idle_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace `fit` by a loop over the batches without learning: the real graph takes seconds."""

    def fit(model: Seq2Seq, dataset: Any, *, callbacks: list, **_: object) -> None:
        [watch] = callbacks
        watch.set_model(model)
        watch.on_train_begin()
        watch.on_epoch_begin(0)
        for batch in range(int(dataset.cardinality())):
            watch.on_train_batch_end(batch, {})
            if model.stop_training:
                break

    monkeypatch.setattr(Seq2Seq, "fit", fit)


class TestRecord:
    def test_loss_falls(self, trained: TrainingResult) -> None:
        history = trained.state.history
        assert [row["epoch"] for row in history] == [1.0, 2.0, 3.0]
        for name in ("loss", "val_loss"):
            first, _, last = (row[name] for row in history)
            assert last < 0.8 * first
        # Before it has learned anything, each of some 160 pieces is as likely.
        assert 1 < history[0]["loss"] < math.log(300)

    def test_state(self, trained: TrainingResult) -> None:
        state = trained.state
        assert not trained.is_interrupted
        assert state.is_finished
        assert (state.epoch, state.batch, state.threads) == (3, 0, 1)
        assert state.best_loss == min(row["val_loss"] for row in state.history)
        assert state.seconds > 0

    def test_history_file(self, trained: TrainingResult) -> None:
        with open(trained.folder / "history.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == COLUMNS
        assert [{k: float(v) for k, v in row.items()} for row in rows] == trained.state.history
        assert all(row["tokens_per_s"] > 0 for row in trained.state.history)
        minutes = [row["minutes"] for row in trained.state.history]
        assert minutes == sorted(minutes) and minutes[0] > 0

    def test_tensorboard(self, trained: TrainingResult) -> None:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        events = EventAccumulator(str(trained.folder / "tensorboard"))
        events.Reload()
        assert set(events.Tags()["tensors"]) == {
            "loss",
            "val_loss",
            "learning_rate",
            "tokens_per_s",
        }
        steps = [event.step for event in events.Tensors("val_loss")]
        assert len(steps) == 3 and steps == sorted(set(steps))

    def test_curves_are_drawn_after_each_validation(
        self, trained: TrainingResult, calls: list[tuple[Path, list[float]]]
    ) -> None:
        assert [folder for folder, _ in calls] == [trained.folder] * 3
        everything = [row["loss"] for row in trained.state.history]
        assert [drawn for _, drawn in calls] == [everything[:1], everything[:2], everything]

    def test_what_is_left_in_the_folder(self, trained: TrainingResult) -> None:
        found = {path.name for path in trained.folder.iterdir()}
        assert found == {
            "translator.safetensors",
            "checkpoint.safetensors",
            "history.csv",
            "tensorboard",
        }

    def test_translator_knows_how_it_was_trained(self, trained: TrainingResult) -> None:
        translator = Translator.load(trained.folder)
        stored = translator_file.load(trained.folder / translator_file.FILE_NAME)
        assert stored.metrics["training"] == trained.state.history[-1]
        assert translator.settings.training.learning_rate == 0.02
        assert translator.translate(["고양이가 잡니다."])[0].source_tokens

    def test_loss_is_that_of_the_translator(
        self, trained: TrainingResult, tiny_pairs: list[tuple[str, str]]
    ) -> None:
        perplexity = Translator.load(trained.folder).perplexity(tiny_pairs[3::8])
        assert math.log(perplexity) == pytest.approx(trained.state.best_loss, rel=1e-5)

    def test_loss_per_character(
        self, trained: TrainingResult, tiny_pairs: list[tuple[str, str]]
    ) -> None:
        """The log-likelihood includes the ends of the texts; the number of characters does not."""
        translator = Translator.load(trained.folder)
        pairs = tiny_pairs[3::8]
        tokens = sum(len(ids) for _, ids in translator.pipeline.encode_pairs(pairs))
        nll = math.log(translator.perplexity(pairs)) * tokens
        characters = sum(len(target) for _, target in pairs)
        stored = translator_file.load(trained.folder / translator_file.FILE_NAME).metrics
        assert stored["training"]["val_loss_per_character"] == pytest.approx(
            nll / characters, rel=1e-5
        )
        assert stored["validation"]["characters"] == characters
        assert stored["training_id"] == trained.state.training_id


class TestSeed:
    def test_same_seed_gives_the_same_bits(
        self, trained: TrainingResult, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        again = train(tiny_settings(tmp_path, *OPTIONS))
        assert losses(again) == losses(trained)
        assert weights(again.folder) == weights(trained.folder)

    def test_other_seed_gives_others(
        self, trained: TrainingResult, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        other = train(tiny_settings(tmp_path, *OPTIONS, "training.epochs=1", "training.seed=2"))
        assert losses(other)[0] != losses(trained)[0]


def test_learning_rate_warms_up(
    tiny_settings: SettingsMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up in a line over three steps, then down with the root of the step (Vaswani et al. 2017,
    eq. 3), over the end of an epoch; and what the state holds stays the peak.
    """
    found: list[float] = []
    show = ProgressLine.update

    def update(line: ProgressLine, *shown: Any) -> None:
        found.append(float(trainers[0].model.optimizer.learning_rate.numpy()))
        show(line, *shown)

    trainers: list[Trainer] = []
    run = Trainer.run
    monkeypatch.setattr(
        Trainer, "run", lambda self, *of: (trainers.append(self), run(self, *of))[1]
    )
    monkeypatch.setattr(ProgressLine, "update", update)
    options = ("training.warmup_steps=3", "training.learning_rate=0.006", "training.epochs=2")
    state = train(tiny_settings(tmp_path, *options), line=ProgressLine(io.StringIO())).state
    assert len(found) > 6 and state.learning_rate == 0.006
    steps = range(4, len(found) + 1)
    expected = [0.002, 0.004, 0.006, *(0.006 * (3 / step) ** 0.5 for step in steps)]
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.usefixtures("idle_fit")
class TestPlateau:
    @pytest.fixture
    def measured(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """Return the validation losses that will be measured, in order."""
        values: list[float] = []
        monkeypatch.setattr(Seq2Seq, "evaluate", lambda *_, **__: {"nll": values.pop(0)})
        return values

    def test_learning_rate_and_patience(
        self,
        measured: list[float],
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Improved, improved, worse, improved, improved by less than it takes, worse."""
        measured += [5.0, 4.0, 4.5, 3.9, 3.89, 4.2, 1.0]
        options = ("training.patience=2", "training.min_improvement=0.03", "training.epochs=50")
        result = train(
            tiny_settings(
                tmp_path,
                *options,
                "training.learning_rate=0.004",
                "training.learning_rate_decay=0.25",
            )
        )
        state = result.state
        assert measured == [1.0], "a second plateau in a row ends it"
        assert (state.epoch, state.epochs_without_improvement, state.best_loss) == (6, 2, 3.89)
        assert state.is_finished
        assert caplog.messages[-1] == (
            "training ended: early stopping, as the validation loss has not fallen by "
            "training.min_improvement = 0.03 for 2 epochs; increase training.patience and add "
            "--resume to continue"
        )
        rates = [row["learning_rate"] for row in state.history]
        expected = [0.004, 0.004, 0.004, 0.001, 0.001, 0.00025]
        assert rates == pytest.approx(expected, rel=1e-5)
        kept = translator_file.load(result.folder / translator_file.FILE_NAME)
        assert kept.metrics["training"] == state.history[4], "the best is kept, not the last"

    @pytest.mark.parametrize("loss", [math.nan, math.inf])
    def test_loss_that_is_no_number(
        self, measured: list[float], tiny_settings: SettingsMaker, tmp_path: Path, loss: float
    ) -> None:
        measured += [5.0, loss]
        with pytest.raises(
            UserError, match="training diverged. Lower training.learning_rate = 0.002"
        ):
            train(tiny_settings(tmp_path))
        kept = translator_file.load(tmp_path / "tiny" / translator_file.FILE_NAME)
        assert kept.metrics["training"]["val_loss"] == 5.0


class TestTimeLimit:
    def test_ends_within_an_epoch(
        self,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        request: pytest.FixtureRequest,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """At least one batch is trained on, and a translator is there, however short the time."""
        short = train(tiny_settings(tmp_path, "training.max_minutes=0.000001"))
        state = short.state
        assert state.is_finished and not short.is_interrupted
        assert (state.epoch, state.batch, len(state.history)) == (0, 1, 1)
        assert 0 < state.history[0]["epoch"] < 1
        assert state.history[0]["loss"] > 1
        before = weights(short.folder)
        Translator.load(short.folder)
        assert "nothing left to train" not in caplog.text

        again = train(tiny_settings(tmp_path, "training.max_minutes=0.000001"), resume=True)
        assert again.state.history == state.history, "nothing was trained, so nothing is validated"
        assert again.state.epochs_without_improvement == 0
        assert weights(again.folder) == before
        assert "nothing left to train: the time limit training.max_minutes = 1e-06" in caplog.text

        request.getfixturevalue("idle_fit")
        longer = train(tiny_settings(tmp_path, "training.max_minutes=0"), resume=True)
        assert (longer.state.epoch, longer.state.batch) == (2, 0)
        assert [row["epoch"] for row in longer.state.history][1:] == [1.0, 2.0]

    @pytest.mark.usefixtures("idle_fit")
    def test_over_at_the_end_of_an_epoch(
        self, tiny_settings: SettingsMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No second validation of the same weights, which would count as a plateau."""
        monkeypatch.setattr(Trainer, "is_time_over", lambda self: bool(self.state.history))
        state = train(tiny_settings(tmp_path, "training.epochs=5")).state
        assert [row["epoch"] for row in state.history] == [1.0]
        assert (state.epoch, state.epochs_without_improvement, state.is_finished) == (1, 0, True)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(
    trained: TrainingResult, tiny_settings: SettingsMaker, tmp_path: Path, precision: str
) -> None:
    settings = tiny_settings(
        tmp_path, *OPTIONS, "training.epochs=1", f"training.precision={precision}"
    )
    result = train(settings)
    row, exact = result.state.history[0], trained.state.history[0]
    assert row["val_loss"] == pytest.approx(exact["val_loss"], abs=0.3)
    assert row["val_loss"] != exact["val_loss"]
    stored = translator_file.load(result.folder / translator_file.FILE_NAME)
    assert {array.dtype for array in stored.weights.values()} == {np.dtype(np.float32)}
    translator = Translator.load(result.folder)
    assert translator.model.keras_model.dtype_policy.compute_dtype == "float32"
    assert math.isfinite(translator.translate(["고양이가 잡니다."])[0].score)
    state = checkpoint.load(result.folder / checkpoint.FILE_NAME, settings)[1]
    assert state.history == result.state.history


def test_variables_hold_all_that_changes(
    trained: TrainingResult, tiny_settings: SettingsMaker, tmp_path: Path, monkeypatch: Any
) -> None:
    """Weights, the random generators of dropout, and what the optimizer remembers."""
    kept: list[Trainer] = []
    monkeypatch.setattr(Trainer, "run", lambda self, *_: kept.append(self))
    train(tiny_settings(tmp_path, *OPTIONS))
    [trainer] = kept
    ids = [id(variable) for variable in trainer.variables()]
    assert len(set(ids)) == len(ids)
    assert {id(v) for v in trainer.model.weights} < set(ids)
    assert {id(v) for v in trainer.model.optimizer.variables} < set(ids)
    assert sum("seed" in v.path for v in trainer.variables()) > 1
