"""Commands in processes of their own, which are killed or run at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from malgil.common.locations import ROOT
from malgil.common.locks import lock_path

SECONDS = 3600.0  # after which something hangs, however busy the machine is
APP = ("app.py", "--set", "inference.threads=1")  # waiting threads would slow the other process

# Keeps each state of the translator in the folder SNAP, if there is one.
TRAIN = """
import os, shutil, sys
from malgil.common.errors import UserError
from malgil.common.logging import messages
from malgil.modeling.training.run import train
from malgil.settings import load
def snap(folder, history):
    if "SNAP" in os.environ:
        name = f"{len(history)}.safetensors"
        shutil.copy(folder / "translator.safetensors", os.path.join(os.environ["SNAP"], name))
try:
    with messages():
        train(load(overrides=sys.argv[2:]), sys.argv[1] == "resume", snap, overwrite=True)
except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
"""
# Prints what training would get; equal for equal corpora, as PYTHONHASHSEED is set.
CACHE = """
import sys
from malgil.common.logging import messages
from malgil.preprocessing.dataset.prepare import prepare
from malgil.settings import load
with messages():
    corpus = prepare(load(overrides=sys.argv[1:]), lambda *_: None)
print(corpus.fingerprint(), corpus.validation, corpus.summary, hash(tuple(corpus.subword.items())))
"""
DOWNLOAD = """
import sys
from pathlib import Path
from malgil.preprocessing.corpus.download import store
from malgil.preprocessing.corpus.download.catalogue import Dataset, Quantity, RemoteFile
from malgil.preprocessing.corpus.download.exchange import NetworkLimits
file = RemoteFile("train", sys.argv[1], Quantity(1_000_000), "", "file.zip")
mine = Dataset("mine", "", ("ko", "en"), Quantity(1), "CC0", "", "", "", (file,))
store.download(mine, Path(sys.argv[2]), (), lambda *_: None, NetworkLimits())
"""


class Command:
    """A running command.

    Args:
        arguments: The arguments of Python.
        env: Additional environment variables.
    """

    def __init__(self, *arguments: str | Path, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONHASHSEED": "0", "NO_PROXY": "*", **env},
        )

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait_until(self, condition: Callable[[], Any]) -> bool:
        """Wait until something is so, or the command ends. Returns whether it still runs."""
        end = time.monotonic() + SECONDS
        while self.is_running and not condition():
            assert time.monotonic() < end, "it hangs"
            time.sleep(0.002)
        return self.is_running

    def wait_for_work(self, path: Path) -> bool:
        """Wait until it holds the lock of a file or folder."""
        return self.wait_until(lambda: is_locked(path, self.process.pid))

    def kill(self, number: int = signal.SIGKILL) -> bool:
        """End it with a signal. Returns whether it was still running."""
        self.process.send_signal(number)
        self.process.communicate(timeout=SECONDS)
        return self.process.returncode == -number

    def finish(self) -> tuple[int, str, str]:
        """Wait for its end. Returns the exit status, standard output and standard error."""
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, err

    def succeed(self) -> str:
        """Wait for its end, which must be good. Returns its standard output."""
        status, out, err = self.finish()
        assert status == 0, err
        return out


def is_locked(path: Path, process: int) -> bool:
    """Return whether a process holds the lock of a file or folder."""
    for lock in (lock_path(path), path.with_name(f".{path.name}.lock")):
        try:
            if f'"process": {process},' in lock.read_text(encoding="utf-8"):
                return True
        except OSError:
            continue
    return False


def predict(folder: Path, source: Path, output: Path, *more: str) -> tuple[str, ...]:
    """Return the arguments of a translation of a file by a translator."""
    files = ("--input", str(source), "--output", str(output))
    return (*APP, "--mode", "predict", "--model", str(folder), *files, *more)


def evaluate(folder: Path, source: Path, output: Path) -> tuple[str, ...]:
    """Return the arguments of an evaluation whose translations are written to a file."""
    files = ("--input", str(source), "--output", str(output))
    return (*APP, "--mode", "evaluate", "--model", str(folder), *files)


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
