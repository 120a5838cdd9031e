"""Tests of rendered settings: they read back to the same settings, and keep the comments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.settings import Settings, from_dict, load, rendering
from malgil.settings.rendering import render_ini

RECIPES = sorted((ROOT / "recipes").glob("*.ini"))
ODD_VALUES = {
    "data": {
        "train": ["말뭉치/훈련 1.tsv", "%(home)s/${x}.tsv", "#a.tsv", ";b # c.tsv", "a=b: [c].tsv"],
        "test": [],
        "columns": ["원문", "번역문"],
        "downloads": "  spaces at both ends ",
    },
    "cleaning": {"rejected_file": "# 100 %; \\n \"'", "min_script_share": "0.1234567891234"},
    "training": {"clip_norm": 1e-6, "learning_rate": "3e-5", "max_minutes": "1_000"},
    "inference": {"glossary": "first line\nsecond line", "sample_top_p": 0.95},
}


def read_as_both(text: str, folder: Path) -> list[Settings]:
    """Return what a text reads to as config.ini, and as a recipe over another config.ini."""
    path, other = folder / "rendered.ini", folder / "other.ini"
    path.write_text(text, encoding="utf-8")
    other.write_text("[model]\nunits = 8\ncell = gru\nheads = 2\n[training]\nseed = 9\n")
    return [load(config=path), load(path, config=other)]


@pytest.mark.parametrize("path", [None, *RECIPES], ids=lambda path: path.stem if path else "none")
def test_recipes_read_back(path: Path | None, tmp_path: Path) -> None:
    settings = load(path)
    assert read_as_both(render_ini(settings), tmp_path) == [settings, settings]


def test_odd_values_read_back(tmp_path: Path) -> None:
    settings = from_dict(ODD_VALUES)
    assert settings.data.downloads == "spaces at both ends"
    assert read_as_both(render_ini(settings, ["한국어 # header"]), tmp_path) == [settings, settings]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("data", "train", ["a,b.tsv"]),
        ("data", "train", ["a\nb.tsv"]),
        ("data", "cache", "a\n# b"),
        ("data", "cache", "a\rb"),
        ("data", "cache", "caf\udce9"),
        ("inference", "glossary", "a\n    b"),
    ],
)
def test_values_that_an_ini_file_cannot_hold(section: str, key: str, value: object) -> None:
    with pytest.raises(UserError) as caught:
        render_ini(from_dict({section: {key: value}}))
    message = str(caught.value)
    assert message.startswith(f"{section}.{key} accepts text that an INI file can hold. Received: ")
    assert message.endswith(" Use --json.")


def test_the_defaults_are_config_ini(tmp_path: Path) -> None:
    """The sections, comments and values are the same, but for those without effect."""
    shipped = (ROOT / "config.ini").read_text(encoding="utf-8")
    start = shipped.index("[translator]")
    rendered = render_ini(load()).splitlines()
    kept = [line for line in rendered if not line.startswith("# No effect if ")]
    idle = re.compile(r"# (\w+ = \S+)")
    shown = "\n".join(idle.sub(r"\1", line) if idle.fullmatch(line) else line for line in kept)
    assert shown.strip() == shipped[start:].strip()


def test_settings_without_effect_are_comments() -> None:
    text = render_ini(load(ROOT / "recipes" / "transformer.ini"))
    assert "# No effect if model.architecture = transformer:\n# cell = lstm\n" in text
    assert "\nheads = 8\n" in text
    text = render_ini(load(ROOT / "recipes" / "stacked.ini"))
    assert "# No effect if model.attention = luong_general:\n# heads = 4\n" in text
    assert "\nresidual = yes\n" in text


def test_a_rendered_file_serves_as_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person may save it as config.ini; the comments stay with their settings."""
    transformer = render_ini(load(ROOT / "recipes" / "transformer.ini"))
    (tmp_path / "config.ini").write_text(transformer, encoding="utf-8")
    expected = render_ini(load())
    monkeypatch.setattr(rendering, "ROOT", tmp_path)
    assert render_ini(load()) == expected


def test_a_template_without_some_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.ini").write_text("# top\n\n# about\n[model]\n# size\nunits: 6\n\n[data]\n")
    monkeypatch.setattr(rendering, "ROOT", tmp_path)
    text = render_ini(load())
    assert "# about\n[model]\narchitecture = rnn\n# size\nunits = 256\n" in text
    assert "# top" not in text
    assert read_as_both(text, tmp_path)[0] == load()


def test_the_header_is_a_comment() -> None:
    assert render_ini(load(), ["one", "", "two"]).startswith("# one\n#\n# two\n\n\n[translator]\n")
