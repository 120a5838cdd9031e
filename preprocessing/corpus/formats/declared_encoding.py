"""Encodings that a file declares in its text, as XML and PO files do."""

from __future__ import annotations

import re

from malgil.common.encoding import UTF8
from malgil.common.errors import UserError
from malgil.common.localization import _

_DECLARATIONS = (
    re.compile(r"[\ufeff \t\r\n]*<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)"),
    re.compile(r'(?s:.*?)^"Content-Type:[^"]*charset=([\w.-]+)', re.MULTILINE),
)
# `charset=CHARSET` is in the template of a PO file.
_NOT_DECLARED = ("utf", "charset")
_ASCII_SAMPLE = bytes(range(32, 127)) + rb"\u0041 \x41 \101 \N{DIGIT ONE} +AEE-.xn--bcher-kva."


def declared_codec(text: str, codec: str, name: str) -> str:
    """Return the declared encoding if none was detected from the bytes, such as ISO-8859-1.

    Args:
        text: The beginning of the file, decoded with the detected codec.
        codec: The detected codec; `UTF8` if nothing indicates another.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the declared encoding is unknown.
    """
    matches = (pattern.match(text) for pattern in _DECLARATIONS)
    return checked_codec(next((match[1] for match in matches if match), ""), codec, name)


def checked_codec(declared: str, codec: str, name: str) -> str:
    """Return the encoding that a file declares, as `declared_codec`.

    Args:
        declared: The declaration; "" if there is none.
        codec: As for `declared_codec`.
        name: As for `declared_codec`.

    Raises:
        UserError: If the declared encoding is unknown.
    """
    if codec != UTF8 or not declared or declared.lower().startswith(_NOT_DECLARED):
        return codec
    if not _is_character_encoding(declared):
        raise UserError(
            _("{name} declares the unknown encoding {encoding!r}. Save it as UTF-8.").format(
                name=name, encoding=declared[:100]
            )
        )
    return declared


def _is_character_encoding(codec: str) -> bool:
    r"""Return whether a codec of Python only maps bytes to characters, with ASCII as a part.

    Others are `zip`, `rot13`, `idna`, `undefined`, and `unicode_escape`, which reads `\u0041` as A.
    """
    try:
        decoded = _ASCII_SAMPLE.decode(codec)
    except (LookupError, ValueError):
        return False
    # Some Korean and Japanese encodings have a currency sign in the place of the backslash.
    expected = _ASCII_SAMPLE.decode("ascii")
    return len(decoded) == len(expected) and all(
        character == other or other in "\\~"
        for character, other in zip(decoded, expected, strict=True)
    )
