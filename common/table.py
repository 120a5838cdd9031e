"""Aligned columns of text on a terminal, on which a Hangul syllable takes two columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

from malgil.common.printable import printable


def display_width(text: str) -> int:
    """Return the number of columns that a text takes on a terminal."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def pad_to_width(text: str, width: int, to_right: bool = False) -> str:
    """Fill a text with spaces.

    Args:
        text: The text.
        width: The number of columns on a terminal.
        to_right: Whether the text moves to the right end, as numbers do.
    """
    spaces = " " * (width - display_width(text))
    return spaces + text if to_right else text + spaces


def format_table(rows: Sequence[Sequence[str]], to_right: Collection[int] = ()) -> str:
    """Align cells in columns, with two spaces between them.

    Args:
        rows: The cells of each row, the same number in each; the first row may be a header. Line
            ends and control characters in them become visible escapes.
        to_right: The indices of the columns whose cells move to the right end.

    Returns:
        A line for each row, without spaces at its end and without a line break after the last.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            pad_to_width(cell, width, index in to_right)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip(" "))
    return "\n".join(lines)
