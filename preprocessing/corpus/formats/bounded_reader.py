"""Text as UTF-8 bytes, for parsers that hold in memory what they have begun."""

from __future__ import annotations

from typing import TextIO

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.encoding import not_text

LARGEST_PIECE = 1 << 24  # bytes
_SIZE = 1 << 16  # characters


class Pieces:
    """A file for a parser: text in whichever encoding → UTF-8.

    Args:
        text: Open text, from its beginning.
        name: What people call it.
    """

    def __init__(self, text: TextIO, name: str) -> None:
        self._text = text
        self._name = name
        self._held = 0
        self._lines = 0

    def read(self, size: int = -1) -> bytes:
        """About `size` bytes more.

        Raises:
            UserError: If the text does not decode, or the parser has not come to the end of
                anything for 16 MiB: it would fill the memory.
        """
        parts: list[str] = []
        characters = 0
        try:
            while characters < (size if size >= 0 else _SIZE):
                line = self._text.readline(_SIZE)
                if not line:
                    break
                parts.append(line)
                characters += len(line)
                self._lines += line[-1] == "\n"
        except UnicodeDecodeError as error:
            raise UserError(not_text(self._name, self._lines, error)) from error
        data = "".join(parts).encode("utf-8")
        self._held += len(data)
        if self._held > LARGEST_PIECE:
            raise UserError(
                f"{self._name} holds a single text of more than {LARGEST_PIECE >> 20} MiB. Give it "
                "sentence by sentence."
            )
        return data

    def done(self) -> None:
        """The parser has come to the end of a piece, and holds it no more."""
        self._held = 0
