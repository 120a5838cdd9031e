"""Encodings are told from the bytes, and what does not decode is told with its line."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats import encoding
from malgil.preprocessing.corpus.formats.encoding import detect, lines_of, shown

KOREAN = "저는 오늘 학교에 갑니다.\tI go to school today.\n"
UTF16 = ("utf-16", "utf-16-le", "utf-16-be", "utf-32")


def decoded(content: bytes) -> list[str]:
    return list(lines_of(io.BytesIO(content), "'text'"))


def mistake(content: bytes) -> str:
    with pytest.raises(UserError) as caught:
        decoded(content)
    return str(caught.value)


class TestDetect:
    @pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp949", *UTF16])
    @pytest.mark.parametrize("text", [KOREAN, KOREAN * 40_000, "I go.\n", "한\n", "a\tb"])
    def test_text_comes_back(self, text: str, codec: str) -> None:
        assert "".join(line + "\n" for line in decoded(text.encode(codec))).rstrip(
            "\n"
        ) == text.rstrip("\n")

    @given(st.lists(st.sampled_from(["가", "학교", "없다", "a", "the", ".", "!", "\u2019", "9"])))
    def test_everyday_korean_in_cp949(self, words: list[str]) -> None:
        content = (" ".join(words) + "\n").encode("cp949")
        assert decoded(content) == [" ".join(words)]

    @given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1))
    def test_utf8_is_never_taken_for_another(self, text: str) -> None:
        text = text.lstrip("\ufeff")
        assert "".join(decoded(f"{text}.\n".encode())) == f"{text}."

    @pytest.mark.parametrize(
        "content",
        [
            "Le café est fermé à Noël, n'est-ce pas?".encode("latin-1"),
            "It\u2019s \u201chere\u201d \u2013 isn\u2019t it?".encode("cp1252"),
            "日本語の文章です。".encode("shift_jis"),
            b"a\0b\t\0c\0\n",
        ],
    )
    def test_others_are_not_guessed(self, content: bytes) -> None:
        assert detect(content) == encoding.UTF8

    def test_a_sample_may_end_within_a_character(self) -> None:
        assert detect("가나다".encode()[:-1]) == encoding.UTF8
        assert detect(("가나다 " * 9).encode("cp949")[:-2]) == "cp949"
        assert detect(("가나다\n" * 9).encode("utf-16-le")[:-1]) == "utf-16-le"

    def test_chinese_is_not_taken_for_latin_of_the_other_byte_order(self) -> None:
        assert detect(("plain words\n" * 9).encode("utf-16-be")) == "utf-16-be"
        assert detect(("plain words\n" * 9).encode("utf-16-le")) == "utf-16-le"

    def test_what_people_call_them(self) -> None:
        codecs = ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp949")
        assert [shown(codec) for codec in codecs] == [
            "UTF-8",
            "UTF-16",
            "UTF-16",
            "UTF-32",
            "cp949",
        ]


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("good", [0, 1, 7, 5000])
    def test_the_line_that_does_not_decode_is_named(self, good: int, end: str) -> None:
        content = KOREAN.replace("\n", end).encode() * good + b"caf\xe9\t." + end.encode() * 3
        told = mistake(content)
        line = good + 1
        # Where \r alone ends lines, one may be held back at the end of a buffer.
        assert any(f"'text' is not UTF-8 text (near line {n:,})" in told for n in (line, line - 1))
        assert f"(near line {line:,})" in told or end == "\r"

    @pytest.mark.parametrize(
        ("codec", "bad"), [("cp949", b"\xff\xff"), ("utf-16-le", b"\x00\xdc"), ("utf-16", b"x")]
    )
    def test_in_another_encoding_too(self, codec: str, bad: bytes) -> None:
        told = mistake((KOREAN * 700).encode(codec) + bad)
        assert f"'text' begins as {shown(codec)} text, but is none (near line 701)" in told

    def test_a_line_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(encoding, "LONGEST_LINE", 100)
        assert decoded(b"a" * 99 + b"\n" + b"b" * 99) == ["a" * 99, "b" * 99]
        assert "more than 100 characters in line 2." in mistake(b"a\n" + b"b" * 101)

    def test_other_encodings_are_told(self) -> None:
        told: list[str] = []
        for codec in ("utf-8", "utf-8-sig", "utf-16", "cp949"):
            list(lines_of(io.BytesIO(KOREAN.encode(codec)), "'text'", told.append))
        assert told == ["'text' is read as UTF-16", "'text' is read as cp949"]

    def test_a_pipe_is_read_as_it_comes(self) -> None:
        class Pipe(io.RawIOBase):
            """Gives a line at a time, and knows how many were asked for."""

            given = 0

            def readable(self) -> bool:
                return True

            def readinto(self, buffer: bytearray) -> int:
                self.given += 1
                line = f"줄 {self.given}\n".encode()
                buffer[: len(line)] = line
                return len(line)

        pipe = Pipe()
        found = lines_of(io.BufferedReader(pipe), "'pipe'")
        assert [next(found), next(found)] == ["줄 1", "줄 2"]
        assert pipe.given <= 3
