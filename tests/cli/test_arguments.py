"""Parsing the command line: values, and one-line errors that say what to type."""

from __future__ import annotations

import subprocess
import sys

import pytest

from malgil.cli import arguments
from malgil.cli.arguments import parse
from malgil.cli.options import Options
from malgil.common.errors import UserError
from malgil.common.locations import ROOT

EVERYTHING = [
    *("--mode", "predict", "하나", "둘", "--config", "a.ini", "--set", "a.b=1", "--set", "c.d=2"),
    *("--resume", "--model", "m,n", "--model", "o", "--n-best", "3", "--glossary", "g"),
    *("--beginning", "b", "--confidence", "--input", "i", "--output", "o", "--overwrite"),
    *("--attention", "a.png", "--json", "--yes", "--url", "u", "--url", "v", "--debug"),
]


class TestParse:
    def test_every_option_has_its_field(self) -> None:
        assert parse(EVERYTHING) == Options(
            mode="predict",
            text=("하나", "둘"),
            config="a.ini",
            overrides=("a.b=1", "c.d=2"),
            resume=True,
            model=("m,n", "o"),
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

    @pytest.mark.parametrize(
        ("typed", "text"),
        [
            (["a", "--json", "b"], ("a", "b")),
            (["--json", "a", "b"], ("a", "b")),
            (["--json", "--", "-x", "--help"], ("-x", "--help")),
            (["--json", "-3", "- 가"], ("-3", "- 가")),
        ],
    )
    def test_sentences_and_options_in_any_order(
        self, typed: list[str], text: tuple[str, ...]
    ) -> None:
        assert parse(["--mode=predict", *typed]) == Options("predict", text, json=True)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("--mode", "--mode requires a value: train, predict, "),
        ("--mode tran", "Received: 'tran'. Did you mean train?"),
        ("--mode Train", "Received: 'Train'. Did you mean train?"),
        ("--mode none-such", "accepts train, predict, score, evaluate, compare, "),
        ("--mode train --mode predict", "--mode may be given once. Received: 'train', 'predict'."),
        ("--mode train --recipe x", "--mode train has no option '--recipe'. "),
        ("--mode predict --jso a", "no option '--jso'. Did you mean --json? See: python app.py"),
        ("--mode predict --jso a", " --mode predict --help"),
        ("--mode predict --inputs=a", "no option '--inputs'. Did you mean --input?"),
        ("--mode train --config", "--config requires a value: --config FILE. See: python app.py"),
        ("--mode train --config", " --mode train --help"),
        ("--mode train --yes=1", "--yes accepts no value. Write: --yes. See: "),
        ("--mode train --yes=1", " --mode download --help"),
        ("--mode predict --input a --input b", "--input may be given once. Received: 'a', 'b'."),
    ],
)
def test_mistakes(typed: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        parse(typed.split())
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        (
            ["저는 학생이에요."],
            "To translate, type: python app.py --mode predict '저는 학생이에요.'",
        ),
        (["a", "--json"], "To translate, type: python app.py --mode predict a --json"),
        (["predict", "it's"], "Type: python app.py --mode predict 'it'\"'\"'s'"),
        (["--resume", "trian"], "Type: python app.py --mode train --resume"),
        (["--input", "a"], "It accepts train, predict, "),
        (["--input", "a"], "See: python app.py --help"),
    ],
)
def test_a_missing_mode_says_what_to_type(typed: list[str], command: str) -> None:
    with pytest.raises(UserError, match="^--mode is missing. ") as error:
        parse(typed)
    assert command in str(error.value)


@pytest.mark.parametrize(
    ("typed", "option", "rest"),
    [
        ("-mode predict", "-mode", "Did you mean --mode? Type: python app.py --mode predict"),
        ("--mod predict a", "--mod", "Did you mean --mode? Type: python app.py --mode predict a"),
        ("--Mode=predict a", "--Mode", "Did you mean --mode? Type: python app.py --mode predict a"),
        (
            "--predict a",
            "--predict",
            "Did you mean --mode predict? Type: python app.py --mode predict a",
        ),
        (
            "a --modle m",
            "--modle",
            "Did you mean --model? Type: python app.py --mode predict a --model m",
        ),
        ("a --jso", "--jso", "Did you mean --json? Type: python app.py --mode predict a --json"),
        ("--mod", "--mod", "Did you mean --mode? See: python app.py --help"),
        ("a --qq", "--qq", "See: python app.py --help"),
    ],
)
def test_an_unknown_option_without_a_mode(typed: str, option: str, rest: str) -> None:
    with pytest.raises(UserError) as error:
        parse(typed.split())
    assert str(error.value) == f"there is no option {option!r}. {rest}"


@pytest.mark.parametrize("typed", ["a --overwrite", "a --yes", "a --resume"])
def test_no_command_is_suggested_that_would_be_refused(typed: str) -> None:
    with pytest.raises(UserError, match="^--mode is missing. It accepts train, ") as error:
        parse(typed.split())
    assert "--mode predict" not in str(error.value)


@pytest.mark.parametrize("command", ["python app.py", "malgil"])
def test_an_error_names_the_command(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr(arguments, "COMMAND", command)
    with pytest.raises(UserError, match=f"See: {command} --mode train --help"):
        parse(["--mode", "train", "--foo"])


def test_the_command_line_loads_no_packages() -> None:
    """Help and errors are fast, as nothing is imported before a mode runs."""
    program = (
        "import sys; from malgil.cli.main import main\n"
        "assert main(['--mode', 'none']) == 2 and main(['--mode', 'predict', '--help']) == 0\n"
        "print(*sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = ended.stdout.splitlines()[-1].split()
    assert "malgil.cli.help" in loaded
    packages = {name.split(".")[0] for name in loaded}
    assert not {"numpy", "h5py", "keras", "tensorflow", "matplotlib", "sentencepiece"} & packages
    ours = {name for name in loaded if name.startswith("malgil.")}
    assert not [name for name in ours if name.split(".")[1] not in ("cli", "common", "settings")]
