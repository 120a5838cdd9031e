"""Number formats of workbooks (ECMA-376 18.8.31): what a cell shows instead of its value."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple

from malgil.preprocessing.corpus.formats.workbooks.date_format import date_text

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.(?P<space>)|\*.(?P<fill>)'
    r"|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<bracket>[^\]]*)\]"
    r"|(?P<exponent>[Ee][+-])|(?P<digit>[0#?])|(?P<mark>[.,%])|(?P<other>.)",
    re.DOTALL,
)
_COLORS = re.compile(r"(black|blue|cyan|green|magenta|red|white|yellow|color\d+)", re.IGNORECASE)
_GENERAL = "General"
_MAX_CODE_LENGTH = 255  # as in Excel
_MAX_DIGITS = 30


class _FormatSection(NamedTuple):
    """A part of a number format, for positive or negative numbers.

    Attributes:
        tokens: The kind and the text of each token: literal, digit, mark.
        is_supported: Whether a number can be shown with it.
    """

    tokens: tuple[tuple[str, str], ...]
    is_supported: bool


def shown_text(value: Any, code: str) -> str:
    """Return what a cell shows.

    Dates, percentages, currencies, grouped numbers and leading zeros are shown as Excel does.
    Fractions, scientific notation and conditions are not supported: the value is returned.

    Args:
        value: The value as openpyxl reads it.
        code: The number format of the cell, such as `#,##0"원"`.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return date_text(value, code)
    if not isinstance(value, (int, float)):
        return str(value)
    return _number_text(value, code)


def _number_text(value: float, code: str) -> str:
    sections = _sections(code[:_MAX_CODE_LENGTH]) if code != _GENERAL else ()
    try:
        number = Decimal(repr(value))
        if not sections or not number.is_finite() or number.adjusted() > _MAX_DIGITS:
            return _general(value)
        index = 0
        if number < 0 and len(sections) > 1:
            index, number = 1, -number
        elif number == 0 and len(sections) > 2:
            index = 2
        section = sections[index]
        return _fill(section.tokens, number) if section.is_supported else _general(value)
    except InvalidOperation:
        return _general(value)


def _general(value: float) -> str:
    """Return a number as the format General shows it, with up to 11 digits."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.11g}"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else text


@functools.lru_cache(maxsize=256)
def _sections(code: str) -> tuple[_FormatSection, ...]:
    """Parse a format code; `;` separates the formats of positive, negative and zero numbers."""
    sections: list[_FormatSection] = []
    tokens: list[tuple[str, str]] = []
    is_supported = True
    for match in _TOKEN.finditer(code):
        kind, text = str(match.lastgroup), match[str(match.lastgroup)]
        if kind == "other" and text == ";":
            sections.append(_FormatSection(tuple(tokens), is_supported))
            tokens, is_supported = [], True
        elif kind in {"digit", "mark"}:
            tokens.append((kind, text))
        elif kind == "bracket":
            is_supported = is_supported and bool(_COLORS.fullmatch(text))
        elif kind == "exponent" or (kind == "other" and text in "/@"):
            is_supported = is_supported and text == "/" and not _has_digit(tokens)
            tokens.append(("literal", text))
        elif kind not in {"fill"}:
            tokens.append(("literal", " " if kind == "space" else text))
    sections.append(_FormatSection(tuple(tokens), is_supported))
    if re.fullmatch(r"\s*general\s*", code, re.IGNORECASE):
        return ()
    return tuple(sections)


def _has_digit(tokens: Sequence[tuple[str, str]]) -> bool:
    return any(kind == "digit" for kind, __ in tokens)


def _fill(tokens: Sequence[tuple[str, str]], number: Decimal) -> str:
    """Return a number in a section of a format."""
    places = [index for index, (kind, __) in enumerate(tokens) if kind == "digit"]
    if not places:
        return "".join(text for __, text in tokens if text != ",").strip()
    point = next((i for i, token in enumerate(tokens) if token == ("mark", ".")), len(tokens))
    whole = [index for index in places if index < point]
    decimals = [index for index in places if index > point]
    commas = [i for i, token in enumerate(tokens) if token == ("mark", ",")]
    is_grouped = any(whole and whole[0] < index < whole[-1] for index in commas)
    thousands = sum(bool(whole) and whole[-1] < index < point for index in commas)
    percents = tokens.count(("mark", "%"))
    scaled = abs(number).scaleb(2 * percents - 3 * thousands)
    digits = f"{scaled.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP):f}"
    integer, __, fraction = digits.partition(".")
    integer = integer.lstrip("0").rjust(sum(tokens[i][1] == "0" for i in whole), "0")
    shown = dict(zip(decimals, fraction, strict=False))
    for index in reversed(decimals):
        if tokens[index][1] == "0" or shown[index] != "0":
            break
        shown[index] = ""
    shown.update(_integer_places(integer, whole, is_grouped))
    sign = "-" if number < 0 and digits.strip("0.") else ""
    parts = [
        shown.get(i, "" if text == "," and kind == "mark" else text if kind != "digit" else "")
        for i, (kind, text) in enumerate(tokens)
    ]
    return sign + "".join(parts).strip()


def _integer_places(integer: str, places: Sequence[int], is_grouped: bool) -> dict[int, str]:
    """Return the digits at each placeholder: the first one has all that are left."""
    if not places:
        return {}
    if is_grouped:
        grouped = f"{int(integer or 0):,}"
        grouped = grouped if integer else ""
        zeros = len(integer) - len(integer.lstrip("0"))
        return {places[0]: grouped if not zeros or len(integer) == 1 else integer}
    shown: dict[int, str] = {}
    for index in reversed(places[1:]):
        shown[index], integer = integer[-1:], integer[:-1]
    shown[places[0]] = integer
    return shown
