"""CSV (RFC 4180), and the pairs of any table."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import (
    BLANK,
    OTHER_LANGUAGES,
    REPEATED_HEADER,
    SKIPPED,
    TOO_FEW_COLUMNS,
    TOO_MANY_COLUMNS,
    PairOrReason,
    ParsedRows,
    RowUnit,
    read_sample,
)
from malgil.preprocessing.corpus.formats.columns import ColumnChoice, choose_columns
from malgil.preprocessing.corpus.formats.headers import HeaderRules
from malgil.preprocessing.corpus.formats.quoted_cells import QUOTE, CellsOrReason, read_quoted_rows
from malgil.settings import DataSettings

DELIMITERS = ",;|"
# A missing value, as pandas, numpy and databases write it.
_MISSING = frozenset(("NaN", "nan", "NaT", "<NA>", "\\N"))
_QUOTED = re.compile(r'"[^"]*"')

_CSV_RULES = HeaderRules(max_title_rows=4)


def parse_csv(lines: Iterable[str], delimiter: str, data: DataSettings, name: str) -> ParsedRows:
    """Parse a CSV file; quoted cells may contain line breaks.

    Args:
        lines: The lines of the file without their ends.
        delimiter: What separates the columns.
        data: `[data]`: languages and columns.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If it cannot be decided which columns are source and target, or a quotation mark
            is not closed.
    """
    sample, rows = read_sample(
        read_quoted_rows(lines, delimiter, name), lambda cells: sum(map(len, cells))
    )
    columns = choose_columns(non_blank_rows(sample), data, _CSV_RULES, name)
    dialect = "CSV" if delimiter == "," else _("CSV with {delimiter!r}").format(delimiter=delimiter)
    requirement = _("Each row must have text in {columns}.").format(columns=columns.label)
    return ParsedRows(dialect, columns.label, RowUnit.ROW, requirement, table_pairs(rows, columns))


def non_blank_rows(rows: Iterable[CellsOrReason]) -> list[list[str]]:
    """Return the rows in which at least one cell is not blank."""
    return [row for row in rows if not isinstance(row, str) and any(map(str.strip, row))]


def table_pairs(rows: Iterable[CellsOrReason], columns: ColumnChoice) -> Iterator[PairOrReason]:
    """Yield the pairs of a table, or the reasons why rows are left out.

    Args:
        rows: The rows of the table.
        columns: The columns of source and target; with a width of 0, rows may have any width.
    """
    source, target, rows_to_skip, width = columns[:4]
    last = max(source, target)
    for cells in rows:
        if isinstance(cells, str):
            yield cells
        elif not any(map(str.strip, cells)):
            yield BLANK
        elif rows_to_skip:
            rows_to_skip -= 1
            yield SKIPPED
        elif len(cells) <= last:
            yield TOO_FEW_COLUMNS
        elif width and any(map(str.strip, cells[width:])):
            # An unquoted text contains the delimiter: its end cannot be known.
            yield TOO_MANY_COLUMNS
        else:
            yield pair_of_cells(cells, columns)


def pair_of_cells(cells: Sequence[str], columns: ColumnChoice) -> PairOrReason:
    """Return the pair of a row, or the reason why the row is left out.

    A missing value is an empty text. Files that were joined repeat the header. If columns have the
    languages of each row, they decide.

    Args:
        cells: The cells of the row; it has both columns.
        columns: The columns of source and target.
    """
    pair = cells[columns.source], cells[columns.target]
    if columns.names == pair:
        return REPEATED_HEADER
    if columns.languages:
        is_in_order = columns.languages.is_in_order(cells)
        if is_in_order is None:
            return OTHER_LANGUAGES
        pair = pair if is_in_order else pair[::-1]
    if _MISSING.isdisjoint(pair):
        return pair
    source, target = ("" if text in _MISSING else text for text in pair)
    return source, target


def find_newline(sample: str) -> str | None:
    """Return the argument `newline` of `open_text` for a text that may be a table.

    Excel for old Macs ends rows with `\\r` and lines within cells with `\\n`.

    Args:
        sample: The first characters of the text.

    Returns:
        None if `\\n` occurs only in quoted cells and `\\r` outside of them; otherwise "".
    """
    if "\r" not in sample or QUOTE not in sample:
        return ""
    outside = _QUOTED.sub("", sample)
    return None if "\r" in outside and "\n" not in outside else ""


def sniff_delimiter(
    sample: Sequence[str],
    is_header: Callable[[Sequence[str]], bool],
    name: str,
    has_columns: bool = False,
) -> str | None:
    """Return the delimiter of a text if it is a CSV file.

    A text is a CSV file if one of its first rows is a known header; or if nearly all its rows have
    the same number of columns, and the delimiter does not look like punctuation.

    Args:
        sample: The first lines of the text.
        is_header: Returns whether cells are a known header.
        name: The name of the file, in quotation marks.
        has_columns: Whether the file must be a table, as its columns are set: then most rows need
            to have the same number of columns, and the delimiter may look like punctuation.
    """
    best = None
    for delimiter in DELIMITERS:
        sample_rows: list[CellsOrReason] = []
        with contextlib.suppress(UserError):  # the sample may end within a quoted field
            sample_rows.extend(itertools.islice(read_quoted_rows(sample, delimiter, name), 1000))
        rows = non_blank_rows(sample_rows)
        if any(len(row) > 1 and is_header(row) for row in rows[:5]):
            return delimiter
        if best is None and _is_table(rows, sample, delimiter, has_columns):
            best = delimiter
    return best


def _is_table(
    rows: Sequence[Sequence[str]], sample: Sequence[str], delimiter: str, has_columns: bool
) -> bool:
    widths = [len(row) for row in rows]
    if len(rows) < 2 or min(widths[:1]) < 2:
        return False
    if has_columns:
        return 2 * sum(width == widths[0] for width in widths) > len(widths)
    unquoted = [_QUOTED.sub("", line) if QUOTE in line else line for line in sample]
    delimiters = sum(line.count(delimiter) for line in unquoted)
    spaced = sum(line.count(f"{delimiter} ") for line in unquoted)
    quoted = sum(line.count(f'"{delimiter}') + line.count(f'{delimiter}"') for line in sample)
    return have_same_width(widths) and (spaced <= 0.2 * delimiters or quoted >= len(rows))


def have_same_width(widths: Sequence[int]) -> bool:
    """Return whether nearly all rows have as many columns as the first one."""
    return sum(width == widths[0] for width in widths) >= 0.95 * len(widths)
