"""Messages to people: modules log, and the command line shows it beside its progress line.

A module writes `logger = logging.getLogger(__name__)`. Whoever imports Malgil as a library hears
warnings alone, and may redirect or silence the logger `malgil` as any other.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TextIO

from malgil.common.progress import ProgressLine


@contextlib.contextmanager
def messages(stream: TextIO | None = None) -> Iterator[ProgressLine]:
    """Show what is logged, from INFO on, as lines that stay.

    Args:
        stream: Where to write; standard error where it is None.

    Yields:
        The progress line that the messages step around: whoever shows progress takes this one.
    """
    logger = logging.getLogger("malgil")
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
