"""The options: their types, the settings that they name, and that every one belongs to a mode."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from malgil.cli import options
from malgil.cli.modes import MODES
from malgil.cli.options import Options, parse
from malgil.common.errors import UserError
from malgil.common.locations import ROOT

EVERYTHING = [
    *("--mode", "predict", "하나", "둘", "--config", "a.ini", "--set", "a.b=1", "--set", "c.d=2"),
    *("--resume", "--model", "m", "--n-best", "3", "--glossary", "g", "--beginning", "b"),
    *("--confidence", "--input", "i", "--output", "o", "--overwrite", "--attention", "a.png"),
    *("--json", "--yes", "--url", "u", "--url", "v", "--debug"),
]


class TestParse:
    def test_every_option_has_its_field(self) -> None:
        assert parse(EVERYTHING) == Options(
            mode="predict",
            text=("하나", "둘"),
            config="a.ini",
            overrides=("a.b=1", "c.d=2"),
            resume=True,
            model="m",
            n_best="3",
            glossary="g",
            beginning="b",
            confidence=True,
            input="i",
            output="o",
            overwrite=True,
            attention="a.png",
            json=True,
            yes=True,
            url=("u", "v"),
            debug=True,
        )

    def test_defaults_are_those_of_the_class(self) -> None:
        assert parse(["--mode", "train"]) == Options("train")

    @pytest.mark.parametrize("command", ["python app.py", "malgil"])
    def test_an_error_names_the_command(
        self, monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        monkeypatch.setattr(options, "COMMAND", command)
        with pytest.raises(UserError, match=f"accepted: {command} --help"):
            parse(["--mode"])

    @pytest.mark.parametrize(
        ("command", "program"), [("python app.py", "app.py"), ("malgil", "malgil")]
    )
    def test_help_names_the_program(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        command: str,
        program: str,
    ) -> None:
        monkeypatch.setattr(options, "COMMAND", command)
        with pytest.raises(SystemExit):
            parse(["--help"])
        assert capsys.readouterr().out.startswith(f"usage: {program} ")


class TestSettings:
    def test_short_options_come_last(self) -> None:
        options = Options(
            "predict", overrides=("inference.n_best=2", "inference.beam_size=7"), n_best="4"
        )
        inference = options.settings().inference
        assert (inference.n_best, inference.beam_size) == (4, 7)

    def test_an_empty_glossary_is_a_setting_too(self, tmp_path: Path) -> None:
        recipe = tmp_path / "r.ini"
        recipe.write_text("[inference]\nglossary = terms.tsv\n", encoding="utf-8")
        assert Options("predict", config=str(recipe)).settings().inference.glossary == "terms.tsv"
        options = Options("predict", config=str(recipe), glossary="")
        assert options.settings().inference.glossary == ""


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_that_is_given_nothing_else_is_accepted(mode: str) -> None:
    Options(mode).check()


def test_options_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options("train").mode = "predict"  # type: ignore[misc]


def test_the_command_line_loads_no_packages() -> None:
    """Before a mode runs: `--help` and errors are quick."""
    program = (
        "import sys; from malgil.cli.main import main; assert main(['--mode', 'none']) == 2\n"
        "print(*sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in ended.stdout.split()}
    assert not {"numpy", "h5py", "keras", "tensorflow", "matplotlib", "sentencepiece"} & loaded
    ours = {name for name in ended.stdout.split() if name.startswith("malgil.")}
    assert not [name for name in ours if name.split(".")[1] not in ("cli", "common", "settings")]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_has_a_module(mode: str) -> None:
    path = ROOT / f"{MODES[mode].removeprefix('malgil.').replace('.', '/')}.py"
    assert "\ndef run(options: Options) -> int:" in path.read_text(encoding="utf-8")
