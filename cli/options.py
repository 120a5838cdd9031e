"""The options of the command line: the parser, their types, and which mode takes which."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from malgil.cli.modes import MODES
from malgil.common.errors import UserError
from malgil.common.locations import COMMAND
from malgil.settings import Settings, load

# The modes that take an option. Options that are not listed belong to all.
_MODES_OF = {
    "text": ("predict", "score"),
    "resume": ("train", "compare", "predict"),
    "model": ("predict", "score", "evaluate", "settings"),
    "n_best": ("predict",),
    "glossary": ("predict",),
    "beginning": ("predict",),
    "confidence": ("predict",),
    "input": ("predict", "score", "evaluate"),
    "output": ("predict", "score", "evaluate", "inspect", "settings"),
    "overwrite": ("train", "predict", "score", "evaluate", "settings"),
    "attention": ("predict", "score"),
    "json": ("predict", "score", "evaluate", "compare", "inspect", "settings", "doctor"),
    "yes": ("download",),
    "url": ("download",),
}
# There `text` is no sentence but recipes, files, a dataset.
_OTHER_TEXT = ("compare", "inspect", "download")


@dataclass(frozen=True)
class Options:
    """The options of one run, each as `--help` describes it; None or empty where not given.

    Attributes:
        overrides: Those of `--set`, `section.key=value`.
    """

    mode: str
    text: tuple[str, ...] = ()
    config: str | None = None
    overrides: tuple[str, ...] = ()
    resume: bool = False
    model: str | None = None
    n_best: str | None = None
    glossary: str | None = None
    beginning: str | None = None
    confidence: bool = False
    input: str | None = None
    output: str | None = None
    overwrite: bool = False
    attention: str | None = None
    json: bool = False
    yes: bool = False
    url: tuple[str, ...] = ()
    debug: bool = False

    def settings(self) -> Settings:
        """Return the settings of this run: `config.ini`, the recipe, `--set` and short options.

        Raises:
            UserError: As `settings.load`.
        """
        flags = {"--n-best": ("n_best", self.n_best), "--glossary": ("glossary", self.glossary)}
        given = {
            flag: f"inference.{key}={value}"
            for flag, (key, value) in flags.items()
            if value is not None
        }
        return load(self.config, self.overrides, flags=given)

    def check(self) -> None:
        """Refuse options that the mode would ignore, and those that exclude each other.

        Raises:
            UserError: Names the option and what is accepted.
        """
        self._check_mode()
        for name in ("input", "output", "attention"):
            if getattr(self, name) == "":
                raise UserError(f"--{name} is empty. Name a file.")
        if self.model == "":
            raise UserError("--model is empty. Name a translator.")
        if self.text and self.input:
            raise UserError(f"{self.mode} takes sentences or --input, not both. Received both.")
        if not self.output and self.overwrite and self.mode != "train":
            raise UserError("--overwrite goes with --output FILE.")
        if self.mode == "download":
            self._check_download()

    def _check_mode(self) -> None:
        for name, modes in _MODES_OF.items():
            if name == "text" and self.mode in _OTHER_TEXT:
                continue
            shown = "a sentence" if name == "text" else f"--{name.replace('_', '-')}"
            if getattr(self, name) and self.mode not in modes:
                raise UserError(
                    f"--mode {self.mode} takes no {shown.removeprefix('a ')}; {shown} goes with "
                    f"--mode {' or '.join(modes)}."
                )

    def _check_download(self) -> None:
        if len(self.text) > 1:
            raise UserError(
                f"download takes one dataset at a time. Received: {', '.join(self.text)}."
            )
        for name in ("yes", "url"):
            if not self.text and getattr(self, name):
                raise UserError(
                    f"--{name} goes with the name of a dataset: {COMMAND} --mode download NAME"
                )


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Parse the command line.

    Args:
        arguments: Those after the program's name; the process's own where it is None.

    Returns:
        The options, not checked yet.

    Raises:
        UserError: For an unknown option, or one without its value.
        SystemExit: After `--help`.
    """
    values: dict[str, Any] = vars(_make_parser().parse_args(arguments))
    for name in ("text", "overrides", "url"):
        values[name] = tuple(values[name])
    return Options(**values)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are user errors of one line, as all others are."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}. All that is accepted: {COMMAND} --help")


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=COMMAND.split()[-1],
        description="Malgil: train a translator on your own sentence pairs, and translate with it.",
        epilog="Every setting and its meaning: config.ini.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--mode", choices=tuple(MODES), required=True, help="what to do")
    add(
        "text",
        nargs="*",
        help="predict: sentences to translate; score: one and its translation; compare: more "
        "recipes; inspect: files of sentence pairs; download: a dataset's name",
    )
    add("--config", metavar="FILE", help="a recipe: settings that differ from config.ini")
    add(
        "--set",
        action="append",
        default=[],
        dest="overrides",
        metavar="SECTION.KEY=VALUE",
        help="one setting",
    )
    add(
        "--resume", action="store_true", help="train, compare, predict: go on from where it stopped"
    )
    add(
        "--model",
        metavar="NAME[,NAME…]",
        help="predict, score, evaluate: another translator, or several that translate together",
    )
    add("--n-best", metavar="N", help="predict: so many translations of each sentence")
    add("--glossary", metavar="FILE", help="predict: terms that must be translated as it says")
    add("--beginning", metavar="TEXT", help="predict: words that each translation begins with")
    add("--confidence", action="store_true", help="predict: doubtful words with their probability")
    add("--input", metavar="FILE", help="predict: a line each; score, evaluate: sentence pairs")
    add("--output", metavar="FILE", help="predict, score: where to write; inspect: the picture")
    add("--overwrite", action="store_true", help="predict, score: replace --output if it exists")
    add("--attention", metavar="FILE.png", help="predict, score: a picture of its attention")
    add("--json", action="store_true", help="JSON, not text; not for train and download")
    add("--yes", action="store_true", help="download: agree to the license without being asked")
    add("--url", action="append", default=[], help="download: another address for its file")
    add("--debug", action="store_true", help="show the traceback of an error")
    return parser
