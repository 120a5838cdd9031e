"""Pre-tokenization: normalized text → tokens from which the text can be put together again.

A token that follows a space, or begins the text, starts with `SPACE`; one that is glued to the
token before it does not. Joining the tokens and reading `SPACE` as a space gives the text back.
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
    """Splits normalized text into tokens."""

    def tokenize(self, text: str) -> list[str]:
        """Split `text`, which `normalize` has returned.

        Args:
            text: One sentence.

        Returns:
            Tokens; one that follows a space or begins the text starts with `SPACE`.
        """
        ...

    def tokenize_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Split many texts: what `tokenize` gives for each, in their order."""
        return [self.tokenize(text) for text in texts]

    def typeset(self, text: str) -> str:
        """Give finished text the spaces that print takes in this language, and change no more."""
        return text


class SpacePreTokenizer(PreTokenizer):
    """The tokenizer `none`: a token for each run of text between spaces. Loses nothing."""

    def tokenize(self, text: str) -> list[str]:
        """Split at spaces. See `PreTokenizer.tokenize`."""
        return [SPACE + word for word in text.split()]


def mark_spaces(text: str, spans: Iterable[tuple[int, int]]) -> list[str]:
    """Tokens with `SPACE` where a space, or the beginning of the text, stands before them.

    Whatever lies between two spans and is not a space becomes a token too, so that nothing of the
    text is lost.

    Args:
        text: Normalized text.
        spans: Begin and end of each token in `text`, in order, without overlap.

    Returns:
        The marked tokens.
    """
    tokens: list[str] = []
    position = 0
    for begin, end in (*spans, (len(text), len(text))):
        # A gap is a single space at most times; anything else in it is kept.
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
    """Put marked tokens, or pieces of them, back together: the inverse of `tokenize`."""
    return "".join(tokens).replace(SPACE, " ").strip()


class Change(NamedTuple):
    """What `rewrite` does to a stretch of joined tokens.

    Attributes:
        begin, end: Where the stretch stands.
        mark: A token that comes before it.
        spelling: What stands in its place: as many characters, or none.
    """

    begin: int
    end: int
    mark: str
    spelling: str


def rewrite(tokens: Sequence[str], changes: Iterable[Change]) -> list[str]:
    """Put marks among tokens.

    Args:
        tokens: Tokens of one text.
        changes: In their order, without overlap; they count in the characters of all tokens
            joined, `SPACE` included.

    Returns:
        The tokens with the changes. The borders between tokens stay, and a token is cut where a
        mark stands within it.
    """
    text = "".join(tokens)
    ends = list(accumulate(map(len, tokens)))
    rewritten: list[str] = []

    def copy(begin: int, end: int, spelling: str) -> None:
        position = begin
        while position < end:
            until = min(ends[bisect_right(ends, position)], end)
            rewritten.append(spelling[position - begin : until - begin])
            position = until

    position = 0
    for begin, end, mark, spelling in changes:
        copy(position, begin, text[position:begin])
        rewritten.append(mark)
        copy(begin, end if spelling else begin, spelling)
        position = end
    copy(position, len(text), text[position:])
    return rewritten
