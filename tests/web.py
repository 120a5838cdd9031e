"""A web server on the local machine for the tests of downloads, with scripted behavior."""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import re
import ssl
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What the server does with one request.
Behavior = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """A request and its response."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Run the next entry of the server's script; the last entry is repeated."""
        web = self.server.web
        web.requests.append((self.path, self.headers))
        behavior = web.script.pop(0) if len(web.script) > 1 else web.script[0]
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            behavior(self)
            self.wfile.flush()

    def answer(self, status: int, body: bytes = b"", **headers: str | int) -> None:
        """Answer with these headers, with `_` for `-`. The default length is that of the body."""
        self.send_response(status)
        for name, value in {"Content_Length": len(body), **headers}.items():
            if value != "":
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        """Close the connection."""
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Write nothing to standard error."""


class Server(ThreadingHTTPServer):
    """An HTTP server that has a reference to its `Web`."""

    daemon_threads = True
    web: Web

    def handle_error(self, *_: object) -> None:
        """Ignore errors: clients disconnect in these tests."""


class Web:
    """A server with its script and the requests that it received.

    Attributes:
        script: The behavior for each request, in order.
        requests: The path and the headers of each request.
        released: Set at the end, to release the requests that `stall` blocks.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.script: list[Behavior] = []
        self.requests: list[tuple[str, Message]] = []
        self.released = threading.Event()
        self._server = Server(("127.0.0.1", 0), Request)
        self._server.web = self
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if context else "http"
        poll = {"poll_interval": 0.01}
        threading.Thread(target=self._server.serve_forever, kwargs=poll, daemon=True).start()

    def url(self, path: str = "/file.zip") -> str:
        """Return an address of the server."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        """Stop the server."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Run a server while the body runs."""
    web = Web(context)
    try:
        yield web
    finally:
        web.close()


def file(
    body: bytes, tag: str = '"1"', ranges: bool = True, after: int | None = None, **more: str
) -> Behavior:
    """Return a behavior that serves a file as regular servers do.

    Args:
        body: Its content.
        tag: Its ETag. Empty for none.
        ranges: Whether the server supports range requests.
        after: Number of sent bytes after which the connection is closed. None for never.
        more: More headers.
    """

    def behave(request: Request) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        is_same = request.headers.get("If-Range", tag) in (tag, more.get("Last_Modified"))
        status, first, headers = 200, 0, dict(more)
        if wanted and ranges and int(wanted[1]) >= len(body):
            return request.answer(416, Content_Range=f"bytes */{len(body)}")
        if wanted and ranges and is_same:
            status, first = 206, int(wanted[1])
            headers["Content_Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        length = len(body) - first
        end = len(body) if after is None else first + after
        request.answer(status, body[first:end], Content_Length=length, ETag=tag, **headers)
        if end < len(body):
            request.hang_up()
        return None

    return behave


def status(code: int, **headers: str) -> Behavior:
    """Return a behavior that sends a status and a line of text."""
    return lambda request: request.answer(code, b"no\n", **headers)


def redirect(target: str, code: int = 302) -> Behavior:
    """Return a behavior that redirects."""
    return lambda request: request.answer(code, Location=target)


def stall(body: bytes, after: int) -> Behavior:
    """Return a behavior that stops sending after the first bytes."""

    def behave(request: Request) -> None:
        request.answer(200, body[:after], Content_Length=len(body), ETag='"1"')
        request.wfile.flush()
        request.server.web.released.wait(20)
        request.hang_up()

    return behave


def chunked(body: bytes, is_whole: bool = True) -> Behavior:
    """Return a behavior that sends chunks without a length (RFC 9112, section 7.1)."""

    def behave(request: Request) -> None:
        request.answer(200, Content_Length="", Transfer_Encoding="chunked", ETag='"1"')
        for start in range(0, len(body) if is_whole else len(body) // 2, 30_000):
            part = body[start : start + 30_000]
            request.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        if is_whole:
            request.wfile.write(b"0\r\n\r\n")
        request.hang_up()

    return behave


def until_closed(body: bytes, times: int = 1) -> Behavior:
    """Return a behavior that sends a repeated body, which ends with the connection."""

    def behave(request: Request) -> None:
        request.answer(200, Content_Length="")
        for _ in range(times):
            request.wfile.write(body)
        request.hang_up()

    return behave


def packed(body: bytes) -> Behavior:
    """Return a behavior that compresses the body although the client did not accept it."""
    sent = gzip.compress(body)
    return lambda request: request.answer(200, sent, Content_Encoding="gzip", ETag='"1"')


def zip_of(seed: int, size: int = 200_000) -> bytes:
    """Return a zip file of about `size` bytes of random content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("kor.txt", random.Random(seed).randbytes(size))
    return content.getvalue()


def tar_of(seed: int, size: int = 50_000) -> bytes:
    """Return a .tar.gz file of about `size` bytes."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        member = tarfile.TarInfo("park.ko")
        member.size = size
        archive.addfile(member, io.BytesIO(random.Random(seed).randbytes(size)))
    return content.getvalue()
