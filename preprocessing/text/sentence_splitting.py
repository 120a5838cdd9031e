"""Splitting of texts into sentences, and of texts that are too long for the model into segments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

# A long text is split after one of these if a segment contains one.
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")

# Consecutive sentences are joined up to this number of ids: "Oh! Really?" is translated better as
# one segment.
_SHORT = 10
# Abbreviations: a period here does not end the sentence. Titles, initials, a.m., 3. (of a list).
_ABBREVIATIONS = re.compile(
    "(mr|mrs|ms|dr|prof|st|jr|sr|vs|cf|etc|no|vol|pp|fig|inc|ltd|co|corp|approx|dept|gen|col|lt|sgt|"
    r"capt|rev|hon|mt|ave|mme|mlle|mm|\d{1,2}|([^\W\d_가-힣]\.)*[^\W\d_가-힣])\.",
    re.IGNORECASE,
)


def is_abbreviation(word: str) -> bool:
    """Return whether the period at the end of a word is part of it."""
    return bool(_ABBREVIATIONS.fullmatch(word))


def split_ids(
    ids: Sequence[int],
    limit: int,
    is_end: Callable[[Sequence[int], int], bool],
    by_sentence: bool = False,
) -> Iterator[list[int]]:
    """Split the ids of a text into segments.

    Args:
        ids: The ids of the text, without the end mark.
        limit: The maximum number of ids of a segment, including its end mark.
        is_end: Returns whether a sentence ends with the id at an index that is not the last.
        by_sentence: Whether each sentence becomes a segment, with consecutive short sentences
            joined. Otherwise each segment is as long as possible.

    Yields:
        The segments, without end marks. A blank text has no segments.
    """
    if by_sentence:
        for sentence in _sentences(ids, is_end):
            yield from split_ids(sentence, limit, is_end)
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
    """Yield each sentence, with consecutive short sentences joined."""
    ends = [i + 1 for i in range(len(ids) - 1) if is_end(ids, i)]
    sentence: list[int] = []
    for begin, end in zip([0, *ends], [*ends, len(ids)], strict=True):
        if sentence and len(sentence) + end - begin > _SHORT:
            yield sentence
            sentence = []
        sentence = [*sentence, *ids[begin:end]]
    if sentence:
        yield sentence
