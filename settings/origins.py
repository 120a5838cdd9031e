"""Origins of settings: the file or the option that gave each value, for messages."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple


class Layer(enum.IntEnum):
    """The layers of settings. A value of a higher layer overrides that of a lower one."""

    DEFAULT = 0
    CONFIG = 1
    RECIPE = 2
    OVERRIDE = 3
    """`--set section.key=value`."""
    FLAG = 4
    """An option that stands for one setting, such as `--n-best`."""


class Origin(NamedTuple):
    """The place that gave a value.

    Attributes:
        layer: Its layer.
        label: The path of a file, or an option such as `--set`; "" for a default.
    """

    layer: Layer = Layer.DEFAULT
    label: str = ""

    @property
    def prefix(self) -> str:
        """The beginning of a message about this place, such as `--set: `; "" for a default."""
        label = self.label if self.layer >= Layer.OVERRIDE else repr(self.label)
        return f"{label}: " if self.label else ""


class Origins:
    """The origin of each setting.

    Args:
        by_name: The origins by `section.key`; what is missing is a default.
        places: All files and options that were read, the lowest layer first.

    Attributes:
        by_name, places: The arguments.
    """

    def __init__(
        self, by_name: Mapping[str, Origin] | None = None, places: tuple[Origin, ...] = ()
    ) -> None:
        self.by_name = by_name or {}
        self.places = places

    def of(self, name: str) -> Origin:
        """Return the origin of a setting, such as `model.units`."""
        return self.by_name.get(name, Origin())

    def position(self, name: str) -> int:
        """Return the position in `places` of what gave a setting; -1 for a default."""
        origin = self.of(name)
        return self.places.index(origin) if origin in self.places else -1

    def subject(self, name: str, *others: str) -> str:
        """Return the subject of a message about a setting: it says where the mistake is.

        Args:
            name: The setting that the message is about.
            *others: Settings that restrict it. The one that was given last is at fault.

        Returns:
            For example `'recipes/bahdanau.ini': model.units`, `--set: model.units`, `--n-best`, or
            only `model.units` if it is a default.
        """
        latest = max((self.of(each) for each in (name, *others)), key=lambda each: each.layer)
        if latest.layer is Layer.FLAG and latest == self.of(name):
            return latest.label
        return f"{latest.prefix}{name}"
