"""Checks of the translators and the trainings that can be resumed."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

import malgil
from malgil.cli.doctor import diagnosis, files
from malgil.cli.doctor.check import CheckResult
from malgil.cli.translators import command_to_train
from malgil.common.errors import UserError
from malgil.modeling import translator_file
from tests.bundles import make_bundle
from tests.cli.doctor.conftest import FRENCH, by_name


def save(folder: Path, name: str = "translator.safetensors", metrics: dict | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    sections = FRENCH.to_dict()
    translator_file.save(
        folder / name,
        make_bundle({key: sections[key] for key in ("data", "preprocessing")}, metrics or {}),
    )
    return folder / name


def test_none_is_trained(healthy):
    command = f"python app.py --mode train --set translator.directory={healthy.folder.parent}"
    note = (
        f"Translating: ready, but there is no translator 'ko-en' yet. To train it, type: {command}"
    )
    expected = CheckResult("translator ko-en", "optional", "not trained yet", command, note=note)
    assert files.check_translators(healthy) == [expected]
    save(healthy.folder.parent / "another")
    assert files.check_translators(healthy)[1:] == [expected]
    save(healthy.folder)
    assert not any(found.note for found in files.check_translators(healthy))


def test_trained_translators(healthy):
    save(healthy.folder, metrics={"training": {"val_loss": 2.34567}})
    save(healthy.folder.parent / "another")
    (healthy.folder.parent / "README.md").write_text("no translator")
    found = by_name(files.check_translators(healthy))
    assert list(found) == ["translator another", "translator ko-en"]
    assert found["translator ko-en"].state == "ok"
    languages, loss, size, date, version = found["translator ko-en"].detail.split(", ")
    assert (languages, loss) == ("fr → en", "validation loss 2.346")
    assert size == "0.0 MB"
    assert len(date) == len("2030-01-01 00:00")
    assert version == f"Malgil {malgil.__version__}"
    assert "validation loss unknown" in found["translator another"].detail


def test_versions_and_candidates(healthy, monkeypatch):
    """The loss per character is that on which the choice of the translator in use is based."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    metrics = {
        "training": {"val_loss": 2.0, "val_loss_per_character": 0.51239},
        "trained_at": "2026-11-30T19:05:12Z",
    }
    folder = healthy.folder
    save(folder, metrics=metrics)
    save(folder, "candidate.safetensors", metrics)
    save(folder / "versions", "2026-11-29T080000.safetensors", metrics)
    save(folder / "versions", "2026-11-28T080000.safetensors")
    save(folder / "versions", "2026-11-27T080000.safetensors").write_bytes(b"damaged")
    translator, versions, candidate = files.check_translators(healthy)
    assert "validation loss 2.000 (0.5124 per character)" in translator.detail
    assert "2026-11-30 19:05" in translator.detail
    assert (versions.name, versions.state) == ("versions ko-en", "ok")
    assert versions.detail.endswith(
        "(validation loss per character): 2026-11-27T080000 damaged, 2026-11-28T080000 unknown, "
        "2026-11-29T080000 0.5124"
    )
    assert (candidate.name, candidate.state) == ("candidate ko-en", "optional")
    assert candidate.detail.startswith("a new translator that is not in use: validation loss 2.000")
    assert "python app.py --mode train --resume --overwrite" in candidate.fix


def test_a_translator_of_an_earlier_version(healthy):
    path = save(healthy.folder)
    stored = translator_file.load(path)
    stored.program_version = ""
    translator_file.save(path, stored)
    (found,) = files.check_translators(healthy)
    assert "Malgil" not in found.detail


def test_a_damaged_candidate(healthy):
    save(healthy.folder)
    (healthy.folder / "candidate.safetensors").write_bytes(b"damaged")
    found = by_name(files.check_translators(healthy))
    assert found["candidate ko-en"].state == "optional"
    assert "is not a translator" in found["candidate ko-en"].detail


