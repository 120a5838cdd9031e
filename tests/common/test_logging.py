"""Messages: what modules log is shown beside the progress line, and nothing stays attached."""

from __future__ import annotations

import io
import logging

from malgil.common.logging import messages


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_messages_step_around_the_progress_line() -> None:
    stream = Terminal()
    with messages(stream) as line:
        line._drawn -= 1
        line.count("read", 3)
        logging.getLogger("malgil.preprocessing").info("train: %d pairs", 7)
    shown = stream.getvalue()
    assert "\rread: 3" in shown
    assert shown.endswith("\r       \rtrain: 7 pairs\n")


def test_nothing_stays_attached() -> None:
    logger = logging.getLogger("malgil")
    before = logger.level, list(logger.handlers)
    with messages(io.StringIO()):
        assert logger.isEnabledFor(logging.INFO)
    assert (logger.level, list(logger.handlers)) == before


def test_debugging_is_left_out() -> None:
    stream = io.StringIO()
    with messages(stream):
        logging.getLogger("malgil.x").debug("hidden")
        logging.getLogger("malgil.x").warning("shown")
    assert stream.getvalue() == "shown\n"
