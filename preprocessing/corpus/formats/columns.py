"""Which column of a table is the source and which the target.

In this order: 1. `[data] columns` names them. 2. A header names the languages or the sides. 3. The
script tells, where one of the two languages is Korean. 4. They are the first and the second.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.column_statistics import (
    are_korean,
    are_sentences,
    is_korean,
    mean_length,
)
from malgil.preprocessing.corpus.formats.language_names import language_of, matches, words
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

TableRows = Sequence[Sequence[str]]

_WIDEST = 200  # columns that are looked at
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


class Layout(NamedTuple):
    """What a format says of headers.

    Attributes:
        titles: How many rows may stand above the header.
        has_phrases: Whether the names of columns may be several words.
        may_have_unknown_header: Whether the first row may be a header with names of any kind.
        always_has_header: Whether the first row is one for sure.
        is_ordered: Whether the first two columns are taken where nothing tells.
    """

    titles: int = 0
    has_phrases: bool = True
    may_have_unknown_header: bool = True
    always_has_header: bool = False
    is_ordered: bool = False


class Choice(NamedTuple):
    """The columns of a table.

    Attributes:
        source: The index of the source's column.
        target: The index of the target's.
        begin: How many rows that are not blank stand before the first pair.
        width: How many columns the header names, or else most rows have.
        shown: The two, as people call them.
    """

    source: int
    target: int
    begin: int
    width: int
    shown: str

    @property
    def is_plain(self) -> bool:
        """Whether they are the first two, without a header."""
        return (self.source, self.target, self.begin) == (0, 1, 0)


def choose(rows: TableRows, data: DataSettings, layout: Layout, name: str) -> Choice:
    """The columns of source and target.

    Args:
        rows: Those at the beginning of the table, without blank ones.
        data: `[data]`: the languages and the columns that were set.
        layout: What the format says of headers.
        name: What people call the file.

    Raises:
        UserError: If columns were set that are not there, or nothing tells which they are.
    """
    if data.columns:
        return _as_set(rows, data, layout, name)
    for begin in range(min(layout.titles + 1, len(rows))):
        found = _by_names(rows[begin], rows[begin + 1 :], data, layout.has_phrases)
        if found:
            return _with_header(rows[begin], *found, begin + 1)
    return _by_content(rows, data, layout, name)


def ordered(first_is_korean: bool, second_is_korean: bool, data: DataSettings) -> bool | None:
    """Whether the first of two texts is the source, by script; None where it cannot tell."""
    korean_sides = [
        language_of(language) == "ko" for language in (data.source_language, data.target_language)
    ]
    if korean_sides[0] == korean_sides[1] or first_is_korean == second_is_korean:
        return None
    return korean_sides[0] == first_is_korean


def column(rows: TableRows, index: int) -> list[str]:
    """The cells of a column that are not blank."""
    return [row[index] for row in rows if index < len(row) and row[index].strip()]


def is_header(cells: Sequence[str], data: DataSettings, has_phrases: bool = True) -> bool:
    """Whether a row names the columns in a way that is understood."""
    if data.columns and _index_of_names(cells, data):
        return True
    return _by_names(cells, (), data, has_phrases) is not None


def _with_header(header: Sequence[str], source: int, target: int, begin: int) -> Choice:
    width = max((index + 1 for index, cell in enumerate(header) if cell.strip()), default=0)
    names = [normalize("".join(header[i : i + 1])) or str(i + 1) for i in (source, target)]
    return Choice(source, target, begin, width, f"columns {names[0]} and {names[1]}")


def _without_header(rows: TableRows, source: int, target: int) -> Choice:
    widths = Counter(map(len, rows)).most_common(1)
    width = widths[0][0] if widths else 0
    return Choice(source, target, 0, width, f"columns {source + 1} and {target + 1}")


def _by_names(
    names: Sequence[str], body: TableRows, data: DataSettings, has_phrases: bool
) -> tuple[int, int] | None:
    """The columns whose names are those of the languages or the sides."""
    languages = (data.source_language, data.target_language)
    if language_of(languages[0]) == language_of(languages[1]):
        languages = ("", "")
    sides = zip(("source", "target"), languages, strict=True)
    best = [_best(names, body, side, language, has_phrases) for side, language in sides]
    found = [each.place if each else None for each in best]
    if found.count(None) == 1 and has_phrases:
        known = found[0] is None
        found[not known] = _other(names, body, best[known], languages[known])
    source, target = found
    if source is None or target is None or source == target:
        return None
    if any(each and each.rank >= 2 for each in best):  # 원문 is the original, in any language
        return _in_order(source, target, body, data)
    return source, target


class _Fitting(NamedTuple):
    """A column whose name fits a side; the smallest fits best."""

    is_number: bool
    rank: int
    shortness: float
    place: int


def _best(
    names: Sequence[str], body: TableRows, side: str, language: str, has_phrases: bool
) -> _Fitting | None:
    fitting = []
    for index, name in enumerate(names[:_WIDEST]):
        rank = matches(name, language, side, has_phrases)
        if rank is None:
            continue
        cells = column(body, index)
        is_text = are_sentences(cells) or not cells
        # A name of several words may be of a count or a date: 한국어_어절수.
        if is_text or rank in (0, 2):
            fitting.append(_Fitting(not is_text, rank, -mean_length(cells), index))
    return min(fitting, default=None)


def _other(
    names: Sequence[str], body: TableRows, known: _Fitting | None, language: str
) -> int | None:
    """Of two columns, one of which is named by its language, the other one."""
    others = [i for i, name in enumerate(names) if name.strip() and known and i != known.place]
    if not known or known.rank or len(others) != 1 or not body:
        return None
    name = names[others[0]]
    # A word in both languages is the first row of a dictionary.
    is_name = words(name, at_spaces=True) and matches(name, language, "", at_spaces=True) is None
    return others[0] if is_name else None


def _in_order(first: int, second: int, body: TableRows, data: DataSettings) -> tuple[int, int]:
    is_ordered = ordered(are_korean(column(body, first)), are_korean(column(body, second)), data)
    return (second, first) if is_ordered is False else (first, second)


def _by_content(rows: TableRows, data: DataSettings, layout: Layout, name: str) -> Choice:
    """The columns by what stands in them, else by their order."""
    rows = [row for row in rows if len(row) > 1] or rows
    # What may be a header does not speak for what stands below it.
    body = rows[1:] if layout.may_have_unknown_header and len(rows) > 1 else rows
    width = min(_WIDEST, max(map(len, rows), default=0))
    texts = [index for index in range(width) if are_sentences(column(body, index))]
    korean = {index: are_korean(column(body, index)) for index in texts}
    differing = [
        pair
        for pair in itertools.combinations(texts, 2)
        if ordered(korean[pair[0]], korean[pair[1]], data) is not None
    ]
    if differing:
        source, target = _in_order(*differing[0], body, data)
    elif len(texts) > 1 and (layout.is_ordered or len(texts) == 2):
        source, target = texts[:2]
    else:
        source, target = 0, 1
        if not layout.is_ordered and width != 2:
            raise UserError(_which(rows, data, layout, name))
    has_header = layout.always_has_header or _is_header(rows, source, target, layout)
    if not differing and has_header:
        raise UserError(_which(rows, data, layout, name))
    if has_header:
        return _with_header(rows[0], source, target, 1)
    return _without_header(rows, source, target)


def _is_header(rows: TableRows, source: int, target: int, layout: Layout) -> bool:
    """Whether the first row is a header, by how it differs from those below."""
    if not layout.may_have_unknown_header or len(rows) < 2:
        return False
    first, body = rows[0], rows[1:]
    if len(first) <= max(source, target):
        return False
    cells = [normalize(first[index]) for index in (source, target)]
    if not all(0 < len(cell) <= 40 and cell[-1] not in ".?!。？！…" for cell in cells):
        return False
    for index, cell in zip((source, target), cells, strict=True):
        below = [answer for text in column(body, index) if (answer := is_korean(text)) is not None]
        other = sum(answer != is_korean(cell) for answer in below)
        if len(below) >= 3 and is_korean(cell) is not None and other > 0.95 * len(below):
            return True
    for index, cell in enumerate(first[:_WIDEST]):
        numbers = column(body, index)
        if numbers and all(number.strip().isdecimal() for number in numbers):
            return not cell.strip().isdecimal() and bool(cell.strip())
    are_short = all(
        4 * len(cell) <= mean_length(column(body, index))
        for index, cell in zip((source, target), cells, strict=True)
    )
    return are_short and all(_IDENTIFIER.fullmatch(cell) for cell in cells)


def _as_set(rows: TableRows, data: DataSettings, layout: Layout, name: str) -> Choice:
    """The columns that `[data] columns` names or numbers."""
    if all(part.isdecimal() for part in data.columns):
        source, target = (int(part) - 1 for part in data.columns)
        width = max(map(len, rows), default=0)
        if max(source, target) >= width:
            raise UserError(
                f"{name} has {width} column{'s' * (width != 1)}. Received: data.columns = "
                f"{', '.join(data.columns)}."
            )
        for begin in range(min(layout.titles + 1, len(rows))):
            if _by_names(rows[begin], rows[begin + 1 :], data, layout.has_phrases):
                return _with_header(rows[begin], source, target, begin + 1)
        if layout.always_has_header or _is_header(rows, source, target, layout):
            return _with_header(rows[0], source, target, 1)
        return _without_header(rows, source, target)
    for begin in range(min(layout.titles + 1, len(rows))):
        found = _index_of_names(rows[begin], data)
        if found:
            return _with_header(rows[begin], *found, begin + 1)
    raise UserError(
        f"{name} has no columns with these names: {', '.join(data.columns)}. "
        f"{_first_row(rows, layout)}. Set data.columns to two of its names, or their numbers, "
        "source first."
    )


def _index_of_names(cells: Sequence[str], data: DataSettings) -> tuple[int, int] | None:
    """Where the names of `[data] columns` stand in a row; None where they do not."""
    names = [normalize(cell).lower() for cell in cells]
    wanted = [normalize(part).lower() for part in data.columns]
    if not all(part in names for part in wanted):
        return None
    return names.index(wanted[0]), names.index(wanted[1])


def _which(rows: TableRows, data: DataSettings, layout: Layout, name: str) -> str:
    return (
        f"{name} does not say which of its columns are {data.source_language} and "
        f"{data.target_language}. {_first_row(rows, layout)}. Name two of them, or their numbers, "
        "source first: --set data.columns=NAME,NAME"
    )


def _first_row(rows: TableRows, layout: Layout) -> str:
    cells = [normalize(cell)[:40] for cell in rows[0][:30]] if rows else []
    what = "keys" if layout.always_has_header else "first row"
    return f"Its {what}: {', '.join(cells)}" if cells else "It has no rows"
