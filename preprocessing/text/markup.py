"""Markup in a text: tags of HTML and XML, entities, and the marks of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from malgil.preprocessing.text.span import BREAK, VALUE, Span, tight_sides

ENTITY = r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});"
# <b>, </b>, <br/>, <a href="…">, <0>, comments, declarations; neither a < b nor <USA 투데이>, as
# attributes have a = or are lowercase words.
ELEMENT = (
    r"<!--[^<>]{0,300}-->|<[!?%][A-Za-z\[=][^<>]{0,300}>"
    r"|</?(?:[A-Za-z][A-Za-z0-9_:.-]{0,60}|\d{1,2})"
    r"(?:\s(?=[^<>=]{1,60}=)[^<>]{0,500}|(?:\s[a-z-]{2,30}){0,4}\s?)/?>"
    r"|&lt;/?[A-Za-z][A-Za-z0-9-]{0,20}/?&gt;"  # &lt;b&gt;
    r"|\[/?(?:b|i|u|s|url|img|quote|code|color|size|center|list)(?:=[^\[\]]{0,100})?\]"  # [b]
)
# ](address), ](address "title") and ][reference]: the end of a link, whose text is translated.
LINK_END = (
    r"\](?:\((?:[^()\s]|\([^()\s]{0,200}\)){1,500}(?: \"[^\"]{0,200}\"| '[^']{0,200}')?\)"
    r"|\[[\w .-]{1,60}\](?!\())"
)
# The marks of emphasis stand directly before and after the words that they enclose.
_EMPHASIS = re.compile(
    # 아~~주 좋아요~~ has no marks.
    r"\*{1,3}|(?<![~\w])~~(?=[^~\s])|(?<=[^~\s])~~(?!~)|(?<![A-Za-z0-9_])_{1,2}(?=[^\s_])|(?<=[^\s_])_{1,2}(?![A-Za-z0-9_])|=="
)
_TAG_NAME = re.compile(r"(?:<|&lt;|\[)/?([A-Za-z][\w:.-]*|\d+)")
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr x ph bpt ept".split()  # noqa: SIM905
)


def element_name(tag: str) -> str:
    """Return the name of a tag that has a partner; "" for <br>, <x/>, a comment or an entity."""
    match = _TAG_NAME.match(tag)
    if not match or tag.endswith("/>") or match[1].lower() in _VOID:
        return ""
    return match[1]


_BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd details div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main
    nav ol option p pre section select summary table tbody td textarea tfoot th thead
    title tr ul
    """.split()  # noqa: SIM905
)
_INLINE = frozenset(
    """
    a abbr b bdi bdo big button cite code del dfn em font i ins kbd label mark q ruby rt
    s samp small span strike strong sub sup tt u var
    """.split()  # noqa: SIM905
)
_TWO_BREAKS = re.compile(r"(?:<br\b[^<>]*> ?){2,}|(?:\\r)?\\n(?:\\r)?\\n", re.IGNORECASE)


def is_html(tag: str) -> bool:
    """Return whether the tag of an element belongs to HTML, unlike <user>."""
    return element_name(tag).lower() in _BLOCKS | _INLINE


def separates_blocks(markup: str) -> bool:
    """Return whether no sentence goes on after a tag: <p>, </li>, <hr>, <br><br> or two \\n."""
    name = _TAG_NAME.match(markup)
    return bool(name and name[1].lower() in _BLOCKS) or bool(_TWO_BREAKS.match(markup))


class InlineMark(NamedTuple):
    """A mark that was taken out of a text, such as <b> or **.

    Attributes:
        at: The number of characters before it, without spaces and other marks.
        text: The mark.
        role, partner: As in `Span`; the partner is an index of the list of all marks.
        is_tight_before, is_tight_after: Whether no space may be put before it, and after it.
    """

    at: int
    text: str
    role: str
    partner: int
    is_tight_before: bool
    is_tight_after: bool


def without_marks(text: str, spans: Sequence[Span]) -> tuple[str, list[InlineMark]]:
    """Take tags, breaks and marks of Markdown out of a text: the model never sees them.

    Entities such as &amp;, which may be part of a word, are left in the text.

    Args:
        text: Normalized text.
        spans: Its protected spans.

    Returns:
        The text without the marks, and the marks in order.
    """
    parts: list[str] = []
    marks: list[InlineMark] = []
    index: dict[int, int] = {}  # of the mark that each span became
    position = length = 0
    for i, span in enumerate(spans):
        form = text[span.begin : span.end]
        if span.role == VALUE or (span.role == BREAK and form.startswith("&")):
            continue
        parts.append(text[position : span.begin])
        length += len(parts[-1].replace(" ", ""))
        position = span.end
        if span.role == BREAK:
            parts.append(" ")
        index[i] = len(marks)
        marks.append(InlineMark(length, form, span.role, span.partner, *tight_sides(text, span)))
    clean = " ".join("".join([*parts, text[position:]]).split())
    return clean, [mark._replace(partner=index.get(mark.partner, -1)) for mark in marks]


def link_begin(text: str, at: int, lowest: int) -> tuple[int, int] | None:
    """Find the bracket with which a link begins: [ or ![.

    Args:
        text: Normalized text.
        at: The index of the bracket that closes the text of the link.
        lowest: The first index that may belong to it.

    Returns:
        The begin and end of the mark, or None.
    """
    depth = 0
    for index in range(at - 1, lowest - 1, -1):
        if text[index] == "]":
            depth += 1
        elif text[index] == "[":
            if not depth:
                return (index - (index > lowest and text[index - 1] == "!"), index + 1)
            depth -= 1
    return None


def emphasis_pairs(
    text: str, gaps: Iterable[tuple[int, int]]
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Find the pairs of marks of emphasis: **bold**, *em*, __bold__, _em_, ~~deleted~~, ==marked==.

    Args:
        text: Normalized text.
        gaps: The begin and end of each part of the text that may contain marks.

    Returns:
        For each pair the begin and end of the opening mark and those of the closing mark.
    """
    opened: dict[str, tuple[int, int]] = {}
    pairs: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for gap_begin, gap_end in gaps:
        for match in _EMPHASIS.finditer(text, gap_begin, gap_end):
            begin, end = match.span()
            mark = match[0]
            before = text[begin - 1 : begin] or " "
            after = text[end : end + 1] or " "
            is_closing = before != " " and not _is_within_word(after, mark)
            if _is_emoticon(before + mark + after):
                continue
            if mark in opened and is_closing and opened[mark][1] < begin:
                opening = opened.pop(mark)
                pairs.append((opening, (begin, end)))
                # A mark between the two without a partner encloses nothing that follows them.
                opened = {each: span for each, span in opened.items() if span < opening}
            elif (
                after != " "
                and not _is_within_word(before, mark)
                and not (mark == "~~" and before.isalnum())
            ):
                opened[mark] = (begin, end)
    return pairs


def _is_emoticon(text: str) -> bool:
    """Return whether a mark and the characters next to it are of *^^*, >_<, ^_^ or the like."""
    return text[1] in "*_" and bool({text[0], text[-1]} & set("^<>-" if text[1] == "_" else "^"))


def _is_within_word(character: str, mark: str) -> bool:
    """Return whether a character next to a single mark makes it a sign within a word: 2*3*4."""
    return len(mark) == 1 and character.isascii() and (character.isalnum() or character == mark)
