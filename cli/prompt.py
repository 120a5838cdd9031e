"""The prompt: translates what is typed, line by line, until Ctrl-D."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgil.cli.options import Options
from malgil.cli.output_format import draw_attention, format_translation, is_utf8
from malgil.common.errors import ExitCode, UserError
from malgil.settings import from_dict

if TYPE_CHECKING:
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)

_HISTORY_FILE = Path.home() / ".malgil_history"
_HISTORY_LINES = 1000
_HELP = """\
:nbest N         so many translations of each sentence
:glossary FILE   terms that must be translated as it says; without a file none
:beginning TEXT  words that each translation begins with; without words none
:attention FILE  a picture of where each translation looked; without a file none
:set KEY=VALUE   a setting of [inference], such as beam_size=10
:help            this
:quit            leave, as Ctrl-D does"""


def run_prompt(translator: Translator, options: Options) -> int:
    """Translate line by line until Ctrl-D or :quit. Ctrl-C stops a sentence, not the program.

    Args:
        translator: Answers.
        options: Those of the mode predict.

    Returns:
        The exit status.
    """
    prompt = Prompt(translator, options)
    languages = translator.settings.data
    logger.info(
        "%s: %s → %s. A sentence a line; :help shows more, Ctrl-D ends.",
        translator.name,
        languages.source_language,
        languages.target_language,
    )
    with _line_editing():
        while True:
            try:
                line = read_line()
            except EOFError:
                logger.info("")
                return ExitCode.DONE
            except KeyboardInterrupt:
                logger.info("")  # the line is dropped
                continue
            except UnicodeDecodeError:
                line = None
            if line is None or not is_utf8(line):
                logger.error("error: that line is not UTF-8 text.")
            elif line.strip() == ":quit":
                return ExitCode.DONE
            else:
                prompt.answer(line)


class Prompt:
    """The answers to lines at the prompt: translations, or changes to how it translates.

    Args:
        translator: Translates.
        options: `json`, `confidence`, `beginning` and `attention` hold until a line changes them.
    """

    def __init__(self, translator: Translator, options: Options) -> None:
        self._translator = translator
        self._options = options
        self._commands: dict[str, Callable[[str], None]] = {
            "nbest": lambda value: self._set("n_best", value),
            "glossary": lambda value: self._set("glossary", value),
            "beginning": self._set_beginning,
            "attention": self._set_attention,
            "set": self._set_any,
            "help": lambda _: logger.info(_HELP),
        }

    def answer(self, line: str) -> None:
        """Translate a line, or run its command. Errors are reported, not raised."""
        try:
            if line.startswith(":"):
                self._run_command(line[1:])
            elif line.strip():
                self._translate(line)
        except UserError as error:
            logger.error("error: %s", error)
        except KeyboardInterrupt:
            logger.info("stopped")

    def _translate(self, line: str) -> None:
        options = self._options
        [translation] = self._translator.translate([line], [options.beginning or ""])
        print(format_translation(translation, 1, options.json, options.confidence), flush=True)
        if options.attention:
            draw_attention(options.attention, self._translator, translation)

    def _run_command(self, text: str) -> None:
        name, _, value = text.strip().partition(" ")
        if name not in self._commands:
            raise UserError(
                f"the prompt knows :{', :'.join(self._commands)} and :quit. Received: :{name}."
            )
        self._commands[name](value.strip())

    def _set_beginning(self, value: str) -> None:
        self._options = dataclasses.replace(self._options, beginning=value)

    def _set_attention(self, value: str) -> None:
        if value:
            from malgil.evaluation.plotting.style import picture_format

            picture_format(value)
        self._options = dataclasses.replace(self._options, attention=value)

    def _set_any(self, value: str) -> None:
        key, is_given, setting = value.partition("=")
        if not is_given:
            raise UserError(f":set takes KEY=VALUE, such as beam_size=10. Received: {value!r}.")
        self._set(key.strip().removeprefix("inference."), setting.strip())

    def _set(self, key: str, value: str) -> None:
        now: dict[str, Any] = dataclasses.asdict(self._translator.settings.inference)
        inference = from_dict({"inference": {**now, key: value}}).inference
        self._translator = self._translator.with_inference(inference)


def read_line() -> str:
    """Read a line of the terminal. The prompt stays off standard output where that is a file.

    Raises:
        EOFError: At the end.
    """
    if sys.stdout.isatty():
        return input("> ")  # line editing must know the prompt
    print("> ", end="", file=sys.stderr, flush=True)
    return input()


@contextlib.contextmanager
def _line_editing() -> Iterator[None]:
    """Give line editing and the lines of earlier sessions, where the system has them."""
    try:
        import readline
    except ImportError:
        yield
        return
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        with contextlib.suppress(OSError):
            readline.read_history_file(_HISTORY_FILE)
    try:
        yield
    finally:
        if is_terminal:
            readline.set_history_length(_HISTORY_LINES)
            with contextlib.suppress(OSError):
                readline.write_history_file(_HISTORY_FILE)
                _HISTORY_FILE.chmod(0o600)
