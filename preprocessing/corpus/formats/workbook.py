"""XLSX (ECMA-376), read row by row with openpyxl; its XML is parsed by defusedxml."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import INSTALL
from malgil.preprocessing.corpus.formats.archive import printable
from malgil.preprocessing.corpus.formats.base import (
    PairOrReason,
    ParsedRows,
    RowUnit,
    read_sample,
)
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
    """A sheet that contains pairs."""

    title: str
    content: Any
    columns: ColumnChoice


def parse_xlsx(source: ByteSource, data: DataSettings, stack: ExitStack) -> ParsedRows:
    """Parse all sheets of a workbook that contain pairs.

    Args:
        source: An XLSX file.
        data: `[data]`: languages and columns.
        stack: Closes the workbook.

    Raises:
        UserError: If the workbook is damaged, or it cannot be decided which columns are source and
            target.
    """
    sheets = _open_sheets(source, stack)
    chosen: list[_Sheet] = []
    errors: list[UserError] = []
    for title, content in sheets:
        # Each sheet is read by a new reader, one after another.
        sample = non_blank_rows(read_sample(_cells(content, source), _row_size)[0])
        if not sample:
            continue
        name = source.name
        if len(sheets) > 1:
            name = _("sheet {title!r} of {name}").format(title=title, name=source.name)
        try:
            if not max(map(len, sample)) > 1:
                raise UserError(
                    _("{name} has one column. Put source and target into two columns.").format(
                        name=name
                    )
                )
            columns = choose_columns(sample, data, _HEADER_RULES, name)
            chosen.append(_Sheet(title, content, columns))
        except UserError as error:
            errors.append(error)
    if not chosen:
        raise (
            errors[0]
            if errors
            else UserError(
                _("{name} is empty: no cell has text. Name a workbook of sentence pairs.").format(
                    name=source.name
                )
            )
        )
    # If some sheets have a known header, those without one are notes.
    chosen = [sheet for sheet in chosen if sheet.columns.skipped_rows] or chosen
    labels = [
        _("sheet {title!r}, {columns}").format(title=sheet.title, columns=sheet.columns.label)
        if len(sheets) > 1
        else sheet.columns.label
        for sheet in chosen
    ]
    return ParsedRows(
        "XLSX",
        "; ".join(labels),
        RowUnit.ROW,
        _("Each row must have text in {columns}.").format(columns=chosen[0].columns.label),
        _pairs(chosen, source),
    )


def read_sheets(source: ByteSource, stack: ExitStack) -> list[tuple[str, Iterator[list[str]]]]:
    """Return the title and the rows of each sheet of a workbook, as text.

    Args:
        source: An XLSX file.
        stack: Closes the workbook.

    Raises:
        UserError: Now or while reading, if the workbook is damaged.
    """
    return [(title, _cells(content, source)) for title, content in _open_sheets(source, stack)]


def _open_sheets(source: ByteSource, stack: ExitStack) -> list[tuple[str, Any]]:
    """Return the titles and the contents of all sheets."""
    import openpyxl

    # It warns about parts that are not read here, such as styles and input validation.
    warnings.filterwarnings("ignore", module=r"openpyxl\..*")
    if not openpyxl.DEFUSEDXML:
        raise UserError(
            _("reading XLSX requires the package defusedxml. Install it: {command}").format(
                command=INSTALL
            )
        )
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
        sheet.reset_dimensions()  # some programs write wrong ones
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
    """Turn the exceptions of openpyxl for a damaged workbook into a one-line `UserError`."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # it checks little, so that it may raise nearly anything
        first: BaseException = error
        while first.__cause__ or first.__context__:  # it wraps errors in its own
            first = first.__cause__ or first.__context__ or first
        kind, reason = type(first).__name__, " ".join(str(first).split())[:200]
        if "Forbidden" in kind:  # by defusedxml
            raise UserError(
                _(
                    "{name} declares XML entities, which a workbook does not need. Save it again "
                    "with Excel or LibreOffice."
                ).format(name=source.name)
            ) from error
        raise UserError(
            _(
                "{name} cannot be read as XLSX ({kind}: {reason}). Open it in Excel or LibreOffice "
                "and save it again."
            ).format(name=source.name, kind=kind, reason=reason)
        ) from error
