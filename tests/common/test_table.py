"""Columns that are aligned on a terminal."""

from __future__ import annotations

from malgil.common.table import display_width, format_table, pad_to_width


def test_a_hangul_syllable_takes_two_columns() -> None:
    assert [display_width(text) for text in ("", "ab", "말길", "한a", "Ａ")] == [0, 2, 4, 3, 2]


def test_filling() -> None:
    assert (pad_to_width("말", 4), pad_to_width("말", 4, to_right=True)) == ("말  ", "  말")


def test_columns() -> None:
    rows = [("name", "BLEU", "note"), ("말길", "9.1", ""), ("ab", "10.25", "best")]
    assert format_table(rows, to_right=(1,)) == (
        "name   BLEU  note\n"
        "말길    9.1\n"
        "ab    10.25  best"
    )  # fmt: skip
