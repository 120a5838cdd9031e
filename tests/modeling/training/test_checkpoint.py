"""Checkpoints: nothing is lost on the way, and only what may differ on --resume may differ."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.training import checkpoint
from malgil.modeling.training.checkpoint import TrainingState, restore_variables
from malgil.modeling.translator_file import Bundle
from malgil.settings import Settings

MAY_DIFFER = {
    "translator": {"name", "directory", "quantization"},
    # What they change shows in the fingerprint of the corpus.
    "data": {"test", "cache", "downloads"},
    "cleaning": {f.name for f in dataclasses.fields(Settings().cleaning)},
    "training": {"epochs", "max_minutes", "patience", "min_improvement", "checkpoint_minutes"},
    "inference": {f.name for f in dataclasses.fields(Settings().inference)},
}
ALL = [
    (section, key.name)
    for section, kind in Settings.sections().items()
    for key in dataclasses.fields(kind)
]
FREE = [(section, key) for section, key in ALL if key in MAY_DIFFER.get(section, set())]
FIXED = [pair for pair in ALL if pair not in FREE]
SUBWORD = {"source": b"\0\1 pieces", "target": "조각".encode()}
STATE = TrainingState(
    epoch=3,
    batch=17,
    seconds=0.1 + 0.2,
    best_loss=1 / 3,
    epochs_without_improvement=2,
    nll_sum=12345.678901234567,
    tokens=2**40 + 1,
    epoch_seconds=1e-300,
    history=[{"epoch": 1.0, "loss": math.pi}, {"epoch": 1.5, "loss": math.inf}],
    corpus="abc",
    threads=7,
    is_finished=True,
    training_id="1f",
    overwrites=True,
)


def variables(*values: Any) -> list[Any]:
    """Variables of Keras, with the types of the values."""
    arrays = [np.asarray(value) for value in values]
    return [keras.Variable(array, dtype=str(array.dtype), trainable=False) for array in arrays]


def changed(settings: Settings, section: str, key: str) -> Settings:
    """Return the settings with another value for one key of any type."""
    values = getattr(settings, section)
    old = getattr(values, key)
    if isinstance(old, bool):
        new: Any = not old
    elif isinstance(old, (int, float)):
        new = old + 1
    else:
        new = (*old, "more.tsv") if isinstance(old, tuple) else f"{old}x"
    return dataclasses.replace(settings, **{section: dataclasses.replace(values, **{key: new})})


def written(value: Any) -> str:
    """Return a value as config.ini has it."""
    if isinstance(value, bool):
        return {True: "yes", False: "no"}[value]
    if isinstance(value, tuple):
        return ", ".join(value) or "(empty)"
    return f"{value:.10g}" if isinstance(value, float) else str(value) or "(empty)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a checkpoint with the default settings."""
    values = [np.full((2, 3), 0.1, np.float32), np.int64(5), np.array([7, 9], np.uint32)]
    checkpoint.save(
        tmp_path / "checkpoint.safetensors", Settings(), SUBWORD, variables(*values), STATE
    )
    return tmp_path / "checkpoint.safetensors"


