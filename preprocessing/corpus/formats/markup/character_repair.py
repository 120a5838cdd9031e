"""XML text in which characters that XML does not allow are replaced, so that a parser reads on."""

from __future__ import annotations

import codecs
import re

from malgil.preprocessing.corpus.formats.bounded_reader import LineReader

# A noncharacter of Unicode, which is valid in XML and does not occur in text.
LOST = "\ufdd0"
DECODING_ERRORS = "malgil-lost"
"""The error handler of `open` that decodes invalid bytes as `LOST`."""

# The end of a text that may be the beginning of one of the tokens below.
_UNFINISHED = re.compile(r"(&#?\w{0,10}|<[!\[CDAT]{0,7}|\]{1,2})\Z")
_TOKEN = re.compile(
    r"<!\[CDATA\[|\]\]>"
    r"|&#(?P<number>x[0-9A-Fa-f]{1,6}|[0-9]{1,7});"
    r"|&(?!(?:lt|gt|amp|quot|apos);)"
    "|[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
)
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class RepairedText:
    """A text whose characters all are valid in XML 1.0 (section 2.2).

    Replaced by `LOST` are control characters, references to them, and ampersands that do not begin
    a character reference or one of the five predefined entities.

    Args:
        text: XML text, at its beginning.
    """

    def __init__(self, text: LineReader) -> None:
        self._text = text
        self._held = ""
        self._is_in_cdata = False

    def readline(self, size: int = -1, /) -> str:
        """Return the next line, or about `size` characters of it; "" at the end."""
        while True:
            added = self._text.readline(size)
            text = self._held + added
            unfinished = _UNFINISHED.search(text) if added else None
            end = unfinished.start() if unfinished else len(text)
            self._held = text[end:]
            if end or not added:
                return _TOKEN.sub(self._replacement, text[:end])

    def _replacement(self, match: re.Match[str]) -> str:
        token = match.group()
        if token == "<![CDATA[":
            self._is_in_cdata = True
        elif token == "]]>":
            self._is_in_cdata = False
        elif not token.startswith("&"):
            return LOST
        elif not self._is_in_cdata:
            number = match["number"]
            return token if number and _is_valid(number) else LOST
        return token


def _is_valid(number: str) -> bool:
    """Return whether the number of a character reference (`x1F600` or `128512`) is valid."""
    code = int(number[1:], 16) if number[0] == "x" else int(number)
    return code <= 0x10FFFF and not _FORBIDDEN.match(chr(code))


def _decode_as_lost(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return LOST, error.end


codecs.register_error(DECODING_ERRORS, _decode_as_lost)
