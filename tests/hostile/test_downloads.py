"""Downloads from servers that misbehave: each ends within its limits, with one line."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from malgil.preprocessing.corpus.download.transfer import resumable_bytes
from tests.hostile.downloading import MAX_BYTES, download_from, resolve_many, resolve_nothing
from tests.hostile.isolation import run_isolated
from tests.hostile.servers import SERVERS

# Ten in the normal suite, under 8 seconds together.
SAMPLE = (
    "endless 100 Continue",
    "endless headers",
    "a tunnel of endless headers",
    "a handshake byte by byte",
    "a byte now and then",
    "one byte in each connection",
    "endless trailers",
    "endless empty blocks",
    "an error without an end",
    "redirects for ever",
)


def check(name: str, folder: Path) -> None:
    """Check that a download ends as it should, and what it leaves."""
    server, path = SERVERS[name], folder / "mine" / "file.zip"
    outcome = run_isolated(functools.partial(download_from, name, folder))
    assert outcome.fault() == ""
    assert outcome.kind == "refused" and re.search(server.message, outcome.message), outcome
    assert not path.exists() and not path.with_name("file.zip.json").exists()
    kept = resumable_bytes(path)
    if server.kept_bytes >= 0:
        assert kept == server.kept_bytes
    else:
        assert kept < MAX_BYTES
    assert ("kept" in outcome.message) == bool(kept)


@pytest.mark.parametrize("name", SAMPLE)
def test_sample(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)


@pytest.mark.hostile
@pytest.mark.parametrize("name", SERVERS)
def test_every(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)


@pytest.mark.hostile
@pytest.mark.parametrize("function", [resolve_nothing, resolve_many])
def test_names(function: Callable[[Path], None], tmp_path: Path) -> None:
    outcome = run_isolated(function, tmp_path)
    assert outcome.fault() == "" and outcome.kind == "refused"
    assert "sent no complete answer within 0.3 seconds, 2 times in a row" in outcome.message


@pytest.mark.parametrize("name", SAMPLE)
def test_the_sample_is_part_of_all(name: str) -> None:
    assert name in SERVERS and len(SERVERS) >= 60
