"""Checks of the translators and the trainings that can be resumed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from malgil.cli.doctor import diagnosis, files
from malgil.cli.doctor.check import CheckResult
from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.translator_file import Bundle
from tests.cli.doctor.conftest import FRENCH, by_name


def save(folder: Path, name: str = "translator.safetensors", metrics: dict | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    weights = {"layer/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}
    translator_file.save(
        folder / name, Bundle(FRENCH.to_dict(), {"source": b"m"}, weights, metrics or {})
    )
    return folder / name


def test_none_is_trained(healthy):
    assert files.check_translators(healthy) == [
        CheckResult("translator ko-en", "optional", "not trained yet", "python app.py --mode train")
    ]


def test_trained_translators(healthy):
    save(healthy.folder, metrics={"training": {"val_loss": 2.34567}})
    save(healthy.folder.parent / "another")
    (healthy.folder.parent / "README.md").write_text("no translator")
    found = by_name(files.check_translators(healthy))
    assert list(found) == ["translator another", "translator ko-en"]
    assert found["translator ko-en"].state == "ok"
    languages, loss, size, date = found["translator ko-en"].detail.split(", ")
    assert (languages, loss) == ("fr → en", "validation loss 2.346")
    assert size == "0.0 MB"
    assert len(date) == len("2030-01-01 00:00")
    assert "validation loss unknown" in found["translator another"].detail


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
            "python app.py --mode train --set translator.name=ko-en",
        )
    ]
    assert diagnosis.diagnose(healthy, stream=io.StringIO()) == 2


def test_a_strange_translator_does_not_hide_the_others(healthy, monkeypatch):
    save(healthy.folder.parent / "a", metrics={"training": {"val_loss": "low"}})
    save(healthy.folder)
    found = by_name(files.check_translators(healthy))
    assert "cannot be checked (ValueError" in found["translator a"].detail
    assert found["translator ko-en"].state == "ok"


def state(is_finished: bool) -> dict:
    return {"state": {"epoch": 3, "seconds": 754.0, "is_finished": is_finished}}


def test_an_unfinished_training_can_be_resumed(healthy):
    save(healthy.folder, "checkpoint.safetensors", state(is_finished=False))
    (found,) = files.check_translators(healthy)
    assert (found.name, found.state) == ("training ko-en", "optional")
    assert found.detail.startswith("not finished: in epoch 4 after 13 minutes, ")
    assert found.fix.startswith("python app.py --mode train --resume")


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
    assert found.fix == "python app.py --mode train, without --resume"
