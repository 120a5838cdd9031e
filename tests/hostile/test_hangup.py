"""Terminals that are closed while the program runs: nothing that was done is lost."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from malgil.common.locations import ROOT
from malgil.modeling import translator_file
from malgil.modeling.training import checkpoint
from malgil.settings import load

pytestmark = [
    pytest.mark.hostile,
    pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals"),
]
SECONDS = 300.0  # for each step, on a machine that does other things
# The program is the leader of a session, as a shell is: the system tells it that the terminal is
# closed. `nohup` starts a program that ignores it.
PROGRAM = r"""
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGHUP, getattr(signal, sys.argv.pop(1)))
os.write(1, b"ready\n")
import app
sys.exit(app.main())
"""


class Terminal:
    """A program at a terminal of its own.

    Args:
        arguments: The arguments of the program.
        hangup: What it does at SIGHUP when it starts: "SIG_DFL" or "SIG_IGN".
    """

    def __init__(self, *arguments: str, hangup: str = "SIG_DFL", folder: Path = ROOT) -> None:
        import pty

        self._terminal, inner = pty.openpty()
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, hangup, *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        )
        os.close(inner)
        self.read_until("ready")

    def read_until(self, text: str) -> None:
        """Wait until a text is shown."""
        until = time.monotonic() + SECONDS
        while text.encode() not in self.shown:
            assert time.monotonic() < until, self.shown
            if select.select([self._terminal], [], [], 1)[0]:
                with contextlib.suppress(OSError):  # EIO: the program has ended
                    self.shown += os.read(self._terminal, 65536)
            assert self.process.poll() is None or text.encode() in self.shown, self.shown

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._terminal, text.encode())

    def close(self) -> None:
        """Close the terminal."""
        os.close(self._terminal)

    def wait(self) -> int:
        """Return the exit status."""
        return self.process.wait(SECONDS)


@pytest.fixture
def start() -> Iterator[Callable[..., Terminal]]:
    """Return `Terminal`, whose processes end with the test."""
    started: list[Terminal] = []

    def make(*arguments: str, **more: object) -> Terminal:
        started.append(Terminal(*arguments, **more))  # type: ignore[arg-type]
        return started[-1]

    yield make
    for terminal in started:
        terminal.process.kill()
        terminal.process.wait()


def options(overrides: list[str]) -> list[str]:
    return [part for value in overrides for part in ("--set", value)]


def batches_done(folder: Path, overrides: list[str]) -> tuple[int, int]:
    """Return the epoch and the batch of a checkpoint."""
    _stored, state = checkpoint.load(folder / checkpoint.FILE_NAME, load(overrides=overrides))
    return state.epoch, state.batch


def test_a_training(
    start: Callable[..., Terminal], tiny_overrides: Callable[..., list[str]], tmp_path: Path
) -> None:
    """It saves the batch at which the terminal was closed, and the same command continues."""
    overrides = tiny_overrides(
        tmp_path, "training.epochs=100000", "training.patience=100000", "training.min_improvement=0"
    )
    train = ("--mode", "train", *options(overrides))
    terminal = start(*train)
    terminal.read_until("epoch 2: loss")
    saved = (tmp_path / "tiny" / checkpoint.FILE_NAME).stat().st_mtime_ns
    terminal.close()
    assert terminal.wait() == 130
    folder = tmp_path / "tiny"
    assert (folder / checkpoint.FILE_NAME).stat().st_mtime_ns > saved
    reached = batches_done(folder, overrides)
    assert reached >= (2, 0)
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]

    terminal = start(*train, "--resume", hangup="SIG_IGN")  # as under nohup
    terminal.read_until(f"epoch {reached[0] + 1}: loss")
    terminal.close()
    deadline = time.monotonic() + SECONDS
    later = (reached[0] + 4, 0)
    while batches_done(folder, overrides) < later:  # it continues without its terminal
        assert terminal.process.poll() is None and time.monotonic() < deadline
        time.sleep(0.2)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait() == 130
    assert batches_done(folder, overrides) >= later


def test_a_prompt_keeps_its_history(
    start: Callable[..., Terminal], translator_folder: Path, tmp_path: Path
) -> None:
    path = translator_folder / translator_file.FILE_NAME
    terminal = start("--mode", "predict", "--model", str(path), folder=tmp_path)
    terminal.read_until("> ")
    terminal.type("고양이가 잡니다.\n")
    terminal.read_until("cat")
    terminal.close()
    assert terminal.wait() in (0, 130)
    assert "고양이가 잡니다." in (tmp_path / ".malgil_history").read_text(encoding="utf-8")


def test_translations_of_a_file_are_continued(
    start: Callable[..., Terminal], translator_folder: Path, tmp_path: Path
) -> None:
    path = translator_folder / translator_file.FILE_NAME
    sentences = [f"고양이가 {number}번 잡니다." for number in range(4000)]
    (tmp_path / "in.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
    predict = ("--mode", "predict", "--model", str(path), "--input", "in.txt", "--output")
    terminal = start(*predict, "out.txt", folder=tmp_path)
    terminal.read_until("512 sentences")
    terminal.close()
    assert terminal.wait() != 0
    assert (tmp_path / "out.txt.part.json").exists()
    again = start(*predict, "out.txt", "--resume", hangup="SIG_IGN", folder=tmp_path)
    again.close()  # nobody reads its progress
    assert again.wait() == 0
    whole = start(*predict, "whole.txt", hangup="SIG_IGN", folder=tmp_path)
    whole.close()
    assert whole.wait() == 0
    assert (tmp_path / "out.txt").read_bytes() == (tmp_path / "whole.txt").read_bytes()
