"""Tests of the note on settings that a trained translator cannot follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from malgil.settings import from_dict, load
from malgil.settings.mismatch import mismatch_note


@pytest.fixture(autouse=True)
def _config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_config(tmp_path, "")


def write_config(folder: Path, text: str) -> None:
    (folder / "config.ini").write_text(text)


def note(trained: dict[str, dict[str, object]], *overrides: str, is_named: bool = False) -> str:
    """Return the note for a translator with these settings, used with config.ini and overrides."""
    settings = load(overrides=overrides, config=Path("config.ini").absolute())
    return mismatch_note("ko-en", settings, from_dict(trained), is_named)


@pytest.mark.parametrize("is_named", [False, True])
def test_an_override(is_named: bool) -> None:
    assert note({}, "model.units=512", is_named=is_named) == (
        "note: ko-en was trained with model.units = 256; model.units = 512 from --set has no "
        "effect. Train again to change it."
    )


def test_several_settings() -> None:
    assert note({"preprocessing": {"lowercase": True}}, "model.cell=gru", "model.units=8") == (
        "note: ko-en was trained with model.units = 256, model.cell = lstm; model.units = 8 from "
        "--set, model.cell = gru from --set have no effect. Train again to change them."
    )


def test_config_ini(tmp_path: Path) -> None:
    write_config(tmp_path, "[model]\nunits = 512\n[preprocessing]\nlowercase = yes\n")
    expected = (
        "note: ko-en was trained with preprocessing.lowercase = no, model.units = 256; "
        "preprocessing.lowercase = yes in config.ini, model.units = 512 in config.ini have no "
        "effect. Train again to change them."
    )
    assert note({}) == note({}, is_named=True) == expected


def test_a_default_of_config_ini(tmp_path: Path) -> None:
    """It is reported only for the translator that config.ini itself names."""
    write_config(tmp_path, "[model]\nunits = 256\n")
    trained = {"model": {"units": 512}}
    assert note(trained, is_named=True) == ""
    assert note(trained, "translator.name=ko-en") == ""
    assert "; model.units = 256 in config.ini has no effect" in note(trained)


@pytest.mark.parametrize(
    ("trained", "overrides"),
    [
        ({}, ()),
        ({"model": {"units": 512}}, ()),  # nobody gave a value
        ({"model": {"units": 512}}, ("model.units=512",)),
        ({"training": {"seed": 5}, "inference": {"beam_size": 3}}, ("training.seed=6",)),
        ({"data": {"train": "a.tsv"}}, ("data.train=b.tsv",)),
    ],
)
def test_no_mismatch(trained: dict[str, dict[str, object]], overrides: tuple[str, ...]) -> None:
    assert note(trained, *overrides) == ""


def test_settings_without_effect_do_not_count() -> None:
    """A Transformer has no cell, and an RNN no feed-forward networks."""
    trained: dict[str, dict[str, object]] = {"model": {"architecture": "transformer"}}
    found = note(trained, "model.cell=gru", "model.bidirectional=no")
    assert found == ""
    found = note(trained, "model.architecture=rnn", "model.cell=gru")
    assert found.count("model.") == 2 and "model.architecture = rnn from --set" in found
