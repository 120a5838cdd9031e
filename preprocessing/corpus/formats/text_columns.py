"""The columns of a table that contain sentences, and which of them are source and target."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from malgil.preprocessing.corpus.formats.column_statistics import (
    MAX_COLUMNS,
    TableRows,
    are_equal,
    are_korean,
    are_language_codes,
    are_sentences,
    column_cells,
    is_first_source,
    is_korean,
    sort_by_script,
)
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.settings import DataSettings


def text_columns(rows: TableRows) -> list[int]:
    """Return the columns with sentences.

    A column with the same text in all rows does not count if two others have sentences.

    Args:
        rows: The rows without the header.
    """
    columns = [column_cells(rows, index) for index in range(_width(rows))]
    texts = [
        index
        for index, cells in enumerate(columns)
        if are_sentences(cells) and not are_language_codes(cells)
    ]
    varied = [index for index in texts if not are_equal(columns[index])]
    return varied if len(varied) > 1 else texts


def columns_by_script(
    rows: TableRows, texts: Sequence[int], data: DataSettings
) -> tuple[int, int] | None:
    """Return the first two columns of which exactly one is Korean, source first.

    Args:
        rows: The rows without the header.
        texts: The columns with sentences.
        data: `[data]`: the languages.

    Returns:
        None if there are none, or not exactly one of the languages is Korean.
    """
    korean = {index: are_korean(column_cells(rows, index)) for index in texts}
    for first, second in itertools.combinations(texts, 2):
        if is_first_source(korean[first], korean[second], data) is not None:
            return sort_by_script(first, second, rows, data)
    return None


def counterparts(
    known: int, is_source: bool, rows: TableRows, data: DataSettings
) -> list[tuple[int, int]]:
    """Return what source and target may be if one of the columns is known.

    Args:
        known: The column that is known.
        is_source: Whether it is the source by its name; if one language is Korean, the scripts
            decide instead.
        rows: The rows without the header.
        data: `[data]`: the languages.
    """
    languages = {language_code(data.source_language), language_code(data.target_language)}
    if "ko" not in languages or len(languages) == 1:
        others = [index for index in text_columns(rows) if index != known]
        return [(known, other) if is_source else (other, known) for other in others]
    is_known_korean = are_korean(column_cells(rows, known))
    others = [
        index
        for index in text_columns(rows)
        if are_korean(column_cells(rows, index)) is not is_known_korean
    ]
    return [sort_by_script(known, other, rows, data) for other in others]


def looks_like_pair(header: Sequence[str], rows: TableRows, columns: tuple[int, int]) -> bool:
    """Return whether a header may as well be the first pair of a glossary: 원본, Origin.

    It may if it has few cells, and each of the two is in the script of its column.

    Args:
        header: The cells of a row that may be a header.
        rows: The rows below it.
        columns: The columns of source and target.
    """
    are_in_script = (
        is_korean(header[index]) is are_korean(column_cells(rows, index)) for index in columns
    )
    return sum(map(bool, map(str.strip, header))) < 4 and all(are_in_script)


def _width(rows: TableRows) -> int:
    return min(MAX_COLUMNS, max(map(len, rows), default=0))
