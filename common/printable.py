"""Text that this program did not write, in a form that a terminal only shows.

File names, settings, sentences, the vocabulary of a translator and the answers of a server may
contain control characters: they would move the cursor, change colors and the title of the window,
or reorder what is displayed. They are shown as escapes instead, such as `\\x1b`.
"""

from __future__ import annotations

import re
from typing import Any, TextIO

# Control characters (C0, DEL, C1), line and paragraph separators, lone surrogates, and the bidi
# embeddings, overrides and isolates (Unicode Annex 9), which can make a line read as another one.
# The bidi marks (U+200E, U+200F, U+061C) stay: they affect only the signs next to them, and
# Arabic and Hebrew text needs them.
_UNSAFE = "\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_IN_A_LINE = re.compile(f"[{_UNSAFE}]")
_IN_LINES = re.compile(f"(?![\\n\\t])[{_UNSAFE}]")
# JSON itself escapes the characters before U+0020.
_IN_JSON = re.compile(f"(?![\\x00-\\x1f])[{_UNSAFE}]")


def printable(text: str) -> str:
    r"""Return a text as one line without control characters: `\x1b` for an escape, `\n` for a line.

    Args:
        text: Any string.
    """
    return text if text.isprintable() else _IN_A_LINE.sub(_escape, text)


def printable_lines(text: str) -> str:
    """Return a text as `printable` does, but keep its line ends and tabs."""
    return text if text.isprintable() else _IN_LINES.sub(_escape, text)


def printable_json(text: str) -> str:
    """Return JSON without control characters, as JSON of the same value."""
    return text if text.isprintable() else _IN_JSON.sub(_escape_in_json, text)


def without_controls(text: str) -> str:
    """Return a text without the characters that `printable_lines` escapes."""
    return text if text.isprintable() else _IN_LINES.sub("", text)


def _escape(character: re.Match[str]) -> str:
    return ascii(character[0])[1:-1]


def _escape_in_json(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"


class PrintableStream:
    """A text stream whose written text passes through `printable_lines`; otherwise the stream.

    Args:
        stream: The stream.
        is_lossy: Whether what cannot be written is dropped, as messages on a terminal that was
            closed: they must not end the work that they are about.
    """

    def __init__(self, stream: TextIO, is_lossy: bool = False) -> None:
        self.unfiltered = stream
        self._is_lossy = is_lossy

    def write(self, text: str) -> int:
        """Write a text. Returns its length."""
        try:
            self.unfiltered.write(printable_lines(text))
        except OSError:
            if not self._is_lossy:
                raise
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is buffered."""
        try:
            self.unfiltered.flush()
        except OSError:
            if not self._is_lossy:
                raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unfiltered, name)
