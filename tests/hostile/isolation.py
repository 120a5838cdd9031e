"""Runs a function on hostile input in a process of its own, with limits of memory and time."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from malgil.common.errors import UserError

SECONDS = 10.0
PEAK_BYTES = 1 << 30
_ADDRESS_SPACE = 6 << 30  # protects the machine, not the test: a thread reserves more than it uses
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
# Imported once, by a server that forks a process for each case.
_PRELOADED = [
    "malgil.modeling.translator",
    "malgil.modeling.inference.onnx_engine",
    "malgil.preprocessing.corpus.reader",
    "malgil.preprocessing.corpus.download.http",
    "tests.hostile.downloading",
    __name__,
]

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(_PRELOADED)


class Outcome(NamedTuple):
    """What became of a function.

    Attributes:
        kind: "returned", "refused" (a `UserError`), "raised", "killed" (by a signal or `os._exit`)
            or "late".
        message: The message of the error, or the `repr` of the returned value, shortened.
        output: What was written to standard output and standard error.
        seconds: The time that it took.
        peak_bytes: The most memory that the process had at once.
        opened: The files that Python opened.
    """

    kind: str
    message: str
    output: str
    seconds: float
    peak_bytes: int
    opened: tuple[str, ...]

    def fault(self, seconds: float = SECONDS, peak_bytes: int = PEAK_BYTES) -> str:
        """Return what must not happen with any input; "" if nothing did."""
        if self.kind not in ("returned", "refused"):
            return f"{self.kind}: {self.message} {self.output[-500:]}"
        if self.output:
            return f"wrote {self.output[:300]!r}"
        if self.seconds > seconds:
            return f"took {self.seconds:.1f} s"
        if self.peak_bytes > peak_bytes:
            return f"had {self.peak_bytes >> 20} MiB"
        if self.kind == "refused" and not (self.message.isprintable() and len(self.message) < 1000):
            return f"the message is not one printable line: {self.message!r}"
        return ""


def run_isolated(
    function: Callable[..., Any], *arguments: Any, seconds: float = SECONDS
) -> Outcome:
    """Call a function of a module in a new process.

    Args:
        function: The function; it and its arguments can be pickled.
        arguments: Its arguments.
        seconds: The process is killed after this time and as much again.
    """
    _start_server()
    ours, theirs = _server.Pipe(duplex=False)
    process = _server.Process(target=_call, args=(theirs, function, arguments))
    begin = time.monotonic()
    process.start()
    theirs.close()
    answer, peak = None, 0
    while time.monotonic() - begin < 2 * seconds:
        peak = max(peak, _peak_bytes(process.pid))
        if ours.poll(0.02):
            with contextlib.suppress(EOFError):
                answer = ours.recv()
            break
    taken = time.monotonic() - begin
    is_late = answer is None and taken >= 2 * seconds
    if is_late:
        process.kill()
    process.join()
    if answer is None:
        kind = "late" if is_late else "killed"
        return Outcome(kind, f"exit code {process.exitcode}", "", taken, peak, ())
    kind, message, written, taken, own_peak, opened = answer
    return Outcome(kind, message, written, taken, max(peak, own_peak), tuple(opened))


@functools.cache
def _start_server() -> None:
    """Wait until the server has imported its modules, which is no time of a case."""
    process = _server.Process(target=int)
    process.start()
    process.join()


def _peak_bytes(process: int | None) -> int:
    """Return the most memory that a running process has had; 0 if it has ended."""
    with contextlib.suppress(OSError):
        found = _PEAK.search(Path(f"/proc/{process}/status").read_text(encoding="ascii"))
        return int(found[1]) << 10 if found else 0
    return 0


def _call(answers: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Call the function, and send what became of it."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    opened: list[str] = []

    def note(event: str, values: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(values[0], (str, bytes)):
            opened.append(os.fsdecode(values[0]))

    with tempfile.TemporaryFile() as output:
        for descriptor in (1, 2):
            os.dup2(output.fileno(), descriptor)
        sys.addaudithook(note)
        begin = time.monotonic()
        try:
            kind, message = "returned", repr(function(*arguments))[:2000]
        except UserError as error:
            kind, message = "refused", str(error)
        except BaseException:
            kind, message = "raised", traceback.format_exc()[-3000:]
        taken = time.monotonic() - begin
        files = [*opened]
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        output.seek(0)
        written = output.read(100_000).decode("utf-8", "backslashreplace")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    answers.send((kind, message, written, taken, peak, files))
    answers.close()
