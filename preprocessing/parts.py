"""Cutting what is too long for the model, at the ends of sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

# A text is cut only after these, if it has one of them within reach.
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


def cut(
    ids: Sequence[int], limit: int, is_end: Callable[[Sequence[int], int], bool]
) -> Iterator[list[int]]:
    """Cut the ids of a text into parts.

    Args:
        ids: Those of the text, without the end mark.
        limit: The most ids of a part, its end mark included.
        is_end: Whether a sentence ends with the id at an index that is not the last.

    Returns:
        The parts, without end marks: each as long as it can be. A blank text has none.
    """
    body = list(ids)
    room = max(limit - 1, 1)
    while body:
        length = min(room, len(body))
        if len(body) > room:
            ends = [i + 1 for i in range(room) if is_end(body, i)]
            length = ends[-1] if ends else room
        yield body[:length]
        body = body[length:]
