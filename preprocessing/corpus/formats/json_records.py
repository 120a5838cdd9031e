"""JSON (RFC 8259) and JSON Lines: objects with source and target, however deep they lie."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.base import BLANK, Found, Row
from malgil.preprocessing.corpus.formats.bounded_reader import Pieces
from malgil.preprocessing.corpus.formats.columns import Layout, choose, is_header
from malgil.preprocessing.corpus.formats.sample import peek
from malgil.settings import DataSettings

_OBJECT = Layout(always_has_header=True)
_LIST = Layout(is_ordered=True)
_DEEPEST = 200
_MOST_KEYS = 1000


class Record(NamedTuple):
    """The texts of an object, or of a list of texts.

    Attributes:
        shape: What it lies in, the outermost first: `{` for an object, `[` for a list.
        texts: By key; by number, from 1 on, in a list.
    """

    shape: str
    texts: dict[str, str]


class Passed(NamedTuple):
    """What is no record, and why."""

    reason: str


Item = Record | Passed


class _Open:
    """An object or a list that is being read."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.key = ""
        self.texts: dict[str, str] = {}
        self.count = 0

    def add(self, value: Any) -> None:
        if self.mark == "[":
            self.count += 1
            self.key = str(self.count)
        if len(self.texts) < _MOST_KEYS:
            self.texts[self.key] = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, bool) else str(value)


def json_items(file: Pieces, name: str) -> Iterator[Item]:
    """The objects of a JSON file, each as it ends; those within others come before them.

    Raises:
        UserError: If it is no JSON, or nested too deep.
    """
    import ijson

    stack: list[_Open] = []
    shape = ""
    try:
        for event, value in ijson.basic_parse(file, multiple_values=True):
            if event in ("start_map", "start_array"):
                mark = "{" if event == "start_map" else "["
                stack.append(_Open(mark))
                shape += mark
                if len(shape) > _DEEPEST:
                    raise UserError(f"{name} is nested too deep: {_DEEPEST} levels.")
            elif event == "map_key":
                stack[-1].key = value
            elif event in ("end_map", "end_array"):
                yield Record(shape, stack.pop().texts)
                shape = shape[:-1]
            elif stack:
                stack[-1].add(value)
            file.done()
    except UserError:
        raise
    except Exception as error:  # ijson's C code raises more than its own
        told = error.args[0] if error.args else type(error).__name__
        text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        reason = text.split("\n")[0][:200].strip()
        raise UserError(f"{name} is no valid JSON ({reason}). Mend it, or get it again.") from error


def json_lines_items(lines: Iterable[str]) -> Iterator[Item]:
    """The objects of a file that holds one JSON value a line."""
    for line in lines:
        if not line.strip():
            yield Passed(BLANK)
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield Passed("not JSON")
            continue
        yield from _walk(value, "")


def _walk(value: Any, shape: str) -> Iterator[Record]:
    """The objects and lists in a value, the inner ones before the outer."""
    if not isinstance(value, (dict, list)) or len(shape) >= _DEEPEST:
        return
    opened = _Open("{" if isinstance(value, dict) else "[")
    shape += opened.mark
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, (dict, list)):
            yield from _walk(part, shape)
        else:
            opened.key = str(key)
            opened.add(part)
    yield Record(shape, opened.texts)


def records(items: Iterable[Item], what: str, data: DataSettings, name: str) -> Found:
    """The pairs in objects that lie where the first ones with both texts lie.

    Args:
        items: Of `json_items` or `json_lines_items`.
        what: JSON or JSON Lines.
        data: `[data]`: languages and columns.
        name: What people call the file.

    Raises:
        UserError: If nothing tells which keys are meant.
    """
    sample, items = peek(items, _size)
    shape, keys = _choose([item for item in sample if isinstance(item, Record)], data, name)
    kind = "keys" if shape.endswith("{") else "columns"
    shown = f"{kind} {keys[0]} and {keys[1]}"
    needed = f"Each object must hold both of the {shown}."
    return Found(f"{what}, {shown}", "objects", needed, _rows(items, shape, keys))


def _rows(items: Iterator[Item], shape: str, keys: tuple[str, str]) -> Iterator[Row]:
    source, target = keys
    for item in items:
        if isinstance(item, Passed):
            yield item.reason
        elif item.shape == shape:
            texts = item.texts
            if source in texts or target in texts:
                yield texts.get(source, ""), texts.get(target, "")
            else:
                yield f"without {source} and {target}"


def _choose(found: Sequence[Record], data: DataSettings, name: str) -> tuple[str, tuple[str, str]]:
    """Where the objects with both texts lie, and under which keys the texts are."""
    by_shape: dict[str, list[dict[str, str]]] = {}
    for record in found:
        if len(record.texts) > 1:
            by_shape.setdefault(record.shape, []).append(record.texts)
    if not by_shape:
        raise UserError(
            f"{name} holds no objects with two texts. Each sentence pair must be an object such as "
            f'{{"{data.source_language}": "…", "{data.target_language}": "…"}}.'
        )
    keys_of = {
        shape: list(dict.fromkeys(key for each in texts for key in each))[:_MOST_KEYS]
        for shape, texts in by_shape.items()
    }

    def likelihood(shape: str) -> tuple[bool, bool, int]:
        is_object = shape.endswith("{")  # lists of texts are keywords at most times
        texts = by_shape[shape]
        return is_object and is_header(keys_of[shape], data), is_object, sum(map(_length, texts))

    mistakes = []
    for shape in sorted(by_shape, key=likelihood, reverse=True):
        keys = keys_of[shape]
        rows = [[each.get(key, "") for key in keys] for each in by_shape[shape]]
        is_object = shape.endswith("{")
        layout = _OBJECT if is_object else _LIST
        try:
            choice = choose([keys, *rows] if is_object else rows, data, layout, name)
        except UserError as error:
            mistakes.append(error)
        else:
            return shape, (keys[choice.source], keys[choice.target])
    raise mistakes[0]


def _size(item: Item) -> int:
    return _length(item.texts) if isinstance(item, Record) else 0


def _length(texts: Mapping[str, str]) -> int:
    return sum(map(len, texts.values()))
