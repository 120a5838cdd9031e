"""A span of text that keeps its form, and the joining of neighboring spans into one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

VALUE, OPENING, CLOSING, BREAK = "value", "opening", "closing", "break"

# Neighbors of these kinds without a space between them are one span: {first}{last}, %d{unit}.
_JOINED = frozenset(("code", "template", "format", "path", "file", "word", "call"))
# Between the spans of a list, which become one span if a text has more than `COUNT`.
_SEPARATOR = re.compile(r"[ ,;/|·•、，()&+:~-]*")


class Span(NamedTuple):
    """A span `text[begin:end]` that keeps its form.

    Attributes:
        begin, end: The span.
        kind: What it is: a key of `_PATTERNS`, "mark" of Markdown, or "kept".
        role: What it does in the text. `VALUE`: it is a word, such as a number or an address.
            `OPENING` and `CLOSING`: it encloses words together with its partner, as <b> and </b>
            do. `BREAK`: it is between words, as <br> is.
        partner: The index of the partner in the list of all spans of the text; -1 for none.
    """

    begin: int
    end: int
    kind: str
    role: str = VALUE
    partner: int = -1


def within(spans: Sequence[Span], begin: int, end: int) -> list[Span]:
    """Return the spans of `text[begin:end]`, with indices of this part and partners in it.

    Args:
        spans: The spans of the whole text.
        begin, end: The part, whose borders are within no span.
    """
    first = bisect_left(spans, (begin,))
    last = bisect_left(spans, (end,))
    return [
        span._replace(
            begin=span.begin - begin,
            end=span.end - begin,
            partner=span.partner - first if first <= span.partner < last else -1,
        )
        for span in spans[first:last]
    ]


def tight_sides(text: str, span: Span) -> tuple[bool, bool]:
    """Return whether no space may be put before a mark, and after it, as the text has none."""
    has_before = text[span.begin - 1 : span.begin] not in ("", " ")
    has_after = text[span.end : span.end + 1] not in ("", " ")
    return has_before and span.role in (CLOSING, BREAK), has_after and span.role in (OPENING, BREAK)


def text_outside(text: str, spans: Iterable[Span], begin: int, end: int) -> str:
    """Return `text[begin:end]` without its spans."""
    parts = []
    for span in spans:
        if begin <= span.begin < end:
            parts.append(text[begin : span.begin])
            begin = span.end
    return "".join([*parts, text[begin:end]])


def join_neighbors(spans: Sequence[Span]) -> list[Span]:
    """Join neighboring spans without text between them that belong together.

    These are codes ({first}{last}), breaks (\\n\\n), and marks that enclose only such spans:
    **{name}**, <b>1,000</b>.
    """
    joined: list[Span] = []
    runs: list[int] = []  # for each of `joined` the first one of its run without text between them
    place: dict[int, int] = {}  # by the begin of each of `joined`, which is unique
    for span in spans:
        last = joined[-1] if joined else None
        is_adjacent = last is not None and last.end == span.begin
        at = len(joined)
        run = runs[-1] if is_adjacent else at
        new = span
        if is_adjacent and span.role == CLOSING and span.partner >= 0:
            opening = place.get(spans[span.partner].begin, at)
            if run <= opening < at and joined[opening].begin == spans[span.partner].begin:
                at, run = opening, runs[opening]
                new = Span(joined[at].begin, span.end, "enclosed")
        elif last and is_adjacent and last.role == span.role and _are_one(last, span):
            at -= 1
            new = Span(last.begin, span.end, span.kind, span.role)
        joined[at:], runs[at:] = [new], [run]
        place[new.begin] = at
    return [span._replace(partner=_partner(joined, place, spans, span.partner)) for span in joined]


def _partner(
    joined: Sequence[Span], place: dict[int, int], spans: Sequence[Span], partner: int
) -> int:
    """Return the index of a partner among joined spans; -1 if it was joined with others."""
    at = place.get(spans[partner].begin, -1) if partner >= 0 else -1
    return at if 0 <= at < len(joined) and joined[at] == spans[partner] else -1


def _are_one(first: Span, second: Span) -> bool:
    """Return whether two neighbors of the same role without text between them are one span."""
    if first.role == VALUE:
        return {first.kind, second.kind} <= _JOINED
    return first.role == BREAK


def join_lists(text: str, spans: Sequence[Span]) -> list[Span]:
    """Join neighboring words with only separators between them into one span.

    Marks that enclose words are left out, as they would lose their partners.
    """
    joined: list[Span] = []
    index: list[int] = []  # of the span that each of `spans` became
    for span in spans:
        last = joined[-1] if joined else None
        if (
            last
            and last.role == span.role == VALUE
            and _SEPARATOR.fullmatch(text, last.end, span.begin)
        ):
            joined[-1] = Span(last.begin, span.end, "list")
        else:
            joined.append(span)
        index.append(len(joined) - 1)
    return [
        span._replace(partner=index[span.partner]) if span.partner >= 0 else span for span in joined
    ]
