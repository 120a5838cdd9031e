"""A line that shows how far something is, and the messages around it."""

from __future__ import annotations

import logging
import sys
import time
from typing import TextIO

_BAR = 24
_SECONDS_BETWEEN_LINES = 30.0  # where the output is no terminal
_SECONDS_BETWEEN_DRAWINGS = 0.1


def clock(seconds: float) -> str:
    """Seconds as people read them: `3:07`, or `1:02:45` from an hour on."""
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bar(done: float, total: float) -> str:
    """How much of `total` is done, as a bar of blocks."""
    filled = round(_BAR * min(done / max(total, 1), 1))
    return "█" * filled + "░" * (_BAR - filled)


class ProgressLine(logging.Handler):
    """A bar on a terminal, redrawn in place; elsewhere a line of its own now and then.

    As a handler of `logging` it prints messages as lines that stay, and redraws itself below them.

    Args:
        stream: Where to write; standard error where it is None.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self.stream = sys.stderr if stream is None else stream
        self.is_terminal = self.stream.isatty()
        self._drawn = time.monotonic()
        self._width = 0

    def update(
        self, title: str, done: int, total: int, loss: float, speed: float, left: float
    ) -> None:
        """Show the state, unless it was shown a moment ago.

        Args:
            title: What goes on, such as `epoch 3/30`.
            done: Batches behind.
            total: Batches in all.
            loss: Mean loss so far (nats per token).
            speed: Real target tokens per second.
            left: Seconds left, of the whole training.
        """
        self.show(
            f"{title} {bar(done, total)} {done:,}/{total:,}  loss {loss:.3f}  "
            f"{speed:,.0f} tokens/s  {clock(left)} left"
        )

    def count(self, title: str, done: int) -> None:
        """Show how many are behind, where nobody knows how many there are."""
        self.show(f"{title}: {done:,}")

    def show(self, text: str) -> None:
        """Show a text in place of the last one, unless that was shown a moment ago."""
        pause = _SECONDS_BETWEEN_DRAWINGS if self.is_terminal else _SECONDS_BETWEEN_LINES
        now = time.monotonic()
        if now - self._drawn < pause:
            return
        self._drawn = now
        if self.is_terminal:
            print("\r" + text.ljust(self._width), end="", file=self.stream, flush=True)
            self._width = len(text)
        else:
            print(text, file=self.stream, flush=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Print a message as a line that stays."""
        self.say(record.getMessage())

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.clear()
        print(text, file=self.stream, flush=True)

    def clear(self) -> None:
        """Take the bar off the terminal, so that something else can be printed."""
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=self.stream, flush=True)
            self._width = 0
