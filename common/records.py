"""Small JSON files that the program keeps: their values are checked when they are read."""

from __future__ import annotations

import dataclasses
import json
import os
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from malgil.common.files import open_stored
from malgil.common.localization import _

T = TypeVar("T")
MAX_RECORD_BYTES = 1 << 20


def read_stored(path: str | os.PathLike[str], max_bytes: int = MAX_RECORD_BYTES) -> Any:
    """Read a file of JSON that the program has written.

    Args:
        path: The file.
        max_bytes: Its maximum size: what is larger is not a record, and could fill the memory.

    Raises:
        OSError: If it cannot be read, or is a pipe or a device.
        ValueError: If it is too large, and as `parse_stored`.
    """
    with open_stored(path) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(_("it has more than {limit:,} bytes").format(limit=max_bytes))
    return parse_stored(content)


def parse_stored(content: str | bytes) -> Any:
    """Parse JSON that the program has written.

    Raises:
        ValueError: If it is not JSON, is not UTF-8, or is nested too deeply.
    """
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError(_("it is nested too deeply")) from error


def build_record(kind: type[T], values: Any) -> T:
    """Build a dataclass or a named tuple from JSON values, as its fields are declared.

    Fields may have numbers, texts, switches, None, lists, tuples, tables and other such classes. A
    field that has a default may be missing.

    Args:
        kind: The class, whose annotations can be resolved at run time; or a type that a field may
            have, such as `list[str]`.
        values: The values, as `parse_stored` returns them.

    Raises:
        ValueError: If a value is missing, unknown, or of another type.
    """
    built: T = _built(kind, values, kind.__name__)
    return built


def _built(kind: Any, value: Any, place: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return _one_of(arguments, value, place)
    if kind in (None, type(None)):
        return _require(value is None, value, place)
    if kind in (int, float, bool, str):
        # JSON does not distinguish 1.0 and 1; for Python, True is a number as well.
        accepted = (int, float) if kind is float else (kind,)
        return _require(type(value) in accepted, value, place)
    if origin in (list, tuple):
        _require(isinstance(value, list), value, place)
        if origin is tuple and arguments[-1] is not ...:
            _require(len(value) == len(arguments), value, place)
            return tuple(_built(*each, place) for each in zip(arguments, value, strict=True))
        items = [_built(arguments[0], each, place) for each in value]
        return items if origin is list else tuple(items)
    if origin is not None and issubclass(origin, Mapping):
        _require(isinstance(value, dict), value, place)
        return {key: _built(arguments[1], each, f"{place}.{key}") for key, each in value.items()}
    return _built_class(kind, _require(isinstance(value, dict), value, place), place)


def _built_class(kind: Any, values: dict[str, Any], place: str) -> Any:
    hints = typing.get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        needed = {
            field.name
            for field in dataclasses.fields(kind)
            if field.default is field.default_factory is dataclasses.MISSING
        }
        names = {field.name for field in dataclasses.fields(kind)}
    else:
        names = set(kind._fields)
        needed = names - set(kind._field_defaults)
    if not needed <= values.keys() <= names:
        raise ValueError(_("{place} has other keys").format(place=place))
    return kind(**{key: _built(hints[key], each, f"{place}.{key}") for key, each in values.items()})


def _one_of(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    for kind in kinds:
        try:
            return _built(kind, value, place)
        except ValueError:
            continue
    return _require(False, value, place)


def _require(is_accepted: bool, value: Any, place: str) -> Any:
    if not is_accepted:
        raise ValueError(
            _("{place} has the wrong type, {kind}").format(place=place, kind=type(value).__name__)
        )
    return value
