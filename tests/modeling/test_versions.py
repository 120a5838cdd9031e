"""Tests of which translator is in use, and that none is lost, whenever a process is killed."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling import translator_file, versions
from malgil.modeling.training_record import LOSS, TrainingRecord
from malgil.modeling.translator_file import CANDIDATE_NAME, FILE_NAME, Bundle
from malgil.modeling.versions import KEPT, TranslatorVersions, list_versions
from malgil.preprocessing.dataset.validation_set import ValidationSet
from malgil.settings import DataSettings, Settings, TranslatorSettings

SET = ValidationSet("abc", 1000)
CHECK = TranslatorSettings(name="tiny"), DataSettings()


def make_bundle(
    training: str, loss: float | None, second: int = 0, validation: ValidationSet = SET
) -> Bundle:
    """Return a translator whose only weight is its loss."""
    time = datetime(2026, 11, 30, 19, 5, second, tzinfo=timezone.utc)
    metrics = TrainingRecord(training, time, validation=validation).to_metrics(
        {} if loss is None else {LOSS: loss}
    )
    weights = {"loss": np.float32(loss or 0)}
    return Bundle(Settings().to_dict(), {}, weights, metrics)


def put(folder: Path, *arguments: Any, name: str = FILE_NAME, **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    translator_file.save(folder / name, make_bundle(*arguments, **more))
    return folder / name


def shown(folder: Path) -> dict[str, tuple[str, float]]:
    """Return the training and the loss of each translator in a folder."""
    found = {}
    for path in sorted(folder.rglob("*.safetensors")):
        stored = translator_file.load(path)
        name = str(path.relative_to(folder)).removesuffix(".safetensors")
        loss = round(float(stored.weights["loss"]), 4)
        found[name] = stored.metrics["training_id"], loss
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a translator of the training "old" with a loss of 0.5."""
    put(tmp_path / "tiny", "old", 0.5)
    return tmp_path / "tiny"


class TestOffer:
    def test_the_first_translator_is_used_at_once(self, tmp_path: Path) -> None:
        new = TranslatorVersions(tmp_path, "new")
        new.offer(make_bundle("new", 0.9))
        assert shown(tmp_path) == {"translator": ("new", 0.9)}
        assert new.waiting() is None and new.own_file() == tmp_path / FILE_NAME

    def test_a_worse_one_waits(self, folder: Path) -> None:
        new = TranslatorVersions(folder, "new")
        for loss in (0.7, 0.5):  # the same loss is not lower
            new.offer(make_bundle("new", loss))
            assert shown(folder) == {"translator": ("old", 0.5), "candidate": ("new", loss)}
            assert new.waiting() == (loss, 0.5) and new.own_file() == folder / CANDIDATE_NAME

    def test_a_better_one_replaces_it_and_keeps_replacing_itself(self, folder: Path) -> None:
        new = TranslatorVersions(folder, "new")
        for loss in (0.7, 0.49, 0.3, 0.2):
            new.offer(make_bundle("new", loss, second=9))
        assert shown(folder) == {
            "translator": ("new", 0.2),
            "versions/2026-11-30T190500": ("old", 0.5),
        }
        assert new.waiting() is None

    def test_overwriting_replaces_it_at_once(self, folder: Path) -> None:
        TranslatorVersions(folder, "new", overwrites=True).offer(make_bundle("new", 3.0))
        kept = {"versions/2026-11-30T190500": ("old", 0.5)}
        assert shown(folder) == {"translator": ("new", 3.0), **kept}

    @pytest.mark.parametrize(
        "old",
        [
            {"loss": 0.5, "validation": ValidationSet("other", 1000)},
            {"loss": 0.5, "validation": ValidationSet("abc", 900)},
            {"loss": 0.5, "validation": ValidationSet()},
            {"loss": None},
        ],
        ids=["other pairs", "other pairs left out", "unknown pairs", "no loss"],
    )
    def test_one_that_cannot_be_compared_waits(self, tmp_path: Path, old: dict) -> None:
        put(tmp_path, "old", **old)
        TranslatorVersions(tmp_path, "new").offer(make_bundle("new", 0.1))
        assert shown(tmp_path)["candidate"] == ("new", 0.1)

    def test_the_time_of_a_file_of_an_earlier_version(self, folder: Path) -> None:
        stored = translator_file.load(folder / FILE_NAME)
        stored.metrics = {"training": {"val_loss": 2.0}}
        translator_file.save(folder / FILE_NAME, stored)
        os.utime(folder / FILE_NAME, (1_000_000_000, 1_000_000_000))
        TranslatorVersions(folder, "new", overwrites=True).offer(make_bundle("new", 3.0))
        assert [path.name for path in list_versions(folder)] == ["2001-09-09T014640.safetensors"]

    def test_a_damaged_file_is_kept_as_it_is(self, folder: Path) -> None:
        (folder / FILE_NAME).write_bytes(b"damaged")
        TranslatorVersions(folder, "new").offer(make_bundle("new", 0.1))
        assert (folder / FILE_NAME).read_bytes() == b"damaged"
        TranslatorVersions(folder, "new", overwrites=True).offer(make_bundle("new", 0.1))
        assert [path.read_bytes() for path in list_versions(folder)] == [b"damaged"]
        assert translator_file.load(folder / FILE_NAME).metrics["training_id"] == "new"


