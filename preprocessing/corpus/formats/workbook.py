"""XLSX (ECMA-376), read row by row with openpyxl; its XML is parsed by defusedxml."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.common.locations import INSTALL
from malgil.preprocessing.corpus.formats.archive import printable
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, read_sample
from malgil.preprocessing.corpus.formats.byte_source import ByteSource, open_seekable
from malgil.preprocessing.corpus.formats.columns import ColumnChoice, choose_columns
from malgil.preprocessing.corpus.formats.delimited import non_blank_rows, table_pairs
from malgil.preprocessing.corpus.formats.headers import HeaderRules
from malgil.settings import DataSettings

_HEADER_RULES = HeaderRules(max_title_rows=19)
_MAX_ROWS = 1 << 20  # of a sheet, as in Excel
# Control characters as Excel writes them, ECMA-376 22.9.2.19.
_ESCAPE = re.compile("_x00[01][0-9A-Fa-f]_")


class _Sheet(NamedTuple):
    """A sheet that holds pairs."""

    title: str
    content: Any
    columns: ColumnChoice


def parse_xlsx(source: ByteSource, data: DataSettings, stack: ExitStack) -> ParsedRows:
    """Parse all sheets of a workbook that hold pairs.

    Args:
        source: An XLSX file.
        data: `[data]`: languages and columns.
        stack: Closes the workbook.

    Raises:
        UserError: If the workbook is damaged, or nothing decides which columns to take.
    """
    sheets = _open_sheets(source, stack)
    chosen: list[_Sheet] = []
    errors: list[UserError] = []
    for title, content in sheets:
        # Sheets are read one after another, each by a new reader.
        sample = non_blank_rows(read_sample(_cells(content, source), _row_size)[0])
        if not sample:
            continue
        name = source.name if len(sheets) == 1 else f"sheet {title!r} of {source.name}"
        try:
            if not max(map(len, sample)) > 1:
                raise UserError(f"{name} has one column; it must have two.")
            columns = choose_columns(sample, data, _HEADER_RULES, name)
            chosen.append(_Sheet(title, content, columns))
        except UserError as error:
            errors.append(error)
    if not chosen:
        raise errors[0] if errors else UserError(f"{source.name} is empty: no cell has text.")
    # If some sheets have a known header, those without one are notes.
    chosen = [sheet for sheet in chosen if sheet.columns.skipped_rows] or chosen
    description = "XLSX, " + "; ".join(
        (f"sheet {sheet.title!r}, " if len(sheets) > 1 else "") + sheet.columns.label
        for sheet in chosen
    )
    requirement = f"Each row must hold both of {chosen[0].columns.label}."
    return ParsedRows(description, "rows", requirement, _pairs(chosen, source))


def _open_sheets(source: ByteSource, stack: ExitStack) -> list[tuple[str, Any]]:
    """Return the titles and the contents of all sheets."""
    import openpyxl

    # It warns of what is not read anyway, such as styles and input validation.
    warnings.filterwarnings("ignore", module=r"openpyxl\..*")
    if not openpyxl.DEFUSEDXML:
        raise UserError(f"XLSX is read with defusedxml only: {INSTALL}.")
    file = open_seekable(source, stack)
    with _damage_as_user_error(source):
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        stack.callback(workbook.close)
        return [(printable(sheet.title), sheet) for sheet in workbook.worksheets]


def _pairs(sheets: Sequence[_Sheet], source: ByteSource) -> Iterator[PairOrReason]:
    for sheet in sheets:
        yield from table_pairs(_cells(sheet.content, source), sheet.columns._replace(width=0))


def _cells(sheet: Any, source: ByteSource) -> Iterator[list[str]]:
    """Yield the rows of a sheet as text."""
    with _damage_as_user_error(source):
        sheet.reset_dimensions()  # which some programs write wrongly
        for row in sheet.iter_rows(max_row=_MAX_ROWS, values_only=True):
            yield [_text(value) for value in row]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _ESCAPE.sub(" ", value) if "_x00" in value else value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _row_size(cells: Sequence[str]) -> int:
    return sum(map(len, cells))


@contextmanager
def _damage_as_user_error(source: ByteSource) -> Iterator[None]:
    """Turn what openpyxl raises for a damaged workbook into a `UserError` of one line."""
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
            problem = "declares XML entities, which no workbook needs. Save it anew"
        else:
            problem = f"cannot be read as XLSX ({kind}: {reason}). Open and save it anew"
        raise UserError(f"{source.name} {problem} with Excel or LibreOffice.") from error
