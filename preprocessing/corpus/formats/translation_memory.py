"""TMX 1.4b, the exchange format of translation memories (LISA OSCAR 2005), unit by unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError, TreeBuilder

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.base import Found, Row
from malgil.preprocessing.corpus.formats.bounded_reader import Pieces
from malgil.preprocessing.corpus.formats.language_names import language_of
from malgil.settings import DataSettings

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Elements whose content is markup of the document that was translated, not its text.
_MARKUP = {"bpt", "ept", "it", "ph", "ut"}
_DEEPEST = 200


def translation_memory(file: Pieces, data: DataSettings, name: str) -> Found:
    """The pairs of a TMX: of each unit the first variant in each language.

    Args:
        file: The TMX.
        data: `[data]`: languages; `columns` may name the codes that the file has for them.
        name: What people call the file.
    """
    are_codes = data.columns and not data.columns[0].isdecimal()
    names = data.columns if are_codes else (data.source_language, data.target_language)
    source, target = (language_of(code) for code in names)
    shown = f"{names[0]} and {names[1]}"
    needed = f"Each unit must hold {shown} (data.columns may name the file's own codes)."
    return Found(f"TMX, {shown}", "units", needed, _rows(_units(file, name), source, target))


def _rows(units: Iterator[Any], source: str, target: str) -> Iterator[Row]:
    for unit in units:
        texts: dict[str, list[str]] = {}
        for variant in unit:
            if _tag(variant) == "tuv":
                code = language_of(variant.get(_LANGUAGE) or variant.get("lang") or "")
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


def _units(file: Pieces, name: str) -> Iterator[Any]:
    """Each `tu` element; it is emptied when the next is asked for."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import XMLParser, iterparse

    parents: list[Any] = []
    depth_of_unit = 0
    try:
        # Whatever the XML declares, `file` gives UTF-8.
        parser = XMLParser(target=TreeBuilder(), encoding="utf-8")
        for event, element in iterparse(file, ("start", "end"), parser):
            if event == "start":
                parents.append(element)
                if len(parents) > _DEEPEST:
                    raise UserError(f"{name} is nested too deep: {_DEEPEST} levels.")
                if _tag(element) == "tu" and not depth_of_unit:
                    depth_of_unit = len(parents)
                continue
            parents.pop()
            if depth_of_unit:
                if len(parents) >= depth_of_unit:
                    continue
                depth_of_unit = 0
                yield element
            element.clear()
            if parents:
                parents[-1].remove(element)
            file.done()
    except DefusedXmlException as error:
        raise UserError(
            f"{name} declares XML entities, which no TMX needs. Take them out of its DOCTYPE."
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise UserError(f"{name} is no valid TMX: {error}. Mend it, or get it again.") from error


def _segment(variant: Any) -> str:
    """The text of a variant's `seg`, without markup."""
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
