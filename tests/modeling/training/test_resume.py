"""Tests that a training that was interrupted ends with the bits of one that was not."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malgil.common.locations import ROOT
from malgil.common.progress import ProgressLine
from malgil.modeling import translator_file
from malgil.modeling.training import checkpoint
from malgil.settings import Settings

SettingsMaker = Callable[..., Settings]
# All that is random is on, and there are several batches in each of several epochs.
RANDOM = (
    "model.dropout=0.3",
    "training.label_smoothing=0.1",
    "training.batch_tokens=40",
    "training.warmup_steps=7",
)
EVERY_BATCH = "training.checkpoint_minutes=0"
TRAIN = """
import sys
from malgil.common.logging import messages
from malgil.modeling.training.run import train
from malgil.settings import load
with messages():
    train(load(overrides=sys.argv[2:]), resume=sys.argv[1] == "resume")
"""
requires_signals = pytest.mark.skipif(
    not hasattr(os, "waitid"), reason="processes are stopped and killed as Linux does it"
)


def outcome(folder: Path) -> dict[str, Any]:
    """Return the result of a training without its times and its random name, bit by bit."""
    stored = translator_file.load(folder / checkpoint.FILE_NAME)
    translator = translator_file.load(folder / translator_file.FILE_NAME)
    state = dict(stored.metrics["state"])
    rows = [*state.pop("history"), translator.metrics["training"]]
    timed = {"seconds", "epoch_seconds", "training_id"}
    columns = ("epoch", "loss", "val_loss", "val_loss_per_character", "learning_rate")
    csv = [line.split(",")[:5] for line in (folder / "history.csv").read_text().splitlines()]
    return {
        "variables": {name: array.tobytes() for name, array in stored.weights.items()},
        "translator": {name: array.tobytes() for name, array in translator.weights.items()},
        "subword": translator.subword,
        "state": {key: value for key, value in state.items() if key not in timed},
        "rows": [[row[column] for column in columns] for row in rows],
        "csv": csv,
        "validation": translator.metrics["validation"],
    }


def assert_same(folder: Path, expected: Path) -> None:
    found, wanted = outcome(folder), outcome(expected)
    for part, value in wanted.items():
        assert found[part] == value, part


class TestWithinAProcess:
    @pytest.fixture(scope="class")
    @staticmethod
    def uninterrupted(
        tiny_settings: SettingsMaker, tmp_path_factory: pytest.TempPathFactory
    ) -> Path:
        from malgil.modeling.training.run import train

        return train(tiny_settings(tmp_path_factory.mktemp("whole"), *RANDOM)).folder

    @pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGHUP")
    @pytest.mark.usefixtures("hears_hangup")
    def test_signals_within_and_between_epochs(
        self,
        uninterrupted: Path,
        tiny_settings: SettingsMaker,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """After the first batch, after the last of an epoch, and in the middle of the next.

        By Ctrl-C, by SIGTERM, and by a terminal that is closed.
        """
        from malgil.modeling.training.run import train

        moments = [  # epoch, batches done, batches in all
            lambda epoch, done, total: done == 1,
            lambda epoch, done, total: done == total,
            lambda epoch, done, total: (epoch, done) == (2, total // 2),
        ]
        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
        totals = []

        def update(_: ProgressLine, title: str, done: int, total: int, *__: float) -> None:
            epoch = int(title.removeprefix("epoch ").split("/")[0])
            if moments and moments[0](epoch, done, total):
                moments.pop(0)
                totals.append(total)
                signal.raise_signal(numbers.pop(0))

        monkeypatch.setattr(ProgressLine, "update", update)
        settings = tiny_settings(tmp_path, *RANDOM)
        stands = []
        while moments:
            result = train(settings, bool(stands), line=ProgressLine(io.StringIO()))
            assert result.is_interrupted and not result.state.is_finished
            stands.append((result.state.epoch, result.state.batch))
        assert stands == [(0, 1), (0, totals[1]), (1, totals[2] // 2)]
        result = train(settings, resume=True)
        assert not result.is_interrupted and result.state.is_finished
        assert_same(result.folder, uninterrupted)

    def test_more_epochs_after_the_end(
        self, uninterrupted: Path, tiny_settings: SettingsMaker, tmp_path: Path
    ) -> None:
        from malgil.modeling.training.run import train

        ended = train(tiny_settings(tmp_path, *RANDOM, "training.epochs=1"))
        assert ended.state.is_finished
        assert outcome(ended.folder)["translator"] != outcome(uninterrupted)["translator"]
        longer = train(tiny_settings(tmp_path, *RANDOM, "training.epochs=2"), resume=True)
        assert longer.state.epoch == 2
        assert_same(longer.folder, uninterrupted)


@dataclass
class Child:
    """A training in a process of its own."""

    command: list[str]
    folder: Path
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path = self.folder / checkpoint.FILE_NAME
        self.before = self.stamp()
        self.process = subprocess.Popen(
            [sys.executable, *self.command],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def stamp(self) -> tuple[int, int] | None:
        """Another value for each checkpoint that is written."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def wait_for_work(self) -> None:
        """Until the libraries are loaded and the corpus was read."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            if line.startswith("train: "):
                return
        raise AssertionError("".join(self.log))

    def wait_for_checkpoints(self, count: int = 1, seconds: float = float("inf")) -> None:
        """Until this process has written so many, or the time is over."""
        end = time.monotonic() + seconds
        while count and self.process.poll() is None and time.monotonic() < end:
            if (stamp := self.stamp()) != self.before:
                self.before = stamp
                count -= 1
            time.sleep(0.005)

    def half_written(self) -> list[Path]:
        return list(self.folder.glob(f".{checkpoint.FILE_NAME}.*"))

    def stop_in_a_write(self) -> None:
        """Until the process stands still and a part of a checkpoint is on the disk."""
        while self.process.poll() is None:
            if not self.half_written():  # it is there for some milliseconds at a time
                continue
            self.process.send_signal(signal.SIGSTOP)
            while not os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG):
                if self.process.poll() is not None:
                    return
            if self.half_written():
                return
            self.process.send_signal(signal.SIGCONT)

    def finish(self, timeout: float = 300) -> int:
        """Wait for its end. Returns the exit status; what it said is in `log`."""
        self.log += (self.process.communicate(timeout=timeout)[1] or "").splitlines(keepends=True)
        return self.process.returncode

    def kill(self) -> bool:
        """Kill it as -9 does. Returns whether it was still running."""
        self.process.kill()
        return self.finish() == -signal.SIGKILL


@dataclass
class Uninterrupted:
    """The result of a training that nothing happened to, and how long its parts took."""

    folder: Path
    to_first_checkpoint: float
    between_checkpoints: float


@pytest.fixture(scope="module")
def long_overrides(tiny_overrides: Callable[..., list[str]], tiny_corpus: Path) -> Any:
    """Make settings of a training with about 70 batches, and a checkpoint after each."""
    files = ", ".join([str(tiny_corpus / "train.tsv")] * 2)
    twice = (f"data.train={files}", "cleaning.drop_duplicates=no")
    more = (*twice, *RANDOM, EVERY_BATCH, "training.epochs=3")
    return lambda directory: tiny_overrides(directory, *more)


@pytest.fixture(scope="module")
def uninterrupted(long_overrides: Any, tmp_path_factory: pytest.TempPathFactory) -> Uninterrupted:
    directory = tmp_path_factory.mktemp("uninterrupted")
    child = Child(["-c", TRAIN, "begin", *long_overrides(directory)], directory / "tiny")
    child.wait_for_work()
    times = [time.monotonic()]
    child.wait_for_checkpoints()
    times.append(time.monotonic())
    child.wait_for_checkpoints(10)
    times.append(time.monotonic())
    assert child.finish() == 0, "".join(child.log)
    first, ten = np.diff(times).tolist()
    return Uninterrupted(directory / "tiny", first, ten / 10)


def position(folder: Path) -> tuple[int, int]:
    """Epoch and batch of the checkpoint, which must be whole; (-1, 0) without one."""
    path = folder / checkpoint.FILE_NAME
    if not path.exists():
        return -1, 0
    state = translator_file.load(path).metrics["state"]
    return state["epoch"], state["batch"]


@requires_signals
@pytest.mark.slow
def test_killed_ten_times(
    uninterrupted: Uninterrupted, long_overrides: Any, tmp_path: Path
) -> None:
    """`kill -9` at random moments: while it gets ready, while it trains, while it writes."""
    random = np.random.default_rng(9)
    others = ["early"] * 2 + ["training"] * 5 + ["writing"] * 2
    moments = ["early", *random.permutation(others).tolist()]
    folder = tmp_path / "tiny"
    stands = [position(folder)]
    deaths: list[tuple[str, bool]] = []  # the moment, and whether it had come further
    for moment in moments:
        how = "begin" if stands[-1] == (-1, 0) else "resume"
        child = Child(["-c", TRAIN, how, *long_overrides(tmp_path)], folder)
        child.wait_for_work()
        if moment == "early":
            # No further than the first checkpoint: on a machine that was busy when that time was
            # taken and is free now, the whole training would fit into it.
            child.wait_for_checkpoints(seconds=random.uniform(0, uninterrupted.to_first_checkpoint))
        else:
            # Counted in checkpoints: a share of the time may be the whole rest on a busy machine.
            child.wait_for_checkpoints(random.integers(1, 6))
            time.sleep(random.uniform(0, 0.5 * uninterrupted.between_checkpoints))
        if moment == "writing":
            child.stop_in_a_write()
            assert child.half_written()
        assert child.kill(), f"{deaths} {stands}: it had ended:\n{''.join(child.log)}"
        stands.append(position(folder))
        deaths.append((moment, stands[-1] > stands[-2]))

    assert stands == sorted(stands), "nothing that was saved may be lost"
    # Before the first validation, the checkpoint of the last batch is written a second time.
    repeated = [moment for moment, further in deaths if moment != "early" and not further]
    assert len(repeated) <= 1, deaths
    assert len(set(stands)) >= 8, stands
    child = Child(["-c", TRAIN, "resume", *long_overrides(tmp_path)], folder)
    assert child.finish() == 0, "".join(child.log)
    assert_same(folder, uninterrupted.folder)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


@requires_signals
def test_ctrl_c_at_the_command_line(
    uninterrupted: Uninterrupted, long_overrides: Any, tmp_path: Path
) -> None:
    overrides = [part for value in long_overrides(tmp_path) for part in ("--set", value)]
    command = ["app.py", "--mode", "train", *overrides]
    child = Child(command, tmp_path / "tiny")
    child.wait_for_work()
    child.wait_for_checkpoints(20)
    child.process.send_signal(signal.SIGINT)
    assert child.finish() == 130, "".join(child.log)
    assert "--resume" in child.log[-1] and child.log[-1].startswith("interrupted in epoch ")
    assert (0, 0) < position(tmp_path / "tiny") < (3, 0)

    child = Child([*command, "--resume"], tmp_path / "tiny")
    assert child.finish() == 0, "".join(child.log)
    assert_same(tmp_path / "tiny", uninterrupted.folder)
    assert (tmp_path / "tiny" / "curves.png").is_file()
