"""Malgil's command line: parses it, loads the settings, hands over to one function per mode."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from errors import UserError, require
from settings import Settings, load

MODES = ("train", "predict", "evaluate", "doctor")
DONE, FAULT, MISTAKE, INTERRUPTED = 0, 1, 2, 130


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="app.py",
        description="Malgil: train a translator on your own sentence pairs, and translate with it.",
        epilog="Every setting and its meaning: config.ini.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--mode", choices=MODES, required=True, help="what to do")
    add("text", nargs="*", help="predict: sentences to translate")
    add("--config", metavar="FILE", help="a recipe: settings that differ from config.ini")
    add("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="one setting")
    add("--resume", action="store_true", help="train: go on from the last checkpoint")
    add("--input", metavar="FILE", help="predict: a line each; evaluate: source, tab, target")
    add("--output", metavar="FILE", help="predict: where to write; default: standard output")
    add("--overwrite", action="store_true", help="predict: replace --output if it exists")
    add("--attention", metavar="FILE.png", help="predict: a picture of one sentence's attention")
    add("--json", action="store_true", help="predict, evaluate, doctor: JSON instead of text")
    add("--debug", action="store_true", help="show the traceback of an error")
    return parser


_ONLY_IN = {
    "text": ("predict",),
    "resume": ("train",),
    "input": ("predict", "evaluate"),
    "output": ("predict",),
    "overwrite": ("predict",),
    "attention": ("predict",),
    "json": ("predict", "evaluate", "doctor"),
}


def check(options: argparse.Namespace) -> None:
    """Refuse options that the mode would pass over, and those that exclude each other.

    Raises:
        UserError: Which, and what is accepted.
    """
    for name, modes in _ONLY_IN.items():
        shown = "a sentence" if name == "text" else f"--{name}"
        require(
            not getattr(options, name) or options.mode in modes,
            f"--mode {options.mode} takes no {shown.removeprefix('a ')}; {shown} goes with "
            f"--mode {' or '.join(modes)}.",
        )
    require(
        not (options.text and options.input),
        "predict takes sentences or --input, not both. Received both.",
    )


def run(options: argparse.Namespace) -> int:
    """Do what the options say. Returns the exit status; raises `UserError`."""
    check(options)
    settings: Settings = load(options.config, options.set)
    if options.mode == "doctor":
        from serving import doctor

        return doctor.run(settings, options.json)
    from serving import console

    return console.MODES[options.mode](settings, options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Those after the program's name; the process's own where it is None.

    Returns:
        0 done, 1 a fault of the program, 2 a mistake of the user, 130 ended by Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = make_parser().parse_args(arguments)
    try:
        return run(options)
    except UserError as error:
        if options.debug:
            traceback.print_exc()
        print(f"error: {error}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone: nothing is left to say, at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        print(
            f"fault of the program: {type(error).__name__}: {error} (--debug shows where)",
            file=sys.stderr,
        )
        return FAULT


if __name__ == "__main__":
    sys.exit(main())
