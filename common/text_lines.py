"""Lines of text files, decoded as they are read; the encoding is detected."""

from __future__ import annotations

import io
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from malgil.common.encoding import (
    SAMPLE_BYTES,
    UTF8,
    codec_label,
    decoding_error_message,
    detect_codec,
    open_text,
)
from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _

# A longer line is not a sentence; reading it would only fill the memory.
MAX_LINE_LENGTH = 1 << 24  # characters

logger = logging.getLogger(__name__)


def read_lines(path: str | Path, origin: str = "") -> Iterator[str]:
    """Yield the lines of a text file without their line ends.

    Only `\\n` and `\\r\\n` end a line; a `\\r` within a line is a space. But if the first MiB has
    no `\\n`, each `\\r` ends a line, as in files of old Macs. An encoding other than UTF-8 is
    logged as a warning.

    Args:
        path: A text in UTF-8, UTF-16, UTF-32 or cp949.
        origin: Who named the file, as for `common.files.as_user_error`.

    Raises:
        UserError: If the file cannot be read or decoded; the message gives the line.
    """
    with as_user_error(path, "read", origin), open(path, "rb", buffering=SAMPLE_BYTES) as file:
        yield from decode_lines(file, str(path), origin)


def decode_lines(file: BinaryIO, name: str, origin: str = "") -> Iterator[str]:
    """Yield the lines of an open file, which may be a pipe, as `read_lines` does.

    Args:
        file: A binary file from which nothing has been read. It stays open.
        name: The name of the file for messages.
        origin: As for `read_lines`.

    Raises:
        UserError: As `read_lines`.
    """
    buffered: Any = file
    if not hasattr(file, "peek"):
        buffered = io.BufferedReader(cast(io.RawIOBase, file))
    with as_user_error(name, "read", origin):
        # A pipe may be interactive: `peek` reads once, and does not wait for more lines.
        codec = detect_codec(buffered.peek(SAMPLE_BYTES))
        if codec != UTF8:
            logger.warning(
                _("{name!r}: the encoding was detected as {encoding}.").format(
                    name=name, encoding=codec_label(codec)
                )
            )
        text = open_text(buffered, codec, newline="")
        try:
            yield from iterate_lines(text, repr(name))
        finally:
            text.detach()
            if buffered is not file:
                buffered.detach()


def iterate_lines(text: TextIO, name: str) -> Iterator[str]:
    """Yield the lines of an open text without their line ends, as `read_lines` does.

    Args:
        text: Made by `encoding.open_text`; with the newline "", unless the line ends are known.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If a line cannot be decoded, or is longer than `MAX_LINE_LENGTH`; the message
            gives the line.
    """
    number = 0
    line = ""
    start: list[str] = []
    try:
        _read_first_line(text, start)
        is_old_mac = bool(start) and not start[-1].endswith("\n") and start[0].endswith("\r")
        for piece in itertools.chain(start, iter(lambda: text.readline(MAX_LINE_LENGTH), "")):
            line += piece
            if len(line) >= MAX_LINE_LENGTH and line[-1] != "\n":
                raise UserError(
                    _(
                        "{name} has more than {limit:,} characters in line {line:,}. Put one "
                        "sentence on each line."
                    ).format(name=name, limit=MAX_LINE_LENGTH, line=number + 1)
                )
            if piece[-1] == "\n" or (piece[-1] == "\r" and is_old_mac):
                number += 1
                yield _without_end(line)
                line = ""
    except UnicodeDecodeError as error:
        raise UserError(decoding_error_message(name, number or len(start), error)) from error
    if line.strip("\r"):
        yield _without_end(line)


def _read_first_line(text: TextIO, pieces: list[str]) -> None:
    """Read the first line that ends with `\\n`, or at most a MiB, in pieces that end with `\\r`.

    A pipe may be interactive: no more is read than this line.

    Args:
        text: As for `iterate_lines`.
        pieces: The pieces are added to it; those before an error remain in it.
    """
    length = 0
    while length < SAMPLE_BYTES and (piece := text.readline(SAMPLE_BYTES)):
        pieces.append(piece)
        length += len(piece)
        if piece[-1] == "\n":
            return


def _without_end(line: str) -> str:
    line = line.rstrip("\r\n")
    return line.replace("\r", " ") if "\r" in line else line
