"""TMX 1.4b, the exchange format of translation memories (LISA OSCAR 2005)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.preprocessing.corpus.formats.markup.character_repair import LOST
from malgil.preprocessing.corpus.formats.markup.inline_text import inline_text
from malgil.preprocessing.corpus.formats.markup.units import (
    INVALID_CHARACTER,
    children,
    read_units,
)
from malgil.settings import DataSettings

_LANGUAGE_ATTRIBUTE = "{http://www.w3.org/XML/1998/namespace}lang"


def parse_tmx(file: BoundedReader, data: DataSettings, name: str) -> ParsedRows:
    """Parse a TMX file; the first variant in each language of each unit is used.

    Args:
        file: The TMX.
        data: `[data]`: languages; `columns` may be the codes that the file uses for them.
        name: The name of the file, in quotation marks.
    """
    are_codes_set = data.columns and not data.columns[0].isdecimal()
    codes = data.columns if are_codes_set else (data.source_language, data.target_language)
    source, target = (language_code(code) for code in codes)
    return ParsedRows(
        "TMX",
        _("{source} and {target}").format(source=codes[0], target=codes[1]),
        RowUnit.TRANSLATION_UNIT,
        _(
            "Each unit must have a variant in {source} and one in {target}. If the file uses other "
            "language codes, set data.columns to them."
        ).format(source=codes[0], target=codes[1]),
        _pairs(read_units(file, "TMX", name, {"tu"}), source, target),
    )


def _pairs(units: Iterator[Any], source: str, target: str) -> Iterator[PairOrReason]:
    only_once = _("with {language} only once").format(language=source)
    missing: dict[tuple[str, ...], str] = {
        (code,): _("without {language}").format(language=code) for code in (source, target)
    }
    missing[source, target] = _("without {source} and {target}").format(
        source=source, target=target
    )
    for unit in units:
        texts: dict[str, list[str]] = {}
        for variant in children(unit, "tuv"):
            code = language_code(variant.get(_LANGUAGE_ATTRIBUTE) or variant.get("lang") or "")
            texts.setdefault(code, []).append(_segment(variant))
        if source == target and len(texts.get(source, ())) == 1:
            yield only_once
            continue
        absent = tuple(code for code in dict.fromkeys((source, target)) if code not in texts)
        if absent:
            yield missing[absent]
            continue
        pair = texts[source][0], texts[target][int(source == target)]
        yield INVALID_CHARACTER if any(LOST in text for text in pair) else pair


def _segment(variant: Any) -> str:
    """Return the text of a variant's `seg` element, without markup."""
    return next(map(inline_text, children(variant, "seg")), "")
