"""The rows that every format yields: sentence pairs, or reasons why rows are left out."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from malgil.common.localization import _, ngettext
from malgil.preprocessing.corpus import Pair

# The source and the target of a row, not normalized yet; or the reason why the row is left out,
# which is `SKIPPED` for a header. Rows are numbered from 1 in the order in which they are yielded.
PairOrReason = Pair | str

# Reasons, as messages list them: "7 blank, 2 far too long".
BLANK = _("blank")
TOO_FEW_COLUMNS = _("with too few columns")
TOO_MANY_COLUMNS = _("with too many columns")
MISQUOTED = _("with quotation marks that do not match")
NO_TAB = _("without a tab")
OTHER_LANGUAGES = _("in other languages")
REPEATED_HEADER = _("repeating the header")
NOT_JSON = _("not JSON")
TOO_LONG = _("far too long")

# Instead of a pair or a reason: a row that is neither, such as a header. It only has a number.
SKIPPED = ""


class TableTitle(str):
    """The title of one of several tables in a file, such as a sheet, before its rows.

    The rows of each table are numbered from 1.
    """


class SameRow(str):
    """Comes before a pair that is in the same row as the one before it, side by side."""


SAME_ROW = SameRow()

T = TypeVar("T")

_MAX_SAMPLE_ITEMS, _MAX_SAMPLE_CHARACTERS = 1000, 1 << 20


class RowUnit(enum.Enum):
    """What the rows of a format are called."""

    LINE = enum.auto()
    ROW = enum.auto()
    OBJECT = enum.auto()
    TRANSLATION_UNIT = enum.auto()
    MESSAGE = enum.auto()
    CUE = enum.auto()

    def count(self, number: int) -> str:
        """Return a number of rows as text, such as "1,000 lines"."""
        if self is RowUnit.LINE:
            text = ngettext("{count:,} line", "{count:,} lines", number)
        elif self is RowUnit.ROW:
            text = ngettext("{count:,} row", "{count:,} rows", number)
        elif self is RowUnit.OBJECT:
            text = ngettext("{count:,} object", "{count:,} objects", number)
        elif self is RowUnit.MESSAGE:
            text = ngettext("{count:,} message", "{count:,} messages", number)
        elif self is RowUnit.CUE:
            text = ngettext("{count:,} cue", "{count:,} cues", number)
        else:
            text = ngettext("{count:,} unit", "{count:,} units", number)
        return text.format(count=number)


class ParsedRows(NamedTuple):
    """The rows of a file, and its format.

    Attributes:
        format: The name of the format, for messages.
        columns: The columns of source and target, for messages; empty for the first two columns of
            a TSV file without a header.
        unit: What the rows are called.
        requirement: What each row must contain, for the message about a file without pairs.
        rows: The rows; they can be read once.
    """

    format: str
    columns: str
    unit: RowUnit
    requirement: str
    rows: Iterator[PairOrReason]


def read_sample(items: Iterable[T], size: Callable[[T], int]) -> tuple[list[T], Iterator[T]]:
    """Read the first 1,000 items, or fewer if they are long.

    Args:
        items: Any items; they can be read once.
        size: Returns the number of characters of an item.

    Returns:
        The sample, and an iterator over all items including the sample.
    """
    rest = iter(items)
    sample: list[T] = []
    characters = 0
    for item in rest:
        sample.append(item)
        characters += size(item)
        if len(sample) >= _MAX_SAMPLE_ITEMS or characters >= _MAX_SAMPLE_CHARACTERS:
            break
    return sample, itertools.chain(sample, rest)
