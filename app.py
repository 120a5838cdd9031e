"""Malgil's command line: parses it, loads the settings, hands over to one function per mode."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from malgil.common.errors import UserError
from malgil.settings import Settings, load

MODES = ("train", "predict", "score", "evaluate", "compare", "inspect", "download", "doctor")
DONE, FAULT, MISTAKE, INTERRUPTED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are told in one line, as all others are."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}. All that is accepted: python app.py --help")


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line. It raises `UserError`."""
    parser = _Parser(
        prog="app.py",
        description="Malgil: train a translator on your own sentence pairs, and translate with it.",
        epilog="Every setting and its meaning: config.ini.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--mode", choices=MODES, required=True, help="what to do")
    add(
        "text",
        nargs="*",
        help="predict: sentences to translate; score: one and its translation; compare: more "
        "recipes; inspect: files of sentence pairs; download: a dataset's name",
    )
    add("--config", metavar="FILE", help="a recipe: settings that differ from config.ini")
    add("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="one setting")
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


_ONLY_IN = {
    "text": ("predict", "score"),
    "resume": ("train", "compare", "predict"),
    "model": ("predict", "score", "evaluate"),
    "n_best": ("predict",),
    "glossary": ("predict",),
    "beginning": ("predict",),
    "confidence": ("predict",),
    "input": ("predict", "score", "evaluate"),
    "output": ("predict", "score", "inspect"),
    "overwrite": ("predict", "score"),
    "attention": ("predict", "score"),
    "json": ("predict", "score", "evaluate", "compare", "inspect", "doctor"),
    "yes": ("download",),
    "url": ("download",),
}


def check(options: argparse.Namespace) -> None:
    """Refuse options that the mode would pass over, and those that exclude each other.

    Raises:
        UserError: Which, and what is accepted.
    """
    for name, modes in _ONLY_IN.items():
        if name == "text" and options.mode in ("compare", "inspect", "download"):
            continue  # recipes, files, a dataset
        shown = "a sentence" if name == "text" else f"--{name.replace('_', '-')}"
        if getattr(options, name) and options.mode not in modes:
            raise UserError(
                f"--mode {options.mode} takes no {shown.removeprefix('a ')}; {shown} goes with "
                f"--mode {' or '.join(modes)}."
            )
    for name in ("input", "output", "attention"):
        if getattr(options, name) == "":
            raise UserError(f"--{name} is empty. Name a file.")
    if options.model == "":
        raise UserError("--model is empty. Name a translator.")
    if options.text and options.input:
        raise UserError(f"{options.mode} takes sentences or --input, not both. Received both.")
    if not options.output and options.overwrite:
        raise UserError("--overwrite goes with --output FILE.")
    if options.mode == "download":
        if len(options.text) > 1:
            raise UserError(
                f"download takes one dataset at a time. Received: {', '.join(options.text)}."
            )
        for name in ("yes", "url"):
            if not options.text and getattr(options, name):
                raise UserError(
                    f"--{name} goes with the name of a dataset: python app.py --mode download NAME"
                )


def run(options: argparse.Namespace) -> int:
    """Do what the options say. Returns the exit status; raises `UserError`."""
    check(options)
    if options.mode == "compare":
        from malgil.cli.compare import compare

        return compare(options)
    settings: Settings = load(options.config, [*options.set, *_short(options)])
    if options.mode == "doctor":
        from malgil.cli.doctor import diagnosis

        return diagnosis.run(settings, options.json)
    if options.mode == "inspect":
        from malgil.cli import inspect

        return inspect.run(settings, options)
    if options.mode == "download":
        from malgil.cli import download

        return download.run(settings, options)
    if options.mode == "score":
        from malgil.cli import score

        return score.run(settings, options)
    from malgil.cli import console

    return console.MODES[options.mode](settings, options)


def _short(options: argparse.Namespace) -> list[str]:
    """The settings that have an option of their own."""
    given = {"n_best": options.n_best, "glossary": options.glossary}
    return [f"inference.{key}={value}" for key, value in given.items() if value is not None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Those after the program's name; the process's own where it is None.

    Returns:
        0 done, 1 a fault of the program, 2 a mistake of the user, 130 ended by Ctrl-C.
    """
    _prepare_streams()
    is_debug = False
    try:
        options = make_parser().parse_args(arguments)
        is_debug = options.debug
        status = run(options)
        sys.stdout.flush()  # here, where an error can still be told
        return status
    except BrokenPipeError:  # the reader of our output has gone: nothing is left to say
        _leave_output()
        return DONE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if is_debug:
            traceback.print_exc()
        _leave_output()
        mistake = _mistake(error)
        if mistake:
            print(f"error: {mistake}", file=sys.stderr)
            return MISTAKE
        told = " ".join(str(error).split())
        print(
            f"fault of the program: {type(error).__name__}: {told} (--debug shows where)",
            file=sys.stderr,
        )
        return FAULT


def _mistake(error: Exception) -> str | None:
    """What the user can mend about an error; None for a fault of the program."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"cannot write the output: {error.strerror}. Free some space."
    if isinstance(error, ModuleNotFoundError):
        return (
            f"the package {error.name} is not installed: pip install -r requirements.txt. "
            "--mode doctor shows all that is missing."
        )
    return None


def _prepare_streams() -> None:
    """Standard streams in UTF-8, whatever the system's encoding; empty ones where there is none."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _leave_output() -> None:
    """Let go of a standard output that takes no more, so that the exit does not fail at it."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
