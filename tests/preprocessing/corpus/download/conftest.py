"""The server for tests of downloads, and a function that downloads from it with short pauses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from malgil.preprocessing.corpus.download.exchange import NetworkLimits
from malgil.preprocessing.corpus.download.transfer import fetch, part_path
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
def limits() -> NetworkLimits:
    """Return three consecutive tries with short pauses, each for 30 bytes."""
    return NetworkLimits(min_speed=1, tries=3, pause_seconds=0.01, max_pause_seconds=0.02)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the final path of the file."""
    return tmp_path / "file.zip"


@pytest.fixture
def get(web: Web, path: Path, limits: NetworkLimits, caplog: pytest.LogCaptureFixture) -> Fetcher:
    """Return a function that downloads by a script: `said`, `shown` and the part's `content`."""

    def run(
        *script: site.Behavior, most: int = 10**7, url: str = "", **changes: float
    ) -> SimpleNamespace:
        web.script = list(script)
        caplog.clear()
        shown: list[tuple[int, int | None]] = []
        changed = dataclasses.replace(limits, **changes)
        with caplog.at_level("INFO", "malgil.preprocessing"):
            fetch(url or web.url(), path, most, lambda *state: shown.append(state), changed)
        said = list(caplog.messages)
        return SimpleNamespace(said=said, shown=shown, content=part_path(path).read_bytes())

    return run