class TestVersions:
    def test_the_latest_are_kept(self, folder: Path) -> None:
        (folder / "versions").mkdir()
        (folder / "versions" / "notes.txt").write_text("of the user")
        for number in range(1, KEPT + 3):
            bundle = make_bundle(f"training {number}", 0.5, second=number)
            TranslatorVersions(folder, f"training {number}", overwrites=True).offer(bundle)
        kept = [path.stem for path in list_versions(folder)]
        assert kept == [f"2026-11-30T19050{second}" for second in (2, 3, 4, 5, 6)]
        assert (folder / "versions" / "notes.txt").exists()

    def test_the_one_just_replaced_is_kept_even_if_it_is_the_oldest(self, folder: Path) -> None:
        (folder / "versions").mkdir()
        for second in range(10, 10 + KEPT):
            name = f"versions/2026-11-30T1905{second}.safetensors"
            put(folder, "other", 0.6, name=name)
        TranslatorVersions(folder, "new").offer(make_bundle("new", 0.4, second=50))
        kept = [path.stem[-2:] for path in list_versions(folder)]
        assert kept == ["00", "11", "12", "13", "14"]

    @pytest.mark.parametrize("has_links", [True, False])
    def test_none_is_overwritten(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
    ) -> None:
        """Two trainings that ended in the same second are two versions, in their order."""
        if not has_links:
            monkeypatch.setattr(os, "link", self.refuse)
        for training, loss in (("second", 0.4), ("third", 0.3)):
            TranslatorVersions(folder, training).offer(make_bundle(training, loss))
        assert shown(folder) == {
            "translator": ("third", 0.3),
            "versions/2026-11-30T190500": ("old", 0.5),
            "versions/2026-11-30T190500_2": ("second", 0.4),
        }
        assert [path.stem[-2:] for path in list_versions(folder)] == ["00", "_2"]

    @staticmethod
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def test_none_without_a_folder(self, tmp_path: Path) -> None:
        assert list_versions(tmp_path) == list_versions(tmp_path / "none") == []


class Killed(BaseException):
    """Stands for `kill -9`: nothing is caught after it."""


