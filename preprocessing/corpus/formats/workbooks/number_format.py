"""Number formats of workbooks (ECMA-376 18.8.31): what a cell shows instead of its value."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
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
_WEEKDAY = re.compile(r"(\[\$[^\]]*\])?(\()?a{3,4}(\))?(;@)?")
_FIRST_DAY, _MAX_DATE = datetime.datetime(1899, 12, 30), 2_958_466
_SCIENTIFIC = re.compile(r"[0#](?P<fraction>\.0+)?(?P<sign>[Ee][+-])(?P<exponent>0+)")
_FRACTION = re.compile(r"((?P<whole>[#0]+) +)?[?#0]+ */ *(?P<below>[?#0]+|[1-9]\d*)")
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

    Dates, percentages, currencies, grouped numbers, leading zeros, fractions and scientific
    notation are shown as Excel does. Conditions are not supported: the value is returned.

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
    if _WEEKDAY.fullmatch(code) and 0 <= value < _MAX_DATE:  # openpyxl takes it for a number
        return date_text(_FIRST_DAY + datetime.timedelta(days=value), code)
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
        if section.is_supported:
            return _fill(section.tokens, number)
        return _special_text(section.tokens, number) or _general(value)
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


def _special_text(tokens: Sequence[tuple[str, str]], number: Decimal) -> str:
    """Return a number in scientific notation or as a fraction; empty for other formats."""
    code = "".join(text for __, text in tokens).strip()
    sign = "-" if number < 0 else ""
    if match := _SCIENTIFIC.fullmatch(code):
        decimals = max(0, len(match["fraction"] or "") - 1)
        mantissa, __, exponent = f"{abs(number):.{decimals}E}".partition("E")
        mark = "-" if exponent[0] == "-" else match["sign"][1].replace("-", "")
        return f"{sign}{mantissa}E{mark}{exponent[1:].zfill(len(match['exponent']))}"
    if match := _FRACTION.fullmatch(code):
        exact, below = Fraction(abs(number)), match["below"]
        if below.isdecimal() and below.strip("0"):
            above, below_number = round(exact * int(below)), int(below)
        else:
            nearest = exact.limit_denominator(10 ** len(below) - 1)
            above, below_number = nearest.numerator, nearest.denominator
        whole, rest = divmod(above, below_number) if match["whole"] else (0, above)
        if not rest:
            return f"{sign}{whole}" if whole else "0"
        return f"{sign}{whole or ''} {rest}/{below_number}".replace("- ", "-").strip()
    return ""


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
    thousands = sum(
        bool(part) and part[-1] < index < end
        for index in commas
        for part, end in ((whole, point), (decimals, len(tokens)))
    )
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
