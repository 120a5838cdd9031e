"""Tests of the mode settings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import malgil
from malgil.cli.main import main
from malgil.common.locations import ROOT
from malgil.modeling import translator_file
from malgil.settings import from_dict, load

SETTINGS = ("--mode", "settings")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs the mode and returns its status, output and errors."""

    def run_mode(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([*SETTINGS, *map(str, arguments)])
        return (status, *capsys.readouterr())

    return run_mode


def test_prints_what_is_in_effect(run: Any, tmp_path: Path) -> None:
    recipe = ROOT / "recipes" / "bahdanau.ini"
    overrides = ["training.seed=7", "data.train=말 1.tsv, b.tsv"]
    status, out, err = run("--config", recipe, *(x for each in overrides for x in ("--set", each)))
    assert (status, err) == (0, "")
    first, second = out.splitlines()[:2]
    assert first.startswith("# The settings in effect: ")
    assert first.index("config.ini") < first.index("ko-en-large.ini") < first.index("bahdanau.ini")
    assert first.endswith(", --set.") and first.count("--set") == 1
    assert second.startswith(f"# Malgil {malgil.__version__}. ")
    path = tmp_path / "mine.ini"
    path.write_text(out, encoding="utf-8")
    assert load(path) == load(config=path) == load(recipe, overrides)


def test_a_mistake_is_one_line(run: Any) -> None:
    status, out, err = run("--set", "modle.units=3")
    assert (status, out) == (2, "")
    assert err == "error: --set: there is no section 'modle'. Did you mean 'model'?\n"


def test_writes_a_file(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "내 설정.ini"
    assert run("--set", "model.units=8", "--output", path) == (0, "", "")
    assert load(path).model.units == 8
    status, _out, err = run("--output", path)
    assert status == 2 and "--overwrite" in err and load(path).model.units == 8
    assert run("--output", path, "--overwrite")[0] == 0
    assert load(path) == load()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_json(run: Any) -> None:
    status, out, err = run("--json", "--set", "data.train=말.tsv")
    assert (status, err, out.count("\n")) == (0, "", 1) and "말.tsv" in out
    assert from_dict(json.loads(out)) == load(overrides=["data.train=말.tsv"])


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_trained_translator(run: Any, form: str, translator_folder: Path, tmp_path: Path) -> None:
    place = f"translator.directory={translator_folder.parent}"
    extra = ["--json"] if form == "json" else []
    status, out, err = run("--model", translator_folder.name, "--set", place, *extra)
    assert (status, err) == (0, "")
    path = translator_folder / translator_file.FILE_NAME
    stored = from_dict(translator_file.load(path).settings)
    if form == "json":
        assert from_dict(json.loads(out)) == stored
        return
    assert f"settings that the translator {str(path)!r} was trained with" in out.splitlines()[0]
    (tmp_path / "tiny.ini").write_text(out, encoding="utf-8")
    assert load(tmp_path / "tiny.ini") == stored


@pytest.mark.parametrize(
    ("given", "option"),
    [
        (["--config", "recipes/bahdanau.ini"], "--config"),
        (["--set", "model.units=300"], "--set model.units"),
        (["--set", "translator.name=b", "--set", "data.train=a.tsv"], "--set data.train"),
    ],
)
def test_settings_without_effect_are_refused(
    run: Any, translator_folder: Path, given: list[str], option: str
) -> None:
    status, out, err = run("--model", translator_folder, *given)
    assert (status, out) == (2, "")
    assert err == (
        f"error: {option} has no effect with --model, which prints the settings that a translator "
        f"was trained with. Remove {option} or --model.\n"
    )


def test_the_header_names_version_and_time(
    run: Any, monkeypatch: pytest.MonkeyPatch, translator_folder: Path
) -> None:
    sections = load().to_dict()
    monkeypatch.setattr(translator_file, "load_settings", lambda path: (sections, "9.8"))
    monkeypatch.setattr(
        translator_file, "load_metrics", lambda path: {"trained_at": "2026-11-30T19:05:12Z"}
    )
    _status, out, _err = run("--model", translator_folder)
    assert out.splitlines()[1:3] == [
        "# Trained by Malgil 9.8.",
        "# Trained at 2026-11-30T19:05:12Z.",
    ]


def test_several_translators(run: Any) -> None:
    status, out, err = run("--model", "a,b")
    assert (status, out) == (2, "")
    assert err == ("error: --mode settings accepts one translator as --model. Received: a, b.\n")


def test_needs_neither_tensorflow_nor_keras(translator_folder: Path) -> None:
    program = (
        "import sys; from malgil.cli.main import main\n"
        f"main(['--mode', 'settings', '--model', {str(translator_folder)!r}, '--json'])\n"
        "print(sorted({'tensorflow', 'keras', 'onnxruntime'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"
