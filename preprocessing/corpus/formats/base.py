"""What every format gives: rows, each a pair or the reason for which it is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

# Source and target as they stand in the file, or why there are none.
Row = tuple[str, str] | str

BLANK = "blank"


class Found(NamedTuple):
    """A file's rows, and what the file was found to be.

    Attributes:
        what: The format and the columns, as people call them; empty for the plain case, two
            columns parted by a tab, source first.
        unit: What is counted: lines, rows, objects, units.
        needed: What each of them must be, for the message about a file without pairs.
        rows: Each row; they can be read once.
    """

    what: str
    unit: str
    needed: str
    rows: Iterator[Row]
