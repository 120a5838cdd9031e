"""Atomic writing: whatever fails, a reader finds the old content or the new one."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from malgil.common.errors import UserError
from malgil.common.files import remove_leftovers, write_atomically
from malgil.common.locations import ROOT
from tests.common.atomic import NEW, OLD, entries, write


def assert_untouched(target: Path) -> None:
    """Check that the old content is intact, and that there is no temporary file next to it."""
    assert target.read_bytes() == OLD
    assert entries(target.parent) == {target.name}


def failing(number: int) -> Any:
    """Return a function that fails as the operating system does."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


class TestFailure:
    @pytest.mark.parametrize("error", [ValueError("a fault"), KeyboardInterrupt(), UserError("no")])
    def test_an_error_of_the_body_goes_through(self, error: BaseException, target: Path) -> None:
        with pytest.raises(type(error)) as caught, write_atomically(target) as file:
            file.write(NEW)
            raise error
        assert caught.value is error
        assert_untouched(target)

    def test_a_new_file_does_not_appear(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="a fault"), write_atomically(tmp_path / "new"):
            raise ValueError("a fault")
        assert entries(tmp_path) == set()

    def test_a_full_disk_at_the_sync(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
        with pytest.raises(UserError) as caught:
            write(target)
        assert str(caught.value) == (
            f"cannot write {str(target)!r}: No space left on device. "
            "Free some space or choose another folder."
        )
        assert_untouched(target)

    def test_a_full_disk_in_the_body(self, target: Path) -> None:
        with pytest.raises(UserError, match="No space left on device"):
            with write_atomically(target) as file:
                file.write(NEW)
                failing(errno.ENOSPC)()
        assert_untouched(target)

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_a_full_disk_at_the_flush(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = os.open

        def full(path: Any, flags: int, *more: Any) -> int:
            descriptor = real(path, flags, *more)
            if not flags & os.O_CREAT:
                return descriptor
            os.close(descriptor)
            return real("/dev/full", os.O_RDWR)

        monkeypatch.setattr(os, "open", full)
        with pytest.raises(UserError, match="No space left on device"):
            write(target)
        assert_untouched(target)

    @pytest.mark.parametrize(
        ("number", "advice"),
        [
            (errno.EACCES, "Choose a folder that you may write to."),
            (errno.EROFS, "Choose a folder that can be written to."),
            (errno.EIO, "Check the path."),
        ],
    )
    def test_a_folder_that_refuses(
        self, number: int, advice: str, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "open", failing(number))
        with pytest.raises(UserError) as caught:
            write(target)
        assert str(caught.value) == f"cannot write {str(target)!r}: {os.strerror(number)}. {advice}"
        assert_untouched(target)

    def test_a_rename_that_fails(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "replace", failing(errno.EPERM))
        with pytest.raises(UserError, match="Operation not permitted"):
            write(target)
        assert_untouched(target)

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="Create its folder first"):
            write(tmp_path / "missing" / "file")
        assert entries(tmp_path) == set()

    def test_a_file_as_a_folder(self, target: Path) -> None:
        with pytest.raises(UserError, match="One part of the path is a file"):
            write(target / "file")
        assert_untouched(target)

    def test_a_folder_as_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="Name a file, not a folder"):
            write(tmp_path)
        assert entries(tmp_path) == set()

    def test_a_name_that_is_too_long(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="too long"):
            write(tmp_path / ("x" * 300))
        assert entries(tmp_path) == set()

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_device_or_a_pipe_is_not_replaced(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UserError, match="a device or a pipe"):
            write(tmp_path / "pipe")
        assert (tmp_path / "pipe").is_fifo()
        assert entries(tmp_path) == {"pipe"}

    @pytest.mark.skipif(os.name != "posix", reason="only there are folders synced")
    @pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EIO])
    def test_a_folder_that_cannot_be_synced(
        self, number: int, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = os.fsync

        def only_files(descriptor: int) -> None:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                failing(number)()
            real(descriptor)

        monkeypatch.setattr(os, "fsync", only_files)
        if number == errno.EIO:
            with pytest.raises(UserError, match="cannot write"):
                write(target)
        else:
            write(target)
        assert target.read_bytes() == NEW
        assert entries(target.parent) == {target.name}


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_process_leaves_the_old_content(target: Path) -> None:
    program = (
        "import os, signal, sys; from malgil.common.files import write_atomically\n"
        "with write_atomically(sys.argv[1]) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    result = subprocess.run(
        [sys.executable, "-B", "-c", program, str(target)], cwd=ROOT, check=False
    )
    assert result.returncode == -signal.SIGKILL
    assert target.read_bytes() == OLD
    assert len(entries(target.parent)) == 2
    remove_leftovers(target.parent, target.name)
    assert_untouched(target)
