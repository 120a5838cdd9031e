"""Rows whose cells may be quoted."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.quoted_cells import (
    Quoting,
    read_quoted_rows,
    split_cells,
)
from tests.preprocessing.corpus.formats.writers import csv_text


def rows(*lines: str) -> list[object]:
    return list(read_quoted_rows(lines, ",", "'f'"))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('"a ""b"", c",d', [('a "b", c', Quoting.WHOLE), ("d", Quoting.NONE)]),
        ('"a" b,c', [('"a" b', Quoting.PART), ("c", Quoting.NONE)]),
        ('"a, b" c,d', [('"a, b" c', Quoting.PART), ("d", Quoting.NONE)]),
        ('""a"",', [('""a""', Quoting.PART), ("", Quoting.NONE)]),
        ('a,"b, c', [("a", Quoting.NONE), ('"b, c', Quoting.OPEN)]),
        ('a,"b""', [("a", Quoting.NONE), ('"b""', Quoting.OPEN)]),
        ('"",""""', [("", Quoting.WHOLE), ('"', Quoting.WHOLE)]),
        ('a "b",5"', [('a "b"', Quoting.NONE), ('5"', Quoting.NONE)]),
        ('  "a"  , b', [("a", Quoting.WHOLE), ("b", Quoting.NONE)]),
    ],
)
def test_cells(text: str, cells: list[tuple[str, Quoting]]) -> None:
    assert split_cells(text, ",") == cells


def test_line_breaks_in_cells() -> None:
    assert rows('"a', "", 'b",c', "d,e") == [["a\n\nb", "c"], ["d", "e"]]
    assert rows('"a', '"b" c",d', "e,f") == ["with quotation marks that do not match", ["e", "f"]]


def test_marks_within_cells_some_rows_apart() -> None:
    lines = ['"가나 다라.,Aa bb.', "마,Cc", "바,Dd", '하나 둘."끝,Gg hh.', '"사",Ee']
    assert rows(*lines) == [*(line.split(",") for line in lines[:4]), ["사", "Ee"]]
    assert rows('"가', '나 "다" 라', 'b",c') == [
        "with quotation marks that do not match",
        ['b"', "c"],
    ]
    lines = ['"가 나,a', '"다" 라,b', "마,c"]
    assert rows(*lines) == [line.split(",") for line in lines]


@pytest.mark.parametrize("length", [1, 2000])
def test_a_mark_that_is_not_closed(length: int) -> None:
    with pytest.raises(UserError, match="opens a quotation mark in line 2 that is not closed"):
        rows("a,b", '"c,d', *["e,f"] * length)


def test_a_cell_that_fills_the_memory() -> None:
    with pytest.raises(UserError, match="line 1 that is not closed"):
        rows('"a', *["b" * 50_000] * 9, '",c')
    assert rows("a" * 200_000 + ",b", '"' + "a" * 200_000 + '",b') == ["far too long"] * 2


FIELDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])) | st.sampled_from(
    ['"', ",", 'a "b", c', " x", '""', "a\nb", '"a\n']
)


@given(
    st.lists(st.tuples(FIELDS, FIELDS)),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from([",", "\t", ";", "|"]),
)
def test_rows_are_those_of_an_independent_writer(
    pairs: list[tuple[str, str]], quoting: int, delimiter: str
) -> None:
    text = csv_text(pairs, delimiter, quoting=quoting, lineterminator="\n")
    read = [tuple(row) for row in read_quoted_rows(text.split("\n")[:-1], delimiter, "'f'")]
    # A mark of byte order is no text, nor are spaces before a cell.
    assert [tuple(map(str.strip, row)) for row in read] == [
        tuple(field.replace("\ufeff", "").strip() for field in pair) for pair in pairs
    ]
