"""What the tests of training share."""

from __future__ import annotations

import logging

import pytest


@pytest.fixture(autouse=True)
def messages(caplog: pytest.LogCaptureFixture) -> None:
    """Captures what is logged for people, which a library's user does not see by default."""
    caplog.set_level(logging.INFO, logger="malgil")
