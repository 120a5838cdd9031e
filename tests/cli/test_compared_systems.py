"""The systems of a comparison: what must be the same, and how long training takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from malgil.cli.compared_systems import describe_duration, load_systems
from malgil.common.errors import UserError
from malgil.settings import Settings, TrainingSettings
from tests.cli.test_compare import recipe


def test_the_same_name_twice(tmp_path: Path) -> None:
    path = recipe(tmp_path, "a")
    with pytest.raises(UserError, match=r"translator\.name\. Received 'a' 2 times"):
        load_systems([path, path], [])


@pytest.mark.parametrize(
    ("line", "setting", "values"),
    [
        ("[data]\ntrain = other.tsv", "data.train", "my.tsv in 'a' and other.tsv in 'b'"),
        (
            "[cleaning]\ndrop_duplicates = no",
            "cleaning.drop_duplicates",
            "yes in 'a' and no in 'b'",
        ),
        ("[data]\ncolumns = 1, 2", "data.columns", "(empty) in 'a' and 1, 2 in 'b'"),
        ("[training]\nmax_minutes = 7", "training.max_minutes", "5 in 'a' and 7 in 'b'"),
    ],
)
def test_settings_that_must_be_the_same(
    tmp_path: Path, line: str, setting: str, values: str
) -> None:
    first = recipe(tmp_path, "a", "[data]", "train = my.tsv", "[training]", "max_minutes = 5")
    lines = ["[data]\ntrain = my.tsv", "[training]\nmax_minutes = 5"]
    lines = [each for each in lines if each.splitlines()[0] != line.splitlines()[0]]
    if line.startswith("[data]\ncol"):
        line += "\ntrain = my.tsv"
    with pytest.raises(UserError) as caught:
        load_systems([first, recipe(tmp_path, "b", line, *lines)], [])
    assert str(caught.value) == (
        f"compare accepts recipes with the same {setting}. Received: {values}. Set it for all: "
        f"--set {setting}=VALUE"
    )


def test_systems_that_are_the_same_but_for_their_name(tmp_path: Path) -> None:
    recipes = [
        recipe(tmp_path, name, "[model]", f"attention = {attention}")
        for name, attention in (("a", "luong_dot"), ("b", "bahdanau"), ("c", "none"))
    ]
    assert len(load_systems(recipes, [])) == 3
    with pytest.raises(UserError) as caught:
        load_systems(recipes, ["model.attention=none", "inference.max_length=9"])
    assert str(caught.value) == (
        "compare accepts recipes with different settings. Received: 'a' and 'b', which differ only "
        "in translator.name. Change a setting in one of the recipes, or remove the --set that "
        "makes them the same."
    )


@pytest.mark.parametrize(("has_config", "origin"), [(False, ""), (True, "--config: ")])
def test_a_missing_recipe(tmp_path: Path, has_config: bool, origin: str) -> None:
    """The message names --config only if it was typed."""
    path, there = str(tmp_path / "none.ini"), recipe(tmp_path, "a")
    with pytest.raises(UserError) as caught:
        load_systems([path, there], [], has_config)
    assert str(caught.value).startswith(f"{origin}cannot read {path!r}: No such file")
    with pytest.raises(UserError, match="^cannot read "):
        load_systems([there, path], [], has_config)


def test_epochs_are_the_limit_if_there_is_no_other(tmp_path: Path) -> None:
    recipes = [
        recipe(tmp_path, name, "[training]", f"epochs = {epochs}")
        for name, epochs in (("a", 3), ("b", 4))
    ]
    with pytest.raises(UserError, match=r"the same training\.epochs\. Received: 3 in 'a' and 4"):
        load_systems(recipes, ["training.max_minutes=0"])
    systems = load_systems(recipes, ["training.max_minutes=9"])
    assert [settings.training.epochs for settings in systems] == [3, 4]
    load_systems(recipes, ["training.max_minutes=0", "training.epochs=5"])


def test_shipped_recipes_can_be_compared() -> None:
    names = ("vanilla", "bahdanau", "transformer-small")
    assert len(load_systems([f"recipes/{name}.ini" for name in names], [])) == 3


@pytest.mark.parametrize(
    ("count", "minutes", "epochs", "text"),
    [
        (0, 5, 12, "all systems are trained"),
        (1, 7.5, 12, "training 1 system for up to 7.5 minutes, and evaluating it"),
        (
            3,
            20,
            12,
            "training 3 systems for up to 20 minutes each, 60 minutes in all, and evaluating them",
        ),
        (
            2,
            1,
            12,
            "training 2 systems for up to 1 minute each, 2 minutes in all, and evaluating them",
        ),
        (
            2,
            0.5,
            12,
            "training 2 systems for up to 0.5 minutes each, 1 minute in all, and evaluating them",
        ),
        (
            1,
            0,
            12,
            "training 1 system for up to 12 epochs, without a time limit (set "
            "training.max_minutes to limit the time)",
        ),
        (
            2,
            0,
            1,
            "training 2 systems for up to 1 epoch each, without a time limit (set "
            "training.max_minutes to limit the time)",
        ),
    ],
)
def test_the_duration(count: int, minutes: float, epochs: int, text: str) -> None:
    training = TrainingSettings(max_minutes=minutes, epochs=epochs)
    assert describe_duration([Settings(training=training)] * count) == text
