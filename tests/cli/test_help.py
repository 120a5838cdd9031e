"""Help: one for the program, and one for each mode; the page of docs that lists the same."""

from __future__ import annotations

import re
import shlex

import pytest

import malgil
from malgil.cli import help as help_texts
from malgil.cli.arguments import parse
from malgil.cli.flags import FLAGS, flags_of
from malgil.cli.main import main
from malgil.cli.modes import MODES
from malgil.common.locations import ROOT

Capture = pytest.CaptureFixture[str]
PAGE = ROOT / "docs" / "command-line.md"


def shown(capsys: Capture, *arguments: str) -> str:
    """Return the help that arguments print."""
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def options_in(text: str) -> set[str]:
    """Return the options that are described in a help text, each at the beginning of a line."""
    return set(re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE))


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_program(capsys: Capture, option: str) -> None:
    text = shown(capsys, option)
    for name, mode in MODES.items():
        assert re.search(rf"^  {name} +{re.escape(mode.summary)}$", text, re.MULTILINE), name
    assert options_in(text) == {"--config", "--set", "--debug", "--version"}
    assert "python app.py --mode MODE --help" in text and "config.ini" in text


@pytest.mark.parametrize("mode", MODES)
def test_mode(capsys: Capture, mode: str) -> None:
    text = shown(capsys, "--mode", mode, "--help")
    assert options_in(text) == {flag.option for flag in flags_of(mode)}
    assert shown(capsys, "-h", f"--mode={mode}", "--unknown") == text
    unwrapped = " ".join(text.split())
    assert MODES[mode].description in unwrapped
    for flag in flags_of(mode):
        assert flag.helps[mode] in unwrapped
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith("  python"))


@pytest.mark.parametrize("mode", MODES)
def test_examples_can_be_pasted(mode: str) -> None:
    text = help_texts.mode_help(mode)
    examples = [line.strip() for line in text.partition("examples:\n")[2].splitlines()]
    assert len(examples) == len(MODES[mode].examples) >= 1
    for example in examples:
        options = parse(shlex.split(example.removeprefix("python app.py")))
        options.check()
        assert options.mode == mode


def test_unknown_mode(capsys: Capture) -> None:
    assert main(["--mode", "predct", "--help"]) == 2
    assert "Did you mean predict?" in capsys.readouterr().err


def test_after_two_hyphens_it_is_text() -> None:
    assert help_texts.requested_text(["--mode", "predict", "--", "--help", "--version"]) is None


def test_version(capsys: Capture) -> None:
    assert shown(capsys, "--version") == f"Malgil {malgil.__version__}\n"
    assert malgil.__version__ == "0.2.0"


def test_no_arguments(capsys: Capture) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("usage: python app.py --mode MODE ")
    assert all(f"\n  {mode} " in err for mode in MODES)
    assert err.count("\n") < 20


@pytest.mark.parametrize("columns", ["20", "80", "300"])
def test_any_terminal(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    text = help_texts.mode_help("evaluate").partition("\n\n")[2].partition("examples:")[0]
    lines = text.splitlines()
    assert max(map(len, lines)) <= max(60, min(int(columns), 100))


def test_the_name_of_the_installed_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(help_texts, "COMMAND", "malgil")
    assert help_texts.program_help().startswith("usage: malgil --mode MODE ")
    assert "\n  malgil --mode predict " in help_texts.mode_help("predict")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_has_a_module(mode: str) -> None:
    path = ROOT / f"{MODES[mode].module.removeprefix('malgil.').replace('.', '/')}.py"
    assert "\ndef run(options: Options) -> int:" in path.read_text(encoding="utf-8")


class TestPage:
    """docs/command-line.md says what `--help` says."""

    @pytest.fixture(scope="class")
    def sections(self) -> dict[str, str]:
        parts = re.split(r"^### (\w+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    def test_modes_in_order(self, sections: dict[str, str]) -> None:
        assert list(sections) == list(MODES)

    @pytest.mark.parametrize("mode", MODES)
    def test_options(self, sections: dict[str, str], mode: str) -> None:
        described = MODES[mode]
        section = sections[mode].partition("\n## ")[0]
        assert described.description in " ".join(section.split())
        rows = [
            f"| `{flag.usage}` | {flag.helps[mode]} |"
            for flag in flags_of(mode)
            if not flag.is_common
        ]
        if described.operand:
            rows.insert(0, f"| `{described.operand.strip('[]')}` | {described.operand_help} |")
        assert re.findall(r"^\| `.*\|$", section, re.MULTILINE) == rows

    def test_common_options(self) -> None:
        text = PAGE.read_text(encoding="utf-8").partition("\n### ")[0]
        for flag in FLAGS:
            if flag.is_common:
                assert f"| `{flag.usage}` | {flag.helps['train']} |" in text
