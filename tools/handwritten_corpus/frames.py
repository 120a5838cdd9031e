"""Frames: what is left of Korean sentences without their nouns, names and numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tools.handwritten_corpus.morphemes import analyze

MAX_USES = 3
_MASKED = {"NNG", "NNP", "NR", "SN", "SL", "XPN", "XSN", "MM"}
_MASK = "N"


def frame_of(text: str) -> str:
    """Return a sentence as its morphemes, with one mark for each run of nouns, names and numbers.

    Example:
        >>> frame_of("사과 12개를 샀어요.") == frame_of("빵 세 개를 샀어요.")
        True
    """
    parts: list[str] = []
    for morpheme in analyze(text):
        part = _MASK if morpheme.word_class in _MASKED else morpheme.text
        if part != _MASK or parts[-1:] != [_MASK]:
            parts.append(part)
    return " ".join(parts)


def repeated_frames(texts: Iterable[str], max_uses: int = MAX_USES) -> dict[str, list[str]]:
    """Return the frames that occur too often, each with its sentences.

    Args:
        texts: Korean sentences.
        max_uses: The number of sentences that may have the same frame.
    """
    texts_by_frame: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        texts_by_frame[frame_of(text)].append(text)
    return {frame: uses for frame, uses in texts_by_frame.items() if len(uses) > max_uses}
