"""The prompt: translates what is typed, line by line, until Ctrl-D."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgil.cli.options import Options
from malgil.cli.output_format import draw_attention, format_translations, is_utf8
from malgil.cli.streams import quiet_libraries
from malgil.cli.untranslated_lines import UntranslatedLines
from malgil.common.errors import ExitCode, UserError
from malgil.common.interrupts import exit_on_hangup
from malgil.common.localization import _
from malgil.settings import DecodingOptions
from malgil.settings.origins import Layer, Origin, Origins
from malgil.settings.schema import section

if TYPE_CHECKING:
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)

_HISTORY_LINES = 1000
# Other programs quit or show their help at these words.
_WORDS = ("exit", "quit", "help", "?", "종료", "도움말")


def run_prompt(translators: Sequence[Translator], options: Options) -> int:
    """Translate line by line until Ctrl-D, `:quit`, or the terminal is closed.

    Ctrl-C stops a sentence, not the program.

    Args:
        translators: Each of them translates every line.
        options: The options of the mode predict.

    Returns:
        The exit status.
    """
    prompt = Prompt(translators, options)
    logger.info(_welcome(translators))
    with exit_on_hangup(), _line_editing():
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
                logger.error(_("error: the line is not UTF-8 text. It was not translated."))
            elif line.strip() == ":quit":
                return ExitCode.DONE
            else:
                prompt.answer(line)


def _welcome(translators: Sequence[Translator]) -> str:
    """Return the first line: the translators, and how to use the prompt."""
    names = [
        _("{name} ({source} → {target})").format(
            name=translator.name,
            source=translator.settings.data.source_language,
            target=translator.settings.data.target_language,
        )
        for translator in translators
    ]
    return _("{names}. Type one sentence per line. :help lists the commands, Ctrl-D quits.").format(
        names=", ".join(names)
    )


def help_text() -> str:
    """Return the commands of the prompt and what they do."""
    return _(
        ":nbest N         number of translations per sentence\n"
        ":glossary FILE   use required term translations; without FILE, use none\n"
        ":keep WORD, …    copy these words unchanged; without WORD, none\n"
        ":beginning TEXT  begin each translation with TEXT; without TEXT, with any words\n"
        ":attention FILE  draw the attention of each translation; without FILE, draw none\n"
        ":set KEY=VALUE   change a setting of [inference], such as beam_size=10\n"
        ":help COMMAND    show the help of a command; without COMMAND, this help\n"
        ":quit            quit, as Ctrl-D does"
    )


class Prompt:
    """Answers lines at the prompt: it translates them, or runs the commands in them.

    Args:
        translators: Each of them translates every line.
        options: `json`, `confidence`, `beginning` and `attention` apply until a command changes
            them.
    """

    def __init__(self, translators: Sequence[Translator], options: Options) -> None:
        self._translators = list(translators)
        self._options = options
        self._commands: dict[str, Callable[[str], None]] = {
            "nbest": lambda value: self._set("n_best", value, Origin(Layer.FLAG, ":nbest")),
            "glossary": lambda value: self._set("glossary", value, Origin(Layer.FLAG, ":glossary")),
            "keep": lambda value: self._set("keep", value, Origin(Layer.FLAG, ":keep")),
            "beginning": self._set_beginning,
            "attention": self._set_attention,
            "set": self._set_any,
            "help": lambda value: logger.info(self._help(value)),
            "quit": self._refuse_value,  # without a value, `run_prompt` quits
        }

    def answer(self, line: str) -> None:
        """Translate a line, or run its command. Errors are reported, not raised."""
        try:
            if line.startswith(":"):
                self._run_command(line[1:])
            elif line.strip().lower() in _WORDS:
                logger.info(
                    _(
                        "{word!r} was not translated. :quit quits, and :help lists the commands. "
                        "To translate this word, add a period."
                    ).format(word=line.strip())
                )
            elif line.strip():
                self._translate(line)
        except UserError as error:
            logger.error(_("error: {message}").format(message=error))
        except KeyboardInterrupt:
            logger.info(_("stopped"))

    def _translate(self, line: str) -> None:
        options = self._options
        several = len(self._translators) > 1
        names = [translator.name for translator in self._translators] if several else None
        translations = [
            translation
            for translator in self._translators
            for translation in translator.translate([line], [options.beginning or ""])
        ]
        is_numbered = any(each.settings.inference.n_best > 1 for each in self._translators)
        print(
            format_translations(
                translations, 1, names, options.json, options.confidence, is_numbered
            ),
            flush=True,
        )
        untranslated = UntranslatedLines(self._translators[0].settings.data.source_language)
        untranslated.add(1, translations[0])
        untranslated.report()
        if options.attention:
            draw_attention(options.attention, self._translators[0], translations[0])

    def _run_command(self, text: str) -> None:
        name, _separator, value = text.strip().partition(" ")
        self._require_command(name)
        self._commands[name](value.strip())

    def _set_beginning(self, value: str) -> None:
        self._options = dataclasses.replace(self._options, beginning=value)

    def _set_attention(self, value: str) -> None:
        if value:
            from malgil.cli.output_file import check_output

            options = dataclasses.replace(self._options, attention=value)
            options.check()
            check_output(options)
        self._options = dataclasses.replace(self._options, attention=value or None)

    def _set_any(self, value: str) -> None:
        key, separator, setting = value.partition("=")
        key = key.strip().removeprefix("inference.")
        if not separator or "." in key:
            raise UserError(
                _(
                    ":set accepts KEY=VALUE for a setting of [inference], such as beam_size=10. "
                    "Received: {value!r}."
                ).format(value=value)
            )
        self._set(key, setting.strip(), Origin(Layer.OVERRIDE, ":set"))

    def _set(self, key: str, value: str, origin: Origin) -> None:
        """Change a setting of all translators, or of none if one of them refuses it."""
        origins = Origins({f"inference.{key}": origin})
        changed = []
        for translator in self._translators:
            now: dict[str, Any] = dataclasses.asdict(translator.settings.inference)
            inference: DecodingOptions = section(
                "inference", DecodingOptions, {**now, key: value}, origins.subject
            )
            inference.check(origins)
            with quiet_libraries():  # another engine may be loaded
                changed.append(translator.with_inference(inference))
        self._translators = changed

    def _help(self, command: str) -> str:
        """Return the help of all commands, or of the one that is named, with or without a colon."""
        name = command.removeprefix(":")
        if not name:
            return help_text()
        self._require_command(name)
        return next(line for line in help_text().splitlines() if re.match(rf":{name}\b", line))

    def _require_command(self, name: str) -> None:
        if name not in self._commands:
            raise UserError(
                _("the prompt accepts the commands {commands}. Received: {command!r}.").format(
                    commands=", ".join(f":{each}" for each in self._commands),
                    command=f":{name}",
                )
            )

    def _refuse_value(self, value: str) -> None:
        raise UserError(
            _(":quit accepts no value. Received: {value!r}. Write: :quit").format(value=value)
        )


def read_line() -> str:
    """Read a line of the terminal. The prompt is not written to a redirected standard output.

    Raises:
        EOFError: At the end.
    """
    if sys.stdout.isatty():
        return input("> ")  # line editing must know the prompt
    print("> ", end="", file=sys.stderr, flush=True)
    return input()


@contextlib.contextmanager
def _line_editing() -> Iterator[None]:
    """Enable line editing and the history of earlier sessions, if the system has them."""
    try:
        import readline
    except ImportError:
        yield
        return
    path = _history_file() if sys.stdin.isatty() else None
    if path:
        with contextlib.suppress(OSError):
            readline.read_history_file(path)
    try:
        yield
    finally:
        if path:
            readline.set_history_length(_HISTORY_LINES)
            with contextlib.suppress(OSError):
                readline.write_history_file(path)
                path.chmod(0o600)


def _history_file() -> Path | None:
    """Return the file of the history; None for a user without a home folder."""
    try:
        return Path.home() / ".malgil_history"
    except RuntimeError:
        return None
