"""Advisory locks: who gets one, what the others are told, and what a killed process leaves."""

from __future__ import annotations

import errno
import json
import logging
import os
import platform
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from malgil.common import locks
from malgil.common.errors import UserError
from malgil.common.locks import exclusive, lock_path

HOLDER = """
import sys
from malgil.common.locks import exclusive
with exclusive(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""
ADDING = """
import sys, time
from pathlib import Path
from malgil.common.locks import exclusive
counter = Path(sys.argv[1])
for _ in range(40):
    with exclusive(counter, waits=True):
        count = int(counter.read_text())
        time.sleep(0.001)
        counter.write_text(str(count + 1))
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock of `tmp_path/folder`, until its input ends."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "folder")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_lock_file_is_next_to_its_file_and_removed(tmp_path):
    with exclusive(tmp_path / "out.txt"):
        lock = tmp_path / ".out.txt.lock"
        assert lock_path(tmp_path / "out.txt") == lock
        holder = json.loads(lock.read_text())
        assert holder.pop("started").startswith(time.strftime("%Y-", time.gmtime()))
        assert holder == {"host": platform.node(), "process": os.getpid()}
    assert not list(tmp_path.iterdir())


def test_lock_of_a_folder_is_in_it(tmp_path):
    """The folder that a mounted folder is in may be read-only."""
    (tmp_path / "folder").mkdir()
    with exclusive(tmp_path / "folder"):
        assert [path.name for path in tmp_path.rglob("*.lock")] == [".lock"]
        with pytest.raises(UserError), exclusive(tmp_path / "folder"):
            pass
    assert not list((tmp_path / "folder").iterdir())


def test_lock_is_released_after_an_error(tmp_path):
    with pytest.raises(KeyError), exclusive(tmp_path / "folder"):
        raise KeyError
    with exclusive(tmp_path / "folder"):
        pass


def test_link_and_its_target_have_one_lock(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    with exclusive(tmp_path / "link"), pytest.raises(UserError), exclusive(tmp_path / "folder"):
        pass


def test_other_process_is_named(tmp_path, other):
    folder = tmp_path / "folder"
    with pytest.raises(UserError) as refusal, exclusive(folder):
        pass
    message = str(refusal.value)
    started = json.loads(lock_path(folder).read_text())["started"]
    assert message == (
        f"{str(folder)!r} is in use: process {other.pid} on {platform.node()} (since {started} "
        "UTC) is writing it. Wait until it has finished."
    )


def test_killed_process_leaves_no_lock(tmp_path, other):
    other.kill()
    other.wait()
    assert lock_path(tmp_path / "folder").exists()
    with exclusive(tmp_path / "folder"):
        pass
    assert not list(tmp_path.iterdir())


def test_waiting_says_for_whom_and_ends(tmp_path, other, caplog):
    caplog.set_level(logging.INFO, "malgil")
    threading.Timer(0.5, other.terminate).start()
    with exclusive(tmp_path / "folder", waits=True):
        pass
    [message] = caplog.messages
    assert f"process {other.pid} on" in message


def test_threads_exclude_each_other(tmp_path):
    with exclusive(tmp_path / "folder"):
        errors = []

        def attempt():
            try:
                with exclusive(tmp_path / "folder"):
                    pass
            except UserError as error:
                errors.append(error)

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    assert len(errors) == 1


def leave_lock(path: Path, **changes: object) -> Path:
    lock = lock_path(path)
    holder = {"host": "elsewhere", "process": 7, "started": "2026-11-30 19:05:12"} | changes
    lock.write_text(json.dumps(holder))
    return lock


def test_lock_of_another_host_is_not_taken_over(tmp_path):
    lock = leave_lock(tmp_path / "folder")
    with pytest.raises(UserError) as refusal, exclusive(tmp_path / "folder"):
        pass
    assert "process 7 on elsewhere (since 2026-11-30 19:05:12 UTC)" in str(refusal.value)
    assert f"if it was killed, remove {str(lock)!r}." in str(refusal.value)
    assert lock.exists()


def without_locks(monkeypatch):
    def flock(descriptor, operation):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(locks.fcntl, "flock", flock)


def test_file_system_without_locks(tmp_path, monkeypatch):
    without_locks(monkeypatch)
    with exclusive(tmp_path / "folder"), pytest.raises(UserError, match="is in use"):
        with exclusive(tmp_path / "folder"):
            pass
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    leave_lock(tmp_path / "folder", host=platform.node(), process=ended.pid)
    with exclusive(tmp_path / "folder"):
        pass


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "\0" * 90, '{"host": 3}'),
        '{"host": "other", "process": Infinity, "started": "x"}',
        '{"host": "other", "process": 5, "started": ["x"]}',
    ],
)
def test_damaged_lock_file_is_taken_over(tmp_path, content):
    lock_path(tmp_path / "folder").write_text(content)
    with exclusive(tmp_path / "folder"):
        pass


def test_missing_folder(tmp_path):
    with pytest.raises(UserError, match="Create its folder first"):
        with exclusive(tmp_path / "missing" / "out.txt"):
            pass


def test_full_disk_leaves_no_lock_file(tmp_path, monkeypatch):
    def write(descriptor, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(UserError, match="Free some space"), exclusive(tmp_path / "folder"):
        pass
    assert not list(tmp_path.iterdir())


def test_four_processes_count_without_a_loss(tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", ADDING, str(counter)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    assert counter.read_text() == "160"


class TestOtherFiles:
    """What a lock file is not: it is neither followed nor erased."""

    @pytest.fixture
    def lock(self, tmp_path):
        return tmp_path / ".out.txt.lock"

    def refusal(self, lock):
        with pytest.raises(UserError) as refused, exclusive(lock.with_name("out.txt")):
            pass
        message = str(refused.value)
        assert repr(str(lock)) in message
        assert "\n" not in message
        return message

    @pytest.mark.parametrize("link", [os.symlink, os.link])
    def test_a_link_to_another_file(self, lock, link):
        precious = lock.with_name("precious")
        precious.write_text("precious")
        link(precious, lock)
        assert "it is a link" in self.refusal(lock)
        assert precious.read_text() == "precious"
        assert lock.exists()

    def test_a_link_to_nothing(self, lock):
        lock.symlink_to("missing")
        self.refusal(lock)
        assert not lock.with_name("missing").exists()

    def test_a_folder(self, lock):
        lock.mkdir()
        assert "a folder" in self.refusal(lock)

    def test_a_pipe(self, lock):
        os.mkfifo(lock)
        self.refusal(lock)

    @pytest.mark.parametrize("content", ["garbage", "{}", "null", "[" * 900, "x" * 5_000])
    def test_another_text(self, lock, content):
        lock.write_text(content)
        assert "is not a lock of Malgil" in self.refusal(lock)
        assert lock.read_text() == content
