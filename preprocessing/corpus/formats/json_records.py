"""JSON (RFC 8259) and JSON Lines: objects with source and target at any depth."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

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
from malgil.preprocessing.corpus.formats.catalogs.string_catalog import (
    is_string_catalog,
    parse_string_catalog,
)
from malgil.preprocessing.corpus.formats.columns import choose_columns
from malgil.preprocessing.corpus.formats.headers import HeaderRules, is_known_header
from malgil.preprocessing.corpus.formats.json_events import MAX_DEPTH, json_events, text_of
from malgil.preprocessing.corpus.formats.json_layouts import (
    JsonRecord,
    are_class_labels,
    are_in_one_language,
    find_catalog,
    find_columns,
    find_columns_beyond,
    is_note_key,
)
from malgil.preprocessing.corpus.formats.json_leaves import JsonLeaf
from malgil.preprocessing.corpus.formats.json_text import without_lone_surrogates
from malgil.settings import DataSettings

_OBJECT_RULES = HeaderRules(always_has_header=True)
_LIST_RULES = HeaderRules(defaults_to_first_columns=True)
_MAX_KEYS = 1000
_NO_OBJECT = _("not an object")


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
            self.texts[self.key] = text_of(value)

    @property
    def object_key(self) -> str:
        """The current key; in a list, ""."""
        return self.key if self.bracket == "{" else ""


def read_json(file: BoundedReader, name: str) -> Iterator[JsonItem]:
    """Yield the objects and lists of a JSON file as they end, inner ones before outer ones.

    Args:
        file: The JSON.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: As `json_events`.
    """
    containers: list[_OpenContainer] = []
    path = ""
    for event, value in json_events(file, name):
        if event in ("start_map", "start_array"):
            bracket = "{" if event == "start_map" else "["
            containers.append(_OpenContainer(bracket))
            path += bracket
        elif event == "map_key":
            containers[-1].key = value
        elif event in ("end_map", "end_array"):
            texts = containers.pop().texts
            yield JsonRecord(path, texts, tuple(each.object_key for each in containers))
            path = path[:-1]
        elif containers:
            containers[-1].add(value)


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
            value = json.loads(without_lone_surrogates(line))
        except (ValueError, RecursionError):
            yield NOT_JSON
            continue
        if isinstance(value, (dict, list)):
            yield from _walk(value, "", ())
        else:
            yield _NO_OBJECT


def _walk(value: Any, path: str, keys: tuple[str, ...]) -> Iterator[JsonRecord]:
    """Yield the objects and lists in a value, inner ones before outer ones."""
    if not isinstance(value, (dict, list)) or len(path) >= MAX_DEPTH:
        return
    container = _OpenContainer("{" if isinstance(value, dict) else "[")
    path += container.bracket
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, (dict, list)):
            yield from _walk(part, path, (*keys, str(key) if isinstance(value, dict) else ""))
        else:
            container.key = str(key)
            container.add(part)
    yield JsonRecord(path, container.texts, keys)


def parse_json(
    items: Iterable[JsonItem],
    open_leaves: Callable[[], Iterable[JsonLeaf]],
    format_name: str,
    data: DataSettings,
    name: str,
) -> ParsedRows:
    """Parse the objects (or lists) on the path that is most likely to have source and target.

    Args:
        items: As `read_json` and `read_json_lines` yield them.
        open_leaves: Opens the texts of the file, for layouts without such objects.
        format_name: "JSON" or "JSON Lines".
        data: `[data]`: languages and columns.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If it cannot be decided which keys are source and target.
    """
    sample, items = read_sample(items, _item_size)
    records = [item for item in sample if not isinstance(item, str)]
    if not data.columns and is_string_catalog(records):
        return parse_string_catalog(open_leaves, data)
    known_size = _size_of_known_objects(records, data)
    columns = find_columns(records, data, name)
    if not columns and not known_size:
        columns = find_columns_beyond(records, open_leaves, data, name)
    rows: Iterator[PairOrReason]
    if columns and columns.size >= known_size:
        label = _("keys {source} and {target}").format(source=columns.source, target=columns.target)
        rows = itertools.chain(columns.pairs(open_leaves, name), _reasons(items, format_name))
    else:
        try:
            label, rows = _parse_records(records, items, data, name)
        except UserError:
            catalog = find_catalog(records, data)
            if not catalog:
                raise
            label = _("texts as keys")
            rows = itertools.chain(catalog.pairs(open_leaves), _reasons(items, format_name))
    requirement = _("Each pair must have text in {keys}.").format(keys=label)
    return ParsedRows(format_name, label, RowUnit.OBJECT, requirement, rows)


def _reasons(items: Iterable[JsonItem], format_name: str) -> Iterator[str]:
    """Yield the reasons why lines of JSON Lines are left out."""
    if format_name != "JSON":
        yield from (item for item in items if isinstance(item, str))


def _parse_records(
    records: Sequence[JsonRecord], items: Iterator[JsonItem], data: DataSettings, name: str
) -> tuple[str, Iterator[PairOrReason]]:
    """Return the label of the keys with source and target, and the pairs of all records."""
    path, (source, target) = _choose_keys(records, data, name)
    is_object = path.endswith("{")
    template = _("keys {source} and {target}") if is_object else _("columns {source} and {target}")
    label = template.format(source=source, target=target)
    is_named = data.columns or (is_object and is_known_header((source, target), data))
    pairs = [
        (record.texts.get(source, ""), record.texts.get(target, ""))
        for record in records
        if record.path == path
    ]
    if not is_named and any(map(is_note_key, (source, target))):
        raise UserError(
            _(
                "{name} has texts of one language in {keys}: the other key is a note. Name the "
                "file of the other language too, such as data.train = ko.json, en.json, or set "
                "the keys with data.columns."
            ).format(name=name, keys=label)
        )
    if not is_named and (are_in_one_language(pairs, data) or are_class_labels(pairs)):
        raise UserError(
            _(
                "{name} has texts of one language in {keys}. A JSON corpus accepts objects with "
                'both texts, {{"{source}": "…", "{target}": "…"}}, or lists of the same length, '
                '{{"{source}": […], "{target}": […]}}. Set the keys with data.columns.'
            ).format(
                name=name, keys=label, source=data.source_language, target=data.target_language
            )
        )
    return label, _pairs(items, path, source, target)


def _size_of_known_objects(records: Sequence[JsonRecord], data: DataSettings) -> int:
    """Return the number of characters in objects that name both texts by their keys."""
    return sum(
        _length(record.texts)
        for record in records
        if record.path.endswith("{") and is_known_header(list(record.texts), data)
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
        elif len(item.path) == len(path) == 1:  # a list on a line of its own, among objects
            yield missing


def _choose_keys(
    records: Sequence[JsonRecord], data: DataSettings, name: str
) -> tuple[str, tuple[str, str]]:
    """Return the path of the objects with both texts, and the keys of the texts."""
    by_path: dict[str, list[dict[str, str]]] = {}
    for record in records:
        if len(record.texts) > 1 and not _is_list_of_texts(record):
            by_path.setdefault(record.path, []).append(record.texts)
    if not by_path:
        raise UserError(
            _(
                "{name} holds no objects with two texts. Each sentence pair must be an object such "
                'as {{"{source}": "…", "{target}": "…"}}.'
            ).format(name=name, source=data.source_language, target=data.target_language)
        )
    keys_of = {
        path: _text_keys(list(dict.fromkeys(key for texts in objects for key in texts)), data)
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


def _text_keys(keys: list[str], data: DataSettings) -> list[str]:
    """Return the keys without those of notes, unless too few are left or they are set."""
    keys = keys[:_MAX_KEYS]
    texts = [key for key in keys if not is_note_key(key)]
    return keys if data.columns or len(texts) < 2 else texts


def _is_list_of_texts(record: JsonRecord) -> bool:
    """Return whether a record is the texts of one language, not a pair in a list of pairs."""
    return record.path.endswith("[") and not record.path.endswith("[[") and len(record.texts) > 3


def _item_size(item: JsonItem) -> int:
    return 0 if isinstance(item, str) else _length(item.texts)


def _length(texts: Mapping[str, str]) -> int:
    return sum(map(len, texts.values()))
