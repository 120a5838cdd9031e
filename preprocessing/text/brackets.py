"""Brackets and quotation marks: which of them opens, which closes, and which belong together."""

from __future__ import annotations

import re
from typing import NamedTuple

# An opening bracket and those that may close it. „German“ and “English” share a sign.
_PAIRS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "<": ">",
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
    "【": "】",
    "〔": "〕",
    "“": "”",
    "‘": "’",
    "«": "»",
    "‹": "›",
    "„": "“”",
    "‟": "”",
    "‚": "‘’",
}
SYMMETRIC = "\"'*_`"
"""Signs that open and close with the same character: the characters around it decide which."""

OPENING = "".join(_PAIRS)
CLOSING = "".join(dict.fromkeys("".join(_PAIRS.values())))


_DEEPEST = 50  # brackets within brackets that are considered


class OpenBracket(NamedTuple):
    """A bracket or quotation mark that is not closed yet: its sign and its position in the text."""

    sign: str
    position: int


class BracketScanner:
    """Reads a text once and knows which brackets are open.

    Args:
        text: The text.
        begin: The index at which to begin.

    Attributes:
        open: The brackets that are open at the current position, the outermost first.
        unmatched: The closing signs whose opening sign was not read.
    """

    def __init__(self, text: str, begin: int = 0) -> None:
        self.open: list[OpenBracket] = []
        self.unmatched: list[str] = []
        self._text = text
        self._position = begin

    def restart(self, begin: int) -> None:
        """Forget all brackets, and continue at an index."""
        self.open, self.unmatched = [], []
        self._position = begin

    def advance(self, end: int) -> None:
        """Read up to an index, excluding it."""
        for match in _SIGN.finditer(self._text, self._position, end):
            sign, i = match[0], match.start()
            if not is_apostrophe(self._text, i) and not self._close(sign, i):
                self._open_or_note(sign, i)
        self._position = max(self._position, end)

    def _close(self, sign: str, at: int) -> bool:
        """Close the innermost open bracket that a sign closes; return whether there is one."""
        if sign in SYMMETRIC and opens(self._text, at) and not self._is_directly_open(sign):
            return False
        for depth in range(len(self.open) - 1, max(-1, len(self.open) - _DEEPEST), -1):
            if closes(self.open[depth].sign, sign):
                del self.open[depth:]
                return True
        return False

    def _is_directly_open(self, sign: str) -> bool:
        # A space on both sides of a quotation mark: it closes one that is open.
        return bool(self.open) and self.open[-1].sign == sign

    def _open_or_note(self, sign: str, at: int) -> None:
        if sign in _PAIRS or (sign in SYMMETRIC and opens(self._text, at)):
            self.open.append(OpenBracket(sign, at))
        else:
            self.unmatched.append(sign)


_SIGN = re.compile(f"[{re.escape(OPENING + CLOSING + SYMMETRIC)}]")


def closes(opening: str, sign: str) -> bool:
    """Return whether a sign closes an opening sign."""
    return sign == opening if opening in SYMMETRIC else sign in _PAIRS.get(opening, "")


def find_closing(text: str, opening: str, begin: int, end: int) -> int:
    """Return the first index from `begin` on of a sign that closes an opening sign, or -1."""
    signs = opening if opening in SYMMETRIC else _PAIRS[opening]
    found = [index for sign in signs if (index := text.find(sign, begin, end)) >= 0]
    return min(found, default=-1)


def opens(text: str, at: int) -> bool:
    """Return whether the symmetric sign at an index opens: nothing, a space or a bracket precedes.

    A sign between spaces, or at both ends, also opens.
    """
    before = text[at - 1 : at]
    return not before or before.isspace() or before in OPENING or before in SYMMETRIC + "-–—"


def is_apostrophe(text: str, at: int) -> bool:
    """Return whether the sign at an index is an apostrophe: between two letters, as in isn't.

    Korean has no apostrophe: in '사과'가, the second sign closes a quotation.
    """
    neighbors = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
    return (
        text[at] in "'’"
        and len(neighbors) == 2
        and neighbors.isalpha()
        and not any("가" <= letter <= "힣" for letter in neighbors)
    )
