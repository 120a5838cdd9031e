"""The first rows of something that is read once, looked at before it is read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_MOST_ITEMS, _MOST_CHARACTERS = 1000, 1 << 20


def peek(items: Iterable[Item], size: Callable[[Item], int]) -> tuple[list[Item], Iterator[Item]]:
    """The first thousand items, or fewer where they are long, and all of them again.

    Args:
        items: Anything; it is read on from where the sample ends.
        size: The number of characters of an item.

    Returns:
        The sample; and the items, the sample's too.
    """
    rest = iter(items)
    sample: list[Item] = []
    characters = 0
    for item in rest:
        sample.append(item)
        characters += size(item)
        if len(sample) >= _MOST_ITEMS or characters >= _MOST_CHARACTERS:
            break
    return sample, itertools.chain(sample, rest)
