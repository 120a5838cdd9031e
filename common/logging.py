"""Messages to people: modules log, and the command line shows it beside its progress line.

A module writes `logger = logging.getLogger(__name__)`. Whoever imports Malgil as a library hears
warnings alone, and may redirect or silence the logger `malgil` as any other.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import TextIO

from malgil.common.progress import ProgressLine


@contextlib.contextmanager
def messages(stream: TextIO | None = None) -> Iterator[ProgressLine]:
    """Show what is logged, from INFO on, as lines that stay.

    Uses may be nested: where messages are shown already, the inner use shares the line of the
    outer one, so that each message appears once and no bar is drawn over another.

    Args:
        stream: Where to write; standard error where it is None.

    Yields:
        The progress line that the messages step around: whoever shows progress takes this one.
    """
    logger = logging.getLogger("malgil")
    shared = [each for each in logger.handlers if isinstance(each, ProgressLine)]
    if shared and stream in (None, shared[0].stream):
        try:
            yield shared[0]
        finally:
            shared[0].clear()
        return
    line = ProgressLine(stream)
    level = logger.level
    logger.addHandler(line)
    logger.setLevel(logging.INFO)
    try:
        yield line
    finally:
        line.clear()
        logger.setLevel(level)
        logger.removeHandler(line)


def silence_tensorflow() -> None:
    """Keep the notes of TensorFlow below an error to itself.

    Call it before TensorFlow is imported: its native code reads the level once, when it is loaded.
    A level that is set in the environment stays.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
