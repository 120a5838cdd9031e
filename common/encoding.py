"""Detection of a text's encoding from its first bytes.

Detected are UTF-8, UTF-16 and UTF-32 with a byte order mark; UTF-8 and UTF-16 without one; and
cp949, which Korean Windows writes (EUC-KR is a subset of it).
"""

from __future__ import annotations

import codecs
import functools
import io
import re
from typing import BinaryIO

from malgil.common.localization import _

# The number of bytes at the beginning of a text from which its encoding is detected.
SAMPLE_BYTES = 1 << 20

UTF8 = "utf-8-sig"  # with or without a byte order mark
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is a prefix of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LABELS = {UTF8: "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_SURROGATES = "malgil.surrogates"  # the name of `_decode_surrogate` as an error handler
_ENCODED_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
# A high and a low surrogate, each as three bytes, as Java and Oracle write an emoji (CESU-8).
_ENCODED_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


def detect_codec(sample: bytes, is_whole: bool = False) -> str:
    """Detect the codec of a text.

    Args:
        sample: The first bytes of the text, up to `SAMPLE_BYTES`.
        is_whole: Whether the sample is the whole text.

    Returns:
        The name of a Python codec; `UTF8` if nothing indicates another.
    """
    for mark, codec in _BYTE_ORDER_MARKS:
        if sample.startswith(mark):
            return codec
    if b"\0" in sample:
        shares = {codec: _everyday_share(sample, codec) for codec in ("utf-16-le", "utf-16-be")}
        likeliest = max(shares, key=lambda codec: shares[codec])
        if shares[likeliest] > 0.9:
            return likeliest
    try:
        codecs.getincrementaldecoder("utf-8")(_SURROGATES).decode(sample, final=is_whole)
    except UnicodeDecodeError:
        return "cp949" if _is_cp949(sample) else UTF8
    return UTF8


def codec_label(codec: str) -> str:
    """Return the name of a codec as messages show it."""
    return _LABELS.get(codec, codec.upper() if codec.startswith("utf") else codec)


def _everyday_share(sample: bytes, codec: str) -> float:
    """Return the share (0 to 1) of everyday characters in a sample decoded with a codec.

    Chinese characters do not count: Latin text in the wrong byte order decodes to them.
    """
    text = sample[: 1 << 16].decode(codec, errors="replace")
    return sum(_is_everyday(character) for character in text) / max(1, len(text))


def _is_everyday(character: str) -> bool:
    return (
        character in "\t\r\n"
        or " " <= character <= "~"
        or "가" <= character <= "힣"
        or "À" <= character <= "ɏ"  # Latin letters with accents
        or "‐" <= character <= "…"
        or "\u3000" <= character <= "」"
    )


def _is_cp949(sample: bytes) -> bool:
    """Return whether nearly all non-ASCII characters are everyday Korean if decoded as cp949.

    cp949 has 8,822 more syllables, which are rare in Korean but frequent in text of other encodings
    that is decoded as cp949. Therefore only the 2,350 syllables and the symbols of KS X 1001 count.
    """
    text = sample.decode("cp949", errors="replace")
    others = [character for character in text if not character.isascii()]
    common = _common_characters()
    return sum(character in common for character in others) > 0.9 * len(others)


@functools.cache
def _common_characters() -> frozenset[str]:
    """Return the symbols (rows 1 to 12) and the syllables (rows 16 to 40) of KS X 1001."""
    rows = (*range(0xA1, 0xAD), *range(0xB0, 0xC9))
    pairs = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF))
    return frozenset("".join(pair.decode("cp949", errors="ignore") for pair in pairs))


def open_text(
    file: BinaryIO, codec: str, newline: str | None = None, errors: str = _SURROGATES
) -> io.TextIOWrapper:
    """Wrap an open binary file as text; by default a lone surrogate is read as U+FFFD.

    Args:
        file: A file of bytes.
        codec: As `detect_codec` returns it.
        newline: What ends a line, as for `open`; None for `\\n`, `\\r\\n` and `\\r`.
        errors: How invalid bytes are handled, as for `open`.
    """
    return io.TextIOWrapper(file, encoding=codec, newline=newline, errors=errors)


def _decode_surrogate(error: UnicodeError) -> tuple[str, int]:
    """Decode half of a character, which programs write that cut texts; raise any other error.

    Returns:
        U+FFFD, or the character if both halves follow each other; and the position after it.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    encoding, position = error.encoding.lower(), error.start
    if encoding.startswith("utf-8"):
        if pair := _ENCODED_PAIR.match(error.object, position):
            halves = pair[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
            return halves.decode("utf-16"), pair.end()
        if surrogate := _ENCODED_SURROGATE.match(error.object, position):
            return "\ufffd", surrogate.end()
    elif encoding.startswith("utf-16") and "truncated" not in error.reason:
        return "\ufffd", position + 2
    raise error


codecs.register_error(_SURROGATES, _decode_surrogate)


def decoding_error_message(name: str, lines_before: int, error: UnicodeDecodeError) -> str:
    """Return the message for bytes that cannot be decoded: their line, and what to do.

    Args:
        name: The name of the file, in quotation marks.
        lines_before: The number of lines that were decoded before them.
        error: What the decoder raised.
    """
    before = error.object[: error.start].decode(error.encoding, errors="ignore")
    line = lines_before + 1 + (before.count("\n") or before.count("\r"))
    codec = error.encoding.lower()
    if codec in ("utf-8", "utf8"):
        return _("{name} is not UTF-8 text (near line {line:,}). Save it as UTF-8.").format(
            name=name, line=line
        )
    return _(
        "{name} was detected as {encoding} text, but cannot be decoded as {encoding} (near line "
        "{line:,}). Save it as UTF-8."
    ).format(name=name, encoding=codec_label(codec), line=line)
