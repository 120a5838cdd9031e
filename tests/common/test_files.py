"""Atomic writing: what is written, with which permissions, and what stays."""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from malgil.common import files
from malgil.common.errors import UserError
from malgil.common.files import (
    as_user_error,
    make_folder,
    make_folder_for,
    open_stored,
    remove_leftovers,
    set_aside,
    sha256_of,
    write_atomically,
    write_text,
)
from tests.common.atomic import NEW, OLD, entries, write


def failing(number: int) -> Any:
    """Return a function that fails as the operating system does."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


class TestSuccess:
    def test_replaces(self, target: Path) -> None:
        write(target)
        assert target.read_bytes() == NEW
        assert entries(target.parent) == {target.name}

    def test_creates(self, tmp_path: Path) -> None:
        write(tmp_path / "말길.bin")
        assert (tmp_path / "말길.bin").read_bytes() == NEW

    def test_the_old_content_stands_until_the_end(self, target: Path) -> None:
        with write_atomically(target) as file:
            file.write(NEW)
            file.flush()
            assert target.read_bytes() == OLD
        assert target.read_bytes() == NEW

    def test_the_file_can_be_read_and_sought(self, target: Path) -> None:
        with write_atomically(target) as file:
            file.write(NEW)
            file.seek(4)
            assert file.read(3) == b"new"
            file.seek(0)
            file.write(b"THE")
        assert target.read_bytes() == b"THE" + NEW[3:]

    def test_an_empty_file(self, target: Path) -> None:
        write(target, b"")
        assert target.read_bytes() == b""

    def test_a_path_in_the_current_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with write_atomically("plain") as file:
            file.write(NEW)
        assert (tmp_path / "plain").read_bytes() == NEW

    def test_text_is_utf8_with_line_ends_as_given(self, tmp_path: Path) -> None:
        write_text(tmp_path / "text", "가\r\n나\n")
        assert (tmp_path / "text").read_bytes() == "가\r\n나\n".encode()

    def test_the_content_is_synced_before_the_rename(
        self, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[str] = []
        for name in ("fsync", "replace"):
            real = getattr(os, name)
            monkeypatch.setattr(
                os, name, lambda *a, real=real, name=name: (calls.append(name), real(*a))
            )
        write(target)
        assert calls[:2] == ["fsync", "replace"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
class TestPermissions:
    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
    def test_are_kept(self, mode: int, target: Path) -> None:
        target.chmod(mode)
        write(target)
        assert stat.S_IMODE(target.stat().st_mode) == mode

    @pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
    def test_of_a_new_file_follow_the_umask(self, umask: int, mode: int, tmp_path: Path) -> None:
        before = os.umask(umask)
        try:
            write(tmp_path / "new")
            assert os.umask(umask) == umask
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == mode

    def test_of_a_temporary_file_are_no_wider(self, target: Path) -> None:
        target.chmod(0o600)
        with write_atomically(target):
            (temporary,) = entries(target.parent) - {target.name}
            mode = stat.S_IMODE((target.parent / temporary).stat().st_mode)
        assert mode == 0o600

    def test_of_files_of_other_threads(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever creates a file while others write is not affected: the umask never changes."""
        before, real = os.umask(0o077), os.umask

        def slow(mask: int) -> int:
            previous = real(mask)
            time.sleep(0.002)  # other threads run before it is set back
            return previous

        monkeypatch.setattr(os, "umask", slow)
        is_done = threading.Event()

        def keep_writing(number: int) -> None:
            while not is_done.is_set():
                write(tmp_path / f"new{number}")
                (tmp_path / f"new{number}").unlink()

        writers = [threading.Thread(target=keep_writing, args=(n,)) for n in range(3)]
        try:
            for writer in writers:
                writer.start()
            for number in range(100):
                os.close(os.open(tmp_path / f"{number}", os.O_CREAT | os.O_WRONLY, 0o666))
                time.sleep(0.0005)
        finally:
            is_done.set()
            for writer in writers:
                writer.join()
            real(before)
        modes = {stat.S_IMODE((tmp_path / f"{n}").stat().st_mode) for n in range(100)}
        assert modes == {0o600}


