"""What holds for every language: normalising text, and tokens from which it can be put together.

A token that follows a space, or begins the text, starts with `SPACE`; one that is glued to the
token before it does not. Joining the tokens and reading `SPACE` as a space gives the text back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol

SPACE = "\u2581"  # SentencePiece's own mark for a space (Kudo and Richardson 2018, section 2)

# Zero-width joiners hold emoji and some scripts together; the other format characters are noise.
_KEPT_FORMATS = "\u200c\u200d"
_WORD = re.compile(r"\S+")


class Tokenizer(Protocol):
    """Splits normalised text into tokens."""

    def tokenise(self, text: str) -> list[str]:
        """Split `text`, which `normalise` has returned.

        Args:
            text: One sentence.

        Returns:
            Tokens; one that follows a space or begins the text starts with `SPACE`.
        """
        ...


def normalise(text: str, lowercase: bool = False) -> str:
    """Bring text into the one form that everything behind it sees.

    NFC; every run of white space (no-break spaces and line ends too) is one space; control and
    format characters, lone surrogates and the mark that stands for a space are taken out or
    replaced.

    Args:
        text: Any string.
        lowercase: Whether to fold to lower case.

    Returns:
        The normalised text, without a space at either end.
    """
    if not text.isascii() or not text.isprintable():
        text = text.translate(_CLEANED)
    text = " ".join(text.split())
    if lowercase:
        text = text.lower()
    # Last, as taking characters out and lower case both make letters that compose.
    return unicodedata.normalize("NFC", text)


def _clean(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return " "
    if category == "Cs":
        return "\ufffd"
    if category in ("Cc", "Cf") and character not in _KEPT_FORMATS:
        return ""
    return "_" if character == SPACE else character


class _Cleaned(dict[int, str]):
    """What each character becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        cleaned = self[code] = _clean(chr(code))
        return cleaned


_CLEANED = _Cleaned()


class SpaceTokenizer:
    """The tokenizer `none`: a token for each run of text between spaces. Loses nothing."""

    def tokenise(self, text: str) -> list[str]:
        """Split at spaces. See `Tokenizer.tokenise`."""
        return [SPACE + word for word in text.split()]


def mark_spaces(text: str, spans: Iterable[tuple[int, int]]) -> list[str]:
    """Tokens with `SPACE` where a space, or the beginning of the text, stands before them.

    Whatever lies between two spans and is not a space becomes a token too, so that nothing of the
    text is lost.

    Args:
        text: Normalised text.
        spans: Begin and end of each token in `text`, in order, without overlap.

    Returns:
        The marked tokens.
    """
    tokens: list[str] = []
    position = 0
    for begin, end in (*spans, (len(text), len(text))):
        # A gap is a single space at most times; anything else in it is kept.
        for word in _WORD.finditer(text, position, begin):
            tokens.append(_marked(text, word.start(), word.group()))
        if end > begin:
            tokens.append(_marked(text, begin, text[begin:end]))
        position = end
    return tokens


def _marked(text: str, begin: int, token: str) -> str:
    return SPACE + token if begin == 0 or text[begin - 1] == " " else token


def join(tokens: Iterable[str]) -> str:
    """Put marked tokens, or pieces of them, back together. The inverse of `Tokenizer.tokenise`."""
    return "".join(tokens).replace(SPACE, " ").strip()