def test_a_damaged_translator_is_told_in_the_bundles_own_words(healthy):
    path = save(healthy.folder)
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        translator_file.load(path)
    assert files.check_translators(healthy) == [
        CheckResult(
            "translator ko-en",
            "missing",
            str(caught.value),
            command_to_train(healthy, "ko-en"),
        )
    ]
    assert diagnosis.diagnose(healthy, stream=io.StringIO()) == 2


def test_a_translator_that_does_not_fit_its_settings(healthy):
    path = save(healthy.folder)
    stored = translator_file.load(path)
    stored.weights.popitem()
    translator_file.save(path, stored)
    (found,) = files.check_translators(healthy)
    assert found.state == "missing" and "does not fit its own settings" in found.detail


@pytest.mark.parametrize(
    "state", [{"is_finished": False, "epoch": "x", "seconds": 1}, {"is_finished": 0, "epoch": 2}]
)
def test_a_checkpoint_with_another_state(healthy, state):
    save(healthy.folder)
    save(healthy.folder, "checkpoint.safetensors", {"state": state})
    found = by_name(files.check_translators(healthy))["training ko-en"]
    assert found.state == "optional" and "cannot be resumed" in found.detail


def test_a_damaged_translator_that_is_not_in_use_does_not_prevent_translating(healthy):
    save(healthy.folder)
    save(healthy.folder.parent / "말 길").write_bytes(b"damaged")
    found = by_name(files.check_translators(healthy))["translator 말 길"]
    assert found.state == "optional" and "is not a translator" in found.detail
    directory = f"translator.directory={healthy.folder.parent}"
    assert found.fix == (
        f"python app.py --mode train --set 'translator.name=말 길' --set {directory}"
    )
    assert diagnosis.diagnose(healthy, stream=io.StringIO()) == 0


def test_a_strange_translator_does_not_hide_the_others(healthy, monkeypatch):
    save(healthy.folder.parent / "a", metrics={"training": {"val_loss": "low"}})
    save(healthy.folder.parent / "b", metrics={"training": {"val_loss": 7.5}})
    save(healthy.folder)
    shown_losses = files._shown_losses

    def fail(metrics: dict) -> str:
        if metrics.get("training") == {"val_loss": 7.5}:
            raise ValueError("strange")
        return shown_losses(metrics)

    monkeypatch.setattr(files, "_shown_losses", fail)
    found = by_name(files.check_translators(healthy))
    assert "does not have the structure of a translator" in found["translator a"].detail
    assert "cannot be checked (ValueError" in found["translator b"].detail
    assert found["translator ko-en"].state == "ok"


def state(is_finished: bool) -> dict:
    return {"state": {"epoch": 3, "seconds": 754.0, "is_finished": is_finished}}


def test_an_unfinished_training_can_be_resumed(healthy):
    save(healthy.folder, "checkpoint.safetensors", state(is_finished=False))
    (found,) = files.check_translators(healthy)
    assert (found.name, found.state) == ("training ko-en", "optional")
    assert found.detail.startswith("not finished: in epoch 4 after 13 minutes, ")
    assert found.fix.startswith("python app.py --mode train --resume")
    assert found.note == (
        "Translating: ready, but there is no translator 'ko-en' yet. See 'training ko-en' above."
    )


def test_a_finished_training_is_passed_over(healthy):
    save(healthy.folder)
    save(healthy.folder, "checkpoint.safetensors", state(is_finished=True))
    assert [found.name for found in files.check_translators(healthy)] == ["translator ko-en"]


@pytest.mark.parametrize("size", [0, 300, 900])
def test_a_damaged_checkpoint(healthy, size):
    path = save(healthy.folder, "checkpoint.safetensors", state(is_finished=False))
    path.write_bytes(path.read_bytes()[:size])
    (found,) = files.check_translators(healthy)
    assert (found.name, found.state) == ("training ko-en", "optional")
    assert "cannot be resumed" in found.detail
    assert found.fix == f"{command_to_train(healthy, 'ko-en')} (without --resume)"
