"""Rendering of settings as an INI file that reads back to the same settings."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.common.locations import ROOT
from malgil.settings import schema
from malgil.settings.sections import Settings


def render_ini(settings: Settings, header: Iterable[str] = ()) -> str:
    """Render settings as an INI file with the comments of `config.ini`.

    Settings without effect become comments, so that the file is accepted as a recipe as well.

    Args:
        settings: Checked settings.
        header: Lines of the comment at the top.

    Raises:
        UserError: If an INI file cannot hold a value, such as a file name with a comma.
    """
    comments = _read_comments(ROOT / "config.ini")
    lines = [f"# {line}".rstrip() for line in header]
    for section in settings.sections():
        lines += ["", "", *comments.get(section, ()), f"[{section}]"]
        values = getattr(settings, section)
        for field in dataclasses.fields(values):
            lines += comments.get(f"{section}.{field.name}", ())
            lines += _render_setting(section, values, field.name)
    return "\n".join(lines).lstrip("\n") + "\n"


def _render_setting(section: str, values: Any, key: str) -> Iterator[str]:
    """Yield the lines of a setting: its value, or comments if it has no effect."""
    value = getattr(values, key)
    # The second line of a value and those that follow are indented.
    line = f"{key} = {schema.format_value(value)}".rstrip().replace("\n", "\n    ")
    if section == "model" and not values.has_effect(key):
        yield _reason(values.overruling_condition(key))
        line = f"# {line}"
    elif not _reads_back(section, values, key, line):
        raise UserError(
            _(
                "{setting} accepts text that an INI file can hold. Received: {value!r}. Use --json."
            ).format(setting=f"{section}.{key}", value=value)
        )
    yield line


def _reason(condition: str) -> str:
    """Return the comment before a setting without effect."""
    return "# " + _("No effect if {condition}:").format(condition=condition)


def _reads_back(section: str, values: Any, key: str, line: str) -> bool:
    """Return whether a line of an INI file reads back to the value of a setting."""
    try:
        content = io.BytesIO(f"[{section}]\n{line}\n".encode())
        table = schema.parse_ini(io.TextIOWrapper(content, encoding="utf-8"), section)[section]
        return bool(schema.section(section, type(values), table) == _only(values, key))
    except (UnicodeEncodeError, UserError):
        return False


def _only(values: Any, key: str) -> Any:
    """Return a section with the defaults for all settings except one."""
    return type(values)(**{key: getattr(values, key)})


def _read_comments(path: Path) -> dict[str, list[str]]:
    """Read the lines before each section and each `section.key` of an INI file.

    They are comments and blank lines. The comment at the top of the file is left out. The file may
    have been rendered: a setting without effect is a comment there, and counts as a setting.
    """
    reason = re.compile(re.escape(_reason("\ue000")).replace("\ue000", ".*"))
    found: dict[str, list[str]] = {}
    section = ""
    pending: list[str] = []
    with as_user_error(path, "read"):
        text = path.read_text(encoding="utf-8-sig")
    has_reason = False
    for raw in text.split("\n"):
        if reason.fullmatch(raw):
            has_reason = True
            continue
        line = raw.removeprefix("# ") if has_reason else raw
        has_reason = False
        if not line or line[0] in "#;":
            pending.append(line)
            continue
        if line[0].isspace():  # the continuation of a value
            continue
        if line[0] == "[":
            section = name = line.strip("[] ")
            while "" in pending:  # the comment of a section follows the last blank line
                del pending[: pending.index("") + 1]
        else:
            name = f"{section}.{line.replace(':', '=').partition('=')[0].strip().lower()}"
        found[name], pending = pending, []
    return found
