"""Lines of texts: decoded as they are read, with the line of bytes that cannot be decoded."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.common import text_lines
from malgil.common.encoding import codec_label, open_text
from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.common.text_lines import decode_lines, iterate_lines, read_lines

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
        ("codec", "bad"), [("cp949", b"\xff\xff"), ("utf-16-le", b"\x00"), ("utf-16", b"x")]
    )
    def test_in_another_encoding(self, codec: str, bad: bytes) -> None:
        message = mistake((KOREAN * 700).encode(codec) + bad)
        assert f"'text' was detected as {codec_label(codec)} text, but cannot be decoded" in message

    @pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
    def test_a_carriage_return_within_a_line_is_a_space(self, codec: str) -> None:
        content = "가\r나\r\n\n\r다\r\r\n라\r\r마\n바".encode(codec)
        assert decoded(content) == ["가 나", "", " 다", "라  마", "바"]

    @pytest.mark.parametrize(
        ("content", "lines"),
        [
            (b"a\rb\r\rc\r", ["a", "b", "", "c"]),
            (b"a\rb", ["a", "b"]),
            (b"\r\ra", ["", "", "a"]),
            (b"a\r", ["a"]),
            (b"\r\n\r\n", ["", ""]),
            (b"", []),
        ],
    )
    def test_lines_that_all_end_in_a_carriage_return(
        self, content: bytes, lines: list[str]
    ) -> None:
        assert decoded(content) == lines

    def test_a_line_feed_far_behind_the_first_carriage_return(self) -> None:
        line = b"x" * 50_000 + b"\r"
        assert decoded(line * 10 + b"y\nz\n") == [("x" * 50_000 + " ") * 10 + "y", "z"]
        assert decoded(line * 30 + b"y\nz\n") == ["x" * 50_000] * 30 + ["y", "z"]

    def test_no_other_character_ends_a_line(self) -> None:
        others = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
        assert decoded(f"a{others}b\nc\n".encode()) == [f"a{others}b", "c"]

    @given(st.text("ab\r\n\x0b\x85\u2028"), st.integers(1, 9))
    def test_lines_are_those_of_a_simple_reader(self, text: str, size: int) -> None:
        class Trickle(io.BytesIO):
            """Gives a few bytes per read."""

            def read1(self, _size: int | None = -1) -> bytes:
                return self.read(size)

        if "\n" in text:
            lines = text.replace("\r\n", "\n").split("\n")
            lines = [line.rstrip("\r") for line in lines]
        else:
            lines = text.split("\r")
        expected = [line.replace("\r", " ") for line in lines]
        opened = open_text(Trickle(text.encode()), "utf-8", newline="")
        found = list(iterate_lines(opened, "text"))
        assert found == (expected if expected[-1] else expected[:-1])

    def test_half_of_a_character(self) -> None:
        """Read what a program writes that cuts an emoji in two."""
        assert decoded(b"a\xed\xa0\xbd b\xed\xb8\x80\n") == ["a\ufffd b\ufffd"]
        assert decoded("a\ud83d b\n".encode("utf-16", "surrogatepass")) == ["a\ufffd b"]
        assert decoded(b"\xed\xa0\xbd\xed\xb8\x80 CESU-8\n") == ["\U0001f600 CESU-8"]
        for offset in range(8180, 8196):  # a buffer ends within it
            start = "a" * offset
            assert decoded(start.encode() + b"\xed\xa0\xbdb\n") == [start + "\ufffdb"]

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
