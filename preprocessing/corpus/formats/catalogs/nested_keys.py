"""Nested keys and texts in one language: JSON and YAML, as i18next and Rails write them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import INSTALL
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.catalogs.key_pairs import NESTED, KeyedText
from malgil.preprocessing.corpus.formats.headers import is_known_header
from malgil.preprocessing.corpus.formats.json_events import json_events
from malgil.preprocessing.corpus.formats.json_text import JsonText
from malgil.settings import DataSettings

_ALIAS = _("a YAML alias")
_NOT_TEXT = _("not text")
_MAX_DEPTH, _MAX_HEADER = 200, 1000
_IDENTIFIER = re.compile(r"[\w.$@/:-]{1,200}", re.ASCII)
_PLAIN_VALUE = re.compile(r"|~|null|true|false|yes|no|on|off|[-+]?[\d.,_:]+", re.IGNORECASE)


class _KeyPath:
    """The keys from the root to the place where a parser is.

    Args:
        name: The name of the file, in quotation marks.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys: list[str] = []
        self._counts: list[int | None] = []

    @property
    def is_in_list(self) -> bool:
        """Whether the innermost container is a list."""
        return bool(self._counts) and self._counts[-1] is not None

    def open(self, is_list: bool) -> None:
        """Enter an object or a list, which is a value itself."""
        self._count_item()
        if len(self._keys) >= _MAX_DEPTH:
            raise UserError(
                _(
                    "{name} is nested more than {limit} levels deep. Save its sentence pairs in a "
                    "simpler form."
                ).format(name=self._name, limit=_MAX_DEPTH)
            )
        self._keys.append("")
        self._counts.append(0 if is_list else None)

    def close(self) -> None:
        """Leave the innermost container."""
        self._keys.pop()
        self._counts.pop()

    def set_key(self, key: str) -> None:
        """Set the key of the next value of an object."""
        self._keys[-1] = key

    def of_value(self) -> str:
        """Return the path of the next value that is not a container."""
        self._count_item()
        return NESTED.join(self._keys)

    def _count_item(self) -> None:
        if self._counts and self._counts[-1] is not None:
            self._counts[-1] += 1
            self._keys[-1] = str(self._counts[-1])


def read_json_texts(file: BoundedReader, name: str) -> Iterator[KeyedText]:
    """Yield the texts of a JSON file by the keys that lead to them.

    Keys that begin with `@` contain notes, as in the .arb files of Flutter, and are ignored.

    Args:
        file: The JSON.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the file is not JSON, or nested more than 200 levels deep.
    """
    path = _KeyPath(name)
    for event, value in json_events(file, name):
        if event == "map_key":
            path.set_key(value)
        elif event in {"start_map", "start_array"}:
            path.open(event == "start_array")
        elif event in {"end_map", "end_array"}:
            path.close()
        else:
            key = path.of_value()
            if "@" not in {part[:1] for part in key.split(NESTED)}:
                yield (key, value) if event == "string" else _NOT_TEXT


def read_yaml_texts(file: BoundedReader, name: str) -> Iterator[KeyedText]:
    """Yield the texts of a YAML file by the keys that lead to them.

    Only the events of the parser are used: no object is created, and an alias, which may repeat
    others without limit, is left out.

    Args:
        file: The YAML.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the file is not YAML, or nested more than 200 levels deep.
    """
    try:
        import yaml
    except ImportError as error:
        raise UserError(
            _("reading YAML requires the package PyYAML. Install it: {command}").format(
                command=INSTALL
            )
        ) from error
    path = _KeyPath(name)
    is_key: list[bool] = []  # whether the next node of each open container is a key
    try:
        for event in yaml.parse(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                path.close()
                is_key.pop()
                file.release()
            elif isinstance(event, yaml.NodeEvent):
                begins_key = bool(is_key) and is_key[-1]
                if is_key and not path.is_in_list:
                    is_key[-1] = not begins_key
                if isinstance(event, yaml.CollectionStartEvent):
                    path.open(isinstance(event, yaml.SequenceStartEvent))
                    is_key.append(isinstance(event, yaml.MappingStartEvent))
                elif begins_key:
                    path.set_key(getattr(event, "value", ""))
                else:
                    yield _yaml_text(event, path.of_value())
                    file.release()
    except yaml.YAMLError as error:
        raise UserError(
            _("{name} is not valid YAML: {reason}. Correct it.").format(
                name=name, reason=" ".join(str(error).split())[:200].rstrip(".")
            )
        ) from error


def _yaml_text(event: Any, key: str) -> KeyedText:
    value = getattr(event, "value", None)
    if value is None:
        return _ALIAS
    is_plain = not getattr(event, "style", None)
    return _NOT_TEXT if is_plain and _PLAIN_VALUE.fullmatch(value) else (key, value)


def json_catalog_texts(text: str, data: DataSettings) -> list[str]:
    """Return texts of JSON that has nested texts in one language; none if it has pairs.

    The keys of a catalog are identifiers. Its lists contain texts only.

    Args:
        text: The JSON, or its beginning.
        data: `[data]`: the languages and columns that the keys of pairs may have.
    """
    import ijson

    containers: list[list[str] | None] = []  # the keys of each open object; None for a list
    texts: list[str] = []
    try:
        for event, value in ijson.basic_parse(BoundedReader(JsonText(io.StringIO(text)), "")):
            if event == "map_key":
                containers[-1].append(value)  # type: ignore[union-attr]
                if not _IDENTIFIER.fullmatch(value):
                    return []
            elif event.startswith("start_"):
                is_list = event == "start_array"
                if (is_list and not containers) or (containers and containers[-1] is None):
                    return []
                containers.append(None if is_list else [])
            elif event.startswith("end_"):
                keys = containers.pop()
                if keys and is_known_header(keys[:_MAX_HEADER], data):
                    return []
            elif event == "string":
                # What Flutter and Chrome say about a message, usually in English.
                keys = [each[-1] for each in containers if each]
                is_note = keys[1:][-1:] == ["description"] or any(key[:1] == "@" for key in keys)
                texts.extend([] if is_note else [value])
    except Exception as error:  # as in `json_events`
        is_cut = "premature EOF" in str(error) or "Incomplete" in str(error)
        return texts if is_cut else []
    return texts
