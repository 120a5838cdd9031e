"""Downloads from servers that misbehave: each ends within its limits, with one line."""

from __future__ import annotations

import functools
import os
import re
import socket
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from malgil.preprocessing.corpus.download import store
from malgil.preprocessing.corpus.download.catalogue import Dataset, Quantity, RemoteFile
from malgil.preprocessing.corpus.download.exchange import NetworkLimits
from malgil.preprocessing.corpus.download.transfer import resumable_bytes
from tests.hostile.isolation import run_isolated
from tests.hostile.servers import SERVERS, misbehaving

LIMITS = NetworkLimits(
    start_seconds=0.4,
    min_speed=1000,
    window_seconds=0.3,
    tries=2,
    pause_seconds=0.01,
    max_pause_seconds=0.02,
)
MAX_BYTES = 50_000
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


def download_from(name: str, folder: Path) -> None:
    """Download a file from a server of `SERVERS`, with short limits."""
    server = SERVERS[name]
    store._ALWAYS_ACCEPTED_BYTES = 0  # a small file ends without an end sooner
    os.environ.update(NO_PROXY="", no_proxy="", LANGUAGE="C")
    context = None
    if server.kind == "tls":
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "authority.pem")
    with misbehaving(server, context) as port:
        scheme = "https" if server.kind in ("tls", "raw", "tunnel") else "http"
        url = f"{scheme}://127.0.0.1:{port}/file.zip"
        if server.kind in ("proxy", "tunnel"):
            os.environ[f"{scheme}_proxy"] = f"http://127.0.0.1:{port}"
        download(url, folder)


def download(url: str, folder: Path) -> None:
    """Download a dataset of one file."""
    file = RemoteFile("train", url, Quantity(MAX_BYTES // 4), "", "file.zip")
    dataset = Dataset("mine", "", ("ko", "en"), Quantity(1), "CC0", "", "", "", (file,))
    store.download(dataset, folder, (), lambda *_: None, LIMITS)


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


def resolve_nothing(folder: Path) -> None:
    """Download from a host whose name is never resolved."""
    socket.getaddrinfo = lambda *_, **__: threading.Event().wait()  # type: ignore[assignment]
    download("http://example.org/file.zip", folder)


def resolve_many(folder: Path) -> None:
    """Download from a host of 10,000 addresses that never answer (RFC 5737, section 3)."""
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    address = (*kind, ("192.0.2.1", 80))
    socket.getaddrinfo = lambda *_, **__: [address] * 10_000  # type: ignore[assignment]

    def connect(*_: object) -> None:
        if threading.Event().wait(0.05):
            return
        raise TimeoutError("timed out")

    socket.socket.connect = connect  # type: ignore[assignment, method-assign]
    download("http://example.org/file.zip", folder)


@pytest.mark.hostile
@pytest.mark.parametrize("function", [resolve_nothing, resolve_many])
def test_names(function: object, tmp_path: Path) -> None:
    outcome = run_isolated(function, tmp_path)  # type: ignore[arg-type]
    assert outcome.fault() == "" and outcome.kind == "refused"
    assert "sent no complete answer within 0.4 seconds, 2 times in a row" in outcome.message


@pytest.mark.parametrize("name", SAMPLE)
def test_the_sample_is_part_of_all(name: str) -> None:
    assert name in SERVERS and len(SERVERS) >= 60
