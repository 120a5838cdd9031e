"""Tests of messages: logged lines appear above the progress line, and no handler remains."""

from __future__ import annotations

import io
import logging
import os

import pytest

from malgil.common.logging import messages, silence_tensorflow


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_messages_appear_above_the_progress_line() -> None:
    stream = Terminal()
    with messages(stream) as line:
        line._drawn -= 1
        line.count("read", 3)
        logging.getLogger("malgil.preprocessing").info("train: %d pairs", 7)
    shown = stream.getvalue()
    assert "\rread: 3" in shown
    assert shown.endswith("\r       \rtrain: 7 pairs\n")


def test_no_handler_remains() -> None:
    logger = logging.getLogger("malgil")
    before = logger.level, list(logger.handlers)
    with messages(io.StringIO()):
        assert logger.isEnabledFor(logging.INFO)
    assert (logger.level, list(logger.handlers)) == before


def test_nested_uses_share_one_line() -> None:
    stream = Terminal()
    logger = logging.getLogger("malgil.x")
    with messages(stream) as outer:
        with messages() as inner, messages(stream) as again:
            assert inner is outer is again
            logger.info("once")
            inner.draw("a bar")
        assert stream.getvalue() == "once\n\ra bar\r     \r"  # no bar outlives its use
        logger.info("still there")
    assert stream.getvalue().endswith("\rstill there\n")


def test_another_stream_has_its_own_line() -> None:
    first, second = io.StringIO(), io.StringIO()
    with messages(first) as outer, messages(second) as inner:
        assert inner is not outer
        logging.getLogger("malgil.x").info("both")
    assert first.getvalue() == second.getvalue() == "both\n"


@pytest.mark.parametrize(("given", "level"), [(None, "3"), ("0", "0")])
def test_tensorflow_is_silenced_if_no_level_is_set(
    monkeypatch: pytest.MonkeyPatch, given: str | None, level: str
) -> None:
    logger = logging.getLogger("tensorflow")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    if given:
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", given)
    silence_tensorflow()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == level
    assert not logger.isEnabledFor(logging.WARNING) and logger.isEnabledFor(logging.ERROR)


def test_debugging_messages_are_not_shown() -> None:
    stream = io.StringIO()
    with messages(stream):
        logging.getLogger("malgil.x").debug("hidden")
        logging.getLogger("malgil.x").warning("shown")
    assert stream.getvalue() == "shown\n"
