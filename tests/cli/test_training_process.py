"""The process that trains a system of a comparison, if it does not answer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from malgil.cli import training_process
from malgil.evaluation.comparison import SystemResult
from malgil.settings import Settings
from tests.cli import children


@pytest.mark.parametrize(
    ("child", "failure"),
    [
        (children.leave, "its process ended with status 3"),
        (children.be_killed, "its process was ended by signal 9"),
    ],
)
def test_a_process_that_ends(
    monkeypatch: pytest.MonkeyPatch, child: Callable[..., None], failure: str
) -> None:
    monkeypatch.setattr(training_process, "train_and_send", child)
    found = training_process.train_in_process(Settings(), False, False)
    assert found == SystemResult(Settings().translator.name, failure, is_fault=True)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGHUP")
@pytest.mark.usefixtures("hears_hangup")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setattr(training_process, "train_and_send", children.wait)
    monkeypatch.chdir(tmp_path)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]

    def end() -> None:
        while not (tmp_path / "waiting").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.Signals[name])

    threading.Thread(target=end, daemon=True).start()
    assert training_process.train_in_process(Settings(), False, False) is None
    assert not multiprocessing.active_children()
    after = [signal.getsignal(number) for number in numbers]
    assert after == before
