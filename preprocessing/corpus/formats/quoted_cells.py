"""Rows whose cells may be quoted as in CSV (RFC 4180)."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import MISQUOTED, TOO_LONG

# The cells of a row, or the reason why the row is left out.
CellsOrReason = list[str] | str

QUOTE = '"'
# The quotation mark of a longer cell was never closed.
_MAX_CELL_LINES = 1000
_MAX_CELL_CHARACTERS = 1 << 17


class Quoting(enum.Enum):
    """How a cell is quoted."""

    NONE = "none"
    WHOLE = "whole"  # "He said ""Hello"""
    PART = "part"  # "Hello" he said
    OPEN = "open"  # "He said: the end of the cell is in one of the next lines, or missing


class Cell(NamedTuple):
    """A cell of a row.

    Attributes:
        text: Its text; without the quotation marks around it if the whole cell is quoted.
        quoting: How it is quoted.
    """

    text: str
    quoting: Quoting


@functools.cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    separator = re.escape(delimiter)
    quoted = r'"[^"]*(?:""[^"]*)*'
    return re.compile(
        rf' *(?:(?P<whole>{quoted}")(?= *(?:{separator}|\Z))'
        rf'|(?P<part>{quoted}"(?!")[^{separator}]*)'
        rf"|(?P<open>{quoted}\Z)"
        rf"|(?P<none>[^{separator}]*))"
    )


def split_cells(text: str, delimiter: str) -> list[Cell]:
    """Split a row into cells. Spaces around quoted cells and before the others are left out.

    Args:
        text: A line, or several if a quoted cell has line breaks.
        delimiter: What separates the cells.
    """
    pattern = _cell_pattern(delimiter)
    cells: list[Cell] = []
    position = 0
    while match := pattern.match(text, position):
        quoting = Quoting(match.lastgroup)
        content = match[quoting.value]
        if quoting is Quoting.WHOLE:
            content = content[1:-1].replace(QUOTE * 2, QUOTE)
        cells.append(Cell(content, quoting))
        position = text.find(delimiter, match.end()) + 1
        if not position:
            break
    return cells


def read_quoted_rows(lines: Iterable[str], delimiter: str, name: str) -> Iterator[CellsOrReason]:
    """Yield the rows of a table with quoted cells, or the reasons why rows are left out.

    A cell that only begins with a quotation mark keeps it: `"Hello" he said`. This holds as well if
    the next mark is within a cell some lines below, and each of these lines is a row.

    Args:
        lines: The lines of the file without their ends.
        delimiter: What separates the columns.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If a quotation mark is not closed; the message gives the line.
    """
    numbered = enumerate(map(_without_marks, lines), 1)
    for first_line, text in numbered:
        if QUOTE not in text:
            row = [cell.lstrip(" ") for cell in text.split(delimiter)]
            yield TOO_LONG if max(map(len, row)) > _MAX_CELL_CHARACTERS else row
            continue
        cells = split_cells(text, delimiter)
        rest: list[str] = []
        while cells[-1].quoting is Quoting.OPEN:
            line = next(numbered, (0, None))[1]
            if line is None or len(rest) >= _MAX_CELL_LINES or _is_too_long(rest):
                raise UserError(
                    _(
                        "{name} opens a quotation mark in line {line:,} that is not closed. Close "
                        'it, or double it ("") if it is part of the text.'
                    ).format(name=name, line=first_line)
                )
            rest.append(line)
            if QUOTE in line:
                cells = split_cells("\n".join((text, *rest)), delimiter)
        read = _row(cells, is_one_line=not rest)
        yield from (read == MISQUOTED and _rows_of_lines([text, *rest], delimiter)) or [read]


def _rows_of_lines(lines: Sequence[str], delimiter: str) -> list[CellsOrReason]:
    """Return lines as rows of their own, if a quotation mark that opens a cell is text.

    Returns:
        An empty list if they do not all have the same number of cells: then it is unknown which of
        them are a row.
    """
    rows: list[CellsOrReason] = []
    for line in lines:
        *cells, last = split_cells(line, delimiter)
        texts = [cell.text for cell in cells]
        is_open = last.quoting is Quoting.OPEN
        rows.append(texts + (last.text.split(delimiter) if is_open else [last.text]))
    widths = set(map(len, rows))
    return rows if len(widths) == 1 and min(widths) > 1 else []


def _without_marks(line: str) -> str:
    # A byte order mark would hide the quotation mark that follows it.
    return line.replace("\ufeff", "").replace("\0", "")


def _is_too_long(lines: Sequence[str]) -> bool:
    return sum(map(len, lines)) > _MAX_CELL_CHARACTERS


def _row(cells: Sequence[Cell], is_one_line: bool) -> CellsOrReason:
    # If the quotation marks of a cell with line breaks do not match, its end is unknown.
    if not is_one_line and any(cell.quoting is Quoting.PART for cell in cells):
        return MISQUOTED
    if any(len(cell.text) > _MAX_CELL_CHARACTERS for cell in cells):
        return TOO_LONG
    return [cell.text for cell in cells]
