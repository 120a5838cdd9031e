"""The layout of a sheet: repeated headers, pairs of columns side by side, glossaries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from malgil.preprocessing.corpus.formats.base import (
    BLANK,
    REPEATED_HEADER,
    SAME_ROW,
    SKIPPED,
    TOO_FEW_COLUMNS,
    PairOrReason,
)
from malgil.preprocessing.corpus.formats.column_statistics import TableRows, column_cells, is_korean
from malgil.preprocessing.corpus.formats.columns import ColumnChoice
from malgil.preprocessing.corpus.formats.delimited import pair_of_cells
from malgil.preprocessing.text.normalization import normalize

_GLOSSARY_TITLE = re.compile(
    r"용어|단어장|낱말|어휘|glossar|terminolog|\bterms?\b|vocabular|word ?list", re.IGNORECASE
)
_MAX_TERM_WORDS = 3
_SENTENCE_END = re.compile(r"[.?!。？！…]$")
_MIN_ALIKE = 0.8


def is_glossary(title: str, rows: TableRows, columns: ColumnChoice) -> bool:
    """Return whether a sheet is a glossary: its title says so, and its rows have terms.

    Args:
        title: The title of the sheet.
        rows: Its first rows that are not blank.
        columns: The columns of source and target.
    """
    if not _GLOSSARY_TITLE.search(title):
        return False
    body = rows[columns.skipped_rows :]
    texts = [text for side in (columns.source, columns.target) for text in column_cells(body, side)]
    terms = sum(
        len(text.split()) <= _MAX_TERM_WORDS and not _SENTENCE_END.search(text.strip())
        for text in texts
    )
    return terms >= _MIN_ALIKE * len(texts)


def side_by_side(rows: TableRows, columns: ColumnChoice) -> list[ColumnChoice]:
    """Return the columns of all pairs in a row: `ko, en, ko, en` has two.

    Args:
        rows: The first rows of a sheet that are not blank.
        columns: The columns that were chosen; the others must look like them.
    """
    if columns.skipped_rows:
        header = [normalize(cell).lower() for cell in rows[columns.skipped_rows - 1]]
        names = [header[side] for side in (columns.source, columns.target)]
        sources, targets = ([i for i, cell in enumerate(header) if cell == name] for name in names)
    else:
        width = max(map(len, rows), default=0)
        scripts = [_script(column_cells(rows, index)) for index in range(width)]
        kinds = [scripts[side] for side in (columns.source, columns.target)]
        if None in kinds or kinds[0] == kinds[1]:
            return [columns]
        sources, targets = ([i for i, kind in enumerate(scripts) if kind == each] for each in kinds)
    offset = columns.target - columns.source
    pairs = [(source, source + offset) for source in sources if source + offset in targets]
    if len(pairs) < 2 or len(pairs) != len(sources) or len(pairs) != len(targets):
        return [columns]
    return [columns._replace(source=source, target=target) for source, target in pairs]


def _script(cells: Sequence[str]) -> bool | None:
    """Return whether nearly all cells are Korean, or nearly none; None if neither is so."""
    answers = [answer for cell in cells if (answer := is_korean(cell)) is not None]
    share = sum(answers) / len(answers) if answers else 0.5
    if share >= _MIN_ALIKE:
        return True
    return False if share <= 1 - _MIN_ALIKE else None


def sheet_pairs(
    rows: Iterable[list[str] | None], choices: Sequence[ColumnChoice], header: Sequence[str]
) -> Iterator[PairOrReason]:
    """Yield the pairs of the rows of a sheet; a header that is repeated is left out.

    Args:
        rows: The rows of the sheet, None for those that are not read.
        choices: The columns of the pairs in each row.
        header: The cells of the header; empty if there is none.
    """
    first = choices[0]
    names = [cell.strip() for cell in header]
    rows_to_skip = first.skipped_rows
    for row in rows:
        if row is None:
            yield SKIPPED
        elif not any(map(str.strip, row)):
            yield BLANK
        elif rows_to_skip:
            rows_to_skip -= 1
            yield SKIPPED
        elif names and all(
            _cell(row, index).strip() == _cell(names, index)
            for index in (first.source, first.target)
        ):
            yield REPEATED_HEADER
        else:
            yield from _row_pairs(row, choices)


def _row_pairs(row: Sequence[str], choices: Sequence[ColumnChoice]) -> Iterator[PairOrReason]:
    is_first = True
    for choice in choices:
        pair = _cell(row, choice.source), _cell(row, choice.target)
        if len(choices) > 1 and not any(map(str.strip, pair)):
            continue  # the other columns are longer
        if not is_first:
            yield SAME_ROW
        is_short = len(row) <= max(choice.source, choice.target)
        yield TOO_FEW_COLUMNS if is_short else pair_of_cells(row, choice)
        is_first = False
    if is_first:
        yield SKIPPED


def _cell(row: Sequence[str], index: int) -> str:
    return row[index] if index < len(row) else ""
