"""TSV, as Tatoeba writes it, and CSV (RFC 4180)."""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.base import BLANK, Found, Row
from malgil.preprocessing.corpus.formats.columns import Choice, Layout, choose
from malgil.preprocessing.corpus.formats.sample import peek
from malgil.settings import DataSettings

# The cells of a row, or why there are none.
Record = list[str] | str

DELIMITERS = ",;|"
LINE_OF_TSV = "Each line must be source, tab, target."

_TSV = Layout(has_phrases=False, may_have_unknown_header=False, is_ordered=True)
_CSV = Layout(titles=4)
# A field over so many lines is one whose quotation mark was never closed.
_MOST_LINES = 1000


def tsv(lines: Iterable[str], data: DataSettings, name: str) -> Found:
    """The rows of a file whose columns are parted by tabs; quotation marks mean nothing.

    Args:
        lines: Without their ends.
        data: `[data]`: languages and columns.
        name: What people call the file.

    Raises:
        UserError: If the columns that were set are not there.
    """
    sample, lines = peek(lines, len)
    split = [line.split("\t") for line in sample if line.strip()]
    choice = choose(split, data, _TSV, name)
    what = "" if choice.is_plain else f"TSV, {choice.shown}"
    return Found(what, "lines", LINE_OF_TSV, _tsv_rows(lines, choice))


def _tsv_rows(lines: Iterator[str], choice: Choice) -> Iterator[Row]:
    source, target = choice.source, choice.target
    last = max(source, target)
    before = choice.begin
    for line in lines:
        columns = line.split("\t", last + 1)
        if len(columns) == 1:
            yield "without a tab" if line.strip() else BLANK
        elif before:
            before -= 1
        elif len(columns) > last:
            yield columns[source], columns[target]
        else:
            yield "with too few columns"


def delimited(lines: Iterable[str], delimiter: str, data: DataSettings, name: str) -> Found:
    """The rows of a CSV; fields may be quoted, and hold line breaks then.

    Args:
        lines: Without their ends.
        delimiter: What parts the columns.
        data: `[data]`: languages and columns.
        name: What people call the file.

    Raises:
        UserError: If nothing tells which columns are meant, or a quotation mark is not closed.
    """
    sample, records = peek(read_records(lines, delimiter, name), lambda cells: sum(map(len, cells)))
    choice = choose(full_rows(sample), data, _CSV, name)
    how = "" if delimiter == "," else f" with {delimiter!r}"
    needed = f"Each row must hold both of {choice.shown}."
    return Found(f"CSV{how}, {choice.shown}", "rows", needed, table_rows(records, choice))


def full_rows(records: Iterable[Record]) -> list[list[str]]:
    """The records that are not blank."""
    return [
        record for record in records if not isinstance(record, str) and any(map(str.strip, record))
    ]


def table_rows(records: Iterable[Record], choice: Choice) -> Iterator[Row]:
    """The pairs of a table, or the reasons for which its rows are none."""
    source, target, before, width, _ = choice
    last = max(source, target)
    for cells in records:
        if isinstance(cells, str):
            yield cells
        elif not any(map(str.strip, cells)):
            yield BLANK
        elif before:
            before -= 1
        elif len(cells) <= last:
            yield "with too few columns"
        elif width and any(map(str.strip, cells[width:])):
            # A delimiter within a text that is not quoted: none can say where the text ends.
            yield "with too many columns"
        else:
            yield cells[source], cells[target]


def read_records(lines: Iterable[str], delimiter: str, name: str) -> Iterator[Record]:
    """The records of a CSV, by the standard library's reader; a reason in place of one too long.

    Raises:
        UserError: If a quotation mark is not closed; the message names the line.
    """
    fed = _Fed(lines)
    reader = csv.reader(fed, delimiter=delimiter, skipinitialspace=True)
    while True:
        begin = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error:  # a field of more than 131,072 characters
            _check_closed(reader.line_num == begin, begin, name)
            yield "far too long"
            continue
        if record is None:
            return
        _check_closed(not fed.is_at_end and reader.line_num - begin < _MOST_LINES, begin, name)
        yield record


def _check_closed(is_closed: bool, line: int, name: str) -> None:
    if not is_closed:
        raise UserError(
            f"{name} opens a quotation mark in line {line:,} that is not closed. Close it, or "
            'double it ("") if it is part of the text.'
        )


class _Fed:
    """Lines as they go into the reader, which asks for one more where a field is still open.

    Args:
        lines: Without their ends.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.is_at_end = False

    def __iter__(self) -> _Fed:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.is_at_end = True
            raise StopIteration
        # A mark of byte order would hide the quotation mark behind it.
        return line.replace("\ufeff", "").replace("\0", "") + "\n"


def delimiter_of(
    sample: Sequence[str], is_header: Callable[[Sequence[str]], bool], name: str
) -> str | None:
    """What parts the columns of a text, if it is a CSV.

    It is one if its first rows have a header that is understood; or if nearly all its records have
    as many columns, and the delimiter does not look like punctuation.

    Args:
        sample: Its first lines.
        is_header: Whether cells are a header that is understood.
        name: What people call the file.
    """
    best = None
    for delimiter in DELIMITERS:
        found: list[Record] = []
        with contextlib.suppress(UserError):  # the sample may end within a quoted field
            found.extend(itertools.islice(read_records(sample, delimiter, name), 1000))
        records = full_rows(found)
        if any(len(record) > 1 and is_header(record) for record in records[:5]):
            return delimiter
        if best is None and _is_table(records, sample, delimiter):
            best = delimiter
    return best


def _is_table(records: Sequence[Sequence[str]], sample: Sequence[str], delimiter: str) -> bool:
    widths = [len(record) for record in records]
    if len(records) < 2 or min(widths[:1]) < 2:
        return False
    same = sum(width == widths[0] for width in widths)
    delimiters = sum(line.count(delimiter) for line in sample)
    spaced = sum(line.count(f"{delimiter} ") for line in sample)
    quoted = sum(line.count(f'"{delimiter}') + line.count(f'{delimiter}"') for line in sample)
    return same >= 0.95 * len(widths) and (spaced <= 0.2 * delimiters or quoted >= len(records))
