"""The texts of a JSON file one by one, and their pairing by keys.

It serves files in which the two texts of a pair are not in one object: columns of lists
(`{"ko": […], "en": […]}`), columns by number as pandas writes them, catalogs by language.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.json_events import MAX_DEPTH, json_events, text_of
from malgil.preprocessing.corpus.formats.json_text import without_lone_surrogates

Keys = tuple[str | int, ...]
# A text, by the keys that both texts of a pair have in common.
LeafText = tuple[Keys, str]

# Bytes of the texts whose counterpart has not been read, and of their keys.
_MAX_WAITING_BYTES = 1 << 28


class JsonLeaf(NamedTuple):
    """A text in a JSON file.

    Attributes:
        path: The containers around it: `{` for an object, `[` for a list.
        keys: The key, or the number, of each of them.
        text: The text.
        line: The number of its line in JSON Lines; otherwise 0.
    """

    path: str
    keys: Keys
    text: str
    line: int = 0


def read_json_leaves(file: BoundedReader, name: str) -> Iterator[JsonLeaf]:
    """Yield the texts of a JSON file in order.

    Args:
        file: The JSON.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: As `json_events`.
    """
    path = ""
    keys: list[str | int] = []
    for event, value in json_events(file, name):
        if event == "map_key":
            keys[-1] = value
            continue
        if event in ("end_map", "end_array"):
            path = path[:-1]
            keys.pop()
            continue
        if path.endswith("["):
            keys[-1] = int(keys[-1]) + 1
        if event in ("start_map", "start_array"):
            path += "{" if event == "start_map" else "["
            keys.append("" if event == "start_map" else 0)
        elif path:
            yield JsonLeaf(path, tuple(keys), text_of(value))


def read_json_lines_leaves(lines: Iterable[str]) -> Iterator[JsonLeaf]:
    """Yield the texts of a file with one JSON value per line; invalid lines have none.

    Args:
        lines: The lines of the file without their ends.
    """
    for number, line in enumerate(lines, 1):
        try:
            yield from _leaves(json.loads(without_lone_surrogates(line)), "", (), number)
        except (ValueError, RecursionError):
            continue


def _leaves(value: Any, path: str, keys: Keys, line: int) -> Iterator[JsonLeaf]:
    if len(path) >= MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, path + "{", (*keys, key), line)
    elif isinstance(value, list):
        for number, part in enumerate(value, 1):
            yield from _leaves(part, path + "[", (*keys, number), line)
    elif path:
        yield JsonLeaf(path, keys, text_of(value), line)


def texts_below(leaves: Iterable[JsonLeaf], path: str, key: str) -> Iterator[LeafText]:
    """Yield the texts that are below a key, by their other keys.

    Args:
        leaves: The texts of a file.
        path: The containers from the outermost to the object that has the key.
        key: The key, such as that of a language.
    """
    depth = len(path)
    for leaf in leaves:
        if len(leaf.path) > depth and leaf.path.startswith(path) and leaf.keys[depth - 1] == key:
            yield (leaf.line, *leaf.keys[: depth - 1], *leaf.keys[depth:]), leaf.text


def pair_by_keys(
    sources: Iterator[LeafText], targets: Iterator[LeafText], name: str
) -> Iterator[PairOrReason]:
    """Pair the texts that have the same keys. Their order may differ.

    Args:
        sources: The source texts.
        targets: The target texts.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If lists have different lengths, so that it is unknown which texts belong
            together; or if the order differs so much that the texts would fill the memory.
    """
    waiting: tuple[dict[Keys, str], dict[Keys, str]] = ({}, {})
    waiting_bytes = 0
    for both in itertools.zip_longest(sources, targets):
        for side, keyed in enumerate(both):
            if keyed is None:
                continue
            keys, text = keyed
            other = waiting[1 - side].pop(keys, None)
            if other is None:
                waiting[side][keys] = text
                waiting_bytes += _waiting_bytes(keys, text)
            else:
                waiting_bytes -= _waiting_bytes(keys, other)
                yield (other, text) if side else (text, other)
        if waiting_bytes > _MAX_WAITING_BYTES:
            raise UserError(
                _(
                    "{name} has its texts in a different order for each language, and is too large "
                    "to sort. Save it with both texts of a pair in one object."
                ).format(name=name)
            )
    for side, texts in enumerate(waiting):
        for keys, text in texts.items():
            if isinstance(keys[-1], int):
                raise UserError(_lengths_message(keys, name))
            yield ("", text) if side else (text, "")


def _waiting_bytes(keys: Keys, text: str) -> int:
    """Return about how many bytes a text and its keys take."""
    return 200 + 2 * len(text) + sum(8 if isinstance(key, int) else 50 + len(key) for key in keys)


def _lengths_message(keys: Keys, name: str) -> str:
    return _(
        "{name} has lists of different lengths: item {number:,} of one of them has no translation. "
        "Lists of the two languages must have the same number of texts."
    ).format(name=name, number=keys[-1])
