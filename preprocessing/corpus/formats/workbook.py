"""XLSX (ECMA-376), by openpyxl, row by row; its XML goes through defusedxml."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.archive import printable
from malgil.preprocessing.corpus.formats.base import Found, Row
from malgil.preprocessing.corpus.formats.byte_source import Source, seekable
from malgil.preprocessing.corpus.formats.columns import Choice, Layout, choose
from malgil.preprocessing.corpus.formats.delimited import full_rows, table_rows
from malgil.preprocessing.corpus.formats.sample import peek
from malgil.settings import DataSettings

_LAYOUT = Layout(titles=19)
_MOST_ROWS = 1 << 20  # of a sheet, in Excel itself
# How Excel writes control characters, ECMA-376 22.9.2.19.
_ESCAPE = re.compile("_x00[01][0-9A-Fa-f]_")


def workbook(source: Source, data: DataSettings, stack: ExitStack) -> Found:
    """The rows of all sheets that hold pairs.

    Args:
        source: An XLSX.
        data: `[data]`: languages and columns.
        stack: Closes the workbook.

    Raises:
        UserError: If it is damaged, or nothing tells which columns are meant.
    """
    import openpyxl

    # It warns of what is not read anyway: styles, checks of input.
    warnings.filterwarnings("ignore", module=r"openpyxl\..*")
    if not openpyxl.DEFUSEDXML:
        raise UserError("XLSX is read with defusedxml only: pip install -r requirements.txt.")
    file = seekable(source, stack)
    with _told(source):
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        stack.callback(book.close)
        sheets = [(printable(sheet.title), sheet) for sheet in book.worksheets]
    chosen: list[tuple[str, Any, Choice]] = []
    mistakes: list[UserError] = []
    for title, sheet in sheets:
        # A new reader each time, as they are read one after another.
        sample = full_rows(peek(_cells(sheet, source), _size)[0])
        if not sample:
            continue
        name = source.name if len(sheets) == 1 else f"sheet {title!r} of {source.name}"
        try:
            if not max(map(len, sample)) > 1:
                raise UserError(f"{name} has one column; it must have two.")
            chosen.append((title, sheet, choose(sample, data, _LAYOUT, name)))
        except UserError as error:
            mistakes.append(error)
    if not chosen:
        raise mistakes[0] if mistakes else UserError(f"{source.name} is empty: no cell has text.")
    # Beside sheets whose headers are understood, those without one are notes.
    named = [each for each in chosen if each[2].begin] or chosen
    what = "XLSX, " + "; ".join(
        (f"sheet {title!r}, " if len(sheets) > 1 else "") + choice.shown
        for title, _, choice in named
    )
    needed = f"Each row must hold both of {named[0][2].shown}."
    return Found(what, "rows", needed, _rows([each[1:] for each in named], source))


def _rows(sheets: Sequence[tuple[Any, Choice]], source: Source) -> Iterator[Row]:
    for sheet, choice in sheets:
        yield from table_rows(_cells(sheet, source), choice._replace(width=0))


def _cells(sheet: Any, source: Source) -> Iterator[list[str]]:
    """The rows of a sheet as text."""
    with _told(source):
        sheet.reset_dimensions()  # which some programs write wrongly
        for row in sheet.iter_rows(max_row=_MOST_ROWS, values_only=True):
            yield [_text(value) for value in row]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _ESCAPE.sub(" ", value) if "_x00" in value else value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _size(cells: Sequence[str]) -> int:
    return sum(map(len, cells))


@contextmanager
def _told(source: Source) -> Iterator[None]:
    """Turn what openpyxl raises about a damaged workbook into a `UserError` of one line."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # it checks little, so that nearly anything may be raised
        first: BaseException = error
        while first.__cause__ or first.__context__:  # it wraps errors in its own
            first = first.__cause__ or first.__context__ or first
        kind, reason = type(first).__name__, " ".join(str(first).split())[:200]
        if "Forbidden" in kind:  # by defusedxml
            told = "declares XML entities, which no workbook needs. Save it anew"
        else:
            told = f"cannot be read as XLSX ({kind}: {reason}). Open and save it anew"
        raise UserError(f"{source.name} {told} with Excel or LibreOffice.") from error
