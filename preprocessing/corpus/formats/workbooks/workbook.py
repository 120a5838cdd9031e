"""XLSX (ECMA-376), read row by row with openpyxl; its XML is parsed by defusedxml."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _, ngettext
from malgil.common.locations import INSTALL
from malgil.preprocessing.corpus.formats.archive import shown_name
from malgil.preprocessing.corpus.formats.base import (
    PairOrReason,
    ParsedRows,
    RowUnit,
    TableTitle,
    read_sample,
)
from malgil.preprocessing.corpus.formats.byte_source import ByteSource, open_seekable
from malgil.preprocessing.corpus.formats.columns import ColumnChoice, choose_columns
from malgil.preprocessing.corpus.formats.delimited import non_blank_rows
from malgil.preprocessing.corpus.formats.headers import HeaderRules
from malgil.preprocessing.corpus.formats.workbooks.number_format import shown_text
from malgil.preprocessing.corpus.formats.workbooks.sheet_layout import (
    is_glossary,
    sheet_pairs,
    side_by_side,
)
from malgil.preprocessing.corpus.formats.workbooks.sheet_structure import MAX_ROWS, SheetStructure
from malgil.settings import DataSettings

_HEADER_RULES = HeaderRules(max_title_rows=19)
# Control characters as Excel writes them, ECMA-376 22.9.2.19.
_ESCAPE = re.compile("_x00[01][0-9A-Fa-f]_")
_ERRORS = {
    *("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
    *("#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!"),
}


class _Sheet(NamedTuple):
    """A sheet that contains pairs.

    Attributes:
        title: Its title.
        content: What openpyxl reads.
        structure: What it has besides its cells.
        columns: The columns of the pairs in each row.
        header: The cells of its header; empty if there is none.
    """

    title: str
    content: Any
    structure: SheetStructure
    columns: list[ColumnChoice]
    header: list[str]

    def label(self) -> str:
        """Return the columns, and what is hidden, for messages."""
        labels = [self.columns[0].label]
        if len(self.columns) > 1:
            labels.append(
                _("{count} pairs of columns side by side").format(count=len(self.columns))
            )
        hidden = self.structure.hidden_row_count
        if hidden:
            template = (
                ngettext(
                    "{count:,} filtered row not read", "{count:,} filtered rows not read", hidden
                )
                if self.structure.is_filtered
                else ngettext("{count:,} hidden row read", "{count:,} hidden rows read", hidden)
            )
            labels.append(template.format(count=hidden))
        used = {index for choice in self.columns for index in (choice.source, choice.target)}
        if used & self.structure.hidden_columns:
            labels.append(_("in a hidden column"))
        formulas = self.structure.formula_count
        if formulas:
            labels.append(
                ngettext(
                    "{count:,} formula without a saved result",
                    "{count:,} formulas without saved results",
                    formulas,
                ).format(count=formulas)
            )
        return ", ".join(labels)


def parse_xlsx(source: ByteSource, data: DataSettings, stack: ExitStack) -> ParsedRows:
    """Parse all visible sheets of a workbook that contain pairs.

    Args:
        source: An XLSX file.
        data: `[data]`: languages and columns. A sheet that is a glossary is read only if its
            columns are set.
        stack: Closes the workbook.

    Raises:
        UserError: If the workbook is damaged, or it cannot be decided which columns are source and
            target.
    """
    sheets = _open_sheets(source, stack)
    visible = [(title, sheet) for title, sheet in sheets if sheet.sheet_state == "visible"]
    chosen: list[_Sheet] = []
    unread = [
        _("hidden sheet {title!r} not read").format(title=title)
        for title, sheet in sheets
        if sheet.sheet_state != "visible"
    ]
    errors: list[UserError] = []
    for title, content in visible:
        try:
            sheet = _choose_sheet(title, content, source, data, len(sheets) > 1)
        except UserError as error:
            errors.append(error)
            unread.append(_("sheet {title!r} not read").format(title=title))
            continue
        if isinstance(sheet, str):
            unread.append(sheet)
        elif sheet:
            chosen.append(sheet)
    if not chosen:
        raise errors[0] if errors else UserError(_no_sheet_message(source.name, unread))
    # If some sheets have a known header, those without one are notes.
    with_header = [sheet for sheet in chosen if sheet.header] or chosen
    unread += [
        _("sheet {title!r} without a header not read").format(title=sheet.title)
        for sheet in chosen
        if sheet not in with_header
    ]
    chosen = with_header
    labels = [
        _("sheet {title!r}, {columns}").format(title=sheet.title, columns=sheet.label())
        if len(sheets) > 1
        else sheet.label()
        for sheet in chosen
    ]
    columns = chosen[0].columns[0].label
    return ParsedRows(
        "XLSX",
        "; ".join([*labels, *unread]),
        RowUnit.ROW,
        _("Each row must have text in {columns}.").format(columns=columns),
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
    return [(title, _shown_rows(content, source)) for title, content in _open_sheets(source, stack)]


def _shown_rows(content: Any, source: ByteSource) -> Iterator[list[str]]:
    """Yield the rows of a sheet that no filter hides."""
    rows = _cells(content, _structure(content, source), source)
    return (row for row in rows if row is not None)


def _structure(content: Any, source: ByteSource) -> SheetStructure:
    with _damage_as_user_error(source), content._get_source() as file:
        file.is_parsed = False
        return SheetStructure(file)


def _choose_sheet(
    title: str, content: Any, source: ByteSource, data: DataSettings, is_named: bool
) -> _Sheet | str | None:
    """Return a sheet of pairs, why another one is not read, or None for a sheet without text."""
    structure = _structure(content, source)
    # Each sheet is read by a new reader, one after another.
    rows = (row for row in _cells(content, structure, source) if row is not None)
    sample = non_blank_rows(read_sample(rows, _row_size)[0])
    if not sample:
        return None
    name = source.name
    if is_named:
        name = _("sheet {title!r} of {name}").format(title=title, name=source.name)
    if not max(map(len, sample)) > 1:
        raise UserError(
            _("{name} has one column. Put source and target into two columns.").format(name=name)
        )
    columns = choose_columns(sample, data, _HEADER_RULES, name)
    if not data.columns and is_glossary(title, sample, columns):
        return _("glossary sheet {title!r} not read").format(title=title)
    header = sample[columns.skipped_rows - 1] if columns.skipped_rows else []
    choices = [columns] if data.columns else side_by_side(sample, columns)
    return _Sheet(title, content, structure, choices, header)


def _no_sheet_message(name: str, unread: Sequence[str]) -> str:
    if unread:
        return _(
            "{name} holds no sheet of sentence pairs ({sheets}). Set data.columns to read a "
            "glossary, and unhide the sheets that are to be read."
        ).format(name=name, sheets="; ".join(unread))
    return _("{name} is empty: no cell has text. Name a workbook of sentence pairs.").format(
        name=name
    )


def _open_sheets(source: ByteSource, stack: ExitStack) -> list[tuple[str, Any]]:
    """Return the titles and the contents of all sheets."""
    import openpyxl

    # Imported here, as most corpora are not workbooks.
    from malgil.preprocessing.corpus.formats.workbooks.workbook_archive import load_workbook

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
        workbook = load_workbook(file, source)
        stack.callback(workbook.close)
        return [(shown_name(sheet.title), sheet) for sheet in workbook.worksheets]


def _pairs(sheets: Sequence[_Sheet], source: ByteSource) -> Iterator[PairOrReason]:
    for sheet in sheets:
        yield TableTitle(sheet.title)
        rows = _cells(sheet.content, sheet.structure, source)
        yield from sheet_pairs(rows, sheet.columns, sheet.header)


def _cells(sheet: Any, structure: SheetStructure, source: ByteSource) -> Iterator[list[str] | None]:
    """Yield the rows of a sheet as they are shown, None for those that a filter hides."""
    merged: dict[int, tuple[int, str]] = {}  # by column: the last row of the area, and its text
    with _damage_as_user_error(source):
        for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS)):
            sheet.parent._archive.release()
            source.budget.step(len(row) + len(merged) + 1)
            cells = [_text(cell) for cell in row]
            for column, (last_row, text) in list(merged.items()):
                if number > last_row:
                    del merged[column]
                elif column < len(cells):
                    cells[column] = text
                else:
                    cells += [""] * (column - len(cells)) + [text]
            for area in structure.merged.get(number, ()):
                if area.column < len(cells):
                    merged[area.column] = area.last_row, cells[area.column]
            yield None if structure.is_filtered and structure.is_hidden(number) else cells


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        if value[:1] == "#" and value in _ERRORS:
            return ""
        return _ESCAPE.sub(" ", value) if "_x00" in value else value
    return shown_text(value, cell.number_format)


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
