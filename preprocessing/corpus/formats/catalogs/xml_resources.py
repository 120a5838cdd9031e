"""Resource files in XML with one language each: Android's strings.xml, and .resx of .NET."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.catalogs.bilingual_unit import NOT_TO_TRANSLATE
from malgil.preprocessing.corpus.formats.catalogs.key_pairs import KeyedText
from malgil.preprocessing.corpus.formats.catalogs.property_lists import unescape
from malgil.preprocessing.corpus.formats.markup.inline_text import inline_text
from malgil.preprocessing.corpus.formats.markup.units import children, read_units, tag_name

_REFERENCE = _("a reference to another text")
_RESOURCES = {"string", "plurals", "string-array"}
_QUOTED = re.compile(r'(?<!\\)"')


def read_android(file: BoundedReader, name: str) -> Iterator[KeyedText]:
    """Yield the keys and texts of Android's strings.xml.

    The items of arrays and the quantities of plurals have keys of their own, so that they are
    paired one by one. Resources with `translatable="false"` and references to others are left out.

    Args:
        file: The XML.
        name: The name of the file, in quotation marks.
    """
    for resource in read_units(file, "strings.xml", name, _RESOURCES):
        key = f"{tag_name(resource)}:{resource.get('name')}"
        if resource.get("translatable") == "false":
            yield NOT_TO_TRANSLATE
        elif tag_name(resource) == "string":
            yield _android_text(key, resource)
        else:
            for number, item in enumerate(children(resource, "item")):
                yield _android_text(f"{key}:{item.get('quantity') or number}", item)


def _android_text(key: str, element: Any) -> KeyedText:
    text = inline_text(element).strip()
    if text.startswith("@string/"):
        return _REFERENCE
    # Quotation marks keep the spaces between them; those of the text are escaped.
    return key, unescape(_QUOTED.sub("", text))


def read_resx(file: BoundedReader, name: str) -> Iterator[KeyedText]:
    """Yield the keys and texts of a .resx file; pictures and other objects are ignored.

    Args:
        file: The XML.
        name: The name of the file, in quotation marks.
    """
    for resource in read_units(file, ".resx", name, {"data"}):
        if not resource.get("type") and not resource.get("mimetype"):
            text = "".join(map(inline_text, children(resource, "value")))
            yield str(resource.get("name")), text
