"""The standard streams: their encoding, lines of a pipe, progress, output of native libraries."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
from collections.abc import Iterator
from typing import TextIO, cast

from malgil.common.errors import UserError
from malgil.common.localization import _, ngettext
from malgil.common.logging import messages, silence_tensorflow
from malgil.common.printable import PrintableStream
from malgil.common.progress import ProgressCallback
from malgil.common.text_lines import decode_lines

logger = logging.getLogger(__name__)


def prepare_streams() -> None:
    """Set the standard streams to UTF-8, in any locale.

    A closed stream is replaced by the null device; what is printed to a closed standard output is
    an error.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, _ClosedOutput(cast(TextIO, null)) if name == "stdout" else null)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


class _ClosedOutput(PrintableStream):
    """A standard output that was closed before the program started."""

    def write(self, text: str) -> int:
        """Raise a `UserError`: the text would be lost."""
        raise UserError(_("standard output is closed. Redirect it to a file or to /dev/null."))


@contextlib.contextmanager
def printable_streams() -> Iterator[None]:
    """Show control characters in all that the body prints as escapes; see `PrintableStream`.

    It applies to everything that Python writes to the standard streams: results, messages, warnings
    of libraries and tracebacks. Errors of writing messages are ignored.
    """
    prepare_streams()
    output, errors = sys.stdout, sys.stderr
    sys.stdout = cast(TextIO, PrintableStream(output))
    sys.stderr = cast(TextIO, PrintableStream(errors, is_lossy=True))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = output, errors
        _release(errors)


def release_output() -> None:
    """Detach a standard output that cannot be written to, so that Python exits without an error."""
    _release(sys.stdout)


def _release(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def quiet_libraries(watches_crashes: bool = True) -> Iterator[None]:
    """Discard what native code writes to standard error while it is loaded.

    TensorFlow writes messages there before any of its settings can silence it. Errors of Python are
    still raised as exceptions, and what modules of Malgil log is printed at the end.

    Args:
        watches_crashes: Whether to report a crash of the native code on standard error, such as an
            instruction that the processor lacks. Use False for Java, which handles signals itself.
    """
    silence_tensorflow()
    sys.stderr.flush()
    with _held_messages(), open(os.devnull, "wb") as null:
        original = os.dup(2)
        is_watching = watches_crashes and not faulthandler.is_enabled()
        if is_watching:
            faulthandler.enable(original)
        os.dup2(null.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(original, 2)
            if is_watching:
                faulthandler.disable()
            os.close(original)


@contextlib.contextmanager
def _held_messages() -> Iterator[None]:
    """Hold what modules of Malgil log back until the body has ended."""
    malgil = logging.getLogger("malgil")
    held = _RecordList()
    handlers, propagates = malgil.handlers, malgil.propagate
    malgil.handlers, malgil.propagate = [held], False
    try:
        yield
    finally:
        malgil.handlers, malgil.propagate = handlers, propagates
        for record in held.records:
            malgil.handle(record)


class _RecordList(logging.Handler):
    """Keeps all records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def piped_lines() -> Iterator[str]:
    """Return the lines of standard input; see `common.text_lines.read_lines`."""
    return decode_lines(sys.stdin.buffer, _("standard input"))


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
