"""What quotation marks mean in a TSV file: quoted cells, as in CSV, or text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.quoted_cells import QUOTE, Cell, Quoting, split_cells

_TAB = "\t"
_MAX_CELL_LINES = 100
# A program quotes all cells that need it; some texts look like quoted cells by chance.
_MIN_RATIO = 10
_MIN_COLUMN_SHARE = 0.95


def are_cells_quoted(lines: Sequence[str], name: str) -> bool | None:
    """Return whether the quotation marks of a TSV file quote cells, as Excel and pandas write them.

    A program that quotes cells quotes each cell with a quotation mark, and doubles the mark. Thus
    the cells that are doubtlessly quoted are compared with those whose marks are doubtlessly text.
    If there are neither, cells are quoted if a whole column is, or all cells with a comma and no
    others, as Excel does.

    Args:
        lines: The first lines of the file, with enough quotation marks.
        name: The name of the file, in quotation marks.

    Returns:
        None if there is no quotation mark.

    Raises:
        UserError: If some cells are quoted, but the marks of others are text.
    """
    if not any(QUOTE in line for line in lines):
        return None
    counts = _Counts()
    for cells in _rows(lines):
        counts.add(cells)
    if counts.needed or counts.literal:
        if counts.needed >= _MIN_RATIO * counts.literal:
            return True
        if counts.literal >= _MIN_RATIO * counts.needed:
            return False
        raise UserError(
            _(
                "{name} has cells that are quoted as in CSV ({quoted:,}), and others in which "
                "quotation marks are text ({literal:,}). Save it as CSV, or as TSV that quotes no "
                "cells."
            ).format(name=name, quoted=counts.needed, literal=counts.literal)
        )
    return counts.has_quoted_column() or counts.follow_commas()


class _Counts:
    """The numbers of cells by what their quotation marks mean."""

    def __init__(self) -> None:
        self.needed = 0  # quoted, with something that must be quoted
        self.literal = 0  # not quoted, with a quotation mark
        self._quoted_with_comma = self._unquoted_with_comma = 0
        self._cells_by_column: Counter[int] = Counter()
        self._quoted_by_column: Counter[int] = Counter()

    def add(self, cells: Sequence[Cell]) -> None:
        """Count the cells of a row."""
        for column, (text, quoting) in enumerate(cells):
            is_quoted = quoting is Quoting.WHOLE
            has_comma = "," in text
            self._cells_by_column[column] += bool(text.strip())
            if is_quoted:
                self._quoted_by_column[column] += 1
                self._quoted_with_comma += has_comma
                self.needed += any(mark in text for mark in (QUOTE, _TAB, "\n"))
            else:
                self._unquoted_with_comma += has_comma
                self.literal += QUOTE in text

    def has_quoted_column(self) -> bool:
        """Return whether all cells of a column are quoted; the header may not be."""
        for column, quoted in self._quoted_by_column.items():
            unquoted = self._cells_by_column[column] - quoted
            if quoted >= 2 and (unquoted <= 1 or quoted >= _MIN_COLUMN_SHARE * (quoted + unquoted)):
                return True
        return False

    def follow_commas(self) -> bool:
        """Return whether exactly the cells with a comma are quoted."""
        quoted = self._quoted_by_column.total()
        return quoted == self._quoted_with_comma and not self._unquoted_with_comma


def _rows(lines: Sequence[str]) -> Iterator[list[Cell]]:
    """Yield the rows of a TSV file, as if cells could be quoted."""
    position = 0
    while position < len(lines):
        if QUOTE not in lines[position]:
            yield [Cell(text, Quoting.NONE) for text in lines[position].split(_TAB)]
            position += 1
            continue
        cells, count = split_cells(lines[position], _TAB), 1
        if cells[-1].quoting is Quoting.OPEN:
            cells, count = _closed_row(lines[position : position + _MAX_CELL_LINES]) or (cells, 1)
        yield cells
        position += count


def _closed_row(lines: Sequence[str]) -> tuple[list[Cell], int] | None:
    """Return a row with a line break in a quoted cell, and the number of its lines.

    Args:
        lines: The line in which the cell begins, and the following ones.

    Returns:
        None if the quotation mark is not closed, or not at the end of a cell.
    """
    for count in range(2, len(lines) + 1):
        if QUOTE in lines[count - 1]:
            cells = split_cells("\n".join(lines[:count]), _TAB)
            if any(cell.quoting is Quoting.PART for cell in cells):
                return None
            if cells[-1].quoting is not Quoting.OPEN:
                return cells, count
    return None
