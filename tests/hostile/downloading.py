"""Downloads with short limits, to be called in a process of their own."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from pathlib import Path

from malgil.preprocessing.corpus.download import store
from malgil.preprocessing.corpus.download.catalogue import Dataset, Quantity, RemoteFile
from malgil.preprocessing.corpus.download.exchange import NetworkLimits
from tests.hostile.servers import LATE, SERVERS, SLOW, misbehaving

MAX_BYTES = 24_000
_SHORT, _LONG = 0.3, 20.0  # only a limit that must be reached is short


def download_from(name: str, folder: Path) -> None:
    """Download a file from a server of `SERVERS`, into a folder."""
    server = SERVERS[name]
    os.environ.update(NO_PROXY="", no_proxy="")
    context = None
    if server.kind == "tls":
        import trustme

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
        _download(url, folder, LATE in server.message, SLOW in server.message)


def resolve_nothing(folder: Path) -> None:
    """Download from a host whose name is never resolved."""
    socket.getaddrinfo = lambda *_, **__: threading.Event().wait()  # type: ignore[assignment]
    _download("http://example.org/file.zip", folder, is_late=True)


def resolve_many(folder: Path) -> None:
    """Download from a host of 10,000 addresses that do not answer (RFC 5737, section 3)."""

    def connect(*_: object) -> None:
        threading.Event().wait(0.05)
        raise TimeoutError("timed out")

    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))
    socket.getaddrinfo = lambda *_, **__: [address] * 10_000  # type: ignore[assignment]
    socket.socket.connect = connect  # type: ignore[assignment, method-assign]
    _download("http://example.org/file.zip", folder, is_late=True)


def _download(url: str, folder: Path, is_late: bool = False, is_slow: bool = False) -> None:
    """Download a dataset of one file of at most `MAX_BYTES`."""
    store._ALWAYS_ACCEPTED_BYTES = 0
    file = RemoteFile("train", url, Quantity(MAX_BYTES // 4), "", "file.zip")
    dataset = Dataset("mine", "", ("ko", "en"), Quantity(1), "CC0", "", "", "", (file,))
    limits = NetworkLimits(
        start_seconds=_SHORT if is_late else _LONG,
        window_seconds=_SHORT if is_slow else _LONG,
        min_speed=10_000,
        tries=2,
        pause_seconds=0.01,
        max_pause_seconds=0.02,
    )
    store.download(dataset, folder, (), lambda *_: None, limits)
