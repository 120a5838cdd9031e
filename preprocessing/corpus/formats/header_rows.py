"""The rows around a header: titles above it, and a second row of names below it."""

from __future__ import annotations

from collections.abc import Sequence

from malgil.preprocessing.corpus.formats.column_statistics import TableRows
from malgil.preprocessing.corpus.formats.headers import side_languages
from malgil.preprocessing.corpus.formats.language_names import match_rank
from malgil.settings import DataSettings


def are_titles(
    rows: TableRows, header: Sequence[str], columns: tuple[int, int], data: DataSettings
) -> bool:
    """Return whether the rows above a header are titles, not pairs.

    Titles have fewer cells than the header, unless the header has the whole names of both sides.

    Args:
        rows: The rows above the header; there may be none.
        header: The header.
        columns: The columns of source and target.
        data: `[data]`: the languages.
    """
    count = _cell_count(header)
    if all(_cell_count(row) < count for row in rows):
        return True
    names = [header[index] for index in columns]
    sides = zip(("source", "target"), side_languages(data), strict=True)
    return all(
        any(match_rank(name, language, side, allows_spaces=True) in (0, 2) for name in names)
        for side, language in sides
    )


def is_second_header(rows: TableRows, columns: tuple[int, int], data: DataSettings) -> bool:
    """Return whether the row below a header names both sides again: 원문 below 한국어.

    Args:
        rows: The row below a header, if there is one.
        columns: The columns of source and target.
        data: `[data]`: the languages.
    """
    ranks = [
        match_rank("".join(row[index : index + 1]), language, side, allows_spaces=True)
        for row in rows
        for index, side, language in zip(
            columns, ("source", "target"), side_languages(data), strict=True
        )
    ]
    return bool(ranks) and {0, 2}.issuperset(ranks)


def _cell_count(cells: Sequence[str]) -> int:
    return sum(map(bool, map(str.strip, cells)))
