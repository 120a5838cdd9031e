"""Progress: the callable that reports it, and the line that shows it with messages around it."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

ProgressCallback = Callable[[int, int | None], None]
"""Takes how many are done, and how many there are in all, or None where nobody knows."""

_BAR = 24
_SECONDS_BETWEEN_LINES = 30.0  # where the output is no terminal
_SECONDS_BETWEEN_DRAWINGS = 0.1


def clock(seconds: float) -> str:
    """Format seconds as people read them: `3:07`, or `1:02:45` from an hour on."""
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bar(done: float, total: float) -> str:
    """Draw how much of `total` is done as a bar of blocks."""
    filled = round(_BAR * min(done / max(total, 1), 1))
    return "█" * filled + "░" * (_BAR - filled)


class ProgressLine(logging.Handler):
    """A bar on a terminal, redrawn in place; elsewhere a line of its own now and then.

    As a handler of `logging` it prints messages as lines that stay, and redraws itself below them.

    Args:
        stream: Where to write; where it is None, what is standard error at that moment.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream = stream
        self._drawn = time.monotonic()
        self._width = 0

    @property
    def stream(self) -> TextIO:
        """Where it writes."""
        return sys.stderr if self._stream is None else self._stream

    @property
    def is_terminal(self) -> bool:
        """Whether it writes to a terminal."""
        return self.stream.isatty()

    def update(
        self, title: str, done: int, total: int, loss: float, speed: float, left: float
    ) -> None:
        """Show the state, unless it was shown a moment ago.

        Args:
            title: What is running, such as `epoch 3/30`.
            done: Batches done.
            total: Batches in all.
            loss: Mean loss so far (nats per token).
            speed: Real target tokens per second.
            left: Seconds that the whole training has left.
        """
        self.show(
            f"{title} {bar(done, total)} {done:,}/{total:,}  loss {loss:.3f}  "
            f"{speed:,.0f} tokens/s  {clock(left)} left"
        )

    def count(self, title: str, done: int) -> None:
        """Show how many are done, where nobody knows how many there are."""
        self.show(f"{title}: {done:,}")

    def show(self, text: str) -> None:
        """Show a text in place of the last one, unless that was shown a moment ago.

        On a terminal that is a tenth of a second, elsewhere half a minute.
        """
        pause = _SECONDS_BETWEEN_DRAWINGS if self.is_terminal else _SECONDS_BETWEEN_LINES
        now = time.monotonic()
        if now - self._drawn < pause:
            return
        self.draw(text)

    def draw(self, text: str) -> None:
        """Show a text in place of the last one, however short a time ago that was."""
        self._drawn = time.monotonic()
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

    def end(self) -> None:
        """Leave what is drawn on the terminal as a line that stays."""
        if self._width:
            print(file=self.stream, flush=True)
            self._width = 0

    def clear(self) -> None:
        """Take the bar off the terminal, so that something else can be printed."""
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=self.stream, flush=True)
            self._width = 0
