"""Cutting what is too long for the model, at the ends of sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

# A text is cut only after these, if it has one of them within reach.
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")

# Sentences are put together up to so many ids: "Oh! Really?" is better understood as one.
_SHORT = 10
# What has a point behind it that ends nothing: titles, initials, a.m., 3. (of a list or a date).
_ABBREVIATIONS = re.compile(
    "(mr|mrs|ms|dr|prof|st|jr|sr|vs|cf|etc|no|vol|pp|fig|inc|ltd|co|corp|approx|dept|gen|col|lt|sgt|"
    r"capt|rev|hon|mt|ave|mme|mlle|mm|\d{1,2}|([^\W\d_가-힣]\.)*[^\W\d_가-힣])\.",
    re.IGNORECASE,
)


def is_abbreviation(word: str) -> bool:
    """Whether the point at the end of a word is part of it."""
    return bool(_ABBREVIATIONS.fullmatch(word))


def cut(
    ids: Sequence[int],
    limit: int,
    is_end: Callable[[Sequence[int], int], bool],
    by_sentence: bool = False,
) -> Iterator[list[int]]:
    """Cut the ids of a text into parts.

    Args:
        ids: Those of the text, without the end mark.
        limit: The most ids of a part, its end mark included.
        is_end: Whether a sentence ends with the id at an index that is not the last.
        by_sentence: Whether each sentence is a part, but for short ones in a row.

    Returns:
        The parts, without end marks: else each as long as it can be. A blank text has none.
    """
    if by_sentence:
        for sentence in _sentences(ids, is_end):
            yield from cut(sentence, limit, is_end)
        return
    body = list(ids)
    room = max(limit - 1, 1)
    while body:
        length = min(room, len(body))
        if len(body) > room:
            ends = [i + 1 for i in range(room) if is_end(body, i)]
            length = ends[-1] if ends else room
        yield body[:length]
        body = body[length:]


def _sentences(
    ids: Sequence[int], is_end: Callable[[Sequence[int], int], bool]
) -> Iterator[list[int]]:
    """Each sentence, short ones in a row as one."""
    ends = [i + 1 for i in range(len(ids) - 1) if is_end(ids, i)]
    part: list[int] = []
    for begin, end in zip([0, *ends], [*ends, len(ids)], strict=True):
        if part and len(part) + end - begin > _SHORT:
            yield part
            part = []
        part = [*part, *ids[begin:end]]
    if part:
        yield part
