"""Loading settings: config.ini, a recipe, `--set` and short options, each overriding the former."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from malgil.common.errors import UserError
from malgil.common.files import require_file
from malgil.common.localization import _
from malgil.common.locations import ROOT, config_file, find, shown_path
from malgil.settings import schema
from malgil.settings.checks import check_together
from malgil.settings.origins import Layer, Origin, Origins
from malgil.settings.sections import Settings

_RECIPE = "recipe"  # the section of a recipe that names its base


def load(
    recipe: str | os.PathLike[str] | None = None,
    overrides: Iterable[str] = (),
    config: Path | None = None,
    flags: Mapping[str, str] | None = None,
    origin: str = "--config",
) -> Settings:
    """Load the settings of `config.ini`, a recipe, and the command line.

    Args:
        recipe: A file with the settings that differ from `config.ini`, or None. It may name a base,
            another recipe whose settings it changes: `[recipe]`, `base = OTHER.ini`.
        overrides: Strings `section.key=value`, as given to `--set`. They override the files.
        config: The base file; None for the `config.ini` that is used here.
        flags: Options that stand for one setting: `{"--n-best": "inference.n_best=3"}`. They
            override all others.
        origin: The option that names the recipe, for messages; "" for none.

    Returns:
        The checked settings, with the origin of each.

    Raises:
        UserError: For an unknown section or key, a value of the wrong type or out of range, a
            setting without effect, or a file that cannot be read. The message says where the
            mistake is, and what is accepted.
    """
    sections: dict[str, dict[str, str]] = {}
    origins: dict[str, Origin] = {}
    layers = list(_layers(recipe, overrides, config, flags or {}, origin))
    for place, values in layers:
        for section, table in values.items():
            sections.setdefault(section, {}).update(table)
            origins |= {f"{section}.{key}": place for key in table} | {section: place}
    settings = _build(sections, Origins(origins, tuple(place for place, _values in layers)))
    _refuse_without_effect(layers, settings)
    return _checked(settings)


def from_dict(sections: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Build settings from sections of text, as in `config.ini`, or of the values of `to_dict`.

    Raises:
        UserError: For an unknown section or key, or a value that is not accepted.
    """
    return _checked(_build(sections, Origins()))


def require_files(settings: Settings, *keys: str, origin: str | None = None) -> None:
    """Check that the files of `[data]` under `keys` can be read.

    Args:
        settings: The settings.
        *keys: Keys of `[data]`: `train`, `valid`, `test`.
        origin: Who named the files, for messages; None for the settings themselves, "" for the
            arguments of the command line.

    Raises:
        UserError: If a setting is empty, or a file is missing, a folder, or not readable.
    """
    for key in keys:
        names = getattr(settings.data, key)
        if not names:
            raise UserError(
                _("{setting} is empty. Name one or more files, separated by commas.").format(
                    setting=settings.origins.subject(f"data.{key}")
                )
            )
        for name in names:
            require_file(find(name), f"data.{key}" if origin is None else origin)


def _layers(
    recipe: str | os.PathLike[str] | None,
    overrides: Iterable[str],
    config: Path | None,
    flags: Mapping[str, str],
    recipe_origin: str,
) -> Iterator[tuple[Origin, dict[str, dict[str, str]]]]:
    """Yield the origin and the sections of each layer, the lowest first."""
    path = config or config_file()
    origin = Origin(Layer.CONFIG, shown_path(path))
    values = schema.read_ini(path)
    if _RECIPE in values:
        raise UserError(
            _(
                "{path!r}: the section [recipe] is accepted in recipes only. Give this file to "
                "--config, or remove the section."
            ).format(path=origin.label)
        )
    yield origin, values
    if recipe:
        for path, values in _with_bases(recipe, recipe_origin):
            yield Origin(Layer.RECIPE, shown_path(path)), values
    for override in overrides:
        yield Origin(Layer.OVERRIDE, "--set"), _parsed(override)
    for flag, override in flags.items():
        yield Origin(Layer.FLAG, flag), _parsed(override)


def _parsed(override: str) -> dict[str, dict[str, str]]:
    """Return the sections of an override, `section.key=value`."""
    name, equals, value = override.partition("=")
    section, dot, key = name.strip().partition(".")
    if not equals or not dot:
        raise UserError(
            _("--set accepts SECTION.KEY=VALUE. Received: {value!r}.").format(value=override)
        )
    if section.lower() == _RECIPE:
        raise UserError(
            _(
                "--set: recipe.{key} is accepted in recipes only: [recipe], base = FILE. "
                "Name the recipe with --config."
            ).format(key=key)
        )
    return {section: {key: value.strip()}}


