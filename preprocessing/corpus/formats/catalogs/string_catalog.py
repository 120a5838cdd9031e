"""String Catalogs of Apple's Xcode (.xcstrings): JSON with the texts of all languages by key."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.catalogs.bilingual_unit import (
    PLURAL,
    UNFINISHED,
    UNTRANSLATED,
    Direction,
)
from malgil.preprocessing.corpus.formats.json_layouts import JsonRecord
from malgil.preprocessing.corpus.formats.json_leaves import JsonLeaf
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.settings import DataSettings

_VALUE, _STATE = ("stringUnit", "value"), ("stringUnit", "state")


def is_string_catalog(records: Iterable[JsonRecord]) -> bool:
    """Return whether JSON is a String Catalog, by the keys of its first records."""
    return any(
        record.keys[:1] == ("strings",) and record.keys[2:3] == ("localizations",)
        for record in records
    )


def parse_string_catalog(
    open_leaves: Callable[[], Iterable[JsonLeaf]], data: DataSettings
) -> ParsedRows:
    """Parse a String Catalog; a key is the text in its source language if it has no other.

    Texts that are not translated or not reviewed, and those with plural forms, are left out.

    Args:
        open_leaves: Opens the texts of the file.
        data: `[data]`: the languages.
    """
    return ParsedRows(
        ".xcstrings",
        _("keys {source} and {target}").format(
            source=data.source_language, target=data.target_language
        ),
        RowUnit.MESSAGE,
        _("Each message must be translated into {source} and {target}.").format(
            source=data.source_language, target=data.target_language
        ),
        _pairs(open_leaves, data),
    )


def _pairs(
    open_leaves: Callable[[], Iterable[JsonLeaf]], data: DataSettings
) -> Iterator[PairOrReason]:
    declared = (leaf.text for leaf in open_leaves() if leaf.keys == ("sourceLanguage",))
    source_language = language_code(next(declared, "en"))
    wanted = [language_code(code) for code in (data.source_language, data.target_language)]
    leaves = (leaf for leaf in open_leaves() if leaf.keys[0] == "strings" and len(leaf.keys) > 2)
    for key, group in itertools.groupby(leaves, lambda leaf: str(leaf.keys[1])):
        units: dict[str, dict[tuple[str | int, ...], str]] = {}
        for leaf in group:
            if leaf.keys[2] == "localizations" and len(leaf.keys) > 5:
                language = language_code(str(leaf.keys[3]))
                units.setdefault(language, {})[leaf.keys[4:]] = leaf.text
        texts = [units.get(language, {}) for language in wanted]
        if any(rest[0] == "variations" for unit in texts for rest in unit):
            yield PLURAL
        elif any(unit.get(_STATE, "translated") != "translated" for unit in texts):
            yield UNFINISHED
        else:
            source, target = (
                unit.get(_VALUE, key if language == source_language else "")
                for unit, language in zip(texts, wanted, strict=True)
            )
            yield Direction(False).pair(source, target) if source else UNTRANSLATED
