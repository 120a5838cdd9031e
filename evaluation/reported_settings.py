"""The settings in a report: those that two reports must share to be comparable."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from malgil.settings import Settings

# None means all settings of the section that have an effect.
_REPORTED: dict[str, tuple[str, ...] | None] = {
    "data": ("source_language", "target_language"),
    "preprocessing": None,
    "model": None,
    "inference": ("engine", "beam_size", "length_penalty", "max_length"),
}
_ONLY_IN_TRAINING = ("model.dropout", "preprocessing.source_noise")


def reported_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings of a report, "section.key" to value.

    Args:
        settings: The settings of a translator. Those that have no effect on its architecture, or
            only on its training, are left out.
    """
    reported = {}
    for section, names in _REPORTED.items():
        values = getattr(settings, section)
        for name in names or [each.name for each in dataclasses.fields(values)]:
            is_idle = section == "model" and not values.has_effect(name)
            if not is_idle and f"{section}.{name}" not in _ONLY_IN_TRAINING:
                reported[f"{section}.{name}"] = getattr(values, name)
    return reported
