"""The standard streams: lines of a pipe, output, progress, and output of native libraries."""

from __future__ import annotations

import faulthandler
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from malgil.cli.output_file import open_output
from malgil.cli.streams import piped_lines, quiet_libraries, sentence_counter
from malgil.common import progress
from malgil.common.errors import UserError
from malgil.common.locations import ROOT

KOREAN = "저는 오늘 학교에 갑니다.\n"


def pipe(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    # The encoding of the stream itself must not matter.
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="ascii"))


class TestPipedLines:
    @pytest.mark.parametrize(
        "content",
        [
            "가\n\n나 ",
            "가\n\n나 \n",
            "가\r\n\r\n나 \r\n",
            "\ufeff가\n\n나 \n",
        ],
    )
    def test_without_their_ends(self, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
        pipe(monkeypatch, content.encode())
        assert list(piped_lines()) == ["가", "", "나 "]

    def test_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pipe(monkeypatch, b"")
        assert list(piped_lines()) == []

    def test_are_read_as_they_are_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pipe(monkeypatch, b"good\n" * 100_000 + b"\xff\n")
        lines = piped_lines()
        assert next(lines) == "good"
        with pytest.raises(UserError, match=r"'standard input' .*\(near line 100,001\)"):
            list(lines)

    @pytest.mark.parametrize(
        ("codec", "shown"), [("cp949", "cp949"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16")]
    )
    def test_other_encodings_are_logged(
        self,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        codec: str,
        shown: str,
    ) -> None:
        pipe(monkeypatch, (KOREAN * 9).encode(codec))
        assert list(piped_lines()) == [KOREAN.rstrip("\n")] * 9
        assert caplog.messages == [f"'standard input': the encoding was detected as {shown}."]

    def test_standard_input_stays_open(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pipe(monkeypatch, b"a\n")
        list(piped_lines())
        assert not sys.stdin.buffer.closed


class TestOutput:
    def test_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        with open_output(None) as file:
            print("말", file=file)
        assert capsys.readouterr().out == "말\n"
        assert not sys.stdout.closed

    def test_a_file_in_utf_8_with_plain_line_ends(self, tmp_path: Path) -> None:
        with open_output(str(tmp_path / "out")) as file:
            print("말\n길", file=file)
            assert not (tmp_path / "out").exists()
        assert (tmp_path / "out").read_bytes() == "말\n길\n".encode()

    @pytest.mark.parametrize("error", [UserError("no"), KeyboardInterrupt()])
    def test_none_after_an_error(self, tmp_path: Path, error: BaseException) -> None:
        with pytest.raises(type(error)), open_output(str(tmp_path / "out")) as file:
            print("말" * 100_000, file=file)
            raise error
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_device_is_no_file(self) -> None:
        with pytest.raises(UserError, match="a device or a pipe"), open_output(os.devnull):
            pass


class TestCounter:
    def show(self, monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
        with sentence_counter() as show:
            show(1_512, None)
            show(2_024, 3_000)

    def test_on_a_terminal(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.show(monkeypatch, True)
        assert capsys.readouterr().err == "\r1,512 sentences\r2,024 of 3,000 sentences\n"

    def test_a_log_file_gets_a_line_every_half_minute(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        now = [100.0]
        monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
        with sentence_counter("test.tsv") as show:
            for done in range(256, 3_072, 256):
                now[0] += 8
                show(done, 3_000)
        assert capsys.readouterr().err == (
            "test.tsv: 1,024 of 3,000 sentences\ntest.tsv: 2,048 of 3,000 sentences\n"
        )

    def test_a_short_run_adds_nothing_to_a_log_file(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.show(monkeypatch, False)
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize("shown", [0, 1])
    def test_an_error_begins_on_a_line_of_its_own(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shown: int
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        with pytest.raises(UserError), sentence_counter() as show:
            for _ in range(shown):
                show(1, None)
            raise UserError("no")
        assert capsys.readouterr().err == "\r1 sentence\n" * shown


class TestQuietLibraries:
    def test_what_native_code_writes(self, capfd: pytest.CaptureFixture[str]) -> None:
        with quiet_libraries():
            os.write(2, b"hello from C\n")
        os.write(2, b"afterwards\n")
        assert capfd.readouterr().err == "afterwards\n"

    def test_errors_get_out(self, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(ImportError), quiet_libraries():
            raise ImportError
        os.write(2, b"afterwards\n")
        assert capfd.readouterr().err == "afterwards\n"

    def test_the_faulthandler_of_others_is_left_alone(self) -> None:
        before = faulthandler.is_enabled()  # pytest's own
        with quiet_libraries():
            assert faulthandler.is_enabled()
        assert faulthandler.is_enabled() == before

    @pytest.mark.skipif(os.name != "posix", reason="signals")
    @pytest.mark.parametrize("watches", [True, False])
    def test_a_crash_of_native_code_is_reported(self, watches: bool) -> None:
        program = (
            "import os, signal; from malgil.cli.streams import quiet_libraries\n"
            f"with quiet_libraries(watches_crashes={watches}):\n"
            "    os.kill(os.getpid(), signal.SIGILL)\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, check=False
        )
        assert ended.returncode == -signal.SIGILL
        assert (b"Fatal Python error: Illegal instruction" in ended.stderr) == watches


def test_messages_are_not_discarded_with_the_output_of_libraries() -> None:
    program = (
        "import logging, os\n"
        "from malgil.cli.streams import quiet_libraries\n"
        "from malgil.common.logging import messages\n"
        "with messages(), quiet_libraries():\n"
        "    os.write(2, b'noise')\n"
        "    logging.getLogger('malgil.x').warning('a term is given twice')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stderr.decode().split("\n") == ["a term is given twice", ""]
