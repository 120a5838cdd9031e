"""Deferred Ctrl-C: work that must not be cut short is finished first."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import Any

from malgil.common.errors import ExitCode

HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
"""The signal of a terminal that was closed; None on Windows, which has none."""


def end_signals() -> tuple[signal.Signals, ...]:
    """Return SIGTERM, and SIGHUP unless this process was started to ignore it, as nohup does."""
    if HANGUP is None or signal.getsignal(HANGUP) is signal.SIG_IGN:
        return (signal.SIGTERM,)
    return (signal.SIGTERM, HANGUP)


@contextlib.contextmanager
def collect_interrupts() -> Iterator[list[int]]:
    """Collect SIGINT (Ctrl-C) and the signals of `end_signals` instead of ending the process.

    The second signal raises `KeyboardInterrupt` at once. SIGHUP does not count: the system and the
    shell both send it when a terminal is closed, and others may send SIGTERM with it.

    Yields:
        A list to which the number of each received signal is appended; empty at first.
    """
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        received.append(number)
        if number != HANGUP and sum(each != HANGUP for each in received) > 1:
            raise KeyboardInterrupt

    previous = {}
    for number in (signal.SIGINT, *end_signals()):
        with contextlib.suppress(ValueError):  # only the main thread may handle signals
            previous[number] = signal.signal(number, note)
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def interrupt_at_end() -> Iterator[None]:
    """Raise `KeyboardInterrupt` in the body at the signals of `end_signals`, as Ctrl-C does.

    What the body does in `collect_interrupts` is not interrupted.
    """

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    previous = {}
    for number in end_signals():
        with contextlib.suppress(ValueError):  # only the main thread may handle signals
            previous[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def exit_on_hangup() -> Iterator[None]:
    """Raise `SystemExit` in the body at SIGHUP, so that it can still save what it keeps."""

    def leave(number: int, frame: Any) -> None:
        sys.exit(ExitCode.INTERRUPTED)

    if HANGUP not in end_signals():
        yield
        return
    previous = signal.signal(HANGUP, leave)
    try:
        yield
    finally:
        signal.signal(HANGUP, previous)
