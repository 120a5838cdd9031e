"""TMX 1.4b, the exchange format of translation memories (LISA OSCAR 2005), unit by unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.settings import DataSettings

_LANGUAGE_ATTRIBUTE = "{http://www.w3.org/XML/1998/namespace}lang"
# Elements whose content is markup of the translated document, not its text.
_MARKUP = {"bpt", "ept", "it", "ph", "ut"}
_MAX_DEPTH = 200


def parse_tmx(file: BoundedReader, data: DataSettings, name: str) -> ParsedRows:
    """Parse a TMX file: of each unit the first variant in each language is taken.

    Args:
        file: The TMX.
        data: `[data]`: languages; `columns` may name the codes that the file uses for them.
        name: The name of the file, in quotation marks.
    """
    are_codes_set = data.columns and not data.columns[0].isdecimal()
    codes = data.columns if are_codes_set else (data.source_language, data.target_language)
    source, target = (language_code(code) for code in codes)
    label = f"{codes[0]} and {codes[1]}"
    requirement = f"Each unit must hold {label} (data.columns may name the file's own codes)."
    return ParsedRows(
        f"TMX, {label}", "units", requirement, _pairs(_units(file, name), source, target)
    )


def _pairs(units: Iterator[Any], source: str, target: str) -> Iterator[PairOrReason]:
    for unit in units:
        texts: dict[str, list[str]] = {}
        for variant in unit:
            if _tag(variant) == "tuv":
                code = language_code(variant.get(_LANGUAGE_ATTRIBUTE) or variant.get("lang") or "")
                texts.setdefault(code, []).append(_segment(variant))
        if source == target and len(texts.get(source, ())) == 1:
            yield f"with {source} only once"
            continue
        missing = [code for code in dict.fromkeys((source, target)) if code not in texts]
        if missing:
            yield f"without {' and '.join(missing)}"
        elif source == target:
            yield texts[source][0], texts[source][1]
        else:
            yield texts[source][0], texts[target][0]


def _units(file: BoundedReader, name: str) -> Iterator[Any]:
    """Yield each `tu` element; it is cleared when the next one is requested."""
    from xml.etree.ElementTree import ParseError, TreeBuilder

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import XMLParser, iterparse

    parents: list[Any] = []
    unit_depth = 0
    try:
        # Whatever encoding the XML declares, `file` gives UTF-8.
        parser = XMLParser(target=TreeBuilder(), encoding="utf-8")
        for event, element in iterparse(file, ("start", "end"), parser):
            if event == "start":
                parents.append(element)
                if len(parents) > _MAX_DEPTH:
                    raise UserError(f"{name} is nested too deep: {_MAX_DEPTH} levels.")
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
            f"{name} declares XML entities, which no TMX needs. Take them out of its DOCTYPE."
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise UserError(f"{name} is no valid TMX: {error}. Mend it, or get it again.") from error


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
