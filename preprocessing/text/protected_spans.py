"""Spans of text that a translation leaves unchanged: addresses, numbers, emoji, codes, markup."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from malgil.preprocessing.text.addresses import HANGUL, MAIL, TAG, URL, end_of_address
from malgil.preprocessing.text.codes import (
    CODE,
    ESCAPE,
    FILE,
    FILE_IN_FOLDER,
    FORMAT,
    HIDDEN_FILE,
    PATH,
    TEMPLATE,
    is_file,
)
from malgil.preprocessing.text.emoji import EMOJI
from malgil.preprocessing.text.identifiers import (
    CALL,
    IDENTIFIER,
    KEY,
    LANGUAGE,
    OPTION,
    is_identifier,
)
from malgil.preprocessing.text.markup import (
    ELEMENT,
    ENTITY,
    LINK_END,
    element_name,
    emphasis_pairs,
    is_html,
    link_begin,
)
from malgil.preprocessing.text.numerals import NUMBER, keeps_form
from malgil.preprocessing.text.span import (
    BREAK,
    CLOSING,
    OPENING,
    VALUE,
    Span,
    join_neighbors,
)

_PATTERNS = {
    "code": CODE,
    "element": ELEMENT,
    "entity": ENTITY,
    "link": LINK_END,
    "template": TEMPLATE,
    "url": URL,
    "mail": MAIL,
    "path": PATH,
    "hidden": HIDDEN_FILE,
    "file": f"{FILE_IN_FOLDER}|{FILE}",
    "escape": ESCAPE,
    "format": FORMAT,
    "emoji": EMOJI,
    "key": KEY,
    "call": CALL,
    "option": OPTION,
    "tag": TAG,
    "word": IDENTIFIER,
    "number": NUMBER,
    "language": LANGUAGE,
}
# Matches every text that has a span, and few other texts.
_HINT = re.compile(
    r"[\d@#{}<>`\\_*$&|\[⌘⌥⌃⇧\u2190-\u2bff\U0001f000-\U0001faff]|%[A-Za-z(]|~[~/]|==|://|/[A-Za-z.~]"
    r"|[a-z][A-Z]|\.[A-Za-z]|\(\)|-[-A-Za-z]|[a-zA-Z] ?\+|::|~~|(?i:mailto|tel):"
)
# The first character of a span. A word of letters begins one only before a few signs.
_SIGNS = r"`:<&\[\]{$#%@\\/~.+(€£¥₩±⌘⌥⌃⇧*\-\u2012\u2013\u2212\u231a-\u2bff\U0001f000-\U0001faff"
_START = re.compile(
    rf"(?P<sign>[{_SIGNS}])|(?P<word>(?<![A-Za-z0-9_])"
    r"(?!(?:[A-Z]?[a-z]+|[A-Z]+)(?![A-Za-z0-9_@/\\(+#-]|[.:][^\s]| ?\+))[A-Za-z0-9_])"
)
# The kinds of span that begin with a letter, a digit or _, and with each sign; the first that
# matches is used.
_KINDS_OF_WORDS = (
    "url",
    "mail",
    "path",
    "call",
    "file",
    "emoji",
    "key",
    "language",
    "word",
    "number",
)
_KINDS_OF_SIGNS = {
    "`": ("code",),
    ":": ("code",),
    "<": ("element",),
    "&": ("element", "entity"),
    "]": ("link",),
    "[": ("element",),
    "{": ("template",),
    "$": ("template", "number"),
    "#": ("template", "tag", "emoji"),
    "%": ("template", "format"),
    "@": ("template", "tag"),
    "\\": ("path", "escape"),
    "/": ("path",),
    "~": ("path",),
    ".": ("path", "hidden", "file"),
    "-": ("option", "number"),
    "(": ("number",),
    "+": ("number",),
    **dict.fromkeys("€£¥₩±\u2012\u2013\u2212", ("number",)),
    **dict.fromkeys("⌘⌥⌃⇧", ("key", "emoji")),
}
_CHECKS = {"word": is_identifier, "file": is_file}
_EMOJI_ONLY = ("emoji",)
_HANGUL_OF_FILE = re.compile(rf"[\w{HANGUL}()[\]+.-]*[\w{HANGUL})\]]$", re.ASCII)
_IN_FRONT = 40  # characters of Hangul that may belong to the name of a file
_ADDRESSES = ("url", "path", "tag")
_CLOSING_TAG = re.compile(r"(?:<|&lt;|\[)/")
_BREAKS = re.compile(r"<(?:br|hr|wbr)\b|<!--|\\|&|\{\\", re.IGNORECASE)


def find_spans(text: str) -> list[tuple[int, int]]:
    """Find the spans that keep their form in any language.

    These are URLs, e-mail addresses, @mentions and #hashtags; runs of emoji; numbers of three or
    more digits, decimals, times, dates and telephone numbers; templates, format specifiers, code in
    backticks, files, paths and identifiers; and tags, entities and the marks of Markdown. Smaller
    numbers are treated as words (3시 is three o'clock, 10월 is October), and so are numbers with
    만, 억 or million.

    Args:
        text: Normalized text.

    Returns:
        The begin and end of each span, in order, without overlap.
    """
    return [(span.begin, span.end) for span in parse_spans(text)]


def parse_spans(text: str, kept: Sequence[tuple[int, int]] = ()) -> list[Span]:
    """Find the spans that keep their form, and what each of them does; see `find_spans`.

    Args:
        text: Normalized text.
        kept: The begin and end of other spans to keep, in order; they go before those of the text.

    Returns:
        The spans in order, without overlap.
    """
    if not kept and not _HINT.search(text):
        return []
    spans = _find(text)
    if kept:
        spans = sorted([*_apart_from(kept, spans), *(Span(*each, "kept") for each in kept)])
    return join_neighbors(_with_pairs(text, spans))


@functools.cache
def _pattern(kind: str) -> re.Pattern[str]:
    # Compiled when first needed: most texts need few of them, or none.
    return re.compile(_PATTERNS[kind], re.ASCII)


def _find(text: str) -> list[Span]:
    """Return what the patterns find, without the words and numbers that do not keep their form."""
    spans: list[Span] = []
    position = 0
    while start := _START.search(text, position):
        at = start.start()
        position, kind = _match(text, at, start["sign"])
        if not kind:
            continue
        if kind == "file":
            lowest = max(spans[-1].end if spans else 0, at - _IN_FRONT)
            in_front = _HANGUL_OF_FILE.search(text, lowest, at)
            at = in_front.start() if in_front else at
        spans.append(Span(at, position, kind, _single_role(text[at:position], kind)))
    return spans


def _match(text: str, at: int, sign: str | None) -> tuple[int, str]:
    """Return the end and the kind of the span that begins at an index.

    Args:
        text: Normalized text.
        at: The index.
        sign: The sign at this index; None if it is a letter, a digit or _.

    Returns:
        The index at which the search continues, and the kind; "" if no span begins here.
    """
    for kind in _KINDS_OF_SIGNS.get(sign, _EMOJI_ONLY) if sign else _KINDS_OF_WORDS:
        match = _pattern(kind).match(text, at)
        if not match:
            continue
        end = match.end()
        if kind == "number":
            return end, kind if keeps_form(text, at, end) else ""
        if kind in _ADDRESSES:
            end = end_of_address(text, at, end)
        check = _CHECKS.get(kind)
        if not check or check(match[0]):
            return end, kind
    return at + 1, ""


def _single_role(span: str, kind: str) -> str:
    """Return the role of a span without a partner."""
    if kind in ("element", "link") and (span[0] == "]" or _CLOSING_TAG.match(span)):
        return CLOSING
    if kind == "element" and is_html(span):
        return OPENING
    if span in ("&lt;", "&gt;"):
        return OPENING if span == "&lt;" else CLOSING
    is_break = kind in ("element", "escape", "entity", "template") and _BREAKS.match(span)
    return BREAK if is_break else VALUE


def _apart_from(others: Sequence[tuple[int, int]], spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans that overlap none of the others; both are in order."""
    at = 0
    for span in spans:
        while at < len(others) and others[at][1] <= span.begin:
            at += 1
        if at == len(others) or span.end <= others[at][0]:
            yield span


def _with_pairs(text: str, spans: list[Span]) -> list[Span]:
    """Return spans with their partners, and with the marks of Markdown, which occur in pairs."""
    pairs: list[tuple[Span, Span]] = []
    opened: dict[str, list[Span]] = {}
    marks: list[tuple[int, int]] = []
    for i, span in enumerate(spans):
        if text[span.begin : span.end] == "&quot;":
            if last_quote := opened.pop("&quot;", None):
                pairs.append((last_quote[0], span))
            else:
                opened["&quot;"] = [span]
        elif span.kind == "element" and (name := element_name(text[span.begin : span.end])):
            if not _CLOSING_TAG.match(text, span.begin):
                opened.setdefault(name, []).append(span)
            elif opened.get(name):
                pairs.append((opened[name].pop(), span))
        elif span.kind == "link":
            last = next((k for k in range(i - 1, -1, -1) if spans[k].kind == "link"), -1)
            begin = link_begin(text, span.begin, spans[last].end if last >= 0 else 0)
            if begin and not any(
                begin[0] < k.end and k.begin < begin[1] for k in spans[last + 1 : i]
            ):
                pairs.append((Span(*begin, "mark"), span))
                marks.append(begin)
    borders = sorted([*((span.begin, span.end) for span in spans), *marks])
    gaps = zip(
        [0, *(end for _, end in borders)], [*(b for b, _ in borders), len(text)], strict=True
    )
    for first_mark, last_mark in emphasis_pairs(text, gaps):
        pairs.append((Span(*first_mark, "mark"), Span(*last_mark, "mark")))
        marks += [first_mark, last_mark]
    spans = sorted([*spans, *(Span(*mark, "mark") for mark in marks)])
    index = {span.begin: i for i, span in enumerate(spans)}
    for opening, closing in pairs:
        first, last = index[opening.begin], index[closing.begin]
        spans[first] = spans[first]._replace(role=OPENING, partner=last)
        spans[last] = spans[last]._replace(role=CLOSING, partner=first)
    return spans
