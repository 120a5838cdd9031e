"""Columns that say in which languages the texts of each row are: `kor ⇥ … ⇥ eng ⇥ …`, `en-ko`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.column_statistics import (
    MAX_COLUMNS,
    TableRows,
    column_cells,
    has_letters,
    is_language_code,
)
from malgil.preprocessing.corpus.formats.language_names import is_known_language, language_code
from malgil.settings import DataSettings

# As WMT writes both languages into one cell: en-ko. Regions are in capitals: ko-KR.
_TWO_CODES = re.compile(r"([a-z]{2,3}) ?(?:[-_>→]|->) ?([a-z]{2,3})")
_MIN_FILLED, _MIN_KNOWN = 0.95, 0.5


class LanguageColumns(NamedTuple):
    """The columns that have the languages of the texts in a row.

    Attributes:
        source: The index of the column with the language of the source's column.
        target: The index of the column with the language of the target's column; the same one if
            its cells have both.
        is_first_source: Whether the source's column is the first of both.
        languages: The codes of the translator's source and target language.
    """

    source: int
    target: int
    is_first_source: bool
    languages: tuple[str, str]

    def is_in_order(self, row: Sequence[str]) -> bool | None:
        """Return whether the texts of a row are source and target, in this order.

        Returns:
            False if they are target and source; None if they are in other languages.
        """
        found = _row_languages(row, self.source, self.target)
        if self.source == self.target and not self.is_first_source:
            found = found[::-1]
        if found == self.languages:
            return True
        return False if found == self.languages[::-1] else None


def code_columns(rows: TableRows, data: DataSettings) -> list[int]:
    """Return the two columns of language codes in a table, or twice the one that has both codes.

    Args:
        rows: The rows without the header.
        data: `[data]`: the languages.

    Returns:
        An empty list if there are none.
    """
    wanted = _wanted(data)
    columns = [
        (index, cells)
        for index in range(min(MAX_COLUMNS, max(map(len, rows), default=0)))
        if len(cells := column_cells(rows, index)) >= _MIN_FILLED * len(rows)
    ]
    found = [index for index, cells in columns if _are_codes(cells, wanted)]
    if len(found) == 2:
        return found
    both = [
        index
        for index, cells in columns
        if cells and all(_TWO_CODES.fullmatch(cell.strip()) for cell in cells)
    ]
    languages = [language for index in both for language in _row_languages(rows[0], index, index)]
    return both * 2 if len(both) == 1 and any(map(is_known_language, languages)) else []


def begins_with_codes(rows: TableRows, data: DataSettings) -> bool:
    """Return whether the first row of a table has language codes as the others do: no header.

    Args:
        rows: The rows of the table.
        data: `[data]`: the languages.
    """
    columns = code_columns(rows[1:] or rows, data)
    return bool(columns) and columns == code_columns(rows, data)


def find_language_columns(
    rows: TableRows, columns: tuple[int, int], data: DataSettings
) -> LanguageColumns | None:
    """Return the columns with the languages of the texts; the first one is that of the first text.

    Args:
        rows: The rows without the header.
        columns: The columns of source and target.
        data: `[data]`: the languages.

    Returns:
        None if there are none, or no row has the languages of the translator.
    """
    found, wanted = code_columns(rows, data), _wanted(data)
    counts = _counts(rows, found)
    if not found or not counts[wanted] + counts[wanted[::-1]]:
        return None
    is_first_source = columns[0] < columns[1]
    first, second = found if is_first_source else reversed(found)
    return LanguageColumns(first, second, is_first_source, wanted)


def columns_by_codes(
    rows: TableRows, texts: Sequence[int], data: DataSettings, name: str
) -> tuple[int, int] | None:
    """Return the columns of source and target if each has a column with its language.

    Args:
        rows: The rows without the header.
        texts: The columns with sentences.
        data: `[data]`: the languages.
        name: The name of the file, in quotation marks.

    Returns:
        None if there are not two texts and two columns of language codes.

    Raises:
        UserError: If all texts are in the same other languages.
    """
    found, wanted = code_columns(rows, data), _wanted(data)
    if len(texts) != 2:  # a few sentences that are repeated are not taken for sentences
        texts = [
            index
            for index in range(min(MAX_COLUMNS, max(map(len, rows), default=0)))
            if index not in found and has_letters(column_cells(rows, index))
        ]
    if len(found) != 2 or len(texts) != 2:
        return None
    first, second = texts
    counts = _counts(rows, found)
    if counts[wanted] or counts[wanted[::-1]]:
        is_first_source = counts[wanted] >= counts[wanted[::-1]]
        return (first, second) if is_first_source else (second, first)
    if len(counts) != 1:
        return None
    [(languages, __)] = counts.items()
    raise UserError(
        _(
            "{name} has texts in {first_language} and {second_language}, by its columns of "
            "language codes. Received: data.source_language = {source}, data.target_language = "
            "{target}. Set the languages of the texts, or name another file."
        ).format(
            name=name,
            first_language=languages[0],
            second_language=languages[1],
            source=data.source_language,
            target=data.target_language,
        )
    )


def _wanted(data: DataSettings) -> tuple[str, str]:
    return language_code(data.source_language), language_code(data.target_language)


def _are_codes(cells: Sequence[str], wanted: Sequence[str]) -> bool:
    codes = [language_code(cell) for cell in cells]
    known = sum(code in wanted or is_known_language(code) for code in codes)
    return known > _MIN_KNOWN * len(cells) and all(map(is_language_code, cells))


def _counts(rows: TableRows, columns: Sequence[int]) -> Counter[tuple[str, str]]:
    """Return the numbers of rows by their languages."""
    return Counter(_row_languages(row, *columns) for row in rows if columns)


def _row_languages(row: Sequence[str], first: int, second: int) -> tuple[str, str]:
    """Return the languages of a row in two columns, or in one that has both."""
    cells = ["".join(row[index : index + 1]).strip() for index in (first, second)]
    both = _TWO_CODES.fullmatch(cells[0]) if first == second else None
    names = both.groups() if both else cells
    return language_code(names[0]), language_code(names[1])
