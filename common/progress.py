"""Progress: the callable that reports it, and the line that shows it below the messages."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

from malgil.common.localization import _
from malgil.common.printable import printable, printable_lines

ProgressCallback = Callable[[int, int | None], None]
"""Takes the number of items done, and the total, or None if the total is unknown."""

_BAR = 24
_SECONDS_BETWEEN_LINES = 30.0  # if the output is not a terminal
_SECONDS_BETWEEN_DRAWINGS = 0.1


def clock(seconds: float) -> str:
    """Format a duration in seconds as `3:07`, or as `1:02:45` from one hour on."""
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bar(done: float, total: float) -> str:
    """Draw the share of `total` that is done as a bar of 24 blocks."""
    filled = round(_BAR * min(done / max(total, 1), 1))
    return "█" * filled + "░" * (_BAR - filled)


class ProgressLine(logging.Handler):
    """A progress bar that is redrawn in place on a terminal; elsewhere a new line every 30 seconds.

    As a handler of `logging` it prints messages as permanent lines above the bar. Their control
    characters become visible escapes. What cannot be written, as on a terminal that was closed, is
    dropped: it must not end the work that it is about.

    Args:
        stream: Where to write; None for standard error at the time of writing.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream = stream
        self._drawn = time.monotonic()
        self._width = 0

    @property
    def stream(self) -> TextIO:
        """The stream that is written to."""
        return sys.stderr if self._stream is None else self._stream

    @property
    def is_terminal(self) -> bool:
        """Whether the stream is a terminal."""
        return self.stream.isatty()

    def update(
        self, title: str, done: int, total: int, loss: float, speed: float, left: float
    ) -> None:
        """Show the progress of a training, unless it was shown a moment ago.

        Args:
            title: The current step, such as `epoch 3/30`.
            done: Number of batches done.
            total: Number of batches.
            loss: Mean loss so far (nats per token).
            speed: Target tokens per second, padding excluded.
            left: Estimated time until the end of the training (seconds).
        """
        self.show(
            _(
                "{title} {bar} {done:,}/{total:,}  loss {loss:.3f}  {speed:,.0f} tokens/s  "
                "{time} left"
            ).format(
                title=title,
                bar=bar(done, total),
                done=done,
                total=total,
                loss=loss,
                speed=speed,
                time=clock(left),
            )
        )

    def count(self, title: str, done: int) -> None:
        """Show the number of items done if the total is unknown."""
        self.show(f"{title}: {done:,}")

    def show(self, text: str) -> None:
        """Replace the text shown last, unless that was shown a moment ago.

        A moment is 0.1 seconds on a terminal, and 30 seconds elsewhere.
        """
        pause = _SECONDS_BETWEEN_DRAWINGS if self.is_terminal else _SECONDS_BETWEEN_LINES
        now = time.monotonic()
        if now - self._drawn < pause:
            return
        self.draw(text)

    def draw(self, text: str) -> None:
        """Replace the text shown last, even if that was shown a moment ago."""
        self._drawn = time.monotonic()
        text = printable(text)
        if self.is_terminal:
            self._write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._write(text + "\n")

    def emit(self, record: logging.LogRecord) -> None:
        """Print a logged message as a permanent line."""
        self.say(record.getMessage())

    def say(self, text: str) -> None:
        """Print a permanent line."""
        self.clear()
        self._write(printable_lines(text) + "\n")

    def end(self) -> None:
        """Keep the text on the terminal as a permanent line."""
        if self._width:
            self._write("\n")
            self._width = 0

    def clear(self) -> None:
        """Erase the bar from the terminal, so that something else can be printed."""
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        """Write a printable text, which may begin with the program's own return to the margin."""
        stream = getattr(self.stream, "unfiltered", self.stream)
        with contextlib.suppress(OSError):
            stream.write(text)
            stream.flush()
