"""Case markup: The KTX → ⟦Aa⟧ the ⟦AA⟧ ktx, and back, without loss.

A word and its capitalized form then share their pieces, so what the model learns about one applies
to the other. Translations are still capitalized (Berard, Calapodescu and Roux 2019, section 3.1,
"inline casing").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from malgil.preprocessing.text.normalization import MARK_BEGIN, MARK_END, SPACE
from malgil.preprocessing.text.pre_tokenizer import Change, insert_marks

CAPITAL = f"{MARK_BEGIN}Aa{MARK_END}"  # the next letter is a capital
CAPITALS = f"{MARK_BEGIN}AA{MARK_END}"  # all letters of the next word are capitals
MARKS = (CAPITAL, CAPITALS)

_WORD = re.compile(r"[^\W\d_]+")
_MARKED = re.compile(rf"({CAPITAL}|{CAPITALS})({SPACE}?)([^\W\d_]*)")


def fold(tokens: Sequence[str]) -> list[str]:
    """Convert words to lower case, with marks of their case before them.

    A word is a run of letters, across tokens; one of mixed case, such as McDonald, is left
    unchanged, and so is one whose case could not be restored.

    Args:
        tokens: Marked tokens of one text (`normalization`), none of `MARKS` among them.

    Returns:
        The tokens in lower case. A mark is a token of its own, before the token that it refers
        to; a token is split where a mark is inserted within it.
    """
    text = "".join(tokens)
    return list(tokens) if text == text.lower() else insert_marks(tokens, _marked_words(text))


def _marked_words(text: str) -> Iterator[Change]:
    for word in _WORD.finditer(text):
        if mark := _mark(word[0]):
            # The mark of a space moves with the word, so that the piece is that of lower case.
            space = SPACE if word.start() and text[word.start() - 1] == SPACE else ""
            yield Change(word.start() - len(space), word.end(), mark, space + word[0].lower())


def unfold(text: str) -> str:
    """Restore the case of words: the inverse of joining what `fold` returned.

    Args:
        text: Joined tokens or pieces that still contain `SPACE`.

    Returns:
        The text without marks. A mark that no word follows is removed.
    """
    return _MARKED.sub(_capitalized, text) if MARK_BEGIN in text else text


def _mark(word: str) -> str | None:
    """Return the mark of the case of a word, or None if it needs none or could not be restored."""
    low = word.lower()
    if word == low or len(low) != len(word):
        return None
    if word[0].lower().upper() + low[1:] == word:
        return CAPITAL
    return CAPITALS if low.upper() == word else None


def _capitalized(match: re.Match[str]) -> str:
    mark, space, word = match.groups()
    return space + (word[:1].upper() + word[1:] if mark == CAPITAL else word.upper())
