"""Servers that misbehave on purpose, for downloads: what each sends after a request."""

from __future__ import annotations

import contextlib
import functools
import gzip
import itertools
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.web import zip_of

# Bytes are sent, a number is a wait in seconds, and None closes the connection. After the last
# item nothing is sent, and the connection stays open.
Script = Iterator[bytes | float | None]

BODY = zip_of(1, 20_000)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b'ETag: "1"\r\nTransfer-Encoding: chunked\r\n\r\n'
FOUND = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
ESCAPES = b"\x1b[2J\x1b]0;x\x07\x9b31m\xe2\x80\xae"
BLOCK = 1 << 16
SLOWLY = 0.02  # seconds between two bytes


class Server(NamedTuple):
    """A kind of misbehavior.

    Attributes:
        script: Returns what is sent, given the request.
        message: What the error must say; a regular expression.
        kind: "http"; "tls" after a handshake with a trusted certificate; "raw", which is asked for
            https and sends its script instead of a handshake; "proxy" for http and "tunnel" for
            https through this server; "deaf", which accepts no connection; "reset".
        kept_bytes: Number of bytes that the next call resumes from.
    """

    script: Callable[[bytes], Script]
    message: str
    kind: str = "http"
    kept_bytes: int = 0


def sends(*items: bytes | float | None) -> Callable[[bytes], Script]:
    """Return a script of fixed items."""
    return lambda request: iter(items)


