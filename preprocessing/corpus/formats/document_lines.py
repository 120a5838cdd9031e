"""Documents whose lines are not sentences, told from plain text by the structure of many lines.

They are recognized for inputs to translate only: a corpus is detected by `detection`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.column_statistics import has_letters
from malgil.preprocessing.corpus.formats.quoted_cells import QUOTE, read_quoted_rows

_MAX_LINES = 200
# What is at the beginning of the text.
_STARTS = (
    (re.compile(r"<SAMI\b|(<!--.*?-->\s*)?<SYNC\s+Start\s*=", re.I | re.S), _("SAMI subtitles")),
    (re.compile(r"\[Script\sInfo\]\s*$", re.I | re.M), _("Advanced SubStation Alpha subtitles")),
    (re.compile(r"BEGIN:VCALENDAR\s*$", re.M), _("a calendar (iCalendar)")),
    (re.compile(r"BEGIN:VCARD\s*$", re.M), _("an address book (vCard)")),
    (re.compile(r"(%.*\n\s*)*\\documentclass\b"), _("a LaTeX document")),
)
# Lines, the share that must begin so, and their least number.
_LINES = (
    (
        re.compile(r"\[\d{1,3}:\d\d(?:[.:]\d{1,3})?\]|\[(?:ti|ar|al|au|by|offset|length|re|ve):"),
        *(0.8, 2, _("song lyrics with times (LRC)")),
    ),
    (
        re.compile(r"(?:Dialogue|Comment): \d+,\d+:\d\d:\d\d\.\d\d,"),
        *(0.5, 1, _("Advanced SubStation Alpha subtitles")),
    ),
    (re.compile(r"<SYNC\s+Start\s*=", re.I), 0.3, 1, _("SAMI subtitles")),
    (re.compile(r"\{\d+\}\{\d+\}"), 0.8, 2, _("MicroDVD subtitles")),
    (re.compile(r"(\d+:)+\d\d\.\d{3},(\d+:)+\d\d\.\d{3}$"), 0.25, 1, _("YouTube subtitles (SBV)")),
    (
        re.compile(
            r"\\(?:begin|end|(?:sub)*section\*?|chapter\*?|usepackage|title|author|maketitle|item"
            r"|label|caption)\b"
        ),
        *(0.3, 1, _("a LaTeX document")),
    ),
    (
        re.compile(
            r"(?:INSERT\sINTO|CREATE\s(?:TABLE|DATABASE|INDEX|VIEW)|DROP\sTABLE|ALTER\sTABLE"
            r"|DELETE\sFROM)\s+\S+.*[(;]$",
            re.I,
        ),
        *(0.2, 1, _("SQL statements")),
    ),
)
_SECTION = re.compile(r"\[[^\[\]]+\]")
_KEY = re.compile(r"[A-Za-z][\w.\- ]{0,39}\s*=")
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z_][\w.:-]*)(?:\s[^<>]*)?/?>")
_HTML_ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        """html head body a abbr address article aside audio b blockquote br button center cite code
        dd del details div dl dt em figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe
        img ins kbd label li link main mark meta nav ol p pre q ruby s script section small span
        strike strong style sub summary sup table tbody td th thead title tr tt u ul var video""",
    )
)
_NUMBER = re.compile(r"[A-Za-z_-]{0,8}\d+")
_MIN_ROWS, _SAME_WIDTH = 3, 0.95


def structured_kind(text: str, is_whole: bool) -> str:
    """Return what kind of document a text is by its lines; empty for plain text.

    A text that only has some such lines is plain text, as are HTML and Markdown.

    Args:
        text: The text, or its beginning.
        is_whole: Whether it is the whole text.
    """
    text = text.lstrip("\ufeff \t\r\n")
    for pattern, kind in _STARTS:
        if pattern.match(text):
            return kind
    if _is_xml(text, is_whole):
        return _("an XML file")
    all_lines = [line.strip() for line in re.split(r"[\r\n]+", text)]
    lines = [line for line in all_lines if line][:_MAX_LINES]
    for pattern, share, least, kind in _LINES:
        count = sum(bool(pattern.match(line)) for line in lines)
        if count >= max(least, share * len(lines)):
            return kind
    if _is_ini(lines):
        return _("a configuration file (INI)")
    return _("a CSV table") if any(_is_csv(lines, delimiter) for delimiter in ",;") else ""


def _is_xml(text: str, is_whole: bool) -> bool:
    """Return whether a text is one element, not of HTML, with others in it."""
    text = re.sub(r"\A(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>)+", "", text, flags=re.S)
    first = _TAG.match(text)
    if not first or first["end"] or first["name"].lower() in _HTML_ELEMENTS:
        return False
    name = re.escape(first["name"])
    ends = not is_whole or bool(re.search(rf"</{name}\s*>\s*\Z", text))
    inner = (tag["name"] for tag in _TAG.finditer(text, first.end()))
    return ends and any(each != first["name"] for each in inner)


def _is_ini(lines: Sequence[str]) -> bool:
    code = [line for line in lines if line[0] not in "#;"]
    sections = sum(bool(_SECTION.fullmatch(line)) for line in code)
    keys = sum(bool(_KEY.match(line)) for line in code)
    return bool(sections) and keys >= 2 and sections + keys >= 0.9 * len(code)


def _is_csv(lines: Iterable[str], delimiter: str) -> bool:
    """Return whether lines are a table: cells are quoted, or the first ones are numbers in order.

    Commas alone do not make a table: sentences may have the same number of them.
    """
    rows: list[list[str]] = []
    with contextlib.suppress(UserError):  # the sample may end within a quoted cell
        rows.extend(row for row in read_quoted_rows(lines, delimiter, "") if isinstance(row, list))
    if len(rows) < _MIN_ROWS or len(rows[0]) < 2:
        return False
    if sum(len(row) == len(rows[0]) for row in rows) < _SAME_WIDTH * len(rows):
        return False
    text = "\n".join(lines)
    if text.count(f"{delimiter} ") > 0.2 * text.count(delimiter) and QUOTE not in text:
        return False
    body = [row for row in rows[1:] if len(row) == len(rows[0])]
    quoted = sum(f'"{delimiter}' in line or f'{delimiter}"' in line for line in lines)
    identifiers = {row[0].strip() for row in body}
    are_numbered = len(identifiers) == len(body) and all(map(_NUMBER.fullmatch, identifiers))
    texts = [row[1] for row in body]
    return 2 * quoted > len(rows) or (are_numbered and has_letters(texts))
