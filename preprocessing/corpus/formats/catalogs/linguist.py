"""The translation files of Qt Linguist (.ts)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.catalogs.bilingual_unit import (
    OBSOLETE,
    PLURAL,
    UNFINISHED,
    UNTRANSLATED,
    Direction,
    find_direction,
)
from malgil.preprocessing.corpus.formats.markup.inline_text import inline_text
from malgil.preprocessing.corpus.formats.markup.units import children, read_units, tag_name
from malgil.preprocessing.corpus.formats.text_signatures import LINGUIST
from malgil.settings import DataSettings

_REASONS = {"unfinished": UNFINISHED, "vanished": OBSOLETE, "obsolete": OBSOLETE}


def parse_linguist(file: BoundedReader, data: DataSettings, name: str) -> ParsedRows:
    """Parse a file of Qt Linguist; unfinished, obsolete and plural messages are left out.

    Args:
        file: The XML.
        data: `[data]`: the languages.
        name: The name of the file, in quotation marks.
    """
    return ParsedRows(
        LINGUIST,
        _("source and translation"),
        RowUnit.MESSAGE,
        _("Each message must have a source and a translation in {source} and {target}.").format(
            source=data.source_language, target=data.target_language
        ),
        _pairs(read_units(file, LINGUIST, name, {"message"}, {"ts"}), data),
    )


def _pairs(elements: Iterator[Any], data: DataSettings) -> Iterator[PairOrReason]:
    direction = Direction(False)
    for element in elements:
        if tag_name(element) == "ts":
            # Qt's programs are in English if the file does not declare another language.
            language = element.get("sourcelanguage") or "en"
            direction = find_direction(language, element.get("language") or "", data)
        else:
            yield _pair(element, direction)


def _pair(message: Any, direction: Direction) -> PairOrReason:
    translation = next(children(message, "translation"), None)
    if translation is None:
        return UNTRANSLATED
    reason = _REASONS.get(translation.get("type", ""))
    if reason:
        return reason
    if message.get("numerus") == "yes":
        return PLURAL
    source = "".join(map(inline_text, children(message, "source")))
    return direction.pair(source, inline_text(translation))
