"""The systems of a comparison: their settings, and what must be the same in all of them."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.localization import _, ngettext
from malgil.common.locations import COMMAND
from malgil.settings import Settings, load
from malgil.settings.schema import format_value


def load_systems(
    recipes: Sequence[str], overrides: Sequence[str], has_config: bool = False
) -> list[Settings]:
    """Load the settings of each recipe, with the same overrides and in a folder of their own.

    The systems of a comparison are in `comparison/`, so that none of them replaces a translator.

    Args:
        recipes: The recipes' files.
        overrides: `section.key=value`, as given to `--set`.
        has_config: Whether `--config` names the first recipe, for messages.

    Returns:
        The settings, in the order of the recipes.

    Raises:
        UserError: If there are fewer than two, two have the same name or differ only in it, or
            they differ in a setting that must be the same.
    """
    if len(recipes) < 2:
        raise UserError(
            _(
                "compare accepts two or more recipes. Received: {recipes}. Example: {command} "
                "--mode compare --config recipes/vanilla.ini recipes/bahdanau.ini"
            ).format(recipes=", ".join(map(repr, recipes)) or _("none"), command=COMMAND)
        )
    systems = [
        load(recipe, overrides, origin="--config" if has_config and number == 0 else "")
        for number, recipe in enumerate(recipes)
    ]
    names = [settings.translator.name for settings in systems]
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                _(
                    "compare accepts recipes with different values of translator.name. Received "
                    "{name!r} {count} times. Give each recipe its own name: each system has its "
                    "own folder."
                ).format(name=name, count=names.count(name))
            )
    for other in systems[1:]:
        _require_same(systems[0], other)
    for first, other in itertools.combinations(systems, 2):
        _require_different(first, other)
    return [_in_comparison(settings) for settings in systems]


def _in_comparison(settings: Settings) -> Settings:
    """Return the same settings with the folder of the comparison."""
    directory = str(Path(settings.translator.directory) / "comparison")
    translator = dataclasses.replace(settings.translator, directory=directory)
    return dataclasses.replace(settings, translator=translator)


def _require_same(first: Settings, other: Settings) -> None:
    """Refuse a system if its scores could not be compared with those of the first."""
    for section, key in _common_settings(first):
        values = [getattr(getattr(settings, section), key) for settings in (first, other)]
        if values[0] != values[1]:
            raise UserError(
                _(
                    "compare accepts recipes with the same {setting}. Received: {value} in "
                    "{name!r} and {other_value} in {other_name!r}. Set it for all: "
                    "--set {setting}=VALUE"
                ).format(
                    setting=f"{section}.{key}",
                    value=format_value(values[0]) or _("(empty)"),
                    name=first.translator.name,
                    other_value=format_value(values[1]) or _("(empty)"),
                    other_name=other.translator.name,
                )
            )


def _require_different(first: Settings, other: Settings) -> None:
    """Refuse two systems whose results would be the same."""
    if dataclasses.replace(other, translator=first.translator) == first:
        raise UserError(
            _(
                "compare accepts recipes with different settings. Received: {name!r} and "
                "{other_name!r}, which differ only in translator.name. Change a setting in one of "
                "the recipes, or remove the --set that makes them the same."
            ).format(name=first.translator.name, other_name=other.translator.name)
        )


def _common_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the section and key of each setting that must be the same in all systems."""
    yield "translator", "directory"
    for section in ("data", "cleaning"):
        for field in dataclasses.fields(getattr(settings, section)):
            yield section, field.name
    yield "training", "max_minutes"
    if not settings.training.max_minutes:  # the number of epochs is the only common limit
        yield "training", "epochs"


def describe_duration(systems: Sequence[Settings]) -> str:
    """Return how long training takes at most, in one sentence.

    Args:
        systems: The systems that are still to be trained; may be empty.
    """
    count = len(systems)
    if not count:
        return _("all systems are trained")
    limit = systems[0].training.max_minutes
    if not limit:
        return ngettext(
            "training {count} system for up to {epochs}, without a time limit (set "
            "training.max_minutes to limit the time)",
            "training {count} systems for up to {epochs} each, without a time limit (set "
            "training.max_minutes to limit the time)",
            count,
        ).format(count=count, epochs=_epochs(max(settings.training.epochs for settings in systems)))
    return ngettext(
        "training {count} system for up to {minutes}, and evaluating it",
        "training {count} systems for up to {minutes} each, {total} in all, and evaluating them",
        count,
    ).format(count=count, minutes=_minutes(limit), total=_minutes(count * limit))


def _epochs(count: int) -> str:
    return ngettext("{count} epoch", "{count} epochs", count).format(count=count)


def _minutes(count: float) -> str:
    number = int(count) if count == int(count) else 2  # a fraction has the plural form
    return ngettext("{count:g} minute", "{count:g} minutes", number).format(count=count)