class TestRoundTrip:
    def test_state(self, path: Path) -> None:
        stored, state = checkpoint.load(path, Settings())
        assert state == STATE
        assert stored.subword == SUBWORD

    def test_fresh_state(self, tmp_path: Path) -> None:
        checkpoint.save(tmp_path / "a.safetensors", Settings(), {}, [], TrainingState())
        assert checkpoint.load(tmp_path / "a.safetensors", Settings())[1] == TrainingState()

    def test_variables(self, path: Path) -> None:
        stored, _ = checkpoint.load(path, Settings())
        values = np.zeros((2, 3), np.float32), np.int64(0), np.zeros(2, np.uint32)
        targets = variables(*values)
        restore_variables(stored, targets, path)
        assert targets[0].numpy().tobytes() == np.full((2, 3), 0.1, np.float32).tobytes()
        assert targets[1].numpy() == 5
        assert targets[2].numpy().tolist() == [7, 9]

    def test_order_of_many_variables(self, tmp_path: Path) -> None:
        """Their place is all that tells them apart: 10 must not come before 2."""
        values = [np.full(1, i) for i in range(1200)]
        checkpoint.save(tmp_path / "a.safetensors", Settings(), {}, variables(*values), STATE)
        stored, _ = checkpoint.load(tmp_path / "a.safetensors", Settings())
        targets = variables(*map(np.zeros_like, values))
        restore_variables(stored, targets, tmp_path)
        assert [int(target.numpy()[0]) for target in targets] == list(range(1200))

    def test_failure_leaves_the_old_one(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.replace", fail)
        with pytest.raises(UserError, match="No space left"):
            checkpoint.save(path, Settings(), {}, [], TrainingState())
        assert checkpoint.load(path, Settings())[1] == STATE
        assert [file.name for file in path.parent.iterdir()] == [path.name]


class TestSettings:
    @pytest.mark.parametrize(("section", "key"), FREE, ids=lambda part: part)
    def test_that_may_differ(self, path: Path, section: str, key: str) -> None:
        settings = changed(Settings(), section, key)
        assert settings != Settings()
        assert checkpoint.load(path, settings)[1] == STATE

    @pytest.mark.parametrize(("section", "key"), FIXED, ids=lambda part: part)
    def test_that_must_not_differ(self, path: Path, section: str, key: str) -> None:
        settings = changed(Settings(), section, key)
        with pytest.raises(UserError) as error:
            checkpoint.load(path, settings)
        before, now = (written(getattr(getattr(s, section), key)) for s in (Settings(), settings))
        assert str(error.value) == (
            f"{section}.{key} must stay the same when a training is resumed: {before}. "
            f"Received: {now}. Set it back, or run without --resume to train from the start."
        )

    def test_values_are_shown_as_config_ini_has_them(self, path: Path) -> None:
        """Rather than as Python does: ('a.tsv',)."""
        settings = Settings(data=dataclasses.replace(Settings().data, train=("a.tsv",)))
        with pytest.raises(UserError, match=r"Received: a\.tsv\. Set it back"):
            checkpoint.load(path, settings)

    def test_both_kinds_are_tested(self) -> None:
        assert ("training", "seed") in FIXED and ("model", "units") in FIXED
        assert ("data", "train") in FIXED and ("training", "threads") in FIXED
        assert ("training", "epochs") in FREE and ("inference", "beam_size") in FREE
        assert len(FIXED) > 20

    def test_setting_that_the_checkpoint_does_not_know(self, path: Path) -> None:
        """It was written by another version, whose training cannot be continued bit by bit."""
        stored = translator_file.load(path)
        del stored.settings["model"]["dropout"]
        translator_file.save(path, stored)
        with pytest.raises(
            UserError, match="another version of Malgil, .* setting model.dropout. Run"
        ):
            checkpoint.load(path, Settings())


WRONG_STATES = (
    *({"epochs": 3}, {"epoch": "3"}, {"epoch": 1.5}, {"history": {}}, {"history": [[]]}),
    *({"history": [{"loss": "1"}]}, {"corpus": None}, {"is_finished": 1}, {"best_loss": "low"}),
)


class TestRefused:
    def test_absent(self, tmp_path: Path) -> None:
        path = tmp_path / "checkpoint.safetensors"
        with pytest.raises(
            UserError, match="nothing to resume: .* does not exist. Run without --resume."
        ) as error:
            checkpoint.load(path, Settings())
        assert repr(str(path)) in str(error.value)

    def test_translator_in_its_place(self, tmp_path: Path) -> None:
        parts = Bundle(Settings().to_dict(), SUBWORD, {}, {"training": {"loss": 1.0}})
        translator_file.save(tmp_path / "a.safetensors", parts)
        with pytest.raises(UserError, match=r"a.safetensors' is not a checkpoint. Run"):
            checkpoint.load(tmp_path / "a.safetensors", Settings())

    @pytest.mark.parametrize("state", [None, 3, [], "text", *WRONG_STATES])
    def test_state_of_another_shape(self, tmp_path: Path, state: Any) -> None:
        translator_file.save(
            tmp_path / "a.safetensors", Bundle(Settings().to_dict(), {}, {}, {"state": state})
        )
        with pytest.raises(UserError, match="is not a checkpoint"):
            checkpoint.load(tmp_path / "a.safetensors", Settings())

    @pytest.mark.parametrize(
        "change",
        [
            {"epoch": "3"},
            {"epoch": -1},
            {"batch": 1.5},
            {"tokens": 2**63},
            {"seconds": -1.0},
            {"best_loss": "low"},
            {"history": [{"epoch": "=1+1"}]},
            {"history": {}},
            {"threads": 10**6},
            {"is_finished": 1},
            {"training_id": "\x1b[31m"},
            {"corpus": None},
        ],
        ids=str,
    )
    def test_state_with_another_value(self, path: Path, change: dict) -> None:
        stored = translator_file.load(path)
        stored.metrics["state"] |= change
        translator_file.save(path, stored)
        with pytest.raises(UserError, match="is not a checkpoint"):
            checkpoint.load(path, Settings())

    def test_damaged(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        with pytest.raises(UserError, match="is damaged"):
            checkpoint.load(path, Settings())

    def test_section_that_is_no_table(self, path: Path) -> None:
        stored = translator_file.load(path)
        stored.settings["model"] = 3  # type: ignore[assignment]
        translator_file.save(path, stored)
        with pytest.raises(UserError, match="does not have the structure of a translator"):
            checkpoint.load(path, Settings())

    @pytest.mark.parametrize(
        "values",
        [
            (np.zeros((2, 3)), np.int64(0)),
            (np.zeros((2, 3)), np.int64(0), np.zeros(2), np.zeros(2)),
            (np.zeros((3, 2)), np.int64(0), np.zeros(2)),
            (np.int64(0), np.zeros((2, 3)), np.zeros(2)),
        ],
        ids=["fewer", "more", "other shape", "other order"],
    )
    def test_variables_that_do_not_fit(self, path: Path, values: tuple) -> None:
        stored, _ = checkpoint.load(path, Settings())
        targets = variables(*values)
        with pytest.raises(UserError, match="do not match its settings"):
            restore_variables(stored, targets, path)
        assert all(not target.numpy().any() for target in targets)
