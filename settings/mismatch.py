"""Mismatches between the settings of a command and those that a translator was trained with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from malgil.common.localization import _, ngettext
from malgil.settings.origins import Layer
from malgil.settings.schema import format_value
from malgil.settings.sections import Settings

_SECTIONS = ("preprocessing", "model")
"""The sections that a trained translator fixes."""


def mismatch_note(name: str, settings: Settings, trained: Settings, is_named: bool) -> str:
    """Return a note on settings that a trained translator cannot follow.

    Args:
        name: The name of the translator.
        settings: The settings of the command.
        trained: The settings that the translator was trained with.
        is_named: Whether `--model` named the translator. The defaults in `config.ini` are then not
            meant for it, nor are they if `--set translator.name` selected it.

    Returns:
        One line; "" if there is no mismatch.
    """
    is_named = is_named or settings.origins.of("translator.name").layer >= Layer.OVERRIDE
    mismatches = list(_mismatches(settings, trained, is_named))
    if not mismatches:
        return ""
    return ngettext(
        "note: {name} was trained with {trained}; {given} has no effect. Train again to change it.",
        "note: {name} was trained with {trained}; {given} have no effect. Train again to change "
        "them.",
        len(mismatches),
    ).format(
        name=name,
        trained=", ".join(before for before, _given in mismatches),
        given=", ".join(given for _before, given in mismatches),
    )


def _mismatches(settings: Settings, trained: Settings, is_named: bool) -> Iterator[tuple[str, str]]:
    """Yield the trained and the given value of each setting that differs, as text."""
    defaults = Settings()
    for section in _SECTIONS:
        given, before, default = (getattr(each, section) for each in (settings, trained, defaults))
        for field in dataclasses.fields(given):
            key = field.name
            value, old = getattr(given, key), getattr(before, key)
            origin = settings.origins.of(f"{section}.{key}")
            if value == old or origin.layer is Layer.DEFAULT:
                continue
            if section == "model" and not (given.has_effect(key) and before.has_effect(key)):
                continue
            if origin.layer is Layer.CONFIG and is_named and value == getattr(default, key):
                continue
            setting = f"{section}.{key}"
            template = (
                _("{setting} = {value} in {origin}")
                if origin.layer < Layer.OVERRIDE
                else _("{setting} = {value} from {origin}")
            )
            yield (
                f"{setting} = {format_value(old)}",
                template.format(setting=setting, value=format_value(value), origin=origin.label),
            )
