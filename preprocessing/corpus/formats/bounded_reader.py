"""Text as UTF-8 bytes, for parsers that keep unfinished elements in memory."""

from __future__ import annotations

from typing import Protocol

from malgil.common.encoding import decoding_error_message
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.reading_budget import ReadingBudget

MAX_PENDING_BYTES = 1 << 24
_CHARACTERS_AT_ONCE = 1 << 16
_STEPS_AT_ONCE = 256


class LineReader(Protocol):
    """A text that is read line by line."""

    def readline(self, size: int, /) -> str:
        """Return the next line, or up to `size` characters of it; "" at the end."""
        ...


class BoundedReader:
    """A file-like object that gives text as UTF-8 and limits what a parser must keep in memory.

    The parser calls `release` when it has finished an element; before the next call it can read up
    to `MAX_PENDING_BYTES`.

    Args:
        text: An open text, at its beginning.
        name: The name of the file, in quotation marks.
        budget: The budget of the file; by default one of its own.
    """

    def __init__(self, text: LineReader, name: str, budget: ReadingBudget | None = None) -> None:
        self._text = text
        self._name = name
        self.budget = budget or ReadingBudget(name)
        self._pending_bytes = self._pending_tags = 0
        self._line_count = 0
        self._release_count = 0

    def read(self, size: int = -1) -> bytes:
        """Return about `size` more bytes.

        Raises:
            UserError: If the text cannot be decoded, or an element is larger than 16 MiB.
        """
        parts: list[str] = []
        characters = 0
        try:
            while characters < (size if size >= 0 else _CHARACTERS_AT_ONCE):
                line = self._text.readline(_CHARACTERS_AT_ONCE)
                if not line:
                    break
                parts.append(line)
                characters += len(line)
                self._line_count += line[-1] == "\n"
        except UnicodeDecodeError as error:
            raise UserError(decoding_error_message(self._name, self._line_count, error)) from error
        data = "".join(parts).encode("utf-8")
        self.budget.check_time()
        self._pending_bytes += len(data)
        self._pending_tags += data.count(b"<")
        if self._pending_tags > self.budget.limits.pending_tags:
            raise UserError(
                _("{name} holds a single element with more than {limit:,} tags. Split it.").format(
                    name=self._name, limit=self.budget.limits.pending_tags
                )
            )
        if self._pending_bytes > MAX_PENDING_BYTES:
            raise UserError(
                _(
                    "{name} holds a single text of more than {limit} MiB. Split it into sentences."
                ).format(name=self._name, limit=MAX_PENDING_BYTES >> 20)
            )
        return data

    def release(self) -> None:
        """Record that the parser has finished an element and keeps nothing in memory."""
        self._pending_bytes = self._pending_tags = 0
        self._release_count += 1
        if self._release_count == _STEPS_AT_ONCE:
            self.budget.step(_STEPS_AT_ONCE)
            self._release_count = 0
