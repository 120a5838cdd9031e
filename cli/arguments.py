"""The arguments of the command line, parsed by the table of options."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from malgil.cli.flags import FLAGS, flags_of
from malgil.cli.modes import MODES
from malgil.cli.options import Options
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import COMMAND, find

_MODE = "--mode"


def parse(arguments: Sequence[str]) -> Options:
    """Parse the command line.

    Args:
        arguments: The arguments after the name of the program.

    Returns:
        The options, not checked yet.

    Raises:
        UserError: For a missing or unknown mode, an unknown option, an option without its value,
            or one that is given twice.
    """
    values, mode, unknown = _read(arguments)
    if mode is None:
        raise UserError(_advice_without_mode(values["text"], unknown, arguments))
    _known_mode(mode)
    if unknown:
        option = unknown[0].partition("=")[0]
        raise UserError(
            _("--mode {mode} has no option {option!r}.{hint} See: {command}").format(
                mode=mode,
                option=option,
                hint=_hint(option, [flag.option for flag in flags_of(mode)]),
                command=help_command(mode),
            )
        )
    for flag in FLAGS:
        if flag.metavar:
            given = values[flag.field]
            given = given if flag.values == 1 else [tuple(each) for each in given]
            values[flag.field] = tuple(given) if flag.repeats else _only(given, flag.option)
    if values["input"]:  # as it was typed, if there is no such file
        path = find(values["input"])
        values["input"] = str(path) if path.exists() else values["input"]
    return Options(**{**values, "mode": mode, "text": tuple(values["text"])})


def mode_of(arguments: Sequence[str]) -> str | None:
    """Return the mode of a command line whose other options do not matter; None if it has none.

    Raises:
        UserError: For an unknown mode.
    """
    for i, argument in enumerate(arguments):
        name, separator, value = argument.partition("=")
        if name == _MODE and (separator or i + 1 < len(arguments)):
            return _known_mode(value if separator else arguments[i + 1])
    return None


def _known_mode(mode: str) -> str:
    """Return the mode if there is such a one."""
    if mode not in MODES:
        raise UserError(
            _("--mode accepts {modes}. Received: {mode!r}.{hint}").format(
                modes=", ".join(MODES), mode=mode, hint=_hint(mode, MODES)
            )
        )
    return mode


def help_command(mode: str) -> str:
    """Return the command that shows the help of a mode."""
    return " ".join((COMMAND, _MODE, mode, "--help"))


def _read(arguments: Sequence[str]) -> tuple[dict[str, Any], str | None, list[str]]:
    """Return the values by their fields, the mode, and options that no mode has."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument(_MODE, action="append", default=[])
    parser.add_argument("text", nargs="*")
    for flag in FLAGS:
        if flag.metavar:
            count = None if flag.values == 1 else flag.values
            parser.add_argument(
                flag.option, dest=flag.field, action="append", default=[], nargs=count
            )
        else:
            parser.add_argument(flag.option, dest=flag.field, action="store_true")
    # Versions of argparse differ in what they do with "--".
    end = arguments.index("--") if "--" in arguments else len(arguments)
    try:
        found, rest = parser.parse_known_intermixed_args(arguments[:end])
    except argparse.ArgumentError as error:
        raise UserError(_value_error(error.argument_name or "", mode_of(arguments))) from error
    values = vars(found)
    values["text"] = [*values["text"], *arguments[end + 1 :]]
    unknown = [argument for argument in rest if argument.startswith("-")]
    return values, _only(values.pop("mode"), _MODE), unknown


def _only(given: Sequence[str], option: str) -> str | None:
    """Return the value of an option that may be given once; None if it was not given."""
    if len(given) > 1:
        raise UserError(
            _("{option} may be given once. Received: {values}.").format(
                option=option, values=", ".join(map(repr, given))
            )
        )
    return given[0] if given else None


def _value_error(option: str, mode: str | None) -> str:
    """Return the message for an option without its value, or a switch with one."""
    if option == _MODE:
        return _("--mode requires a value: {modes}.").format(modes=", ".join(MODES))
    [flag] = (flag for flag in FLAGS if flag.option == option)
    if flag.metavar:
        template = _("{option} requires a value: {usage}. See: {command}")
        if flag.values > 1:
            template = _("{option} requires {count} values: {usage}. See: {command}")
    else:
        template = _("{option} accepts no value. Write: {usage}. See: {command}")
    command = help_command(mode if mode and mode in flag.helps else next(iter(flag.helps)))
    return template.format(option=option, count=flag.values, usage=flag.usage, command=command)


def _advice_without_mode(
    words: Sequence[str], unknown: Sequence[str], arguments: Sequence[str]
) -> str:
    """Return the message that says what to type, for a command line without `--mode`."""
    if unknown:
        return _advice_for_unknown(unknown[0], arguments)
    for mode in _similar(words[0], MODES, 0.8)[:1] if words else ():
        rest = list(arguments)
        rest.remove(words[0])
        command = _command((_MODE, mode, *rest))
        if command:
            return _("--mode is missing. Type: {command}").format(command=command)
    command = _command((_MODE, "predict", *arguments)) if words else ""
    if command:
        return _("--mode is missing. To translate, type: {command}").format(command=command)
    return _("--mode is missing. It accepts {modes}. See: {command}").format(
        modes=", ".join(MODES), command=f"{COMMAND} --help"
    )


def _advice_for_unknown(typed: str, arguments: Sequence[str]) -> str:
    """Return the message for an option that no mode has, for a command line without `--mode`."""
    option, equals, value = typed.partition("=")
    place = arguments.index(typed)
    options = (*(flag.option for flag in FLAGS), _MODE)
    names: dict[str, tuple[str, ...]] = {name.lstrip("-"): (name,) for name in options}
    names |= {mode: (_MODE, mode) for mode in MODES}  # the mode itself, as in "--predict"
    similar = _similar(option.lstrip("-"), names)
    for name in similar:
        corrected = [*names[name], *((value,) if equals else ())]
        corrected = [*arguments[:place], *corrected, *arguments[place + 1 :]]
        command = _command(corrected if _MODE in corrected else [_MODE, "predict", *corrected])
        if command:
            return _("there is no option {option!r}. Did you mean {name}? Type: {command}").format(
                option=option, name=" ".join(names[name]), command=command
            )
    command = f"{COMMAND} --help"
    if not similar:
        return _("there is no option {option!r}. See: {command}").format(
            option=option, command=command
        )
    return _("there is no option {option!r}. Did you mean {name}? See: {command}").format(
        option=option, name=" ".join(names[similar[0]]), command=command
    )


def _command(arguments: Sequence[str]) -> str:
    """Return a command to type; "" if its arguments would be refused."""
    import shlex

    try:
        parse(arguments).check()
    except UserError:
        return ""
    return f"{COMMAND} {shlex.join(arguments)}"


def _hint(word: str, names: Iterable[str]) -> str:
    """Return a question about the most similar name, after a space; "" if none is similar."""
    for name in _similar(word, names)[:1]:
        return " " + _("Did you mean {name}?").format(name=name)
    return ""


def _similar(word: str, names: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return the names that are similar to a word, the most similar first; at most three."""
    import difflib  # only needed for errors

    return difflib.get_close_matches(word.lower(), list(names), 3, cutoff)
