"""Messages for people: modules log them, and the command line prints them above a progress line.

A module logs with `logger = logging.getLogger(__name__)`. A program that imports Malgil as a
library sees warnings only, and can redirect or silence the logger `malgil` like any other.
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
    """Print logged messages of level INFO and above as permanent lines.

    Uses may be nested: an inner use on the same stream shares the progress line of the outer one,
    so that each message is printed once and no bar is drawn over another.

    Args:
        stream: Where to write; None for standard error.

    Yields:
        The progress line that messages are printed above. Use it to show progress.
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
    """Silence TensorFlow's messages below the level of an error.

    Call it before TensorFlow is imported: its native code reads the level once, when it is loaded.
    A level that is set in the environment is kept.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
