"""What a sheet has besides its cells: merged areas, hidden rows and columns, missing results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, NamedTuple

MAX_ROWS = 1 << 20  # of a sheet, as in Excel
_BYTES_AT_ONCE = 1 << 20
# A match may begin in one block and end in the next.
_MAX_MATCH_BYTES = 2000
_MAX_MERGED = 100_000
_MAX_COLUMNS = 16_384
_MAX_COLUMN_TAGS = 1000  # each may be for all columns

# Without `<`, the search for the end of a tag does not go on to the end of the block.
_HIDDEN = rb"[^<>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^<>]*"
_TAG = re.compile(
    rb"<(?:\w+:)?(?:(?P<row>row\s" + _HIDDEN + rb")|(?P<column>col\s" + _HIDDEN + rb")"
    rb"|mergeCell\s[^<>]*?ref\s*=\s*[\"'](?P<area>[A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']"
    rb"|(?P<filter>filterColumn)\b)[^<]{0,20}"
    # A formula without a result: no `v`, or an empty one.
    rb"|(?P<formula>(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]{0,200}/>)\s{0,20}"
    rb"(?:<(?:\w+:)?v\s?/>|<(?:\w+:)?v>\s{0,20}</(?:\w+:)?v>)?\s{0,20}</(?:\w+:)?c>)"
)
_NUMBERS = {
    name: re.compile(rb"\b" + name.encode() + rb"\s*=\s*[\"'](\d{1,7})[\"']")
    for name in ("r", "min", "max")
}


class MergedArea(NamedTuple):
    """Cells that are shown as one; only the first has a value.

    Attributes:
        first_row: The index of the first row, from 0.
        last_row: The index of the last row.
        column: The index of the first column.
    """

    first_row: int
    last_row: int
    column: int


class SheetStructure:
    """What a sheet has besides its cells.

    The XML is searched for a few tags, not parsed: merged areas are listed after the cells, which
    are read in one pass later.

    Args:
        file: The XML of the sheet, at its beginning.

    Attributes:
        merged: Areas of several rows by their first row.
        hidden_columns: The indices of hidden columns.
        hidden_row_count: The number of hidden rows.
        is_filtered: Whether a filter hides rows.
        formula_count: The number of formulas whose results were not saved.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.merged: dict[int, list[MergedArea]] = {}
        self.hidden_columns: set[int] = set()
        self.hidden_row_count = 0
        self.is_filtered = False
        self.formula_count = 0
        self._hidden_rows = bytearray()  # a bit for each row, up to the last hidden one
        self._merged_count = self._column_tag_count = 0
        for match in _matches(file):
            self._add(match)

    def is_hidden(self, row: int) -> bool:
        """Return whether a row is hidden, by its index from 0."""
        return row >> 3 < len(self._hidden_rows) and bool(
            self._hidden_rows[row >> 3] >> (row & 7) & 1
        )

    def _add(self, match: re.Match[bytes]) -> None:
        if match["area"]:
            self._add_area(match["area"].decode("ascii"))
        elif match["row"]:
            number = _NUMBERS["r"].search(match["row"])
            row = int(number[1]) - 1 if number else -1
            if 0 <= row < MAX_ROWS and not self.is_hidden(row):
                self._hidden_rows.extend(bytes(max(0, (row >> 3) + 1 - len(self._hidden_rows))))
                self._hidden_rows[row >> 3] |= 1 << (row & 7)
                self.hidden_row_count += 1
        elif match["column"]:
            first, last = (_NUMBERS[name].search(match["column"]) for name in ("min", "max"))
            self._column_tag_count += 1
            is_counted = self._column_tag_count <= _MAX_COLUMN_TAGS
            if is_counted and first and last and int(last[1]) <= _MAX_COLUMNS:
                self.hidden_columns.update(range(int(first[1]) - 1, int(last[1])))
        elif match["filter"]:
            self.is_filtered = True
        else:
            self.formula_count += 1

    def _add_area(self, reference: str) -> None:
        (column, first), (__, last) = map(_cell_place, reference.split(":"))
        if last > first and self._merged_count < _MAX_MERGED:
            self._merged_count += 1
            self.merged.setdefault(first, []).append(MergedArea(first, last, column))


def _cell_place(reference: str) -> tuple[int, int]:
    """Return the indices of the column and the row of a cell such as `B3`."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1, int(reference[len(letters) :]) - 1


def _matches(file: IO[bytes]) -> Iterator[re.Match[bytes]]:
    """Yield the matches in a file, which is read in blocks."""
    rest = b""
    while block := file.read(_BYTES_AT_ONCE):
        data = rest + block
        end = max(0, data.rfind(b"<", 0, max(0, len(data) - _MAX_MATCH_BYTES)))
        position = 0
        for match in _TAG.finditer(data):
            if match.start() >= end:
                break
            yield match
            position = match.end()
        rest = data[max(end, position) :]
    yield from _TAG.finditer(rest)
