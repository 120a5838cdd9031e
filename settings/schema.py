"""The schema of settings: fields with accepted values, and the checks of text against them."""

from __future__ import annotations

import configparser
import dataclasses
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _

_MAX_INI_BYTES = 1 << 20


def choice(default: str, *choices: str, only_for: str = "") -> Any:
    """Return the field of a setting that accepts one of several words.

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


def path(default: str = "") -> Any:
    """Return the field of a setting that accepts the name of a file or folder.

    Args:
        default: The default; "" for none.
    """
    return field(default=default, metadata={"is_path": True})


def paths(*default: str) -> Any:
    """Return the field of a setting that accepts a list of file names."""
    what = _("file names separated by commas")
    return field(default=default, metadata={"list": what, "is_path": True})


def words() -> Any:
    """Return the field of a setting that accepts a list of words; empty by default."""
    return field(default=(), metadata={"list": _("words separated by commas")})


def columns() -> Any:
    """Return the field of a setting that accepts a list of columns; empty by default."""
    what = _("two column names or numbers separated by a comma")
    return field(default=(), metadata={"list": what})


def read_ini(path: Path, origin: str = "") -> dict[str, dict[str, str]]:
    """Read the sections of an INI file, with values as text.

    Args:
        path: The file.
        origin: The option or setting that names the file, for messages.

    Raises:
        UserError: If it cannot be read, is not UTF-8 text, or is not an INI file.
    """
    if "\0" in str(path):  # no system accepts it in a path
        prefix = f"{origin}: " if origin else ""
        message = _("{path!r} contains a null character. Name a file that exists.")
        raise UserError(prefix + message.format(path=str(path)))
    # A pipe is accepted: a shell can make one of the output of a command.
    with as_user_error(path, "read", origin), open(path, "rb") as file:
        content = file.read(_MAX_INI_BYTES + 1)
    if len(content) > _MAX_INI_BYTES:
        message = _(
            "{path!r} has more than {limit:,} bytes, the maximum of a file of settings. Name "
            "another file."
        )
        raise UserError(message.format(path=str(path), limit=_MAX_INI_BYTES))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            _("{path!r} is not UTF-8 text. Save it as UTF-8.").format(path=str(path))
        ) from error
    return parse_ini(io.StringIO(text, newline=None), str(path))


def parse_ini(lines: Iterable[str], path: str) -> dict[str, dict[str, str]]:
    """Parse the lines of an INI file.

    Args:
        lines: The lines.
        path: The path of the file, for messages.

    Raises:
        UserError: For a line that is not INI; it names the line.
    """
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_file(lines, source=path)
    except configparser.Error as error:
        raise UserError(_syntax_message(path, error)) from error
    return {section: dict(parser[section]) for section in parser.sections()}


def _syntax_message(path: str, error: configparser.Error) -> str:
    """Return the message for a line that is not INI."""
    if isinstance(error, configparser.DuplicateOptionError):
        return _(
            "{path!r}, line {line}: the setting {name!r} appears twice in [{section}]. Remove one."
        ).format(path=path, line=error.lineno, name=error.option, section=error.section)
    if isinstance(error, configparser.DuplicateSectionError):
        return _("{path!r}, line {line}: the section [{section}] appears twice. Join them.").format(
            path=path, line=error.lineno, section=error.section
        )
    if isinstance(error, configparser.MissingSectionHeaderError):
        return _(
            "{path!r}, line {line}: the first setting must follow a line [section]. "
            "Received: {text!r}."
        ).format(path=path, line=error.lineno, text=str(error.line).strip())
    # ParsingError; Python 3.13 has a subclass with one line instead of a list of them.
    found = [(getattr(error, "lineno", 0), repr(getattr(error, "line", "")))]
    line, text = (getattr(error, "errors", None) or found)[0]
    return _(
        "{path!r}, line {line}: a line accepts [section] or key = value. Received: {text}."
    ).format(path=path, line=line, text=text.replace("\\n", ""))


def section(
    name: str, kind: type, values: Mapping[str, Any], subject: Callable[[str], str] = str
) -> Any:
    """Build an object of the dataclass `kind` from the values of one section.

    Args:
        name: The name of the section.
        kind: A frozen dataclass whose fields were made by the functions above, or have a text or a
            bool as default.
        values: Text as in a file, or values of the fields' types.
        subject: Returns the subject of a message about a setting, `section.key`.

    Raises:
        UserError: For a key that `kind` does not have, or a value that its field does not accept.
    """
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for key in values:
        if key not in fields:
            message = _("{setting} is not a setting.").format(setting=subject(f"{name}.{key}"))
            raise UserError(f"{message} {suggestion(key, fields)}")
    return kind(
        **{
            key: _checked(subject(f"{name}.{key}"), fields[key], value)
            for key, value in values.items()
        }
    )


def without_paths(values: Any) -> Any:
    """Return an object of a section's dataclass with the defaults of all settings that name files.

    Args:
        values: An object whose fields were made by the functions above.
    """
    names = [each.name for each in dataclasses.fields(values) if "is_path" in each.metadata]
    defaults = {name: getattr(type(values), name) for name in names}
    return dataclasses.replace(values, **defaults)


def check_ranges(name: str, values: Any) -> None:
    """Check the values of an object that `section` did not build.

    Args:
        name: The name of the section.
        values: An object of its dataclass.

    Raises:
        UserError: For a value that its field does not accept.
    """
    for field_ in dataclasses.fields(values):
        _checked(f"{name}.{field_.name}", field_, getattr(values, field_.name))


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return a sentence that suggests a known name in place of an unknown one."""
    known = list(known)
    near = nearest(name, known, 0.5)
    if near:
        return _("Did you mean {near!r}?").format(near=near)
    return _("Accepted: {names}.").format(names=", ".join(known))


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is most similar to another; None if none is similar."""
    import difflib  # only needed for errors

    return next(iter(difflib.get_close_matches(name.lower(), list(known), 1, cutoff)), None)


def format_value(value: Any) -> str:
    """Return the value of a setting as config.ini has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(value)
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _checked(setting: str, field_: dataclasses.Field[Any], value: Any) -> Any:
    """Return a checked value of the type of its field's default.

    Args:
        setting: The subject of messages, such as `--set: model.units`.
        field_: The field of the setting.
        value: Text, or a value of the field's type.
    """
    default, rules = field_.default, field_.metadata
    if "\0" in str(value):
        raise UserError(
            _("{setting} accepts text without null characters. Received: {value!r}.").format(
                setting=setting, value=value
            )
        )
    if "list" in rules:
        return _checked_list(setting, value, rules["list"])
    if isinstance(default, bool):
        states = configparser.ConfigParser.BOOLEAN_STATES
        if str(value).lower() not in states:
            raise UserError(
                _("{setting} accepts yes or no. Received: {value!r}.").format(
                    setting=setting, value=value
                )
            )
        return states[str(value).lower()]
    if isinstance(default, (int, float)):
        return _checked_number(setting, value, type(default), rules["low"], rules["high"])
    # Terms of a license may have several lines.
    is_text = isinstance(value, str) and ("is_path" in rules or _is_printable(value))
    if not is_text:
        raise UserError(
            _("{setting} accepts text without control characters. Received: {value!r}.").format(
                setting=setting, value=value
            )
        )
    text = value.strip()
    if "choices" in rules and text not in rules["choices"]:
        choices = rules["choices"]
        message = _("{setting} accepts {choices}. Received: {value!r}.").format(
            setting=setting, choices=", ".join(choices), value=text
        )
        near = nearest(text, choices)
        raise UserError(f"{message} {suggestion(text, choices)}" if near else message)
    if not text and default != "":
        raise UserError(
            _("{setting} is empty. Set it to a value, such as {default!r}.").format(
                setting=setting, default=default
            )
        )
    return text


def _checked_list(setting: str, value: Any, what: str) -> tuple[str, ...]:
    parts = value.replace("\n", ",").split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
        raise UserError(
            _("{setting} accepts {what}. Received: {value!r}.").format(
                setting=setting, what=what, value=value
            )
        )
    return tuple(part.strip() for part in parts if part.strip())


def _checked_number(setting: str, value: Any, kind: type, low: float, high: float) -> Any:
    try:
        result = kind(str(value).replace("_", ""))
    except ValueError:
        result = None
    if result is None or not low <= result <= high:
        template = (
            _("{setting} accepts a whole number from {low} to {high}. Received: {value!r}.")
            if kind is int
            else _("{setting} accepts a number from {low} to {high}. Received: {value!r}.")
        )
        raise UserError(
            template.format(setting=setting, low=f"{low:g}", high=f"{high:.10g}", value=str(value))
        )
    return result


def _is_printable(text: str) -> bool:
    return all(line.isprintable() for line in text.replace("\t", " ").split("\n"))
