"""Which encoding a text is in, told from its first bytes, and its lines, decoded as they are read.

UTF-8, UTF-16 and UTF-32 with a byte order mark; UTF-8 and UTF-16 without one; cp949, which Korean
Windows writes (EUC-KR is a part of it).
"""

from __future__ import annotations

import codecs
import functools
import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TextIO, cast

from malgil.common.errors import UserError

# How much of a text is looked at to tell what it is, bytes.
SAMPLE = 1 << 20
# A longer line is no text: it would only fill the memory.
LONGEST_LINE = 1 << 24

UTF8 = "utf-8-sig"  # with or without the mark
_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {UTF8: "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


def detect(sample: bytes, is_whole: bool = False) -> str:
    """The codec that a text is in.

    Args:
        sample: Its first bytes.
        is_whole: Whether they are all.

    Returns:
        A name that Python knows; `UTF8` where nothing speaks for another.
    """
    for mark, codec in _MARKS:
        if sample.startswith(mark):
            return codec
    if b"\0" in sample:
        plausible = {codec: _plausible(sample, codec) for codec in ("utf-16-le", "utf-16-be")}
        likely = max(plausible, key=lambda codec: plausible[codec])
        if plausible[likely] > 0.9:
            return likely
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=is_whole)
    except UnicodeDecodeError:
        return "cp949" if _is_cp949(sample) else UTF8
    return UTF8


def shown(codec: str) -> str:
    """What people call a codec."""
    return _NAMES.get(codec, codec.upper() if codec.startswith("utf") else codec)


def _plausible(sample: bytes, codec: str) -> float:
    """The share of characters that everyday text has, of a sample read in some codec, 0 to 1.

    Chinese characters do not count: Latin text in the wrong byte order looks like them.
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
    """Whether what is not ASCII is nearly all everyday Korean when it is read as cp949.

    cp949 has 8,822 more syllables, which Korean hardly uses and text in other encodings often
    seems to have, so only the 2,350 of KS X 1001 count, and its signs.
    """
    text = sample.decode("cp949", errors="replace")
    others = [character for character in text if not character.isascii()]
    common = _common()
    return sum(character in common for character in others) > 0.9 * len(others)


@functools.cache
def _common() -> frozenset[str]:
    """The signs (rows 1 to 12) and the syllables (rows 16 to 40) of KS X 1001."""
    rows = (*range(0xA1, 0xAD), *range(0xB0, 0xC9))
    pairs = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF))
    return frozenset("".join(pair.decode("cp949", errors="ignore") for pair in pairs))


def open_text(file: BinaryIO, codec: str, newline: str | None = None) -> io.TextIOWrapper:
    """An open file as text.

    Args:
        file: Bytes.
        codec: As `detect` returns it.
        newline: What ends a line, as for `open`; None for `\\n`, `\\r\\n` and `\\r`.
    """
    return io.TextIOWrapper(file, encoding=codec, newline=newline)


def lines(file: TextIO, name: str) -> Iterator[str]:
    """The lines of an open text, without their ends.

    Args:
        file: Text of `open_text`.
        name: What people call it.

    Raises:
        UserError: If a line does not decode, or has no end; the message names the line.
    """
    number = 0
    readline = file.readline
    try:
        while line := readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and line[-1] != "\n":
                raise UserError(
                    f"{name} has more than {LONGEST_LINE:,} characters in line {number:,}. Give "
                    "it a sentence a line."
                )
            yield line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UserError(not_text(name, number, error)) from error


def not_text(name: str, lines_before: int, error: UnicodeDecodeError) -> str:
    """The message for bytes that do not decode: where they are, and what to do."""
    before = error.object[: error.start].decode(error.encoding, errors="ignore")
    line = lines_before + 1 + (before.count("\n") or before.count("\r"))
    codec = error.encoding.lower()
    if codec in ("utf-8", "utf8"):
        return f"{name} is not UTF-8 text (near line {line:,}). Save it as UTF-8."
    return (
        f"{name} begins as {shown(codec)} text, but is none (near line {line:,}). Save it as UTF-8."
    )


def lines_of(file: BinaryIO, name: str, tell: Callable[[str], None] | None = None) -> Iterator[str]:
    """The lines of a file that can be read only once, such as a pipe, in whichever encoding.

    Args:
        file: Bytes, not yet read from.
        name: What people call it.
        tell: Is told, in a line, of an encoding other than UTF-8.

    Raises:
        UserError: As `lines`.
    """
    # What the first read brings, and no more: behind a pipe may be a person who waits.
    buffered: Any = file
    if not hasattr(file, "peek"):
        buffered = io.BufferedReader(cast(io.RawIOBase, file))
    codec = detect(buffered.peek(SAMPLE))
    if tell and codec != UTF8:
        tell(f"{name} is read as {shown(codec)}")
    text = open_text(buffered, codec)
    try:
        yield from lines(text, name)
    finally:
        text.detach()  # the file stays open
        if buffered is not file:
            buffered.detach()
