"""Text of JSON files as programs write it that are not strict about the standard (RFC 8259)."""

from __future__ import annotations

import re
import string
from typing import TextIO

# Every escape, so that the second half of `\\` begins none. The first alternative is a whole
# character, the group is half of one.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
_MAY_BE_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_STRING_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|-?(?:NaN|Infinity)')
_CONSTANTS = ("NaN", "Infinity")
# Python refuses to convert an integer of more than 4,300 digits (or fewer, but at least 640, by
# PYTHONINTMAXSTRDIGITS), and the C code of ijson then ends the process.
_MAX_DIGITS = 600
_LONG_NUMBER = re.compile(rf"[0-9]{{{_MAX_DIGITS}}}")
_STRING_OR_LONG_NUMBER = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)' rf"|-?[0-9]{{{_MAX_DIGITS},}}(?:[.eE][0-9.eE+-]*)?"
)
# A piece never ends with one of these, which may be within an escape or a constant.
_UNFINISHED = frozenset(f"{string.ascii_letters}{string.digits}\\-")
_MAX_EXTENSION = 1 << 12


def without_lone_surrogates(text: str) -> str:
    """Replace the escape of half a character, which `json` of Python writes, by that of U+FFFD.

    Args:
        text: JSON, which neither begins nor ends within an escape.
    """
    if not _MAY_BE_HALF.search(text):
        return text
    return _ESCAPE.sub(lambda match: r"\ufffd" if match[1] else match[0], text)


class JsonText:
    """The text of a JSON file, with null for `NaN` and `Infinity`, which JSON does not have.

    Null replaces a number of 600 digits or more as well, which is not a text. Half of an escaped
    character becomes U+FFFD, as in other formats.

    Args:
        text: An open text, at its beginning.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._is_in_string = False
        self._is_in_number = False

    def readline(self, size: int) -> str:
        """Return a line, or about `size` characters of it."""
        piece = self._text.readline(size)
        if not piece:
            return ""
        extension: list[str] = []
        character = piece[-1]
        # What is left of a long number is not needed.
        while (
            character in _UNFINISHED
            and len(extension) < _MAX_EXTENSION
            and not self._is_in_number
            and (character := self._text.readline(1))
        ):
            extension.append(character)
        piece += "".join(extension)
        starts_in_string = self._is_in_string
        unescaped = piece.replace(r"\\", "") if "\\" in piece else piece
        if (unescaped.count('"') - unescaped.count(r"\"")) % 2:
            self._is_in_string = not starts_in_string
        if any(constant in piece for constant in _CONSTANTS):
            piece = _replaced(_STRING_OR_CONSTANT, piece, starts_in_string)
        if self._is_in_number or (len(piece) >= _MAX_DIGITS and _LONG_NUMBER.search(piece)):
            piece = self._without_long_numbers(piece, starts_in_string)
        return without_lone_surrogates(piece)

    def _without_long_numbers(self, piece: str, starts_in_string: bool) -> str:
        """Replace long numbers; one may go on in several pieces."""
        if self._is_in_number:
            piece = piece.lstrip("0123456789.eE+-")
            if not piece:
                return " "
        self._is_in_number = not self._is_in_string and piece[-1] in string.digits
        return _replaced(_STRING_OR_LONG_NUMBER, piece, starts_in_string)


def _replaced(pattern: re.Pattern[str], piece: str, starts_in_string: bool) -> str:
    """Replace what a pattern finds by null, apart from strings, which it finds as well."""
    opening = '"' if starts_in_string else ""
    replaced = pattern.sub(
        lambda match: match[0] if match[0].startswith('"') else "null", opening + piece
    )
    return replaced[len(opening) :]
