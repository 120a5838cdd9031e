"""XLIFF 1.2 and 2.0, the exchange format of localization (OASIS 2008, 2014)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.catalogs.bilingual_unit import (
    NOT_TO_TRANSLATE,
    UNFINISHED,
    UNTRANSLATED,
    Direction,
    find_direction,
)
from malgil.preprocessing.corpus.formats.markup.inline_text import inline_text
from malgil.preprocessing.corpus.formats.markup.units import children, read_units, tag_name
from malgil.preprocessing.corpus.formats.text_signatures import XLIFF
from malgil.settings import DataSettings

_UNITS = {"trans-unit", "unit"}
# `file` has the languages in version 1.2, `xliff` in version 2.0.
_CONTEXTS = {"xliff", "file"}


def parse_xliff(file: BoundedReader, data: DataSettings, name: str) -> ParsedRows:
    """Parse an XLIFF file; notes and alternative translations are ignored.

    Args:
        file: The XLIFF.
        data: `[data]`: the languages. If the file translates the other way round, its pairs are
            reversed.
        name: The name of the file, in quotation marks.
    """
    return ParsedRows(
        XLIFF,
        _("source and target"),
        RowUnit.TRANSLATION_UNIT,
        _("Each unit must have a source and a target in {source} and {target}.").format(
            source=data.source_language, target=data.target_language
        ),
        _pairs(read_units(file, XLIFF, name, _UNITS, _CONTEXTS), data),
    )


def _pairs(elements: Iterator[Any], data: DataSettings) -> Iterator[PairOrReason]:
    direction = Direction(False)
    for element in elements:
        tag = tag_name(element)
        if tag == "xliff":
            direction = find_direction(element.get("srcLang", ""), element.get("trgLang", ""), data)
        elif tag == "file":
            if "source-language" in element.attrib:
                direction = find_direction(
                    element.get("source-language", ""), element.get("target-language", ""), data
                )
        elif element.get("translate") == "no":
            yield NOT_TO_TRANSLATE
        elif tag == "trans-unit":
            yield _pair(element, direction)
        else:
            for segment in children(element, "segment"):
                yield _pair(segment, direction)


def _pair(segment: Any, direction: Direction) -> PairOrReason:
    """Return the pair of a unit of version 1.2 or a segment of version 2.0, or a reason."""
    target = next(children(segment, "target"), None)
    if target is None:
        return UNTRANSLATED
    state = str(segment.get("state") or target.get("state") or "")
    if state in {"new", "initial"} or state.startswith("needs-"):
        return UNFINISHED
    source = "".join(map(inline_text, children(segment, "source")))
    return direction.pair(source, inline_text(target))
