"""Deferred Ctrl-C: work that must not be cut short is finished first."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def collect_interrupts() -> Iterator[list[int]]:
    """Collect SIGINT (Ctrl-C) and SIGTERM instead of ending the process.

    The second signal raises `KeyboardInterrupt` at once.

    Yields:
        A list to which the number of each received signal is appended; empty at first.
    """
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        received.append(number)
        if len(received) > 1:
            raise KeyboardInterrupt

    previous = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # only the main thread may handle signals
            previous[number] = signal.signal(number, note)
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
