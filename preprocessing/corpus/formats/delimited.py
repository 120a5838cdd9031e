"""TSV, as Tatoeba writes it, and CSV (RFC 4180)."""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import (
    BLANK,
    NO_TAB,
    SKIPPED,
    TOO_FEW_COLUMNS,
    TOO_LONG,
    TOO_MANY_COLUMNS,
    PairOrReason,
    ParsedRows,
    RowUnit,
    read_sample,
)
from malgil.preprocessing.corpus.formats.columns import ColumnChoice, choose_columns
from malgil.preprocessing.corpus.formats.headers import HeaderRules
from malgil.settings import DataSettings

# The cells of a row, or the reason why the row is left out.
CellsOrReason = list[str] | str

DELIMITERS = ",;|"
TSV_REQUIREMENT = _("Each line must be source, tab, target.")

_TSV_RULES = HeaderRules(
    allows_spaces=False, allows_unknown_names=False, defaults_to_first_columns=True
)
_CSV_RULES = HeaderRules(max_title_rows=4)
# The quotation mark of a longer field was never closed.
_MAX_FIELD_LINES = 1000


def parse_tsv(lines: Iterable[str], data: DataSettings, name: str) -> ParsedRows:
    """Parse a file whose columns are separated by tabs; quotation marks are part of the text.

    Args:
        lines: The lines of the file without their ends.
        data: `[data]`: languages and columns.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the columns that were set do not exist.
    """
    sample, lines = read_sample(lines, len)
    rows = [line.split("\t") for line in sample if line.strip()]
    columns = choose_columns(rows, data, _TSV_RULES, name)
    label = "" if columns.is_plain else columns.label
    return ParsedRows("TSV", label, RowUnit.LINE, TSV_REQUIREMENT, _tsv_pairs(lines, columns))


def _tsv_pairs(lines: Iterator[str], columns: ColumnChoice) -> Iterator[PairOrReason]:
    source, target = columns.source, columns.target
    last = max(source, target)
    rows_to_skip = columns.skipped_rows
    for line in lines:
        cells = line.split("\t", last + 1)
        if len(cells) == 1:
            yield NO_TAB if line.strip() else BLANK
        elif rows_to_skip:
            rows_to_skip -= 1
            yield SKIPPED
        elif len(cells) > last:
            yield cells[source], cells[target]
        else:
            yield TOO_FEW_COLUMNS


def parse_csv(lines: Iterable[str], delimiter: str, data: DataSettings, name: str) -> ParsedRows:
    """Parse a CSV file; quoted fields may contain line breaks.

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
        read_csv_rows(lines, delimiter, name), lambda cells: sum(map(len, cells))
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
            yield cells[source], cells[target]


def read_csv_rows(lines: Iterable[str], delimiter: str, name: str) -> Iterator[CellsOrReason]:
    """Yield the rows of a CSV file; for a row that is too long, the reason why it is left out.

    Args:
        lines: The lines of the file without their ends.
        delimiter: What separates the columns.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If a quotation mark is not closed; the message gives the line.
    """
    feeder = _LineFeeder(lines)
    reader = csv.reader(feeder, delimiter=delimiter, skipinitialspace=True)
    while True:
        first_line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error:  # a field of more than 131,072 characters
            _check_quotes(reader.line_num == first_line, first_line, name)
            yield TOO_LONG
            continue
        if row is None:
            return
        is_closed = not feeder.is_at_end and reader.line_num - first_line < _MAX_FIELD_LINES
        _check_quotes(is_closed, first_line, name)
        yield row


def _check_quotes(are_closed: bool, line: int, name: str) -> None:
    if not are_closed:
        raise UserError(
            _(
                "{name} opens a quotation mark in line {line:,} that is not closed. Close it, or "
                'double it ("") if it is part of the text.'
            ).format(name=name, line=line)
        )


class _LineFeeder:
    """Lines for `csv.reader`, which asks for another line if a field is still open.

    Args:
        lines: The lines of a file without their ends.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.is_at_end = False

    def __iter__(self) -> _LineFeeder:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.is_at_end = True
            raise StopIteration
        # A byte order mark would hide the quotation mark that follows it.
        return line.replace("\ufeff", "").replace("\0", "") + "\n"


def sniff_delimiter(
    sample: Sequence[str], is_header: Callable[[Sequence[str]], bool], name: str
) -> str | None:
    """Return the delimiter of a text if it is a CSV file.

    A text is a CSV file if one of its first rows is a known header; or if nearly all its rows have
    the same number of columns, and the delimiter does not look like punctuation.

    Args:
        sample: The first lines of the text.
        is_header: Returns whether cells are a known header.
        name: The name of the file, in quotation marks.
    """
    best = None
    for delimiter in DELIMITERS:
        sample_rows: list[CellsOrReason] = []
        with contextlib.suppress(UserError):  # the sample may end within a quoted field
            sample_rows.extend(itertools.islice(read_csv_rows(sample, delimiter, name), 1000))
        rows = non_blank_rows(sample_rows)
        if any(len(row) > 1 and is_header(row) for row in rows[:5]):
            return delimiter
        if best is None and _is_table(rows, sample, delimiter):
            best = delimiter
    return best


def _is_table(rows: Sequence[Sequence[str]], sample: Sequence[str], delimiter: str) -> bool:
    widths = [len(row) for row in rows]
    if len(rows) < 2 or min(widths[:1]) < 2:
        return False
    same = sum(width == widths[0] for width in widths)
    delimiters = sum(line.count(delimiter) for line in sample)
    spaced = sum(line.count(f"{delimiter} ") for line in sample)
    quoted = sum(line.count(f'"{delimiter}') + line.count(f'{delimiter}"') for line in sample)
    return same >= 0.95 * len(widths) and (spaced <= 0.2 * delimiters or quoted >= len(rows))
