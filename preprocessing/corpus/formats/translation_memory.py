"""TMX 1.4b, the exchange format of translation memories (LISA OSCAR 2005)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.settings import DataSettings

_LANGUAGE_ATTRIBUTE = "{http://www.w3.org/XML/1998/namespace}lang"
# Elements whose content is markup of the translated document, not its text.
_MARKUP = {"bpt", "ept", "it", "ph", "ut"}
_MAX_DEPTH = 200


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
        _pairs(_units(file, name), source, target),
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
        for variant in unit:
            if _tag(variant) == "tuv":
                code = language_code(variant.get(_LANGUAGE_ATTRIBUTE) or variant.get("lang") or "")
                texts.setdefault(code, []).append(_segment(variant))
        if source == target and len(texts.get(source, ())) == 1:
            yield only_once
            continue
        absent = tuple(code for code in dict.fromkeys((source, target)) if code not in texts)
        if absent:
            yield missing[absent]
        elif source == target:
            yield texts[source][0], texts[source][1]
        else:
            yield texts[source][0], texts[target][0]


def _units(file: BoundedReader, name: str) -> Iterator[Any]:
    """Yield each `tu` element; the next step clears it."""
    from xml.etree.ElementTree import ParseError, TreeBuilder

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import XMLParser, iterparse

    parents: list[Any] = []
    unit_depth = 0
    try:
        # `file` gives UTF-8, even if the XML declares another encoding.
        parser = XMLParser(target=TreeBuilder(), encoding="utf-8")
        for event, element in iterparse(file, ("start", "end"), parser):
            if event == "start":
                parents.append(element)
                if len(parents) > _MAX_DEPTH:
                    raise UserError(
                        _(
                            "{name} is nested more than {limit} levels deep. Save its sentence "
                            "pairs in a simpler form."
                        ).format(name=name, limit=_MAX_DEPTH)
                    )
                if _tag(element) == "tu" and not unit_depth:
                    unit_depth = len(parents)
                continue
            parents.pop()
            if unit_depth:
                if len(parents) >= unit_depth:
                    continue
                unit_depth = 0
                yield element
            element.clear()
            if parents:
                parents[-1].remove(element)
            file.release()
    except DefusedXmlException as error:
        raise UserError(
            _(
                "{name} declares XML entities, which TMX does not need. Remove them from its "
                "DOCTYPE."
            ).format(name=name)
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise UserError(
            _("{name} is not valid TMX: {reason}. Correct it, or get the file again.").format(
                name=name, reason=error
            )
        ) from error


def _segment(variant: Any) -> str:
    """Return the text of a variant's `seg` element, without markup."""
    return next((_text(child) for child in variant if _tag(child) == "seg"), "")


def _text(element: Any) -> str:
    parts = [element.text or ""]
    for child in element:
        if _tag(child) not in _MARKUP:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].lower()
