"""Lines of texts: decoded as they are read, with the line of bytes that cannot be decoded."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from malgil.common import text_lines
from malgil.common.encoding import codec_label
from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.common.text_lines import decode_lines, read_lines

KOREAN = "저는 오늘 학교에 갑니다.\tI go to school today.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def decoded(content: bytes) -> list[str]:
    return list(decode_lines(io.BytesIO(content), "text"))


def mistake(content: bytes) -> str:
    with pytest.raises(UserError) as caught:
        decoded(content)
    return str(caught.value)


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("good", [0, 1, 7, 5000])
    def test_the_line_of_bytes_that_cannot_be_decoded(self, good: int, end: str) -> None:
        content = KOREAN.replace("\n", end).encode() * good + b"caf\xe9\t." + end.encode() * 3
        message = mistake(content)
        line = good + 1
        # Where \r alone ends lines, one may be held back at the end of a buffer.
        assert any(
            f"'text' is not UTF-8 text (near line {n:,})" in message for n in (line, line - 1)
        )
        assert f"(near line {line:,})" in message or end == "\r"

    @pytest.mark.parametrize(
        ("codec", "bad"), [("cp949", b"\xff\xff"), ("utf-16-le", b"\x00\xdc"), ("utf-16", b"x")]
    )
    def test_in_another_encoding(self, codec: str, bad: bytes) -> None:
        message = mistake((KOREAN * 700).encode(codec) + bad)
        assert f"'text' was detected as {codec_label(codec)} text, but cannot be decoded" in message

    def test_a_line_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(text_lines, "MAX_LINE_LENGTH", 100)
        assert decoded(b"a" * 99 + b"\n" + b"b" * 99) == ["a" * 99, "b" * 99]
        assert "more than 100 characters in line 2." in mistake(b"a\n" + b"b" * 101)

    def test_other_encodings_are_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        for codec in ("utf-8", "utf-8-sig", "utf-16", "cp949"):
            list(decode_lines(io.BytesIO(KOREAN.encode(codec)), "text"))
        assert caplog.messages == [
            "'text': the encoding was detected as UTF-16.",
            "'text': the encoding was detected as cp949.",
        ]

    def test_a_pipe_is_read_line_by_line(self) -> None:
        class Pipe(io.RawIOBase):
            """Gives one line per read, and counts the reads."""

            given = 0

            def readable(self) -> bool:
                return True

            def readinto(self, buffer: bytearray) -> int:
                self.given += 1
                line = f"줄 {self.given}\n".encode()
                buffer[: len(line)] = line
                return len(line)

        pipe = Pipe()
        found = decode_lines(io.BufferedReader(pipe), "pipe")
        assert [next(found), next(found)] == ["줄 1", "줄 2"]
        assert pipe.given <= 3


class TestReadLines:
    def test_is_lazy(self, folder: Path) -> None:
        (folder / "text").write_bytes(b"good\n" * 20_000 + b"\xff\n")
        lines = read_lines("text")
        assert next(lines) == "good"
        with pytest.raises(UserError, match="near line 20,001"):
            list(lines)

    def test_a_missing_file(self, folder: Path) -> None:
        reason = "cannot read 'gone': No such file or directory. Name a file that exists."
        for origin, expected in (("", reason), ("--input", f"--input: {reason}")):
            with pytest.raises(UserError) as caught:
                next(read_lines("gone", origin))
            assert str(caught.value) == expected

    @pytest.mark.skipif(os.name != "posix", reason="descriptors of POSIX")
    def test_a_descriptor_that_cannot_be_read(self, folder: Path) -> None:
        """Raise a user error if standard input was opened for writing, as by `0> file`."""
        with open("text", "wb") as file, open(file.fileno(), "rb", closefd=False) as unreadable:
            lines = decode_lines(unreadable, "standard input")
            with pytest.raises(UserError, match="cannot read 'standard input': Bad file desc"):
                next(lines)

    def test_keeps_spaces_and_blank_lines(self, folder: Path) -> None:
        (folder / "text").write_bytes(" a \n\n\u00a0\t\n".encode())
        assert list(read_lines("text")) == [" a ", "", "\u00a0\t"]

    @pytest.mark.parametrize("encoding", ["cp949", "utf-16"])
    def test_logs_another_encoding(
        self, encoding: str, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (folder / "text").write_bytes((KOREAN * 9).encode(encoding))
        assert list(read_lines("text")) == [KOREAN.rstrip("\n")] * 9
        label = "cp949" if encoding == "cp949" else "UTF-16"
        assert caplog.messages == [f"'text': the encoding was detected as {label}."]
        assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_predicting_imports_no_corpus_formats() -> None:
    """Check that reading lines imports neither the corpus formats nor archive modules."""
    script = (
        "import sys\n"
        "from malgil.cli import predict, streams, translators\n"
        "from malgil.common.text_lines import read_lines\n"
        "from malgil.modeling import translator\n"
        "list(read_lines('README.md'))\n"
        "unwanted = ('malgil.preprocessing.corpus.formats', 'malgil.preprocessing.corpus.reader')\n"
        "others = {'openpyxl', 'ijson', 'defusedxml', 'py3langid', 'requests', 'tarfile'}\n"
        "print([name for name in sys.modules if name.startswith(unwanted) or name in others])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
