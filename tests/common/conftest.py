"""Fixtures of the tests of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.common.atomic import OLD


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return a file with the old content."""
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)
    return path
