"""The limits of an exchange."""

from __future__ import annotations

import threading

import pytest

from malgil.preprocessing.corpus.download import exchange
from malgil.preprocessing.corpus.download.exchange import Exchange, NetworkLimits
from malgil.preprocessing.corpus.download.response import ConnectionBroken
from tests import web as site
from tests.web import Web

BODY = bytes(300_000)


def read_all(asked: Exchange) -> bytes:
    asked.response()
    return b"".join(iter(asked.read, b""))


def threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def test_the_time_of_the_caller_does_not_count(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.script = [site.file(BODY)]
    now = [0.0]
    monkeypatch.setattr(exchange.time, "monotonic", lambda: now[0])
    received = b""
    with Exchange(web.url(), {}, NetworkLimits(min_speed=10**9, window_seconds=1)) as asked:
        asked.response()
        while content := asked.read():
            received += content
            now[0] += 100.0  # a slow disk
    assert received == BODY


def test_the_speed_is_that_of_each_window(web: Web) -> None:
    """A fast beginning does not allow the end to be slow."""
    web.script = [site.stall(BODY, len(BODY) - 1)]
    limits = NetworkLimits(min_speed=1000, window_seconds=0.1)
    with (
        Exchange(web.url(), {}, limits) as asked,
        pytest.raises(ConnectionBroken, match=r"slower than 1,000 .* 0.1 seconds \(received: 0\)"),
    ):
        read_all(asked)


def test_just_fast_enough(web: Web) -> None:
    def pieces(request: site.Request) -> None:
        request.answer(200, Content_Length=8 * 1000)
        for _ in range(8):
            request.wfile.write(bytes(1000))
            request.wfile.flush()
            request.server.web.released.wait(0.05)

    web.script = [pieces]
    with Exchange(web.url(), {}, NetworkLimits(min_speed=100, window_seconds=0.1)) as asked:
        assert len(read_all(asked)) == 8000


@pytest.mark.parametrize("reads", [False, True])
def test_the_thread_ends_with_the_exchange(web: Web, reads: bool) -> None:
    """It ends while it waits for the server, and while it waits for its caller."""
    web.script = [site.until_closed(BODY, 1000) if reads else site.stall(BODY, 9)]
    before = threads()
    with Exchange(web.url(), {}, NetworkLimits()) as asked:
        asked.response()
        asked.read()
        (mine,) = (each for each in threads() - before if each.name.endswith("(_run)"))
    mine.join(10)
    assert not mine.is_alive()


def test_ctrl_c_while_a_name_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    import signal
    import socket

    released = threading.Event()

    def resolve(*_: object, **__: object) -> list[object]:
        signal.raise_signal(signal.SIGINT)  # is handled by the main thread
        released.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with (
            pytest.raises(KeyboardInterrupt),
            Exchange("http://example.org/", {}, NetworkLimits()) as asked,
        ):
            asked.response()
        assert not released.is_set()
    finally:
        released.set()
        signal.signal(signal.SIGINT, before)
