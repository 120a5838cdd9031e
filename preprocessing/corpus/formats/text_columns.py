"""The columns of a table that contain sentences, and which of them are source and target."""

from __future__ import annotations

import itertools
import math
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
    mean_length,
    sort_by_script,
)
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.settings import DataSettings

_LENGTH_RATIO = 2.2  # of an English text and its Korean translation, in characters
_MISFIT_MARGIN = math.log(2)


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
    """Return two columns of which exactly one is Korean, source first; `best_pair` of several.

    Args:
        rows: The rows without the header.
        texts: The columns with sentences.
        data: `[data]`: the languages.

    Returns:
        None if there are none, or not exactly one of the languages is Korean.
    """
    korean = {index: are_korean(column_cells(rows, index)) for index in texts}
    pairs = [
        pair
        for pair in itertools.combinations(texts, 2)
        if is_first_source(korean[pair[0]], korean[pair[1]], data) is not None
    ]
    return sort_by_script(*best_pair(pairs, rows), rows, data) if pairs else None


def best_pair(pairs: Sequence[tuple[int, int]], rows: TableRows) -> tuple[int, int]:
    """Return the first of several pairs of columns, unless another one fits far better.

    Titles, names of speakers and the like are shorter than the texts, or fewer.

    Args:
        pairs: At least one pair of columns.
        rows: The rows without the header.
    """
    if len(pairs) == 1:
        return pairs[0]
    misfits = {pair: _misfit(*(column_cells(rows, index) for index in pair)) for pair in pairs}
    best = min(pairs, key=misfits.__getitem__)
    return best if misfits[best] < misfits[pairs[0]] - _MISFIT_MARGIN else pairs[0]


def _misfit(first: Sequence[str], second: Sequence[str]) -> float:
    """Return how much two columns differ in length and variety, as natural logarithms."""
    lengths, counts = (
        [max(1, measure(cells)) for cells in (first, second)]
        for measure in (mean_length, lambda cells: len(set(cells)))
    )
    expected = math.log(_LENGTH_RATIO) * (are_korean(first) - are_korean(second))
    return abs(math.log(lengths[1] / lengths[0]) - expected) + abs(math.log(counts[1] / counts[0]))


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