class TestKilled:
    """A process that is killed at any step leaves a translator in use, and loses none."""

    STEPS = ("link", "replace", "sync", "unlink")

    def kill_at(self, monkeypatch: pytest.MonkeyPatch, number: int, has_links: bool) -> list[str]:
        """Let the process die before or after the step with this number."""
        done: list[str] = []

        def steps(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                for moment in ("before", "after"):
                    if moment == "after":
                        result = real(*arguments, **named)
                    if len(done) == number:
                        raise Killed
                    done.append(f"{moment} {name}")
                return result

            return call

        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", steps("link", os.link if has_links else refuse))
        monkeypatch.setattr(os, "replace", steps("replace", os.replace))
        monkeypatch.setattr(versions, "sync_folder", steps("sync", versions.sync_folder))
        monkeypatch.setattr(Path, "unlink", steps("unlink", Path.unlink))
        return done

    @pytest.mark.parametrize("has_links", [True, False])
    @pytest.mark.parametrize("overwrites", [False, True])
    def test_while_a_translator_is_replaced(
        self, tmp_path: Path, has_links: bool, overwrites: bool
    ) -> None:
        loss = 0.9 if overwrites else 0.4
        number = 0
        while True:
            folder = tmp_path / f"{number}"
            put(folder, "old", 0.5)
            (folder / "versions").mkdir()
            for second in range(10, 10 + KEPT):  # so that one is removed at the end
                name = f"versions/2026-11-30T1905{second}.safetensors"
                put(folder, f"other {second}", 0.6, name=name)
            with pytest.MonkeyPatch.context() as patch:
                done = self.kill_at(patch, number, has_links)
                try:
                    TranslatorVersions(folder, "new", overwrites).offer(make_bundle("new", loss))
                    break
                except Killed:
                    pass
            self.check(folder, loss)
            # The training that is resumed finishes what was begun, and makes no version twice.
            again = TranslatorVersions(folder, "new", overwrites)
            again.begin()
            again.offer(make_bundle("new", loss))
            found = shown(folder)
            assert found["translator"] == ("new", round(loss, 4)) and "candidate" not in found
            assert [value[0] for value in found.values()].count("old") == 1
            number += 1
        assert number == len(done) and number >= 10

    @staticmethod
    def check(folder: Path, loss: float) -> None:
        found = shown(folder)
        assert found["translator"] in (("old", 0.5), ("new", round(loss, 4)))
        values = list(found.values())
        assert ("old", 0.5) in values
        latest = [(f"other {second}", 0.6) for second in range(11, 10 + KEPT)]
        assert set(latest) <= set(values)

    def test_an_error_keeps_the_candidate(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "versions").write_text("a file in the place of the folder")
        with pytest.raises(UserError, match="cannot create .*versions"):
            TranslatorVersions(folder, "new").offer(make_bundle("new", 0.1))
        assert shown(folder) == {"translator": ("old", 0.5), "candidate": ("new", 0.1)}


class TestBegin:
    def test_the_candidate_of_another_training_is_set_aside(self, folder: Path) -> None:
        for training in ("first", "second"):
            put(folder, training, 0.8, name=CANDIDATE_NAME)
            TranslatorVersions(folder, "new", overwrites=True).begin()
        found = shown(folder)
        assert found["candidate.previous"] == ("second", 0.8)
        assert found["translator"] == ("old", 0.5) and "candidate" not in found

    def test_a_damaged_candidate_is_set_aside(self, folder: Path) -> None:
        (folder / CANDIDATE_NAME).write_bytes(b"damaged")
        TranslatorVersions(folder, "new").begin()
        assert (folder / "candidate.previous.safetensors").read_bytes() == b"damaged"

    def test_a_resumed_training_keeps_its_candidate(self, folder: Path) -> None:
        put(folder, "new", 0.8, name=CANDIDATE_NAME)
        TranslatorVersions(folder, "new").begin()
        assert shown(folder) == {"translator": ("old", 0.5), "candidate": ("new", 0.8)}

    def test_overwriting_puts_it_in_use(self, folder: Path) -> None:
        put(folder, "new", 0.8, name=CANDIDATE_NAME)
        TranslatorVersions(folder, "new", overwrites=True).begin()
        kept = {"versions/2026-11-30T190500": ("old", 0.5)}
        assert shown(folder) == {"translator": ("new", 0.8), **kept}


class TestCheck:
    @pytest.fixture(autouse=True)
    def messages(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, logger="malgil")

    def test_says_which_translator_is_there(
        self, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        TranslatorVersions(folder, "new").check(*CHECK)
        [message] = caplog.messages
        assert message.startswith("'tiny' already holds a translator, trained on 202")
        assert "a validation loss of 0.5000 per character. It stays in use until" in message
        assert repr(str(folder / "versions")) in message
        TranslatorVersions(folder, "new", overwrites=True).check(*CHECK)
        assert "replaces it after the first validation" in caplog.messages[1]

    def test_says_nothing_without_one_or_of_the_same_training(
        self, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        TranslatorVersions(tmp_path / "none", "new").check(*CHECK)
        own = TranslatorVersions(folder, "old")
        own.check(*CHECK)
        own.check_validation(ValidationSet("other", 1))
        assert caplog.messages == []

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda data: {}, "was validated on other sentence pairs"),
            (lambda data: {"target_language": "fr"}, "translates from ko to fr; it cannot"),
        ],
        ids=["validation pairs", "languages"],
    )
    def test_one_that_cannot_be_compared_is_refused(
        self, folder: Path, change: Callable, message: str
    ) -> None:
        stored = make_bundle("old", 0.5)
        stored.settings["data"].update(change(stored.settings["data"]))
        translator_file.save(folder / FILE_NAME, stored)
        other = ValidationSet("other", 1000)

        def check(overwrites: bool) -> None:
            new = TranslatorVersions(folder, "new", overwrites)
            new.check(*CHECK)
            new.check_validation(other)

        check(overwrites=True)
        with pytest.raises(UserError, match=message) as error:
            check(overwrites=False)
        assert repr(str(folder / FILE_NAME)) in str(error.value)
        advice = (
            "Add --overwrite to replace it, or choose another name: --set translator.name=NAME."
        )
        assert str(error.value).endswith(advice)

    def test_one_without_a_loss_is_refused(self, tmp_path: Path) -> None:
        put(tmp_path, "", None)
        with pytest.raises(UserError, match="does not state its validation loss per character"):
            TranslatorVersions(tmp_path, "new").check(*CHECK)
        TranslatorVersions(tmp_path, "new", overwrites=True).check(*CHECK)

    def test_a_damaged_one_is_refused(self, folder: Path) -> None:
        content = bytearray((folder / FILE_NAME).read_bytes())
        content[-1] ^= 1
        (folder / FILE_NAME).write_bytes(content)
        with pytest.raises(UserError, match="is damaged.* Add --overwrite to replace it"):
            TranslatorVersions(folder, "new").check(*CHECK)
        TranslatorVersions(folder, "new", overwrites=True).check(*CHECK)

    def test_the_same_pairs_are_accepted(self, folder: Path) -> None:
        TranslatorVersions(folder, "new").check_validation(ValidationSet("abc", 1005))
