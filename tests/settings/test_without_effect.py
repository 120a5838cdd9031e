"""Tests of settings of [model] that have no effect: refused in recipes, ignored in config.ini."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.settings import ModelSettings, Settings, from_dict, load

TRANSFORMER = "model.architecture=transformer"
CASES = [
    (["architecture=transformer", "attention=bahdanau"], "architecture = transformer"),
    (["architecture=transformer", "attention=luong_general"], "architecture = transformer"),
    (["architecture=transformer", "cell=gru"], "architecture = transformer"),
    (["architecture=transformer", "embedding_size=7"], "architecture = transformer"),
    (["architecture=transformer", "residual=no"], "architecture = transformer"),
    (["architecture=transformer", "layer_normalization=yes"], "architecture = transformer"),
    (["architecture=transformer", "input_feeding=yes"], "architecture = transformer"),
    (["architecture=transformer", "attention_window=predictive"], "architecture = transformer"),
    (["architecture=transformer", "window_half_width=3"], "architecture = transformer"),
    (["architecture=transformer", "bidirectional=no"], "architecture = transformer"),
    (["feed_forward_units=64"], "architecture = rnn"),
    (["normalization=post"], "architecture = rnn"),
    (["heads=8"], "attention = luong_general"),
    (["window_half_width=3"], "attention_window = global"),
    (["attention=none", "attention_window=monotonic"], "attention = none"),
    (["attention=none", "input_feeding=yes"], "attention = none"),
    (["attention=bahdanau", "input_feeding=yes"], "attention = bahdanau"),
    (["residual=yes"], "encoder_layers = model.decoder_layers = 1"),
]


@pytest.mark.parametrize(("given", "condition"), CASES, ids=str)
def test_refused_in_an_override(given: list[str], condition: str) -> None:
    with pytest.raises(UserError) as caught:
        load(overrides=[f"model.{each}" for each in given])
    key, other = given[-1].partition("=")[0], condition.partition(" ")[0]
    assert str(caught.value) == (
        f"--set: model.{key} has no effect if model.{condition}. "
        f"Remove it, or change model.{other}."
    )


@pytest.mark.parametrize(("given", "condition"), CASES, ids=str)
def test_refused_in_a_recipe(given: list[str], condition: str, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.ini"
    recipe.write_text("[model]\n" + "\n".join(given))
    with pytest.raises(UserError) as caught:
        load(recipe)
    assert str(caught.value).startswith(f"{str(recipe)!r}: model.")
    assert f"has no effect if model.{condition}." in str(caught.value)


@pytest.mark.parametrize(("given", "condition"), CASES, ids=str)
def test_ignored_in_config_ini(given: list[str], condition: str, tmp_path: Path) -> None:
    config = tmp_path / "config.ini"
    config.write_text("[model]\n" + "\n".join(given))
    key = given[-1].partition("=")[0]
    found = load(config=config).model
    assert getattr(found, key) == getattr(ModelSettings(), key)
    assert not found.has_effect(key)


@pytest.mark.parametrize(("given", "condition"), CASES, ids=str)
def test_ignored_in_stored_settings(given: list[str], condition: str) -> None:
    stored = dict(each.split("=") for each in given)
    key = given[-1].partition("=")[0]
    assert getattr(from_dict({"model": stored}).model, key) == getattr(ModelSettings(), key)


def test_config_ini_together_with_a_recipe(tmp_path: Path) -> None:
    config = tmp_path / "config.ini"
    config.write_text("[model]\nresidual = yes\nencoder_layers = 2\ncell = gru\nheads = 3\n")
    found = load(ROOT / "recipes" / "transformer.ini", config=config)
    assert (found.model.residual, found.model.cell, found.model.heads) == (False, "lstm", 8)
    assert load(config=config).model.residual


@pytest.mark.parametrize(
    "given",
    [
        ["model.residual=no"],
        ["model.attention=none", "model.input_feeding=no"],
        ["model.attention=bahdanau", "model.input_feeding=no"],
        ["model.attention=none", "model.attention_window=global"],
        ["model.encoder_layers=2", "model.residual=yes"],
        ["model.attention=multi_head", "model.heads=8"],
        ["model.attention_window=monotonic", "model.window_half_width=3"],
        [TRANSFORMER, "model.heads=8", "model.feed_forward_units=64", "model.normalization=post"],
    ],
    ids=str,
)
def test_accepted(given: list[str]) -> None:
    """A setting with an effect, or one that only turns off what is off anyway."""
    load(overrides=given)


def test_the_origin_is_that_of_the_setting_without_effect(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.ini"
    recipe.write_text("[model]\narchitecture = transformer\ncell = gru")
    with pytest.raises(UserError) as caught:
        load(recipe, ["model.units=64"])
    assert str(caught.value).startswith(f"{str(recipe)!r}: model.cell has no effect if")


def test_what_is_overruled_later_is_ignored(tmp_path: Path) -> None:
    """The user cannot remove it from the recipe that ships."""
    settings = load(ROOT / "recipes" / "multi-head.ini", ["model.attention=luong_dot"])
    assert (settings.model.attention, settings.model.heads) == ("luong_dot", Settings().model.heads)
    settings = load(ROOT / "recipes" / "transformer.ini", ["model.architecture=rnn"])
    assert settings.model.architecture == "rnn"
    recipe = tmp_path / "recipe.ini"
    recipe.write_text("[recipe]\nbase = recipes/multi-head.ini\n[model]\nattention = bahdanau")
    assert load(recipe).model.attention == "bahdanau"
    with pytest.raises(UserError, match="^--set: model.heads has no effect"):
        load(recipe, ["model.heads=8"])


@pytest.mark.parametrize("more", [[], ["model.architecture=transformer"]])
def test_a_copy_of_config_ini_is_accepted_as_a_recipe(tmp_path: Path, more: list[str]) -> None:
    """It holds every setting, those without effect included."""
    copy = tmp_path / "copy.ini"
    text = (ROOT / "config.ini").read_text(encoding="utf-8")
    copy.write_text(text.replace("\ncell = lstm", "\ncell = gru"), encoding="utf-8")
    assert load(copy, more).model == load(None, more).model or not more
    assert load(copy, more).model.cell == ("lstm" if more else "gru")


def test_a_default_has_an_effect_exactly_if_nothing_overrules_it() -> None:
    model = Settings().model
    for field in dataclasses.fields(model):
        assert model.has_effect(field.name) == (not model.overruled_by(field.name))


DECODING = [
    ("sample_top_k=5", "temperature = 0.0"),
    ("sample_top_p=0.9", "temperature = 0.0"),
    ("diversity=1", "groups = 1"),
]


@pytest.mark.parametrize(("given", "condition"), DECODING)
def test_decoding_options_without_effect(given: str, condition: str, tmp_path: Path) -> None:
    key, other = given.partition("=")[0], condition.partition(" ")[0]
    expected = (
        f"inference.{key} has no effect if inference.{condition}. "
        f"Remove it, or increase inference.{other}."
    )
    with pytest.raises(UserError) as caught:
        load(overrides=[f"inference.{given}"])
    assert str(caught.value) == f"--set: {expected}"
    recipe = tmp_path / "recipe.ini"
    recipe.write_text(f"[inference]\n{given}\n")
    with pytest.raises(UserError) as caught:
        load(recipe)
    assert str(caught.value) == f"{str(recipe)!r}: {expected}"


def test_decoding_options_with_effect(tmp_path: Path) -> None:
    load(overrides=["inference.sample_top_k=5", "inference.temperature=1"])
    load(overrides=["inference.diversity=1", "inference.groups=2"])
    load(overrides=["inference.sample_top_k=0", "inference.sample_top_p=1"])  # the defaults
    recipe = tmp_path / "recipe.ini"
    recipe.write_text("[inference]\nsample_top_k = 5\ntemperature = 1\n")
    assert load(recipe, overrides=["inference.temperature=0"]).inference.sample_top_k == 5
