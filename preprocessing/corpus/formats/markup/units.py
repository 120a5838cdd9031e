"""The units of large XML files, one at a time: translation units, messages, resources."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader

INVALID_CHARACTER = _("with an invalid character")

_MAX_DEPTH = 200


def read_units(
    file: BoundedReader,
    format_name: str,
    name: str,
    units: Collection[str],
    contexts: Collection[str] = (),
) -> Iterator[Any]:
    """Yield the elements of an XML file that have one of the given tags.

    Args:
        file: The XML, as UTF-8.
        format_name: The name of the format, for messages.
        name: The name of the file, in quotation marks.
        units: The tags, in lower case and without a namespace, of the elements that are yielded
            at their ends, with everything in them. The next step clears them.
        contexts: The tags of elements around the units, which are yielded at their beginnings,
            with their attributes only.

    Raises:
        UserError: If the file is not XML, declares entities, or is nested more than 200 levels
            deep.
    """
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
                _check_depth(len(parents), name)
                if not unit_depth:
                    tag = tag_name(element)
                    if tag in units:
                        unit_depth = len(parents)
                    elif tag in contexts:
                        yield element
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
                "{name} declares XML entities, which {format} does not need. Remove them from its "
                "DOCTYPE."
            ).format(name=name, format=format_name)
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise UserError(
            _("{name} is not valid {format}: {reason}. Correct it, or get the file again.").format(
                name=name, format=format_name, reason=error
            )
        ) from error


def _check_depth(depth: int, name: str) -> None:
    if depth > _MAX_DEPTH:
        raise UserError(
            _(
                "{name} is nested more than {limit} levels deep. Save its sentence pairs in a "
                "simpler form."
            ).format(name=name, limit=_MAX_DEPTH)
        )


def tag_name(element: Any) -> str:
    """Return the tag of an element in lower case, without its namespace."""
    return str(element.tag).rpartition("}")[2].lower()


def children(element: Any, tag: str) -> Iterator[Any]:
    """Yield the direct children of an element that have a tag."""
    return (child for child in element if tag_name(child) == tag)
