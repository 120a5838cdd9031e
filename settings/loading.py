"""Reading settings: config.ini, a recipe over it, `--set` on top; each value checked once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from malgil.common.errors import UserError
from malgil.common.locations import config_file, find
from malgil.settings import schema
from malgil.settings.checks import check_together
from malgil.settings.sections import Settings

_RECIPE = "recipe"  # the section that says what a recipe builds on


def load(
    recipe: str | os.PathLike[str] | None = None,
    overrides: Iterable[str] = (),
    config: Path | None = None,
) -> Settings:
    """Read `config.ini`, a recipe over it, and `section.key=value` overrides over both.

    Args:
        recipe: A file that holds only what differs from `config.ini`, or None. It may name another
            that it builds on: `[recipe]`, `base = OTHER.ini`, in its own folder.
        overrides: Strings `section.key=value`, as given to `--set`.
        config: The base file; the `config.ini` in force where it is None.

    Returns:
        The checked settings.

    Raises:
        UserError: For an unknown section or key, a value of the wrong type or out of range, or a
            file that is missing or cannot be read. The message names what is accepted.
    """
    sections: dict[str, dict[str, str]] = {}
    for path in [config or config_file(), *(_with_bases(recipe) if recipe else ())]:
        for section, values in schema.read_ini(path).items():
            if section != _RECIPE:
                sections.setdefault(section, {}).update(values)
    for override in overrides:
        name, separator, value = override.partition("=")
        section, dot, key = name.strip().partition(".")
        if not separator or not dot:
            raise UserError(f"--set accepts section.key=value. Received: {override!r}.")
        sections.setdefault(section, {})[key] = value.strip()
    return from_dict(sections)


def _with_bases(name: str | os.PathLike[str]) -> list[Path]:
    """Return a recipe after those that it builds on, the first of them first."""
    recipe = find(name)
    if not recipe.exists():
        recipe = Path(name)  # an error shows it as it was given
    chain: list[Path] = []
    while recipe.resolve() not in map(Path.resolve, chain):
        chain.insert(0, recipe)
        table = schema.read_ini(recipe).get(_RECIPE, {})
        if set(table) - {"base"}:
            raise UserError(
                f"{str(recipe)!r}: [recipe] accepts base = OTHER.ini alone. Received: "
                f"{', '.join(sorted(table))}."
            )
        if not table.get("base"):
            return chain
        base = recipe.parent / table["base"]
        base = base if base.exists() else find(table["base"])
        if not base.is_file():
            raise UserError(
                f"{str(recipe)!r} builds on {table['base']!r}, which is not there. Name a recipe "
                "in its folder, or one that ships, such as recipes/ko-en-large.ini."
            )
        recipe = base
    raise UserError(f"{str(recipe)!r} builds on itself. Name another base in [recipe].")


def from_dict(sections: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Build settings from sections of strings, as in `config.ini`, or of `to_dict`'s values.

    Raises:
        UserError: As `load`.
    """
    known = {f.name: type(f.default) for f in dataclasses.fields(Settings)}
    built = {}
    for section, values in sections.items():
        if section not in known:
            raise UserError(schema.unknown("section", section, known, "config.ini"))
        if not isinstance(values, Mapping):
            raise UserError(f"section [{section}] is not a table of settings.")
        built[section] = schema.section(section, known[section], values)
    settings = Settings(**built)
    check_together(settings)
    return settings


def require_files(settings: Settings, *keys: str) -> None:
    """Check that the files of `[data]` under `keys` are there.

    Raises:
        UserError: For a setting that names no file, or a file that is missing or a folder.
    """
    for key in keys:
        names = getattr(settings.data, key)
        if not names:
            raise UserError(f"data.{key} names no file. Name one or more, separated by commas.")
        for name in names:
            state = "a folder" if os.path.isdir(find(name)) else "not there"
            if not os.path.isfile(find(name)):
                raise UserError(
                    f"data.{key} names {name!r}, which is {state}. Name a file of sentence pairs."
                )
