"""Reading a file of settings: sections of text → values of the types and ranges of a dataclass."""

from __future__ import annotations

import configparser
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from malgil.common.errors import UserError


def choice(default: str, *choices: str, only_for: str = "") -> Any:
    """Return the field of a setting that accepts one of some words.

    Args:
        default: The default.
        *choices: The accepted words.
        only_for: The architecture to which the setting applies; all if empty.
    """
    return field(default=default, metadata={"choices": choices, "only_for": only_for})


def number(default: float, low: float, high: float, only_for: str = "") -> Any:
    """Return the field of a setting that accepts a number of its default's type.

    Args:
        default: The default.
        low, high: The range, both ends included.
        only_for: The architecture to which the setting applies; all if empty.
    """
    return field(default=default, metadata={"low": low, "high": high, "only_for": only_for})


def switch(default: bool, only_for: str = "") -> Any:
    """Return the field of a setting that accepts yes or no.

    Args:
        default: The default.
        only_for: The architecture to which the setting applies; all if empty.
    """
    return field(default=default, metadata={"only_for": only_for})


def paths(*default: str) -> Any:
    """The field of a setting that accepts names of files."""
    return field(default=default, metadata={"list": "names of files"})


def names(what: str) -> Any:
    """The field of a setting that accepts a list of `what`; none by default."""
    return field(default=(), metadata={"list": what})


def read_ini(path: Path) -> dict[str, dict[str, str]]:
    """The sections of a file, their values as text.

    Raises:
        UserError: If it cannot be read, or is no file of settings in UTF-8.
    """
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        with open(path, encoding="utf-8-sig") as file:
            parser.read_file(file, source=str(path))
    except OSError as error:
        raise UserError(f"cannot read the settings {str(path)!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{str(path)!r} is not UTF-8 text. Save it as UTF-8.") from error
    except configparser.Error as error:
        raise UserError(f"{error.message}. Write [section] and key = value, each once.") from error
    return {section: dict(parser[section]) for section in parser.sections()}


def section(name: str, kind: type, values: Mapping[str, Any]) -> Any:
    """An object of the dataclass `kind` with the values of one section, each checked.

    Args:
        name: The section's.
        kind: A frozen dataclass whose fields `choice`, `number`, `paths` and `names` made, or have
            a text or a bool for a default.
        values: Text as it stands in the file, or values of the fields' types.

    Raises:
        UserError: For a key that `kind` does not have, or a value that its field does not accept.
    """
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for key in values:
        if key not in fields:
            raise UserError(unknown("setting", key, fields, f"[{name}]"))
    checked = {key: _value(f"{name}.{key}", fields[key], values[key]) for key in values}
    return kind(**checked)


def check_ranges(name: str, values: Any) -> None:
    """Check the values of an object that `section` did not make, each as `section` does.

    Args:
        name: The section's.
        values: An object of its dataclass.

    Raises:
        UserError: For a value that its field does not accept.
    """
    for field_ in dataclasses.fields(values):
        _value(f"{name}.{field_.name}", field_, getattr(values, field_.name))


def unknown(what: str, name: str, known: Iterable[str], where: str) -> str:
    """Return the message for a name that is not known, with the nearest one that is."""
    near = _nearest(name, known, 0.5)
    hint = f"did you mean {near!r}?" if near else f"it accepts {', '.join(known)}."
    return f"{where} has no {what} {name!r}: {hint}"


def _nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is most like another one, if one is like it at all."""
    import difflib  # not needed where nothing is wrong

    return next(iter(difflib.get_close_matches(name.lower(), list(known), 1, cutoff)), None)


def _value(name: str, field_: dataclasses.Field[Any], value: Any) -> Any:
    """Return a checked value of the type of its field's default."""
    default, rules = field_.default, field_.metadata
    if "list" in rules:
        names = value.replace("\n", ",").split(",") if isinstance(value, str) else value
        is_list = isinstance(names, (list, tuple)) and all(isinstance(part, str) for part in names)
        if not is_list:
            raise UserError(f"{name} accepts {rules['list']}, with commas. Received: {value!r}.")
        return tuple(part.strip() for part in names if part.strip())
    if isinstance(default, bool):
        states = configparser.ConfigParser.BOOLEAN_STATES
        if str(value).lower() not in states:
            raise UserError(f"{name} accepts yes or no. Received: {value!r}.")
        return states[str(value).lower()]
    if isinstance(default, (int, float)):
        return _checked_number(name, value, type(default), rules["low"], rules["high"])
    text = str(value)
    if "choices" in rules:
        choices = rules["choices"]
        if text not in choices:
            near = _nearest(text, choices)
            hint = f" Did you mean {near!r}?" if near else ""
            raise UserError(f"{name} accepts {', '.join(choices)}. Received: {text!r}.{hint}")
    if not text and default != "":
        raise UserError(f"{name} is empty. Give it a value, such as {default!r}.")
    return text


def _checked_number(name: str, value: Any, kind: type, low: float, high: float) -> Any:
    try:
        number = kind(str(value).replace("_", ""))
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        what = "a whole number" if kind is int else "a number"
        raise UserError(
            f"{name} accepts {what} from {low:g} to {high:.10g}. Received: {str(value)!r}."
        )
    return number