def endless(start: bytes, piece: bytes) -> Callable[[bytes], Script]:
    """Return a script that repeats a piece as fast as it is read."""
    block = piece * max(1, BLOCK // len(piece))
    return lambda request: itertools.chain([start], itertools.repeat(block))


def slow(start: bytes, piece: bytes, seconds: float = SLOWLY) -> Callable[[bytes], Script]:
    """Return a script that repeats a piece byte by byte, with a pause after each."""

    def script(request: bytes) -> Script:
        yield start
        for place in itertools.count():
            yield piece[place % len(piece) :][:1]
            yield seconds

    return script


def numbered(piece: bytes) -> Callable[[bytes], Script]:
    """Return a script of headers that are all different."""
    return lambda request: itertools.chain([OK], (piece % n for n in itertools.count()))


def one_byte_each(request: bytes) -> Script:
    """Yield one more byte of the file in each connection, with a range if one is asked for."""
    asked = request.partition(b"Range: bytes=")[2].partition(b"-")[0]
    first, size = int(asked or 0), len(BODY)
    place = b"Content-Range: bytes %d-%d/%d\r\n" % (first, size - 1, size)
    yield b"HTTP/1.1 206 Partial Content\r\n" + place if asked else OK
    yield b'ETag: "1"\r\nContent-Length: %d\r\n\r\n' % (size - first)
    yield BODY[first : first + 1]
    yield None


def packed(content: bytes, times: int) -> Callable[[bytes], Script]:
    """Return a script that sends a body which is compressed several times."""

    def script(request: bytes) -> Script:
        yield OK + b"Content-Encoding: " + b", ".join([b"gzip"] * times) + b"\r\n\r\n"
        yield functools.reduce(lambda body, _: gzip.compress(body, 1), range(times), content)

    return script


def body(length: bytes, *items: bytes | float | None) -> Callable[[bytes], Script]:
    """Return a script that sends a body after a header of its length."""
    return sends(OK + b'ETag: "1"\r\nContent-Length: ' + length + b"\r\n\r\n", *items)


def redirects(target: bytes, then: bytes = b"\r\n\r\n") -> Callable[[bytes], Script]:
    """Return a script that redirects."""
    return sends(FOUND + target + then)


def status(line: bytes, headers: bytes = b"Content-Length: 0\r\n\r\n") -> Callable[[bytes], Script]:
    """Return a script that answers with a status line."""
    return sends(b"HTTP/1.1 " + line + b"\r\n" + headers)


LATE, SLOW, FAILED = (
    "sent no complete answer",
    "slower than 10,000 bytes per second",
    "connection to .* failed",
)
LARGE, BROKEN = "the maximum is", "broke off"
NO_ZIP = "damaged or incomplete"
ZEROS, LONG = bytes(BLOCK), b"x" * 60_000

SERVERS = {
    # The connection.
    "accepts nothing": Server(sends(), LATE, "deaf"),
    "resets the connection": Server(sends(), FAILED, "reset"),
    "closes at once": Server(sends(None), FAILED),
    "sends nothing": Server(sends(), LATE),
    # The status line.
    "status byte by byte": Server(slow(b"", b"HTTP/1.1 200 OK "), LATE),
    "endless status line": Server(endless(b"HTTP/1.1 200 ", b"O"), FAILED),
    "endless garbage": Server(endless(b"", b"\x00\xff\r\n"), FAILED),
    "escapes as a status": Server(sends(ESCAPES + b"\r\n\r\n", None), FAILED),
    "escapes as a reason": Server(status(b"404 " + ESCAPES), r"404 \\x1b\[2J"),
    "a long reason": Server(status(b"404 " + LONG), "404 x+. If"),
    "no body to expect": Server(status(b"204 No Content"), "returned 204"),
    "early hints": Server(endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), "returned 103"),
    "another protocol": Server(status(b"101 Switching Protocols"), "returned 101"),
    # Interim responses and headers.
    "endless 100 Continue": Server(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
    "endless 100 with headers": Server(
        endless(b"", b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n"), LATE
    ),
    "slow 100 Continue": Server(slow(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
    "endless headers": Server(numbered(b"X-%d: a\r\n"), FAILED),
    "endless header line": Server(endless(OK + b"A: ", b"x"), FAILED),
    "endless folded header": Server(endless(OK + b"A: b\r\n", b" x\r\n"), FAILED),
    "headers byte by byte": Server(slow(OK, b"X: a\r\n"), LATE),
    "headers without an end": Server(sends(OK + b"A: b\r\n"), LATE),
    "99 long headers": Server(
        sends(OK + b"".join(b"X-%d: %s\r\n" % (n, LONG) for n in range(99)) + b"\r\n"),
        SLOW,
    ),
    # A body with a length, or until the connection is closed.
    "stalls in the body": Server(body(b"20000", BODY[:500]), SLOW, kept_bytes=500),
    "no byte of the body": Server(body(b"20000"), SLOW),
    "body byte by byte": Server(slow(OK + b"Content-Length: 20000\r\n\r\n", BODY), SLOW),
    "a byte now and then": Server(slow(OK + b"\r\n", BODY, 0.1), SLOW),
    "a length beyond all": Server(body(b"9" * 18), LARGE),
    "a length beyond numbers": Server(body(b"9" * 5000), SLOW),
    "a negative length": Server(body(b"-5"), SLOW),
    "two lengths": Server(body(b"5\r\nContent-Length: 6"), FAILED),
    "a body without an end": Server(endless(OK + b"\r\n", b"x"), LARGE),
    "more than its length": Server(endless(OK + b"Content-Length: 9\r\n\r\n", b"x"), NO_ZIP),
    "always cut short": Server(body(b"20000", None), BROKEN),
    "one byte in each connection": Server(one_byte_each, BROKEN, kept_bytes=2),
    "half, without a length": Server(sends(OK + b"\r\n" + BODY[:9000], None), NO_ZIP),
    # Chunks.
    "endless trailers": Server(endless(CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n"), SLOW, "http", 1),
    "slow trailers": Server(slow(CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n"), SLOW, "http", 1),
    "endless chunk extension": Server(endless(CHUNKED + b"5;", b"x"), FAILED),
    "long extensions of small chunks": Server(
        endless(CHUNKED, b"1;" + LONG + b"\r\nx\r\n"), f"{LARGE}|{SLOW}", kept_bytes=-1
    ),
    "chunks of eight bytes": Server(endless(CHUNKED, b"8\r\nabcdefgh\r\n"), LARGE),
    "slow chunk sizes": Server(slow(CHUNKED, b"1;x=y\r\nx\r\n"), SLOW, kept_bytes=-1),
    "endless zeros of a size": Server(endless(CHUNKED, b"0"), FAILED),
    "a chunk beyond all": Server(sends(CHUNKED + b"f" * 16 + b"\r\nx"), SLOW, kept_bytes=1),
    "a negative chunk": Server(sends(CHUNKED + b"-5\r\nx", None), FAILED, kept_bytes=-1),
    "no number of a chunk": Server(sends(CHUNKED + ESCAPES + b"\r\nx", None), FAILED),
    "chunks cut short": Server(sends(CHUNKED + b"9\r\nxy", None), FAILED, kept_bytes=-1),
    # Compression.
    "a gzip bomb": Server(packed(bytes(20 << 20), 1), LARGE),
    "a gzip bomb of a gzip bomb": Server(packed(bytes(20 << 20), 2), LARGE),
    "compressed nine times": Server(packed(BODY, 9), FAILED),
    "an endless name in gzip": Server(
        endless(OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6), b"x"), SLOW
    ),
    "endless empty blocks": Server(
        endless(OK + b"Content-Encoding: deflate\r\n\r\nx\x9c", b"\x00\x00\x00\xff\xff"), SLOW
    ),
    "no gzip": Server(sends(OK + b"Content-Encoding: gzip\r\n\r\nabc", None), FAILED),
    "another transfer coding": Server(
        sends(OK + b"Transfer-Encoding: gzip" + ESCAPES + b"\r\n\r\n"), r"coding gzip.*x1b"
    ),
    # Errors.
    "an error without an end": Server(
        endless(b"HTTP/1.1 503 Busy\r\nRetry-After: 99999999\r\n\r\n", b"x"), "returned 503 Busy"
    ),
    "a wait for ever": Server(
        status(b"429 Wait", b"Retry-After: Fri, 31 Dec 9999 00:00:00 GMT\r\n\r\n"), "429 Wait"
    ),
    "always another range": Server(
        status(b"206 Partial Content", b"Content-Range: bytes 5-9/10\r\n\r\nabcde"), "another part"
    ),
    "always after the end": Server(status(b"416 Range Not Satisfiable"), "another part"),
    # Redirects.
    "a redirect to http": Server(redirects(b"http://127.0.0.1/"), "https:// addresses only"),
    "a redirect to a file": Server(redirects(b"file:///etc/passwd"), "https:// addresses only"),
    "a redirect to escapes": Server(redirects(b"http://" + ESCAPES), "https:// addresses only"),
    "a redirect to no UTF-8": Server(redirects(b"https://\xff\xfe/\x80"), "address|failed"),
    "a redirect to a long address": Server(redirects(LONG), "https:// addresses only"),
    "redirects for ever": Server(redirects(b"/next"), "redirects more than 5 times", "tls"),
    "a redirect without an end": Server(
        endless(FOUND + b"/next\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        "redirects more than 5 times",
        "tls",
    ),
    # TLS and proxies.
    "no handshake": Server(sends(), LATE, "raw"),
    "a handshake byte by byte": Server(slow(b"\x16\3\3\x40\0\2\0\x3f\xfc", b"\0"), LATE, "raw"),
    "endless alerts": Server(endless(b"", b"\x15\3\3\0\2\1\x5a"), f"{FAILED}|{LATE}", "raw"),
    "no TLS at all": Server(endless(b"", b"HTTP/1.1 200 OK\r\n"), FAILED, "raw"),
    "TLS that stalls": Server(sends(OK), LATE, "tls"),
    "TLS body byte by byte": Server(slow(OK + b"\r\n", BODY), SLOW, "tls"),
    "a proxy that stalls": Server(sends(), LATE, "proxy"),
    "a tunnel that stalls": Server(sends(), LATE, "tunnel"),
    "a tunnel of endless headers": Server(endless(OK, b"A: b\r\n"), LATE, "tunnel"),
    "a tunnel of slow headers": Server(slow(OK, b"A: b\r\n"), LATE, "tunnel"),
    "a tunnel with escapes": Server(status(b"407 " + ESCAPES), FAILED, "tunnel"),
    "a tunnel to no handshake": Server(sends(OK + b"\r\n"), LATE, "tunnel"),
}


@contextlib.contextmanager
def misbehaving(server: Server, context: ssl.SSLContext | None) -> Iterator[int]:
    """Run a server while the body runs, and return its port.

    Args:
        server: What it does.
        context: Has the certificate of 127.0.0.1; needed for "tls".
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopped = threading.Event()
        if server.kind != "deaf":
            threading.Thread(target=_accept, args=(listener, server, context, stopped)).start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopped.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(
    listener: socket.socket,
    server: Server,
    context: ssl.SSLContext | None,
    stopped: threading.Event,
) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection = listener.accept()[0]
            arguments = (connection, server, context, stopped)
            threading.Thread(target=_answer, args=arguments, daemon=True).start()


def _answer(
    connection: socket.socket,
    server: Server,
    context: ssl.SSLContext | None,
    stopped: threading.Event,
) -> None:
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        stack.enter_context(connection)
        if server.kind == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if server.kind == "tls":
            assert context is not None
            connection = stack.enter_context(context.wrap_socket(connection, server_side=True))
        for item in server.script(connection.recv(BLOCK)):
            if item is None:
                return
            if isinstance(item, bytes):
                connection.sendall(item)
            elif stopped.wait(item):
                return
        while connection.recv(BLOCK):  # until the client closes it
            pass
