"""Merged areas, hidden rows and formulas in the XML of a sheet."""

from __future__ import annotations

import io
from typing import Any

import pytest

from malgil.preprocessing.corpus.formats.workbooks import sheet_structure
from malgil.preprocessing.corpus.formats.workbooks.sheet_structure import (
    MergedArea,
    SheetStructure,
)

XML = (
    b"<worksheet><cols><col min='2' max=\"4\" width='9' hidden='1'/><col min='6' max='6'/></cols>"
    b'<sheetData><row r="1"><c r="A1"><f>B1</f><v>2</v></c></row><row spans="1:2" r="3" hidden="1">'
    b'<c r="A3"><f>B1</f></c><c r="B3"><f t="shared" si="0"/><v></v></c></row>'
    b'<x:row r="4" hidden="true"/><row r="5" hidden="0"/></sheetData>'
    b'<autoFilter ref="A1:B9"><filterColumn colId="0"/></autoFilter>'
    b'<mergeCells><mergeCell ref="A1:A3"/><mergeCell ref="B1:C1"/><mergeCell ref="AB2:AC9"/>'
    b"</mergeCells></worksheet>"
)


@pytest.mark.parametrize("size", [300, 1 << 20])
def test_what_is_found(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Find the same in blocks of any size."""
    monkeypatch.setattr(sheet_structure, "_BYTES_AT_ONCE", size)
    padding = b"<!-- -->" * 1000
    structure = SheetStructure(
        io.BytesIO(padding + XML.replace(b"<sheetData>", b"<sheetData>" + padding))
    )
    assert [row for row in range(9) if structure.is_hidden(row)] == [2, 3]
    assert structure.hidden_row_count == 2
    assert structure.hidden_columns == {1, 2, 3}
    assert structure.is_filtered
    assert structure.formula_count == 2
    assert structure.merged == {0: [MergedArea(0, 2, 0)], 1: [MergedArea(1, 8, 27)]}


@pytest.mark.parametrize(
    "xml",
    [
        b'<row r="9999999" hidden="1">',
        b'<col min="1" max="9999999" hidden="1"/>',
        b'<mergeCell ref="A1:A1"/>',
        b"<row " + b"a" * 100_000,
        b"</f>" * 100_000,
    ],
)
def test_hostile_values_are_ignored(xml: bytes) -> None:
    structure: Any = SheetStructure(io.BytesIO(xml))
    found = structure.hidden_row_count, structure.formula_count, structure.merged
    assert (*found, structure.hidden_columns) == (0, 0, {}, set())
