"""JSON (RFC 8259) and JSON Lines: objects with source and target at any depth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import (
    BLANK,
    NOT_JSON,
    PairOrReason,
    ParsedRows,
    RowUnit,
    read_sample,
)
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.columns import choose_columns
from malgil.preprocessing.corpus.formats.headers import HeaderRules, is_known_header
from malgil.settings import DataSettings

_OBJECT_RULES = HeaderRules(always_has_header=True)
_LIST_RULES = HeaderRules(defaults_to_first_columns=True)
_MAX_DEPTH = 200
_MAX_KEYS = 1000


class JsonRecord(NamedTuple):
    """The texts of an object, or of a list.

    Attributes:
        path: The containers from the outermost to this one: `{` for an object, `[` for a list.
        texts: The texts by key; in a list, by number from 1.
    """

    path: str
    texts: dict[str, str]


# A record, or the reason why a line has none.
JsonItem = JsonRecord | str


class _OpenContainer:
    """An object or a list that is still being parsed."""

    def __init__(self, bracket: str) -> None:
        self.bracket = bracket
        self.key = ""
        self.texts: dict[str, str] = {}
        self.count = 0

    def add(self, value: Any) -> None:
        """Add the value of the current key, or the next item of a list."""
        if self.bracket == "[":
            self.count += 1
            self.key = str(self.count)
        if len(self.texts) < _MAX_KEYS:
            self.texts[self.key] = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, bool) else str(value)


def read_json(file: BoundedReader, name: str) -> Iterator[JsonItem]:
    """Yield the objects and lists of a JSON file as they end, inner ones before outer ones.

    Args:
        file: The JSON.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the file is not JSON, or nested more than 200 levels deep.
    """
    import ijson

    containers: list[_OpenContainer] = []
    path = ""
    try:
        for event, value in ijson.basic_parse(file, multiple_values=True):
            if event in ("start_map", "start_array"):
                bracket = "{" if event == "start_map" else "["
                containers.append(_OpenContainer(bracket))
                path += bracket
                if len(path) > _MAX_DEPTH:
                    raise UserError(
                        _(
                            "{name} is nested more than {limit} levels deep. Save its sentence "
                            "pairs in a simpler form."
                        ).format(name=name, limit=_MAX_DEPTH)
                    )
            elif event == "map_key":
                containers[-1].key = value
            elif event in ("end_map", "end_array"):
                yield JsonRecord(path, containers.pop().texts)
                path = path[:-1]
            elif containers:
                containers[-1].add(value)
            file.release()
    except UserError:
        raise
    except Exception as error:  # ijson's C code does not only raise its own exceptions
        message = error.args[0] if error.args else type(error).__name__
        text = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
        reason = text.split("\n")[0][:200].strip()
        raise UserError(
            _("{name} is not valid JSON: {reason}. Correct it, or get the file again.").format(
                name=name, reason=reason.rstrip(".")
            )
        ) from error


def read_json_lines(lines: Iterable[str]) -> Iterator[JsonItem]:
    """Yield the objects and lists of a file with one JSON value per line.

    Args:
        lines: The lines of the file without their ends.
    """
    for line in lines:
        if not line.strip():
            yield BLANK
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield NOT_JSON
            continue
        yield from _walk(value, "")


def _walk(value: Any, path: str) -> Iterator[JsonRecord]:
    """Yield the objects and lists in a value, inner ones before outer ones."""
    if not isinstance(value, (dict, list)) or len(path) >= _MAX_DEPTH:
        return
    container = _OpenContainer("{" if isinstance(value, dict) else "[")
    path += container.bracket
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, (dict, list)):
            yield from _walk(part, path)
        else:
            container.key = str(key)
            container.add(part)
    yield JsonRecord(path, container.texts)


def parse_json(
    items: Iterable[JsonItem], format_name: str, data: DataSettings, name: str
) -> ParsedRows:
    """Parse the objects (or lists) on the path that is most likely to have source and target.

    Args:
        items: As `read_json` and `read_json_lines` yield them.
        format_name: "JSON" or "JSON Lines".
        data: `[data]`: languages and columns.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If it cannot be decided which keys are source and target.
    """
    sample, items = read_sample(items, _item_size)
    path, keys = _choose_keys([item for item in sample if not isinstance(item, str)], data, name)
    source, target = keys
    if path.endswith("{"):
        label = _("keys {source} and {target}").format(source=source, target=target)
        requirement = _("Each object must have the {keys}.").format(keys=label)
    else:
        label = _("columns {source} and {target}").format(source=source, target=target)
        requirement = _("Each list must have the {columns}.").format(columns=label)
    return ParsedRows(
        format_name, label, RowUnit.OBJECT, requirement, _pairs(items, path, source, target)
    )


def _pairs(
    items: Iterator[JsonItem], path: str, source: str, target: str
) -> Iterator[PairOrReason]:
    missing = _("without {source} and {target}").format(source=source, target=target)
    for item in items:
        if isinstance(item, str):
            yield item
        elif item.path == path:
            texts = item.texts
            if source in texts or target in texts:
                yield texts.get(source, ""), texts.get(target, "")
            else:
                yield missing


def _choose_keys(
    records: Sequence[JsonRecord], data: DataSettings, name: str
) -> tuple[str, tuple[str, str]]:
    """Return the path of the objects with both texts, and the keys of the texts."""
    by_path: dict[str, list[dict[str, str]]] = {}
    for record in records:
        if len(record.texts) > 1:
            by_path.setdefault(record.path, []).append(record.texts)
    if not by_path:
        raise UserError(
            _(
                "{name} holds no objects with two texts. Each sentence pair must be an object such "
                'as {{"{source}": "…", "{target}": "…"}}.'
            ).format(name=name, source=data.source_language, target=data.target_language)
        )
    keys_of = {
        path: list(dict.fromkeys(key for texts in objects for key in texts))[:_MAX_KEYS]
        for path, objects in by_path.items()
    }

    def likelihood(path: str) -> tuple[bool, bool, int]:
        is_object = path.endswith("{")  # lists of texts are often keywords
        has_known_keys = is_object and is_known_header(keys_of[path], data)
        return has_known_keys, is_object, sum(map(_length, by_path[path]))

    errors = []
    for path in sorted(by_path, key=likelihood, reverse=True):
        keys = keys_of[path]
        rows = [[texts.get(key, "") for key in keys] for texts in by_path[path]]
        is_object = path.endswith("{")
        rules = _OBJECT_RULES if is_object else _LIST_RULES
        try:
            columns = choose_columns([keys, *rows] if is_object else rows, data, rules, name)
        except UserError as error:
            errors.append(error)
        else:
            return path, (keys[columns.source], keys[columns.target])
    raise errors[0]


def _item_size(item: JsonItem) -> int:
    return 0 if isinstance(item, str) else _length(item.texts)


def _length(texts: Mapping[str, str]) -> int:
    return sum(map(len, texts.values()))
