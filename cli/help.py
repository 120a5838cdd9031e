"""The help of the command line: that of the program, and that of each mode."""

from __future__ import annotations

import shlex
import shutil
import textwrap
from collections.abc import Iterable, Sequence

import malgil
from malgil.cli.arguments import help_command, mode_of
from malgil.cli.flags import FLAGS, Flag, flags_of
from malgil.cli.modes import MODES
from malgil.common.localization import _
from malgil.common.locations import COMMAND

HELP = ("-h", "--help")
VERSION = "--version"
_MAX_WIDTH = 100  # columns; longer lines are hard to read
_MIN_WIDTH = 60
_MAX_LEFT = 26  # a longer option has a line to itself


def requested_text(arguments: Sequence[str]) -> str | None:
    """Return the text that `--help` or `--version` asks for.

    Args:
        arguments: The arguments after the name of the program.

    Returns:
        The text to print, without a line end; None if neither option is among the arguments.

    Raises:
        UserError: If `--help` comes with a mode that does not exist.
    """
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if VERSION in options:
        return _("Malgil {version}").format(version=malgil.__version__)
    if not set(HELP) & set(options):
        return None
    mode = mode_of([each for each in options if each not in HELP])
    return mode_help(mode) if mode else program_help()


def short_usage() -> str:
    """Return what is shown if the program is started without arguments: the modes."""
    return "\n\n".join((_usage("MODE", _("[TEXT ...]")), _modes(), _advice()))


def program_help() -> str:
    """Return the help without a mode: the modes, and the options of all of them."""
    about = _("Malgil: train a translator on your own sentence pairs, and translate with it.")
    common = [(flag.usage, next(iter(flag.helps.values()))) for flag in FLAGS if flag.is_common]
    rows = [*common, _help_row(), (VERSION, _("show the version and exit"))]
    options = _table(_("options of all modes:"), rows)
    return "\n\n".join((_usage("MODE", _("[TEXT ...]")), about, _modes(), options, _advice()))


def mode_help(mode: str) -> str:
    """Return the help of a mode: what it does, its options, and examples to paste."""
    described = MODES[mode]
    parts = [_usage(mode, described.operand), textwrap.fill(described.description, _width())]
    if described.operand:
        parts.append(
            _table(_("arguments:"), [(described.operand.strip("[]"), described.operand_help)])
        )
    rows = [(flag.usage, flag.helps[mode]) for flag in sorted(flags_of(mode), key=_is_common)]
    parts.append(_table(_("options:"), [*rows, _help_row()]))
    examples = [shlex.join(("--mode", mode, *example)) for example in described.examples]
    parts.append("\n".join([_("examples:"), *(f"  {COMMAND} {each}" for each in examples)]))
    return "\n\n".join(parts)


def _is_common(flag: Flag) -> bool:
    return flag.is_common


def _usage(mode: str, operand: str) -> str:
    words = _("usage: {command} --mode {mode} [OPTION ...]").format(command=COMMAND, mode=mode)
    return f"{words} {operand}".rstrip()


def _help_row() -> tuple[str, str]:
    return ", ".join(HELP), _("show this help and exit")


def _modes() -> str:
    return _table(_("modes:"), [(name, mode.summary) for name, mode in MODES.items()])


def _advice() -> str:
    return _(
        "The options of a mode: {command}\n"
        "Every setting is described in config.ini, and every option in docs/command-line.md."
    ).format(command=help_command("MODE"))


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of two columns below a title; the right column is wrapped."""
    rows = list(rows)
    left = min(max(len(name) for name, _text in rows), _MAX_LEFT)
    margin = " " * (left + 4)
    lines = [title]
    for name, text in rows:
        begin = f"  {name.ljust(left)}  "
        if len(name) > left:
            lines.append(f"  {name}")
            begin = margin
        lines += textwrap.wrap(
            text, _width(), initial_indent=begin, subsequent_indent=margin, break_on_hyphens=False
        )
    return "\n".join(lines)


def _width() -> int:
    """Return the width of the help: that of the terminal, within limits."""
    return max(_MIN_WIDTH, min(shutil.get_terminal_size().columns, _MAX_WIDTH))
