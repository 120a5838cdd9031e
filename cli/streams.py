"""What goes into and out of the process: standard input, standard output or a file, messages."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import IO

from malgil.common.files import write_atomically
from malgil.common.text_lines import decode_lines


@contextlib.contextmanager
def quiet_libraries(watches_crashes: bool = True) -> Iterator[None]:
    """Keep what native code writes while it is loaded off standard error.

    TensorFlow greets there before any setting of its own can silence it. Python's own errors still
    get out, as exceptions.

    Args:
        watches_crashes: Whether a crash of the native code, such as for a processor that lacks its
            instructions, is still told on standard error. Not for Java, which catches signals of
            its own.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
    """Yield the lines of standard input; see `common.text_lines.read_lines`."""
    return decode_lines(sys.stdin.buffer, "standard input")


@contextlib.contextmanager
def output(path: str | None) -> Iterator[IO[str]]:
    """Standard output, or the file at `path`, which appears only when it is whole.

    Raises:
        UserError: If the file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    with write_atomically(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        yield text
        text.detach()  # flushes; the file is closed by who opened it


@contextlib.contextmanager
def counter() -> Iterator[Callable[[int, int | None], None]]:
    """Shows how many sentences are done (of how many, if that is known), on a terminal alone."""
    is_line_open = False

    def show(done: int, total: int | None) -> None:
        nonlocal is_line_open
        if sys.stderr.isatty():
            of = "" if total is None else f" of {total:,}"
            print(f"\r{done:,}{of} sentences", end="", file=sys.stderr, flush=True)
            is_line_open = True

    try:
        yield show
    finally:
        if is_line_open:
            print(file=sys.stderr)
