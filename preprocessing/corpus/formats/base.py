"""What every format yields: rows, each a sentence pair or the reason why it is none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from malgil.preprocessing.corpus import Pair

# Source and target as they are in the file, or the reason why the row is left out.
PairOrReason = Pair | str

BLANK = "blank"
TOO_FEW_COLUMNS = "with too few columns"

T = TypeVar("T")

_MAX_SAMPLE_ITEMS, _MAX_SAMPLE_CHARACTERS = 1000, 1 << 20


class ParsedRows(NamedTuple):
    """The rows of a file, and its format.

    Attributes:
        description: The format and the columns, for messages; empty for the plain case, two
            columns separated by a tab, source first.
        unit: What the rows are: lines, rows, objects, units.
        requirement: What each row must be, for the message about a file without pairs.
        rows: Each row; they can be read once.
    """

    description: str
    unit: str
    requirement: str
    rows: Iterator[PairOrReason]


def read_sample(items: Iterable[T], size: Callable[[T], int]) -> tuple[list[T], Iterator[T]]:
    """Read the first thousand items, or fewer if they are long.

    Args:
        items: Any items; they can be read once.
        size: Returns the number of characters of an item.

    Returns:
        The sample; and an iterator over all items, those of the sample included.
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
