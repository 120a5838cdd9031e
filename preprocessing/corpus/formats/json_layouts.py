"""Layouts of JSON files in which the two texts of a pair are not in one object."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.base import PairOrReason
from malgil.preprocessing.corpus.formats.column_statistics import (
    are_korean,
    has_korean_letter,
    is_first_source,
)
from malgil.preprocessing.corpus.formats.columns import choose_columns
from malgil.preprocessing.corpus.formats.headers import HeaderRules, is_known_header
from malgil.preprocessing.corpus.formats.json_leaves import (
    JsonLeaf,
    pair_by_keys,
    texts_below,
)
from malgil.preprocessing.corpus.formats.language_names import match_rank
from malgil.settings import DataSettings

_RULES = HeaderRules(always_has_header=True)
_MAX_LANGUAGES, _MAX_SAMPLE_TEXTS = 200, 500
# A key of a program, not a text: home.title, SAVE_AS, saveAs
_PROGRAM_KEY = re.compile(
    r"[^\s가-힣]*[._/:][^\s가-힣]*[^\s.]|[a-z0-9]+([A-Z][a-z0-9]*)*|[A-Z0-9]+"
)
_TRANSLATION_KEYS = re.compile(r"translation|target|text|value|message|msgstr|번역|번역문", re.I)

# Keys of what is said about a text. Only its key tells a note in English from a translation.
_NOTE_KEYS = re.compile(
    r"(translator_?)?(notes?|comments?|descriptions?|desc)|context|state|status|intents?|labels?|"
    r"category|categories|tags?|types?|domains?|topics?|speakers?|authors?|placeholders?|설명|비고|메모|"
    r"의도|분류|상태|주석",
    re.IGNORECASE,
)
# A label, as of a class: greet, ask_price, needs-review
_LABEL = re.compile(r"[A-Za-z0-9]+([_\-./:][A-Za-z0-9]+)*")


class JsonRecord(NamedTuple):
    """The texts of an object, or of a list.

    Attributes:
        path: The containers from the outermost to this one: `{` for an object, `[` for a list.
        texts: The texts by key; in a list, by number from 1.
        keys: The key of each container in the one around it; "" in a list.
    """

    path: str
    texts: dict[str, str]
    keys: tuple[str, ...] = ()


class ColumnLayout(NamedTuple):
    """Texts of two languages below two keys of one object.

    Attributes:
        path: The containers from the outermost to the object.
        source: The key of the source texts.
        target: The key of the target texts.
        size: The number of characters in the sample of both.
    """

    path: str
    source: str
    target: str
    size: int

    def pairs(
        self, open_leaves: Callable[[], Iterable[JsonLeaf]], name: str
    ) -> Iterator[PairOrReason]:
        """Yield the pairs of a file, which is read twice at the same time.

        Args:
            open_leaves: Opens the texts of the file.
            name: The name of the file, in quotation marks.
        """
        sources, targets = (
            texts_below(open_leaves(), self.path, key) for key in (self.source, self.target)
        )
        return pair_by_keys(sources, targets, name)


class CatalogLayout(NamedTuple):
    """Texts whose keys are the texts in the other language: `{"Save": {"translation": "저장"}}`.

    Attributes:
        path: The containers from the outermost to the object whose keys are texts.
        key: The key of the other text; "" if it is the value itself.
        is_key_source: Whether the keys are the source texts.
    """

    path: str
    key: str
    is_key_source: bool

    def pairs(self, open_leaves: Callable[[], Iterable[JsonLeaf]]) -> Iterator[PairOrReason]:
        """Yield the pairs of a file.

        Args:
            open_leaves: Opens the texts of the file.
        """
        path, rest = (self.path + "{", (self.key,)) if self.key else (self.path, ())
        depth = len(self.path)
        for leaf in open_leaves():
            if leaf.path == path and leaf.keys[depth:] == rest:
                text = str(leaf.keys[depth - 1])
                yield (text, leaf.text) if self.is_key_source else (leaf.text, text)


def find_columns(
    records: Sequence[JsonRecord], data: DataSettings, name: str
) -> ColumnLayout | None:
    """Return the layout of texts below two keys, such as those of the languages.

    Args:
        records: The first records of the file.
        data: `[data]`: languages and columns.
        name: The name of the file, in quotation marks.
    """
    for depth in range(1, max((len(record.path) for record in records), default=0)):
        for path in dict.fromkeys(
            record.path[:depth] for record in records if len(record.path) > depth
        ):
            if path.endswith("{") and (layout := _columns_at(path, records, data, name)):
                return layout
    return None


def find_columns_beyond(
    records: Sequence[JsonRecord],
    open_leaves: Callable[[], Iterable[JsonLeaf]],
    data: DataSettings,
    name: str,
) -> ColumnLayout | None:
    """Return the layout as `find_columns` if the sample ends within the texts of one language.

    Args:
        records: The first records of the file.
        open_leaves: Opens the texts of the file, which is read once.
        data: As for `find_columns`.
        name: As for `find_columns`.
    """
    languages = (data.source_language, data.target_language)
    paths = {
        record.path[: depth + 1]: key
        for record in records
        for depth, key in enumerate(record.keys)
        if any(match_rank(key, language, "", allows_spaces=False) == 0 for language in languages)
    }
    if not paths:
        return None
    path = min(paths, key=len)
    depth = len(path)
    counts = Counter[str | int]()
    found = []
    for leaf in open_leaves():
        if len(leaf.path) > depth and leaf.path.startswith(path):
            key = leaf.keys[depth - 1]
            if key not in counts and len(counts) > _MAX_LANGUAGES:
                continue
            counts[key] += 1
            if counts[key] <= _MAX_SAMPLE_TEXTS:
                keys = tuple(map(str, leaf.keys))
                found.append(JsonRecord(leaf.path, {keys[-1]: leaf.text}, keys[:-1]))
    return _columns_at(path, found, data, name)


def _columns_at(
    path: str, records: Sequence[JsonRecord], data: DataSettings, name: str
) -> ColumnLayout | None:
    depth = len(path)
    below: dict[str, dict[tuple[str, ...], str]] = {}
    are_columns = True
    for record in records:
        if len(record.path) > depth and record.path.startswith(path):
            other_keys = record.keys[: depth - 1] + record.keys[depth:]
            texts = below.setdefault(record.keys[depth - 1], {})
            texts.update(((*other_keys, key), text) for key, text in record.texts.items())
            is_list = record.path == path + "["
            are_columns &= is_list or all(key.isdecimal() for key in record.texts)
    names = list(below)
    is_named = is_known_header(names, data)
    if not 2 <= len(names) <= _MAX_LANGUAGES or not (is_named or are_columns):
        return None
    shared = list(dict.fromkeys(keys for texts in below.values() for keys in texts))
    rows = [[below[key].get(keys, "") for key in names] for keys in shared[:1000]]
    if not is_named and not all(len(texts) == len(shared) for texts in below.values()):
        return None  # not columns of one table
    try:
        columns = choose_columns([names, *rows], data, _RULES, name)
    except UserError:
        return None
    source, target = names[columns.source], names[columns.target]
    size = sum(len(text) for key in (source, target) for text in below[key].values())
    return ColumnLayout(path, source, target, size)


def find_catalog(records: Sequence[JsonRecord], data: DataSettings) -> CatalogLayout | None:
    """Return the layout of a catalog if its keys and its texts are in two scripts.

    Args:
        records: The first records of the file.
        data: `[data]`: the languages.
    """
    tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for record in records:
        if record.path.endswith("{"):
            tables.setdefault((record.path, ""), []).extend(record.texts.items())
        if record.path.endswith("{{"):
            for key, text in record.texts.items():
                tables.setdefault((record.path[:-1], key), []).append((record.keys[-1], text))
    likeliest = sorted(
        tables.items(),
        key=lambda item: (bool(_TRANSLATION_KEYS.fullmatch(item[0][1])), len(item[1])),
        reverse=True,
    )
    for (path, key), pairs in likeliest:
        if is_note_key(key):
            continue
        keys, texts = ([pair[side] for pair in pairs if pair[1].strip()] for side in (0, 1))
        is_key_source = is_first_source(are_korean(keys), are_korean(texts), data)
        are_enough = len(keys) > (0 if _TRANSLATION_KEYS.fullmatch(key) else 1)
        if are_enough and is_key_source is not None and _are_texts(keys):
            return CatalogLayout(path, key, is_key_source)
    return None


def _are_texts(keys: Sequence[str]) -> bool:
    """Return whether most keys are texts, not the keys of a program."""
    texts = sum(has_korean_letter(key) or not _PROGRAM_KEY.fullmatch(key) for key in keys)
    return 2 * texts > len(keys)


def is_note_key(key: str) -> bool:
    """Return whether a key is that of a note, a state or a class, not of a text."""
    return bool(_NOTE_KEYS.fullmatch(key))


def are_class_labels(pairs: Sequence[Sequence[str]]) -> bool:
    """Return whether texts of several words are paired with labels of one word: `ask_price`.

    Args:
        pairs: The first pairs.
    """
    pairs = [pair for pair in pairs if all(pair)]
    for side in (0, 1):
        labels = sum(bool(_LABEL.fullmatch(pair[side])) for pair in pairs)
        sentences = sum(" " in pair[1 - side].strip() for pair in pairs)
        if pairs and labels > 0.9 * len(pairs) and 2 * sentences > len(pairs):
            return True
    return False


def are_in_one_language(pairs: Sequence[Sequence[str]], data: DataSettings) -> bool:
    """Return whether texts are paired with texts in their own script, though one must be Korean.

    Args:
        pairs: The first pairs.
        data: `[data]`: the languages.
    """
    sources, targets = ([pair[side] for pair in pairs if all(pair)] for side in (0, 1))
    must_differ = is_first_source(True, False, data) is not None and len(sources) > 1
    return must_differ and are_korean(sources) == are_korean(targets)
