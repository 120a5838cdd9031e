"""Tests of the origins of settings: each mistake is reported where it was made."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.settings import DecodingOptions, Settings, from_dict, load
from malgil.settings.origins import Layer, Origin, Origins


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with a config.ini, a recipe and its base."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.ini").write_text("[model]\nunits = 6\nencoder_layers = 2\ndropout = 0.2\n")
    (tmp_path / "base.ini").write_text("[model]\nencoder_layers = 3\ndecoder_layers = 3\n")
    (tmp_path / "recipe.ini").write_text("[recipe]\nbase = base.ini\n[model]\ndecoder_layers = 4\n")
    return tmp_path


def test_origins(files: Path) -> None:
    found = load(
        "recipe.ini",
        ["training.seed=3", "inference.n_best=2"],
        files / "config.ini",
        {"--n-best": "inference.n_best=4"},
    )
    names = {
        "model.units": "config.ini",
        "model.encoder_layers": "base.ini",
        "model.decoder_layers": "recipe.ini",
        "training.seed": "--set",
        "inference.n_best": "--n-best",
        "inference.beam_size": "",
    }
    assert {name: found.origin(name) for name in names} == names
    assert found.inference.n_best == 4
    labels = [origin.label for origin in found.origins.places]
    assert labels == ["config.ini", "base.ini", "recipe.ini", "--set", "--set", "--n-best"]


def test_origins_are_not_compared(files: Path) -> None:
    found = load(config=files / "config.ini")
    same = from_dict(found.to_dict())
    assert (found, hash(found)) == (same, hash(same))
    assert found.origin("model.units") and not same.origin("model.units")
    assert "origins" not in found.to_dict() and "origins" not in repr(found)


def test_origins_survive_copies(files: Path) -> None:
    found = load(config=files / "config.ini")
    for copy in (pickle.loads(pickle.dumps(found)), found.with_inference(DecodingOptions())):
        assert copy.origin("model.units") == "config.ini"


def mistake(files: Path, config: str = "", recipe: str = "", *overrides: str, **flags: str) -> str:
    """Return the message for settings with a mistake."""
    (files / "config.ini").write_text(config)
    (files / "recipe.ini").write_text(recipe)
    given = {f"--{name}": value for name, value in flags.items()}
    with pytest.raises(UserError) as caught:
        load("recipe.ini", overrides, files / "config.ini", given)
    return str(caught.value)


EPOCHS = "training.epochs accepts a whole number from 1 to 100000. Received: '0'."


def test_a_wrong_value(files: Path) -> None:
    text = "[training]\nepochs = 0\n"
    assert mistake(files, config=text) == f"'config.ini': {EPOCHS}"
    assert mistake(files, recipe=text) == f"'recipe.ini': {EPOCHS}"
    assert mistake(files, "", "", "training.epochs=0") == f"--set: {EPOCHS}"


def test_a_wrong_value_of_a_short_option(files: Path) -> None:
    assert mistake(files, "", "", best="inference.n_best=0") == (
        "--best accepts a whole number from 1 to 256. Received: '0'."
    )


def test_an_unknown_name(files: Path) -> None:
    for config, recipe in (("[modle]\nunits = 6\n", ""), ("", "[modle]\n")):
        name = "config.ini" if config else "recipe.ini"
        assert mistake(files, config, recipe) == (
            f"{name!r}: there is no section 'modle'. Did you mean 'model'?"
        )


UNITS = "model.units accepts an even number if model.bidirectional = yes. Received: 7."


@pytest.mark.parametrize(
    ("config", "recipe", "override", "where"),
    [
        ("units = 7", "", "", "'config.ini'"),
        ("units = 7\nbidirectional = no", "bidirectional = yes", "", "'recipe.ini'"),
        ("bidirectional = yes", "units = 7", "", "'recipe.ini'"),
        ("bidirectional = no", "units = 7", "model.bidirectional=yes", "--set"),
    ],
)
def test_settings_that_do_not_fit_together(
    files: Path, config: str, recipe: str, override: str, where: str
) -> None:
    """The setting that was given last is at fault."""
    found = mistake(
        files, f"[model]\n{config}\n", f"[model]\n{recipe}\n", *([override] if override else [])
    )
    assert found == f"{where}: {UNITS}"


@pytest.mark.parametrize(
    ("overrides", "flags", "expected"),
    [
        (
            ["inference.beam_size=2"],
            {"groups": "inference.groups=3"},
            "--groups accepts at most inference.beam_size = 2. Received: 3.",
        ),
        (
            ["inference.groups=3"],
            {"beam": "inference.beam_size=2"},
            "--beam: inference.groups accepts at most inference.beam_size = 2. Received: 3.",
        ),
        (
            ["inference.groups=2"],
            {"glossary": "inference.glossary=a.tsv"},
            "--glossary cannot be combined with inference.groups: each uses another search method. "
            "Remove one of them.",
        ),
        (
            ["inference.engine=keras", "inference.shortlist=8"],
            {},
            "--set: inference.shortlist accepts 0 if inference.engine = keras. Received: 8.",
        ),
        (
            ["translator.name=a/b"],
            {},
            "--set: translator.name accepts the name of a folder, without commas and "
            "/ \\ : * ? \" < > |. Received: 'a/b'.",
        ),
        (
            ["data.target_language=fr"],
            {},
            "--set: preprocessing.target_tokenizer accepts french, nltk, none if "
            "data.target_language = fr. Received: 'okt'.",
        ),
    ],
)
def test_who_is_at_fault(
    files: Path, overrides: list[str], flags: dict[str, str], expected: str
) -> None:
    config = "[data]\ntarget_language = ko\n[preprocessing]\ntarget_tokenizer = okt\n"
    assert mistake(files, config, "", *overrides, **flags) == expected


def test_subjects() -> None:
    origins = Origins(
        {
            "a.b": Origin(Layer.CONFIG, "config.ini"),
            "a.c": Origin(Layer.OVERRIDE, "--set"),
            "a.d": Origin(Layer.FLAG, "--d"),
        }
    )
    assert origins.subject("a.b") == "'config.ini': a.b"
    assert origins.subject("a.b", "a.c") == "--set: a.b"
    assert origins.subject("a.b", "a.d") == "--d: a.b"
    assert origins.subject("a.d", "a.b") == "--d"
    assert origins.subject("a.x") == "a.x"


def test_defaults_have_no_origin() -> None:
    assert Settings().origin("model.units") == ""
