"""Dates and times as the cells of a workbook show them (ECMA-376 18.8.31)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

DateValue = datetime.datetime | datetime.date | datetime.time | datetime.timedelta

_TOKEN = re.compile(
    r'"[^"]*"|\\.|_.|\*.|\[\$[^\]]*\]|\[(?:h+|m+|s+)\]|\[[^\]]*\]|AM/PM|A/P|오전/오후'
    r"|y+|m+|d+|h+|s+|a{3,4}|\.0+|.",
    re.IGNORECASE | re.DOTALL,
)
_KOREAN_LOCALE = re.compile(r"\[\$-[^\]]*0?412\]")
# Excel shows the short date of the system for this built-in format; ISO 8601 is that of Korea.
_SYSTEM_DATES = {"mm-dd-yy", "general"}
_ISO = "yyyy-mm-dd"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_KOREAN_DAYS = "월화수목금토일"


def date_text(value: DateValue, code: str) -> str:
    """Return a date, a time or a duration as a number format shows it.

    Args:
        value: The value as openpyxl reads it.
        code: The number format, such as `yyyy"년" m"월" d"일"`.
    """
    if isinstance(value, datetime.timedelta):
        return _filled(value, _moment_after(value), code or "[h]:mm:ss")
    if isinstance(value, datetime.time):
        return _filled(None, datetime.datetime.combine(datetime.date(1899, 12, 30), value), code)
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime.combine(value, datetime.time())
    if code.lower() in _SYSTEM_DATES:
        code = _ISO
    return _filled(None, value, code)


def _moment_after(duration: datetime.timedelta) -> datetime.datetime:
    """Return the moment that a duration is as a date; its time on the first day if out of range."""
    first = datetime.datetime(1899, 12, 30)
    try:
        return first + duration
    except OverflowError:
        return first + duration % datetime.timedelta(days=1)


def _filled(duration: datetime.timedelta | None, moment: datetime.datetime, code: str) -> str:
    tokens = [match.group() for match in _TOKEN.finditer(code.partition(";")[0])]
    lowered = [token.lower() for token in tokens]
    has_half_days = any(token in {"am/pm", "a/p", "오전/오후"} for token in lowered)
    is_korean = bool(_KOREAN_LOCALE.search(code))
    parts = []
    for index, token in enumerate(lowered):
        if token[0] == "m" and _is_minute(lowered, index):
            parts.append(_padded(moment.minute, token))
        elif token[0] == "[":
            parts.append(_elapsed(duration, moment, token))
        elif token[0] == "h":
            hour = (moment.hour % 12 or 12) if has_half_days else moment.hour
            parts.append(_padded(hour, token))
        else:
            parts.append(_part(moment, token, tokens[index], is_korean))
    return "".join(parts).strip()


def _part(moment: datetime.datetime, token: str, original: str, is_korean: bool) -> str:
    """Return what a token shows, apart from hours, minutes and durations."""
    half = moment.hour >= 12
    names = {
        "am/pm": ("오전", "오후") if is_korean else ("AM", "PM"),
        "a/p": ("A", "P"),
        "오전/오후": ("오전", "오후"),
    }
    if token in names:
        return names[token][half]
    if token[0] == "y":
        return f"{moment.year:04}" if len(token) > 2 else f"{moment.year % 100:02}"
    if token[0] == "m":
        return _named(
            moment.month, token, f"{moment.month}월" if is_korean else _MONTHS[moment.month - 1]
        )
    if token[0] == "d" or token.startswith("aaa"):
        korean = f"{_KOREAN_DAYS[moment.weekday()]}요일"
        if token[0] == "a":
            return korean if len(token) > 3 else korean[0]
        if is_korean and len(token) > 2:
            return korean if len(token) > 3 else korean[0]
        return _named(moment.day, token, _DAYS[moment.weekday()])
    if token[0] == "s":
        return _padded(moment.second, token)
    if token.startswith(".0"):
        return f".{moment.microsecond:06}"[: len(token)]
    if token[0] in '"\\':
        return original.strip('"') if token[0] == '"' else original[1:]
    return "" if token[0] in "_*" and len(token) > 1 else original


def _is_minute(tokens: Sequence[str], index: int) -> bool:
    """Return whether `m` means minutes: after hours or before seconds."""
    is_field = [token[0] in "ymdhs" or token.startswith(("[h", "[m", "[s")) for token in tokens]
    before = next((tokens[i] for i in range(index - 1, -1, -1) if is_field[i]), "")
    after = next((tokens[i] for i in range(index + 1, len(tokens)) if is_field[i]), "")
    return before.lstrip("[")[:1] == "h" or after.lstrip("[")[:1] == "s"


def _elapsed(duration: datetime.timedelta | None, moment: datetime.datetime, token: str) -> str:
    """Return the elapsed hours, minutes or seconds (`[h]`); empty for a color or a locale."""
    unit = {"h": 3600, "m": 60, "s": 1}.get(token[1:2], 0)
    if not unit or not set(token[1:-1]) <= {token[1]}:
        return ""
    if duration is None:
        duration = moment - datetime.datetime.combine(moment.date(), datetime.time())
    return _padded(int(duration.total_seconds()) // unit, token[1:-1])


def _padded(number: int, token: str) -> str:
    return f"{number:0{min(len(token), 2)}}"


def _named(number: int, token: str, name: str) -> str:
    """Return a day or month as a number, or its name, shortened to three letters for `mmm`."""
    if len(token) <= 2:
        return _padded(number, token)
    return name if len(token) == 4 or not name.isascii() else name[: 3 if len(token) == 3 else 1]