def _with_bases(
    name: str | os.PathLike[str], origin: str
) -> list[tuple[Path, dict[str, dict[str, str]]]]:
    """Return a recipe and its bases, each with its sections, the lowest base first."""
    recipe = find(name)
    shipped = f"recipes/{Path(name).stem}.ini"
    if not os.path.exists(recipe) and os.path.exists(ROOT / shipped):
        message = _("there is no recipe {name!r}. Did you mean {shipped!r}?")
        message = message.format(name=str(name), shipped=shipped)
        raise UserError(f"{origin}: {message}" if origin else message)
    chain: list[tuple[Path, dict[str, dict[str, str]]]] = []
    while True:
        values = schema.read_ini(recipe, origin)
        if any(recipe.samefile(path) for path, _values in chain):
            raise UserError(
                _("{path!r}: the recipe is its own base. Name another base in [recipe].").format(
                    path=shown_path(recipe)
                )
            )
        table = values.pop(_RECIPE, {})
        chain.insert(0, (recipe, values))
        if set(table) - {"base"}:
            raise UserError(
                _("{path!r}: the section [recipe] accepts base. Received: {names}.").format(
                    path=shown_path(recipe), names=", ".join(sorted(table))
                )
            )
        if not table.get("base"):
            return chain
        origin = _("{path!r}, base in [recipe]").format(path=shown_path(recipe))
        base = recipe.parent / table["base"]
        # A base that ships may be named from the root. An error shows the name as it was given.
        recipe = base if os.path.exists(base) else find(table["base"])


def _build(sections: Mapping[str, Mapping[str, Any]], origins: Origins) -> Settings:
    """Build settings from checked values; how they depend on one another is not checked yet."""
    known = Settings.sections()
    built = {}
    for section, values in sections.items():
        if section not in known:
            prefix = origins.of(section).prefix
            message = _("there is no section {name!r}.").format(name=section)
            names = [*known, _RECIPE] if section.lower() == _RECIPE else known
            raise UserError(f"{prefix}{message} {schema.suggestion(section, names)}")
        if not isinstance(values, Mapping):
            raise UserError(
                _("the section [{name}] is not a table of settings.").format(name=section)
            )
        built[section] = schema.section(section, known[section], values, origins.subject)
    return Settings(**built, origins=origins)


def _checked(settings: Settings) -> Settings:
    """Reset settings of `[model]` without effect to their defaults, and check the others."""
    model = settings.model
    idle: dict[str, Any] = {
        field.name: field.default
        for field in dataclasses.fields(model)
        if not model.has_effect(field.name)
    }
    settings = dataclasses.replace(settings, model=dataclasses.replace(model, **idle))
    check_together(settings)
    return settings


def _is_overruled_later(key: str, overruling: Sequence[str], origins: Origins) -> bool:
    """Return whether a later file or option than that of a setting leaves it without effect."""
    given = origins.position(f"model.{key}")
    return any(origins.position(f"model.{other}") > given for other in overruling)


def _refuse_without_effect(
    layers: Sequence[tuple[Origin, Mapping[str, Mapping[str, str]]]], settings: Settings
) -> None:
    """Refuse settings of `[model]` without effect that a recipe or the command line gives.

    They are ignored in `config.ini` and its copies, which hold every setting, and if what overrules
    them was given later, such as `--set` with another attention than that of the recipe. What is
    off anyway, such as `input_feeding = no` without attention, is accepted everywhere.

    Args:
        layers: The origin and the sections of each layer.
        settings: The settings built from them.

    Raises:
        UserError: For the first such setting.
    """
    model, origins = settings.model, settings.origins
    names = [field.name for field in dataclasses.fields(model)]
    complete = {origin for origin, values in layers if set(names) <= set(values.get("model", ()))}
    for key in names:
        origin = origins.of(f"model.{key}")
        overruling = model.overruled_by(key)
        if not overruling or origin.layer < Layer.RECIPE or origin in complete:
            continue
        is_off = getattr(model, key) in (False, "global") and overruling != ("architecture",)
        if is_off or _is_overruled_later(key, (*overruling, "architecture"), origins):
            continue
        raise UserError(
            _("{setting} has no effect if {condition}. Remove it, or change model.{name}.").format(
                setting=origins.subject(f"model.{key}"),
                condition=model.overruling_condition(key),
                name=overruling[0],
            )
        )
