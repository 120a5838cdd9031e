"""Pre-tokenization: splits normalized text into tokens that join back into the text.

A token that follows a space, or begins the text, starts with `SPACE`. A token that directly follows
another one does not. Joining the tokens and replacing `SPACE` with spaces restores the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from malgil.preprocessing.text.normalization import SPACE

_WORD = re.compile(r"\S+")


class PreTokenizer(Protocol):
    """Splits normalized text into tokens.

    Attributes:
        ignores_spaces: Whether tokens do not tell where the text has spaces, so that they do not
            join into the text.
    """

    ignores_spaces: bool = False

    def tokenize(self, text: str) -> list[str]:
        """Split a text into tokens.

        Args:
            text: Normalized text.

        Returns:
            The tokens. Those that follow a space or begin the text start with `SPACE`.
        """
        ...

    def tokenize_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Split many texts, each as `tokenize` does, in order."""
        return [self.tokenize(text) for text in texts]

    def typeset(self, text: str) -> str:
        """Return text with the kinds of spaces that the typography of the language requires."""
        return text


class SpacePreTokenizer(PreTokenizer):
    """Splits text at spaces only: the tokenizer `none`. No character is lost."""

    def tokenize(self, text: str) -> list[str]:
        """Split at spaces. See `PreTokenizer.tokenize`."""
        return [SPACE + word for word in text.split()]


def mark_spaces(text: str, spans: Iterable[tuple[int, int]]) -> list[str]:
    """Cut tokens out of a text, with `SPACE` before those that follow a space or begin the text.

    Text between two spans also becomes a token, unless it is a space, so that no text is lost.

    Args:
        text: Normalized text.
        spans: The begin and end of each token in `text`, in order, without overlap.

    Returns:
        The marked tokens.
    """
    tokens: list[str] = []
    position = 0
    for begin, end in (*spans, (len(text), len(text))):
        # A gap is a single space in most cases. Other text in it is kept.
        if begin - position > 1 or (begin > position and text[position] != " "):
            for word in _WORD.finditer(text, position, begin):
                tokens.append(_marked(text, word.start(), word.group()))
        if end > begin:
            tokens.append(_marked(text, begin, text[begin:end]))
        position = end
    return tokens


def _marked(text: str, begin: int, token: str) -> str:
    return SPACE + token if begin == 0 or text[begin - 1] == " " else token


def join(tokens: Iterable[str]) -> str:
    """Join marked tokens, or pieces of them, into text: the inverse of `tokenize`."""
    return "".join(tokens).replace(SPACE, " ").strip()


def mark_as_in_text(pieces: Iterable[str], text: str) -> list[str]:
    """Mark pieces that follow a space in the text, for tokens that do not depend on its spaces.

    Args:
        pieces: Pieces of tokens of the text. One that is not in the text is left unchanged.
        text: Normalized text.
    """
    marked: list[str] = []
    position = 0
    for piece in pieces:
        spelling = piece.removeprefix(SPACE)
        begin = text.find(spelling, position)
        if not spelling and piece:  # the mark of a space as a piece of its own
            has_space = position == 0 or text.startswith(" ", position)
            marked.append(SPACE if has_space else "")
        elif begin < 0 or not piece:
            marked.append(piece)
        else:
            follows_mark = bool(marked) and marked[-1] == SPACE
            marked.append(spelling if follows_mark else _marked(text, begin, spelling))
            position = begin + len(spelling)
    return marked


class Change(NamedTuple):
    """A change of a span of joined tokens, for `insert_marks`.

    Attributes:
        begin, end: The span.
        mark: The token to insert before it.
        spelling: Its replacement, of the same length or empty.
    """

    begin: int
    end: int
    mark: str
    spelling: str


def insert_marks(tokens: Sequence[str], changes: Iterable[Change]) -> list[str]:
    """Insert marks between tokens, and replace the text that follows them.

    Args:
        tokens: Tokens of one text.
        changes: Changes in order, without overlap. Their indices count the characters of the joined
            tokens, including `SPACE`.

    Returns:
        The tokens with the changes. Token boundaries are kept, and a token is split if a mark is
        inserted within it.
    """
    text = "".join(tokens)
    ends = list(accumulate(map(len, tokens)))
    changed: list[str] = []

    def copy(begin: int, end: int, spelling: str) -> None:
        position = begin
        while position < end:
            until = min(ends[bisect_right(ends, position)], end)
            changed.append(spelling[position - begin : until - begin])
            position = until

    position = 0
    for begin, end, mark, spelling in changes:
        copy(position, begin, text[position:begin])
        changed.append(mark)
        copy(begin, end if spelling else begin, spelling)
        position = end
    copy(position, len(text), text[position:])
    return changed
