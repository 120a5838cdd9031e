"""Lines of text files in any encoding that is detected, decoded as they are read."""

from __future__ import annotations

import io
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

# A longer line is not text; reading it would only fill the memory.
MAX_LINE_LENGTH = 1 << 24  # characters

logger = logging.getLogger(__name__)


def read_lines(path: str | Path) -> Iterator[str]:
    """Yield the lines of a text file without their line ends.

    Only `\\n`, `\\r\\n` and `\\r` end a line, so that line numbers are those of an editor. An
    encoding other than UTF-8 is logged as a warning.

    Args:
        path: A text in UTF-8, UTF-16, UTF-32 or cp949.

    Raises:
        UserError: If the file cannot be read or decoded; the message names the line.
    """
    with as_user_error(path, "read"), open(path, "rb", buffering=SAMPLE_BYTES) as file:
        yield from decode_lines(file, str(path))


def decode_lines(file: BinaryIO, name: str) -> Iterator[str]:
    """Yield the lines of an open file, which may be a pipe; see `read_lines`.

    Args:
        file: Bytes, not read from yet. The file stays open.
        name: The name of the file for messages.

    Raises:
        UserError: As `iterate_lines`.
    """
    # One read at most: whoever writes into a pipe may wait for the answer to the first line.
    buffered: Any = file
    if not hasattr(file, "peek"):
        buffered = io.BufferedReader(cast(io.RawIOBase, file))
    codec = detect_codec(buffered.peek(SAMPLE_BYTES))
    if codec != UTF8:
        logger.warning("%r is read as %s", name, codec_label(codec))
    text = open_text(buffered, codec)
    try:
        yield from iterate_lines(text, repr(name))
    finally:
        text.detach()
        if buffered is not file:
            buffered.detach()


def iterate_lines(text: TextIO, name: str) -> Iterator[str]:
    """Yield the lines of an open text without their line ends.

    Args:
        text: Made by `encoding.open_text`.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If a line does not decode, or is far too long; the message names the line.
    """
    number = 0
    readline = text.readline
    try:
        while line := readline(MAX_LINE_LENGTH):
            number += 1
            if len(line) == MAX_LINE_LENGTH and line[-1] != "\n":
                raise UserError(
                    f"{name} has more than {MAX_LINE_LENGTH:,} characters in line {number:,}. Give "
                    "it a sentence a line."
                )
            yield line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UserError(decoding_error_message(name, number, error)) from error
