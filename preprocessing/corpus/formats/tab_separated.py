"""TSV: as Tatoeba writes it, where quotation marks are text; and as Excel and pandas write it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import (
    BLANK,
    NO_TAB,
    SKIPPED,
    TOO_FEW_COLUMNS,
    PairOrReason,
    ParsedRows,
    RowUnit,
    read_sample,
)
from malgil.preprocessing.corpus.formats.columns import ColumnChoice, choose_columns
from malgil.preprocessing.corpus.formats.delimited import (
    have_same_width,
    non_blank_rows,
    pair_of_cells,
)
from malgil.preprocessing.corpus.formats.headers import HeaderRules
from malgil.preprocessing.corpus.formats.quotation_marks import are_cells_quoted
from malgil.preprocessing.corpus.formats.quoted_cells import QUOTE, CellsOrReason, read_quoted_rows
from malgil.settings import DataSettings

TAB = "\t"
TSV_REQUIREMENT = _("Each line must be source, tab, target.")

_RULES = HeaderRules(allows_spaces=False, defaults_to_first_columns=True)
# The sample that decides what quotation marks mean.
_MAX_QUOTING_LINES, _MAX_SAMPLE_LINES, _MAX_SAMPLE_CHARACTERS = 500, 2_000, 1 << 20


def parse_tsv(lines: Iterable[str], data: DataSettings, name: str) -> ParsedRows:
    """Parse a file whose columns are separated by tabs.

    Quotation marks are part of the text unless the first of them show that cells are quoted as in
    CSV; see `are_cells_quoted`.

    Args:
        lines: The lines of the file without their ends.
        data: `[data]`: languages and columns.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the columns that were set do not exist, or it cannot be decided what quotation
            marks mean.
    """
    first_lines, rest = _read_quoting_sample(iter(lines))
    is_quoted = are_cells_quoted(first_lines, name)
    sample, rows = read_sample(
        _rows(first_lines, rest, is_quoted, name), lambda cells: sum(map(len, cells))
    )
    table = [row for row in sample if not isinstance(row, str) and len(row) > 1]
    columns = choose_columns(table, data, _RULES, name)
    label = "" if columns.is_plain and not is_quoted else columns.label
    return ParsedRows(
        _("TSV with quoted cells") if is_quoted else "TSV",
        label,
        RowUnit.ROW if is_quoted else RowUnit.LINE,
        TSV_REQUIREMENT,
        _pairs(rows, columns),
    )


def are_rows_quoted(lines: Sequence[str], name: str) -> bool:
    """Return whether lines are a table with tabs whose quoted cells have line breaks.

    Args:
        lines: The first lines of a file.
        name: The name of the file, in quotation marks.
    """
    rows: list[CellsOrReason] = []
    with contextlib.suppress(UserError):  # the sample may end within a quoted cell
        rows.extend(read_quoted_rows(lines, TAB, name))
    widths = [len(row) for row in non_blank_rows(rows)]
    return len(rows) < len(lines) and widths[:1] > [1] and have_same_width(widths)


def _pairs(rows: Iterator[CellsOrReason], columns: ColumnChoice) -> Iterator[PairOrReason]:
    last = max(columns.source, columns.target)
    rows_to_skip = columns.skipped_rows
    for cells in rows:
        if isinstance(cells, str):
            yield cells
        elif len(cells) == 1:
            yield NO_TAB if cells[0].strip() else BLANK
        elif rows_to_skip:
            rows_to_skip -= 1
            yield SKIPPED
        elif len(cells) > last:
            yield pair_of_cells(cells, columns)
        else:
            yield TOO_FEW_COLUMNS


def _rows(
    sample: list[str], rest: Iterator[str], is_quoted: bool | None, name: str
) -> Iterator[CellsOrReason]:
    """Yield the cells of each row; at the first quotation mark, decide what they mean.

    Args:
        sample: The first lines.
        rest: The other lines.
        is_quoted: As `are_cells_quoted` returns it for the sample.
        name: The name of the file, in quotation marks.
    """
    while sample and is_quoted is None:
        yield from map(_split, sample)
        sample, rest = _read_quoting_sample(rest)
        is_quoted = are_cells_quoted(sample, name)
    lines = itertools.chain(sample, rest)
    yield from read_quoted_rows(lines, TAB, name) if is_quoted else map(_split, lines)


def _split(line: str) -> list[str]:
    return line.split(TAB)


def _read_quoting_sample(lines: Iterator[str]) -> tuple[list[str], Iterator[str]]:
    """Return the first lines, until enough of them have quotation marks; and the rest."""
    sample: list[str] = []
    count = characters = 0
    for line in lines:
        sample.append(line)
        count += QUOTE in line
        characters += len(line)
        is_enough = count >= _MAX_QUOTING_LINES or len(sample) >= _MAX_SAMPLE_LINES
        if is_enough or characters >= _MAX_SAMPLE_CHARACTERS:
            break
    return sample, lines
