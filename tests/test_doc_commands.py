"""Check that the commands of the pages and of the help can be typed: options, settings, files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgil.cli.arguments import parse
from malgil.cli.modes import MODES
from malgil.cli.options import Options
from malgil.common.locations import ROOT

PAGES = (
    "README.md", "CONTRIBUTING.md", "docs/*.md", "data/README.md", "model/README.md",
    "recipes/*.ini",
)  # fmt: skip
PROGRAM = "python app.py "
# Names of files that stand for a file of the reader: capitals, as in TRAIN.tsv.
PLACEHOLDER = re.compile(r"[A-Z_]+\.\w+")
# A setting that the reader adds to the program.
TO_BE_WRITTEN = "model.attention=cosine"
# Translators that a reader has after the first training.
TRAINED = {"ko-en"}
SETTINGS_OF_FILES = ("data.train", "data.valid", "data.test", "inference.glossary")


def commands(text: str) -> Iterator[str]:
    """Yield what follows `python app.py` in each line and each inline code of a page."""
    text = re.sub(r"\\\n[ #]*", "", text)
    for line in text.splitlines():
        for code in re.findall(r"`(python app\.py [^`]+)`", line) or [line]:
            at = code.find(PROGRAM)
            if at >= 0 and ("`" not in code or code.startswith(PROGRAM)):
                yield re.split(r" [|<>] ?| && |  #", code[at + len(PROGRAM) :])[0]


def is_there(name: str, made: set[str]) -> bool:
    return bool(PLACEHOLDER.fullmatch(name)) or name in made or (ROOT / name).exists()


def files_of(options: Options) -> Iterator[str]:
    """Yield the names of the files that a command reads."""
    yield from filter(None, (options.config, options.input, options.glossary))
    yield from (file for _name, file in options.output_of)
    if options.mode in ("compare", "inspect"):
        yield from options.text
    for override in options.overrides:
        name, _, value = override.partition("=")
        if name in SETTINGS_OF_FILES:
            yield from value.split(",")


def check(options: Options, made: set[str], trained: set[str]) -> None:
    """Check that a command is accepted, and that what it reads ships or was made before it."""
    options.check()
    missing = [name for name in files_of(options) if not is_there(name, made)]
    assert missing == [], f"the command reads {missing}"
    for value in options.model:
        for name in value.split(","):
            is_path = "/" in name
            assert is_path or name in trained, f"no command before it trains {name}"
    settings = options.settings()
    if options.mode == "train":
        trained.add(settings.translator.name)
    made.update(filter(None, (options.output, options.attention)))


PATHS = sorted(path for pattern in PAGES for path in ROOT.glob(pattern))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_a_page(path: Path) -> None:
    made: set[str] = set()
    trained = set(TRAINED)
    for command in commands(path.read_text(encoding="utf-8")):
        arguments = shlex.split(command)
        words = {"MODE", "NAME", TO_BE_WRITTEN}
        if words & set(arguments) or "--help" in arguments or "NAME" in command or "…" in command:
            continue
        check(parse(arguments), made, trained)


@pytest.mark.parametrize("mode", MODES)
def test_examples_of_the_help(mode: str) -> None:
    made: set[str] = set()
    trained = set(TRAINED)
    for example in MODES[mode].examples:
        check(parse(["--mode", mode, *example]), made, trained)


def test_the_search_finds_commands() -> None:
    text = "a `python app.py --mode doctor` and\npython app.py --mode train \\\n  --resume  # x\n"
    found = list(commands(text))
    assert found == ["--mode doctor", "--mode train --resume"]
    readme = list(commands((ROOT / "README.md").read_text(encoding="utf-8")))
    assert len(readme) >= 5
