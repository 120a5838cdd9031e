"""The server for tests of downloads, and a function that downloads from it with short pauses."""

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
    """Return a server on this machine that follows its `script`."""
    with serving() as server:
        yield server


@pytest.fixture
def retry_policy() -> RetryPolicy:
    """Return a policy of three consecutive tries with short pauses."""
    return RetryPolicy(tries=3, pause_seconds=0.01, max_pause_seconds=0.02)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the final path of the file."""
    return tmp_path / "file.zip"


@pytest.fixture
def get(
    web: Web, path: Path, retry_policy: RetryPolicy, caplog: pytest.LogCaptureFixture
) -> Fetcher:
    """Return a function that downloads by a script: `said`, `shown` and the part's `content`."""

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
