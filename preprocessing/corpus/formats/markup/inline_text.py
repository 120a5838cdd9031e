"""The text of XML elements that contain the markup of the translated document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from malgil.preprocessing.corpus.formats.markup.units import tag_name

# Elements whose content is markup of the translated document, not its text (TMX, XLIFF 1.2).
_NATIVE_CODE = {"bpt", "ept", "it", "ph", "ut"}
# Elements in the place of something: a line break, a picture, a variable.
_STANDALONE = {"it", "ph", "ut", "x", "cp", "byte"}
# Native code that ends a line or a paragraph: `<br/>`, `</p>`, `\n`, `\par`.
_BREAK = re.compile(
    r"</?(br|p|div|li|td|tr|h\d)\b|\\(n|par|line|tab)\b|[\n\t\u2028]", re.IGNORECASE
)
_BREAK_TYPES = {"lb", "x-lb", "x-html-br", "x-br", "fmt-lb", "linebreak"}
# The attributes of XLIFF that hold the text which a placeholder stands for.
_EQUIVALENTS = ("equiv-text", "equiv", "disp")
_TAG_CODE = re.compile(r"\s*</?\w[^<>]*>\s*")


def inline_text(element: Any) -> str:
    """Return the text of an element without the inline markup of TMX 1.4b and XLIFF 1.2 and 2.0.

    A placeholder or a line break between two words leaves a space: `Hello<ph/>world` is "Hello
    world". The marks of bold text do not: `<bpt>…</bpt>H<ept>…</ept>ello` is "Hello". A
    placeholder of XLIFF whose text is known (`<x equiv-text="{{name}}"/>`) is that text.

    Args:
        element: The element of a segment.
    """
    text = ""
    is_gap = False
    for part in _parts(element):
        if part is None:
            is_gap = True
        elif part:
            if is_gap and text and text[-1].isalnum() and part[0].isalnum():
                text += " "
            text += part
            is_gap = False
    return text


def _parts(element: Any) -> Iterator[str | None]:
    """Yield the texts of an element; None where words must not be joined."""
    yield element.text or ""
    for child in element:
        tag = tag_name(child)
        equivalent = _equivalent(child)
        if equivalent:
            yield equivalent
        elif tag in _STANDALONE or _is_break(child, tag):
            yield None
        elif tag not in _NATIVE_CODE:
            yield from _parts(child)
        yield child.tail or ""


def _equivalent(element: Any) -> str:
    """Return the text that a placeholder stands for; empty if it is unknown, or markup."""
    for attribute in _EQUIVALENTS:
        text = str(element.get(attribute) or "")
        if text and tag_name(element) in {"x", "ph"} and not _TAG_CODE.fullmatch(text):
            return text
    return ""


def _is_break(element: Any, tag: str) -> bool:
    if tag in _NATIVE_CODE:
        return bool(_BREAK.search("".join(element.itertext())))
    kinds = {str(element.get(name) or "").lower() for name in ("ctype", "type", "subType")}
    return bool(kinds & _BREAK_TYPES)
