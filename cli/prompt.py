"""The prompt: a person types, the translator answers, until Ctrl-D."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgil.cli.output_format import draw, is_utf8, lines_of
from malgil.common.errors import UserError
from malgil.settings import from_dict

if TYPE_CHECKING:
    from malgil.modeling.translator import Translator

_HISTORY = Path.home() / ".malgil_history"
_KEPT = 1000  # lines
_HELP = """\
:nbest N         so many translations of each sentence
:glossary FILE   terms that must be translated as it says; without a file none
:beginning TEXT  words that each translation begins with; without words none
:attention FILE  a picture of where each translation looked; without a file none
:set KEY=VALUE   a setting of [inference], such as beam_size=10
:help            this
:quit            leave, as Ctrl-D does"""


def run(translator: Translator, options: Namespace) -> int:
    """Translate line by line until Ctrl-D or :quit. Ctrl-C stops a sentence, not the program."""
    prompt = Prompt(translator, options.json, options.attention, options.beginning or "")
    languages = translator.settings.data
    _tell(
        f"{translator.name}: {languages.source_language} → {languages.target_language}. "
        "A sentence a line; :help shows more, Ctrl-D ends."
    )
    with _history():
        while True:
            try:
                line = _ask()
            except EOFError:
                _tell("")
                return 0
            except KeyboardInterrupt:
                _tell("")  # the line is dropped
                continue
            except UnicodeDecodeError:
                line = None
            if line is None or not is_utf8(line):
                _tell("error: that line is not UTF-8 text.")
            elif line.strip() == ":quit":
                return 0
            else:
                prompt.answer(line)


class Prompt:
    """What a line at the prompt does.

    Args:
        translator: Answers.
        as_json: Whether in JSON.
        picture: The file of a picture of each translation's attention, or None.
        beginning: What each translation begins with; empty for anything.
    """

    def __init__(
        self, translator: Translator, as_json: bool, picture: str | None, beginning: str = ""
    ) -> None:
        self._translator = translator
        self._as_json = as_json
        self._picture = picture
        self._beginning = beginning
        self._commands: dict[str, Callable[[str], None]] = {
            "nbest": lambda value: self._set("n_best", value),
            "glossary": lambda value: self._set("glossary", value),
            "beginning": self._begin,
            "attention": self._attention,
            "set": self._set_any,
            "help": lambda _: _tell(_HELP),
        }

    def answer(self, line: str) -> None:
        """Translate a line, or do what it says. What goes wrong is told."""
        try:
            if line.startswith(":"):
                self._command(line[1:])
            elif line.strip():
                [found] = self._translator.translate([line], [self._beginning])
                print(lines_of(found, 1, self._as_json), flush=True)
                if self._picture:
                    draw(self._picture, self._translator, found)
        except UserError as error:
            _tell(f"error: {error}")
        except KeyboardInterrupt:
            _tell("stopped")

    def _command(self, text: str) -> None:
        name, _, value = text.strip().partition(" ")
        if name not in self._commands:
            raise UserError(
                f"the prompt knows :{', :'.join(self._commands)} and :quit. Received: :{name}."
            )
        self._commands[name](value.strip())

    def _begin(self, value: str) -> None:
        self._beginning = value

    def _attention(self, value: str) -> None:
        if value:
            from malgil.evaluation.plotting.style import picture_format

            picture_format(value)
        self._picture = value or None

    def _set_any(self, value: str) -> None:
        key, is_given, setting = value.partition("=")
        if not is_given:
            raise UserError(f":set takes KEY=VALUE, such as beam_size=10. Received: {value!r}.")
        self._set(key.strip().removeprefix("inference."), setting.strip())

    def _set(self, key: str, value: str) -> None:
        now: dict[str, Any] = dataclasses.asdict(self._translator.settings.inference)
        inference = from_dict({"inference": {**now, key: value}}).inference
        self._translator = self._translator.with_inference(inference)


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def _ask() -> str:
    """A line of the terminal. The prompt stays off standard output where that is a file."""
    if sys.stdout.isatty():
        return input("> ")  # line editing must know the prompt
    print("> ", end="", file=sys.stderr, flush=True)
    return input()


@contextlib.contextmanager
def _history() -> Any:
    """Line editing and the lines of earlier times, where the system has them."""
    try:
        import readline
    except ImportError:
        yield
        return
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        with contextlib.suppress(OSError):
            readline.read_history_file(_HISTORY)
    try:
        yield
    finally:
        if is_terminal:
            readline.set_history_length(_KEPT)
            with contextlib.suppress(OSError):
                readline.write_history_file(_HISTORY)
                _HISTORY.chmod(0o600)