class TestLinks:
    @pytest.fixture(autouse=True)
    def _links(self, tmp_path: Path) -> None:
        try:
            (tmp_path / "probe").symlink_to("nothing")
        except OSError:
            pytest.skip("needs symbolic links")
        (tmp_path / "probe").unlink()

    def test_a_link_stays_and_its_file_is_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "file").write_bytes(OLD)
        (tmp_path / "link").symlink_to(Path("real", "file"))
        write(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real" / "file").read_bytes() == NEW

    def test_a_link_to_a_file_that_is_not_there_yet(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("file")
        write(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "file").read_bytes() == NEW

    def test_an_error_names_the_link(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "gone" / "file")
        with pytest.raises(UserError, match="link'"):
            write(tmp_path / "link")


class TestSetAside:
    def test_only_the_latest_is_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        for content in ("first", "second"):
            path.write_text(content)
            assert set_aside(path) == tmp_path / "a.previous.txt"
        assert [file.name for file in tmp_path.iterdir()] == ["a.previous.txt"]
        assert (tmp_path / "a.previous.txt").read_text() == "second"

    def test_no_file(self, tmp_path: Path) -> None:
        assert set_aside(tmp_path / "a.txt") is None
        assert set_aside(tmp_path / "none" / "a.txt") is None

    def test_a_folder_in_the_way(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("kept")
        (tmp_path / "a.previous.txt").mkdir()
        with pytest.raises(UserError, match="cannot write .*a.txt"):
            set_aside(tmp_path / "a.txt")
        assert (tmp_path / "a.txt").read_text() == "kept"


def test_remove_leftovers_takes_its_own_alone(tmp_path: Path) -> None:
    others = {"a[b]", ".ab.01234567", "a[b].01234567", ".other.01234567", ".a[b].lock"}
    for name in (*others, ".a[b].01234567", ".a[b].89abcdef"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path, "a[b]")
    assert entries(tmp_path) == others
    remove_leftovers(tmp_path / "missing", "a")


class TestFolders:
    def test_are_made_with_their_parents(self, tmp_path: Path) -> None:
        assert make_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
        assert make_folder(tmp_path / "a" / "b").is_dir()

    @pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt()])
    def test_empty_ones_are_removed_after_an_error(
        self, tmp_path: Path, error: BaseException
    ) -> None:
        (tmp_path / "a").mkdir()
        with pytest.raises(type(error)), make_folder_for(tmp_path / "a" / "b" / "c") as folder:
            assert folder.is_dir()
            raise error
        assert [path.name for path in tmp_path.rglob("*")] == ["a"], "it existed before"

    def test_others_stay_after_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError), make_folder_for(tmp_path / "a" / "b") as folder:
            (folder.parent / "file").write_text("of use")
            raise ValueError
        assert [path.name for path in tmp_path.rglob("*")] == ["a", "file"]

    def test_an_empty_one_stays_without_an_error(self, tmp_path: Path) -> None:
        with make_folder_for(tmp_path / "a"):
            pass
        assert (tmp_path / "a").is_dir()

    def test_a_file_in_the_way(self, target: Path) -> None:
        with pytest.raises(UserError, match="cannot create"):
            make_folder(target)
        with pytest.raises(UserError, match="One part of the path is a file"):
            make_folder(target / "below")

    def test_syncing_a_folder(self, tmp_path: Path) -> None:
        files.sync_folder(tmp_path)


class TestErrors:
    def test_the_verb_and_the_path_are_named(self) -> None:
        with pytest.raises(UserError, match="cannot read 'x': No such file") as caught:
            with as_user_error("x", "read"):
                failing(errno.ENOENT)()
        assert isinstance(caught.value.__cause__, OSError)

    @pytest.mark.parametrize("number", [*errno.errorcode])
    def test_a_reader_is_not_advised_how_to_write(self, number: int) -> None:
        with pytest.raises(UserError) as caught, as_user_error("x", "read"):
            failing(number)()
        advice = str(caught.value).rsplit(". ", 1)[1]
        assert not re.search("write|create|choose|free", advice.lower())

    @pytest.mark.parametrize(
        ("doing", "advice"),
        [
            ("read", "Name a file that exists."),
            ("write", "Create its folder first."),
            ("create", "Create its folder first."),
        ],
    )
    def test_the_advice_suits_what_is_done(self, doing: str, advice: str) -> None:
        with pytest.raises(UserError) as caught, as_user_error("x", doing):
            failing(errno.ENOENT)()
        assert str(caught.value) == f"cannot {doing} 'x': No such file or directory. {advice}"

    def test_an_error_without_a_number(self) -> None:
        with pytest.raises(UserError, match="cannot write 'x': odd. Check the path."):
            with as_user_error(Path("x")):
                raise OSError("odd")

    def test_other_errors_go_through(self) -> None:
        with pytest.raises(KeyError), as_user_error("x"):
            raise KeyError

    def test_a_message_is_one_line(self) -> None:
        assert str(UserError(" a\nb \t c\r\n")) == "a b c"

    def test_require(self) -> None:
        if not [0]:
            raise UserError("never")
        with pytest.raises(UserError, match="told"):
            if not []:
                raise UserError("told")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
class TestStoredFiles:
    def test_a_file_and_a_link_to_it_are_read(self, target: Path) -> None:
        link = target.with_name("link")
        link.symlink_to(target.name)
        for path in (target, link):
            with open_stored(path) as file:
                assert file.read() == OLD

    def test_a_pipe_or_a_device_is_refused_at_once(self, tmp_path: Path) -> None:
        pipe, device = tmp_path / "pipe", tmp_path / "device"
        os.mkfifo(pipe)
        device.symlink_to("/dev/zero")
        for path in (pipe, device):
            with pytest.raises(UserError, match="a pipe, not a file. Remove it, or put"):
                sha256_of(path)

    def test_a_socket_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)  # the path of a socket is short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket")
            with pytest.raises(OSError, match="a device or a pipe") as error:
                open_stored("socket")
        assert error.value.errno == errno.EINVAL

    def test_a_folder_is_called_one(self, tmp_path: Path) -> None:
        with pytest.raises(IsADirectoryError):
            open_stored(tmp_path)
