"""The server that downloads are tested with, and what fetches from it with little patience."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from malgil.preprocessing.corpus.download.transfer import RetryPolicy, fetch, part_path
from tests import web as site
from tests.web import Web, serving

Fetcher = Callable[..., SimpleNamespace]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def web() -> Iterator[Web]:
    """A server on this machine that does what its `script` says."""
    with serving() as server:
        yield server


@pytest.fixture
def retry_policy() -> RetryPolicy:
    """Three tries in a row, and no long pauses."""
    return RetryPolicy(tries=3, pause_seconds=0.01, max_pause_seconds=0.02)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file would be in the end."""
    return tmp_path / "file.zip"


@pytest.fixture
def get(
    web: Web, path: Path, retry_policy: RetryPolicy, caplog: pytest.LogCaptureFixture
) -> Fetcher:
    """Fetches what the server's script says: `said`, `shown`, and the `content` of the part."""

    def run(
        *script: site.Behavior, most: int = 10**7, url: str = "", silence: float = 30
    ) -> SimpleNamespace:
        web.script = list(script)
        caplog.clear()
        shown: list[tuple[int, int | None]] = []
        policy = dataclasses.replace(retry_policy, read_seconds=silence)
        with caplog.at_level("INFO", "malgil.preprocessing"):
            fetch(url or web.url(), path, most, lambda *state: shown.append(state), policy)
        said = list(caplog.messages)
        return SimpleNamespace(said=said, shown=shown, content=part_path(path).read_bytes())

    return run
