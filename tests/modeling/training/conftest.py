"""What the tests of training share."""

from __future__ import annotations

import logging

import pytest


@pytest.fixture(autouse=True)
def messages(caplog: pytest.LogCaptureFixture) -> None:
    """Capture the log for people, which users of the library do not see by default."""
    caplog.set_level(logging.INFO, logger="malgil")
