"""The standard streams of the process: their encoding, lines of a pipe, progress, native noise."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
from collections.abc import Iterator

from malgil.common.localization import ngettext
from malgil.common.logging import messages, silence_tensorflow
from malgil.common.progress import ProgressCallback
from malgil.common.text_lines import decode_lines

logger = logging.getLogger(__name__)


def prepare_streams() -> None:
    """Set the standard streams to UTF-8, whatever the system's encoding.

    A stream that is closed becomes one that is empty and takes everything.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def release_output() -> None:
    """Let go of a standard output that takes no more, so that the exit does not fail at it."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def quiet_libraries(watches_crashes: bool = True) -> Iterator[None]:
    """Keep what native code writes while it is loaded off standard error.

    TensorFlow greets there before any setting of its own can silence it. Python's own errors still
    get out, as exceptions.

    Args:
        watches_crashes: Whether a crash of the native code, such as for a processor that lacks its
            instructions, is still reported on standard error. Not for Java, which catches signals
            of its own.
    """
    silence_tensorflow()
    sys.stderr.flush()
    with open(os.devnull, "wb") as nowhere:
        kept = os.dup(2)
        is_watching = watches_crashes and not faulthandler.is_enabled()
        if is_watching:
            faulthandler.enable(kept)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            if is_watching:
                faulthandler.disable()
            os.close(kept)


def piped_lines() -> Iterator[str]:
    """Return the lines of standard input; see `common.text_lines.read_lines`."""
    return decode_lines(sys.stdin.buffer, "standard input")


@contextlib.contextmanager
def sentence_counter(title: str = "") -> Iterator[ProgressCallback]:
    """Show the number of sentences that are done.

    On a terminal the count is redrawn, and the last one remains. Elsewhere, as in a log file, there
    is a line every half minute.

    Args:
        title: What the sentences are, such as the name of a test set; "" for none.

    Yields:
        A callable that takes the number of sentences done, and their total or None.
    """
    with messages() as line:

        def show(done: int, total: int | None) -> None:
            text = _sentences(done, total)
            text = f"{title}: {text}" if title else text
            if line.is_terminal:
                line.draw(text)
            else:
                line.show(text)

        try:
            yield show
        finally:
            line.end()


def _sentences(done: int, total: int | None) -> str:
    if total is None:
        return ngettext("{done:,} sentence", "{done:,} sentences", done).format(done=done)
    return ngettext(
        "{done:,} of {total:,} sentence", "{done:,} of {total:,} sentences", total
    ).format(done=done, total=total)
