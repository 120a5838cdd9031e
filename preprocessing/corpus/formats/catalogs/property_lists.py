"""Lists of keys and texts: .properties of Java, and .strings of Apple."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.text_lines import MAX_LINE_LENGTH
from malgil.preprocessing.corpus.formats.catalogs.key_pairs import KeyedText

_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_ESCAPE = re.compile(r"\\(?:[uU]([0-9A-Fa-f]{4})|(.))", re.DOTALL)
# A key ends at the first separator that is not escaped.
_PROPERTY = re.compile(r"([^\\=: \t\f]*(?:\\.[^\\=: \t\f]*)*)[ \t\f]*[=:]?[ \t\f]*(.*)", re.DOTALL)
_STRINGS_TOKEN = re.compile(
    r'\s+|//[^\n]*|/\*.*?\*/|"(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)"|(?P<bare>[\w.$/:-]+)|(?P<mark>[=;])',
    re.DOTALL,
)


def read_properties(lines: Iterable[str], name: str) -> Iterator[KeyedText]:
    r"""Yield the keys and texts of a .properties file, as `java.util.Properties.load` reads them.

    Args:
        lines: The lines without their ends. One that ends with an odd number of backslashes goes
            on in the next line; `\uXXXX` is a UTF-16 code unit.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If a value is longer than `MAX_LINE_LENGTH`.
    """
    pending: list[str] = []
    length = 0
    for line in lines:
        text = line.lstrip(" \t\f")
        if not pending and (not text or text[0] in "#!"):
            continue
        goes_on = (len(text) - len(text.rstrip("\\"))) % 2
        pending.append(text[:-1] if goes_on else text)
        length += len(text)
        if length > MAX_LINE_LENGTH:
            raise UserError(
                _("{name} has a value of more than {limit:,} characters. Split it.").format(
                    name=name, limit=MAX_LINE_LENGTH
                )
            )
        if goes_on and length > 1:
            continue
        if joined := "".join(pending):
            yield _property(joined)
        pending, length = [], 0
    if joined := "".join(pending):
        yield _property(joined)


def _property(line: str) -> tuple[str, str]:
    match = _PROPERTY.fullmatch(line)
    assert match  # every part of the pattern may be empty
    # `java.text.MessageFormat` requires that quotation marks are doubled.
    return unescape(match[1]), unescape(match[2]).replace("''", "'")


def unescape(text: str) -> str:
    r"""Replace `\n`, `\uXXXX` and other escapes; two surrogates become one character."""

    def replacement(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return _CONTROL.get(match[2], match[2])

    if "\\" not in text:
        return text
    units = _ESCAPE.sub(replacement, text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_strings(text: str, name: str) -> Iterator[KeyedText]:
    """Yield the keys and texts of an Apple .strings file: `"key" = "text";`.

    Args:
        text: The text of the file.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the file is not valid; the message gives the line.
    """
    tokens: list[str] = []
    position = 0
    while position < len(text):
        match = _STRINGS_TOKEN.match(text, position)
        if not match:
            raise UserError(_strings_message(text, position, name))
        kind, position = match.lastgroup, match.end()
        if kind is None:
            continue
        tokens.append(match[kind])
        if match[0] == ";":
            if len(tokens) == 4 and tokens[1] == "=":
                yield unescape(tokens[0]), unescape(tokens[2])
            elif len(tokens) != 2:  # `"key";` means that the text is the key
                raise UserError(_strings_message(text, match.start(), name))
            tokens = []
    if tokens:
        raise UserError(_strings_message(text, len(text), name))


def _strings_message(text: str, position: int, name: str) -> str:
    return _(
        '{name} is not a valid .strings file near line {line:,}. Each entry must be "key" = "text";'
    ).format(name=name, line=text.count("\n", 0, position) + 1)
