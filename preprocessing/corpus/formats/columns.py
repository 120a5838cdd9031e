"""Which column of a table is the source and which is the target.

In this order: 1. `[data] columns` names them. 2. A header names the languages or the sides. 3. The
scripts differ, if one of the two languages is Korean. 4. They are the first and the second column.
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
from malgil.preprocessing.corpus.formats.language_names import (
    language_code,
    match_rank,
    name_words,
)
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

TableRows = Sequence[Sequence[str]]

_MAX_COLUMNS = 200  # that are examined
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


class HeaderRules(NamedTuple):
    """What a format allows as a header.

    Attributes:
        max_title_rows: The number of rows at most above the header.
        allows_spaces: Whether the names of columns may be several words.
        allows_unknown_names: Whether the first row may be a header with names of any kind.
        always_has_header: Whether the first row is certainly a header.
        defaults_to_first_columns: Whether the first two columns are taken if nothing else decides.
    """

    max_title_rows: int = 0
    allows_spaces: bool = True
    allows_unknown_names: bool = True
    always_has_header: bool = False
    defaults_to_first_columns: bool = False


class ColumnChoice(NamedTuple):
    """The columns of source and target in a table.

    Attributes:
        source: The index of the source's column.
        target: The index of the target's column.
        skipped_rows: The number of rows before the first pair, blank rows not counted.
        width: The number of columns that the header names, or else that most rows have.
        label: The two columns, for messages.
    """

    source: int
    target: int
    skipped_rows: int
    width: int
    label: str

    @property
    def is_plain(self) -> bool:
        """Whether they are the first two columns, without a header."""
        return (self.source, self.target, self.skipped_rows) == (0, 1, 0)


def choose_columns(
    rows: TableRows, data: DataSettings, rules: HeaderRules, name: str
) -> ColumnChoice:
    """Return the columns of source and target.

    Args:
        rows: The first rows of the table that are not blank.
        data: `[data]`: the languages and the columns that were set.
        rules: What the format allows as a header.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If columns were set that do not exist, or nothing decides which they are.
    """
    if data.columns:
        return _columns_from_settings(rows, data, rules, name)
    for index in range(min(rules.max_title_rows + 1, len(rows))):
        columns = _columns_by_names(rows[index], rows[index + 1 :], data, rules.allows_spaces)
        if columns:
            return _choice_with_header(rows[index], *columns, index + 1)
    return _columns_by_content(rows, data, rules, name)


def is_first_source(
    is_first_korean: bool, is_second_korean: bool, data: DataSettings
) -> bool | None:
    """Return whether the first of two texts is the source, by script; None if undecided."""
    is_source_korean, is_target_korean = (
        language_code(language) == "ko" for language in (data.source_language, data.target_language)
    )
    if is_source_korean == is_target_korean or is_first_korean == is_second_korean:
        return None
    return is_source_korean == is_first_korean


def column_cells(rows: TableRows, index: int) -> list[str]:
    """Return the cells of a column that are not blank."""
    return [row[index] for row in rows if index < len(row) and row[index].strip()]


def is_known_header(cells: Sequence[str], data: DataSettings, allows_spaces: bool = True) -> bool:
    """Return whether a row names the languages, the sides, or the columns that were set."""
    if data.columns and _indices_of_set_names(cells, data):
        return True
    return _columns_by_names(cells, (), data, allows_spaces) is not None


def _choice_with_header(
    header: Sequence[str], source: int, target: int, skipped_rows: int
) -> ColumnChoice:
    width = max((index + 1 for index, cell in enumerate(header) if cell.strip()), default=0)
    names = [normalize("".join(header[i : i + 1])) or str(i + 1) for i in (source, target)]
    return ColumnChoice(source, target, skipped_rows, width, f"columns {names[0]} and {names[1]}")


def _choice_without_header(rows: TableRows, source: int, target: int) -> ColumnChoice:
    widths = Counter(map(len, rows)).most_common(1)
    width = widths[0][0] if widths else 0
    return ColumnChoice(source, target, 0, width, f"columns {source + 1} and {target + 1}")


def _columns_by_names(
    names: Sequence[str], body: TableRows, data: DataSettings, allows_spaces: bool
) -> tuple[int, int] | None:
    """Return the columns whose names are those of the languages or the sides."""
    languages = (data.source_language, data.target_language)
    if language_code(languages[0]) == language_code(languages[1]):
        languages = ("", "")
    sides = zip(("source", "target"), languages, strict=True)
    matches = [_best_match(names, body, side, language, allows_spaces) for side, language in sides]
    columns = [match.column if match else None for match in matches]
    if columns.count(None) == 1 and allows_spaces:
        known = 1 if columns[0] is None else 0
        columns[1 - known] = _other_column(names, body, matches[known], languages[known])
    source, target = columns
    if source is None or target is None or source == target:
        return None
    if any(match and match.rank >= 2 for match in matches):
        # 원문 is the original text, in any language: the scripts decide.
        return _sort_by_script(source, target, body, data)
    return source, target


class _NameMatch(NamedTuple):
    """A column whose name matches a side; the smallest matches best."""

    is_number: bool
    rank: int
    negative_length: float
    column: int


def _best_match(
    names: Sequence[str], body: TableRows, side: str, language: str, allows_spaces: bool
) -> _NameMatch | None:
    matches = []
    for index, name in enumerate(names[:_MAX_COLUMNS]):
        rank = match_rank(name, language, side, allows_spaces)
        if rank is None:
            continue
        cells = column_cells(body, index)
        is_text = are_sentences(cells) or not cells
        # A name of several words may be that of a count or a date: 한국어_어절수.
        if is_text or rank in (0, 2):
            matches.append(_NameMatch(not is_text, rank, -mean_length(cells), index))
    return min(matches, default=None)


def _other_column(
    names: Sequence[str], body: TableRows, known: _NameMatch | None, language: str
) -> int | None:
    """Return the other of two columns, one of which is named by its language."""
    others = [i for i, name in enumerate(names) if name.strip() and known and i != known.column]
    if not known or known.rank or len(others) != 1 or not body:
        return None
    name = names[others[0]]
    # A word in both languages is the first row of a dictionary.
    is_name = (
        name_words(name, allows_spaces=True)
        and match_rank(name, language, "", allows_spaces=True) is None
    )
    return others[0] if is_name else None


def _sort_by_script(
    first: int, second: int, body: TableRows, data: DataSettings
) -> tuple[int, int]:
    """Return two columns, source first if their scripts decide, else as they are."""
    are_columns_korean = [are_korean(column_cells(body, index)) for index in (first, second)]
    is_sorted = is_first_source(are_columns_korean[0], are_columns_korean[1], data)
    return (second, first) if is_sorted is False else (first, second)


def _columns_by_content(
    rows: TableRows, data: DataSettings, rules: HeaderRules, name: str
) -> ColumnChoice:
    """Return the columns by their content, else by their order."""
    rows = [row for row in rows if len(row) > 1] or rows
    # What may be a header says nothing about the cells below it.
    body = rows[1:] if rules.allows_unknown_names and len(rows) > 1 else rows
    width = min(_MAX_COLUMNS, max(map(len, rows), default=0))
    texts = [index for index in range(width) if are_sentences(column_cells(body, index))]
    korean = {index: are_korean(column_cells(body, index)) for index in texts}
    of_two_scripts = [
        pair
        for pair in itertools.combinations(texts, 2)
        if is_first_source(korean[pair[0]], korean[pair[1]], data) is not None
    ]
    if of_two_scripts:
        source, target = _sort_by_script(*of_two_scripts[0], body, data)
    elif len(texts) > 1 and (rules.defaults_to_first_columns or len(texts) == 2):
        source, target = texts[:2]
    else:
        source, target = 0, 1
        if not rules.defaults_to_first_columns and width != 2:
            raise UserError(_undecided_message(rows, data, rules, name))
    has_header = rules.always_has_header or _has_unknown_header(rows, source, target, rules)
    if not of_two_scripts and has_header:
        raise UserError(_undecided_message(rows, data, rules, name))
    if has_header:
        return _choice_with_header(rows[0], source, target, 1)
    return _choice_without_header(rows, source, target)


def _has_unknown_header(rows: TableRows, source: int, target: int, rules: HeaderRules) -> bool:
    """Return whether the first row is a header, by how it differs from the rows below."""
    if not rules.allows_unknown_names or len(rows) < 2:
        return False
    first, body = rows[0], rows[1:]
    if len(first) <= max(source, target):
        return False
    cells = [normalize(first[index]) for index in (source, target)]
    if not all(0 < len(cell) <= 40 and cell[-1] not in ".?!。？！…" for cell in cells):
        return False
    for index, cell in zip((source, target), cells, strict=True):
        below = [
            answer for text in column_cells(body, index) if (answer := is_korean(text)) is not None
        ]
        differing = sum(answer != is_korean(cell) for answer in below)
        if len(below) >= 3 and is_korean(cell) is not None and differing > 0.95 * len(below):
            return True
    for index, cell in enumerate(first[:_MAX_COLUMNS]):
        numbers = column_cells(body, index)
        if numbers and all(number.strip().isdecimal() for number in numbers):
            return not cell.strip().isdecimal() and bool(cell.strip())
    are_short = all(
        4 * len(cell) <= mean_length(column_cells(body, index))
        for index, cell in zip((source, target), cells, strict=True)
    )
    return are_short and all(_IDENTIFIER.fullmatch(cell) for cell in cells)


def _columns_from_settings(
    rows: TableRows, data: DataSettings, rules: HeaderRules, name: str
) -> ColumnChoice:
    """Return the columns that `[data] columns` names or numbers."""
    title_rows = range(min(rules.max_title_rows + 1, len(rows)))
    if all(part.isdecimal() for part in data.columns):
        source, target = (int(part) - 1 for part in data.columns)
        width = max(map(len, rows), default=0)
        if max(source, target) >= width:
            raise UserError(
                f"{name} has {width} column{'s' * (width != 1)}. Received: data.columns = "
                f"{', '.join(data.columns)}."
            )
        for index in title_rows:
            if _columns_by_names(rows[index], rows[index + 1 :], data, rules.allows_spaces):
                return _choice_with_header(rows[index], source, target, index + 1)
        if rules.always_has_header or _has_unknown_header(rows, source, target, rules):
            return _choice_with_header(rows[0], source, target, 1)
        return _choice_without_header(rows, source, target)
    for index in title_rows:
        columns = _indices_of_set_names(rows[index], data)
        if columns:
            return _choice_with_header(rows[index], *columns, index + 1)
    raise UserError(
        f"{name} has no columns with these names: {', '.join(data.columns)}. "
        f"{_describe_first_row(rows, rules)}. Set data.columns to two of its names, or their "
        "numbers, source first."
    )


def _indices_of_set_names(cells: Sequence[str], data: DataSettings) -> tuple[int, int] | None:
    """Return the indices of the names in `[data] columns`; None if a row does not have both."""
    names = [normalize(cell).lower() for cell in cells]
    wanted = [normalize(part).lower() for part in data.columns]
    if not all(part in names for part in wanted):
        return None
    return names.index(wanted[0]), names.index(wanted[1])


def _undecided_message(rows: TableRows, data: DataSettings, rules: HeaderRules, name: str) -> str:
    return (
        f"{name} does not say which of its columns are {data.source_language} and "
        f"{data.target_language}. {_describe_first_row(rows, rules)}. Name two of them, or their "
        "numbers, source first: --set data.columns=NAME,NAME"
    )


def _describe_first_row(rows: TableRows, rules: HeaderRules) -> str:
    cells = [normalize(cell)[:40] for cell in rows[0][:30]] if rows else []
    what = "keys" if rules.always_has_header else "first row"
    return f"Its {what}: {', '.join(cells)}" if cells else "It has no rows"
