"""The notice about lines that are not in the source language."""

from __future__ import annotations

import logging

import pytest

from malgil.cli.untranslated_lines import UntranslatedLines
from malgil.modeling.translation import Translation


def report(caplog: pytest.LogCaptureFixture, *texts: str) -> str:
    lines = UntranslatedLines("ko")
    for number, text in enumerate(texts, 1):
        is_translated = any("가" <= letter <= "힣" for letter in text)
        lines.add(number, Translation(text, text, 0.0, [], [], is_translated=is_translated))
    with caplog.at_level(logging.INFO, logger="malgil"):
        lines.report()
    return caplog.text


def test_one_line(caplog: pytest.LogCaptureFixture) -> None:
    text = report(caplog, "가요.", "---", "", "Even so.")
    assert "1 line contains no letter of the source language (ko)" in text
    assert "line 4, 'Even so.'" in text


def test_several_lines(caplog: pytest.LogCaptureFixture) -> None:
    text = report(caplog, "KTX", "가요.", "Even so.")
    assert "2 lines contain no letter" in text and "The first is line 1, 'KTX'." in text


def test_no_such_line(caplog: pytest.LogCaptureFixture) -> None:
    assert report(caplog, "가요.", "---", " ", "25%", "ㅋㅋㅋ") == ""
