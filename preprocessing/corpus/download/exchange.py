"""An HTTP exchange with limits: nothing that a server sends, or does not send, takes for ever.

requests, urllib3 and the resolver of the system wait and loop in many places: for a name, a
handshake, a proxy, endless headers, interim responses or trailers of chunks. So a thread runs them,
and the caller waits for that thread no longer than the limits allow. Ctrl-C ends the wait at once.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from malgil.common.localization import _
from malgil.preprocessing.corpus.download.response import ConnectionBroken, Response

_QUEUED = 64  # chunks of at most 64 KiB that may wait for the caller
_POLL_SECONDS = 0.1  # on Windows, Ctrl-C is heard between two waits


@dataclass(frozen=True)
class NetworkLimits:
    """How long a slow or broken connection is tolerated.

    Attributes:
        start_seconds: The maximum time until the headers of the response are complete, with all
            redirects.
        min_speed: The minimum speed of a body, in bytes per second.
        window_seconds: The time over which the speed is averaged. Only waiting for the server
            counts.
        tries: The maximum number of consecutive tries without as many new bytes as that speed
            gives in that time.
        pause_seconds: The pause before the third try is twice as long, and doubles before each
            further try.
        max_pause_seconds: The longest pause, also if the server asks for a longer one.
    """

    start_seconds: float = 60.0
    min_speed: int = 1000
    window_seconds: float = 30.0
    tries: int = 5
    pause_seconds: float = 1.0
    max_pause_seconds: float = 60.0

    @property
    def window_bytes(self) -> float:
        """The minimum number of bytes in `window_seconds`."""
        return self.min_speed * self.window_seconds


class Exchange:
    """A request and its response. As a context manager, it ends the connection at the end.

    Args:
        url: The address.
        headers: Additional headers of the request.
        limits: How long the response may take.
    """

    def __init__(self, url: str, headers: Mapping[str, str], limits: NetworkLimits) -> None:
        self._url, self._headers, self._limits = url, headers, limits
        self._items: queue.Queue[Response | bytes | Exception] = queue.Queue(_QUEUED)
        self._sockets: list[socket.socket] = []
        self._is_closed = False
        self._seconds_left, self._window_bytes = limits.window_seconds, 0

    def __enter__(self) -> Exchange:
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._is_closed = True
        self._hang_up()
        with suppress(queue.Empty):  # the thread may wait for room; it ends after its next item
            while True:
                self._items.get_nowait()

    def response(self) -> Response:
        """Return the head of the response.

        Raises:
            ConnectionBroken: If a retry may succeed.
            UserError: If no retry will succeed.
        """
        item, _seconds = self._next(self._limits.start_seconds)
        if item is None:
            raise ConnectionBroken(
                _("{host} sent no complete answer within {seconds:g} seconds").format(
                    host=urlsplit(self._url).hostname, seconds=self._limits.start_seconds
                )
            )
        assert isinstance(item, Response)
        return item

    def read(self) -> bytes:
        """Return the next bytes of the body as soon as they arrive; empty at its end.

        Raises:
            ConnectionBroken: If the connection breaks, or is slower than the minimum speed.
        """
        while True:
            if self._seconds_left <= 0:
                if self._window_bytes < self._limits.window_bytes:
                    raise ConnectionBroken(self._slow_message())
                self._seconds_left, self._window_bytes = self._limits.window_seconds, 0
            item, seconds = self._next(self._seconds_left)
            self._seconds_left -= seconds
            if item is not None:
                assert isinstance(item, bytes)
                self._window_bytes += len(item)
                return item

    def _next(self, seconds: float) -> tuple[Response | bytes | None, float]:
        """Return the next item, None if there is none within a time, and the time that passed."""
        begin, passed = time.monotonic(), 0.0
        item = None
        while item is None and passed < seconds:
            with suppress(queue.Empty):
                item = self._items.get(timeout=min(seconds - passed, _POLL_SECONDS))
            passed = time.monotonic() - begin
        if isinstance(item, Exception):
            raise item
        return item, passed

    def _slow_message(self) -> str:
        return _(
            "{host} was slower than {speed:,} bytes per second for {seconds:g} seconds "
            "(received: {received:,})"
        ).format(
            host=urlsplit(self._url).hostname,
            speed=self._limits.min_speed,
            seconds=self._limits.window_seconds,
            received=self._window_bytes,
        )

    def _run(self) -> None:
        """Put the head, the chunks and an empty chunk into the queue, or an exception."""
        try:
            from malgil.preprocessing.corpus.download import http  # imports requests

            seconds = self._limits.start_seconds + self._limits.window_seconds
            for item in http.request(self._url, self._headers, seconds, self._watch):
                self._items.put(item)
                if self._is_closed:
                    return
            self._items.put(b"")
        except Exception as error:
            self._items.put(error)

    def _watch(self, connected: socket.socket) -> None:
        """Keep a second descriptor of a socket: TLS takes the first one away."""
        self._sockets.append(connected.dup())
        if self._is_closed:
            self._hang_up()

    def _hang_up(self) -> None:
        """End all connections, which wakes the thread wherever it reads or writes."""
        with suppress(IndexError):
            while True:
                with self._sockets.pop() as connected, suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)
