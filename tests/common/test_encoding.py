"""Detection of encodings from the first bytes of a text."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.common import encoding
from malgil.common.encoding import codec_label, detect_codec
from malgil.common.text_lines import decode_lines

KOREAN = "저는 오늘 학교에 갑니다.\tI go to school today.\n"
UTF16 = ("utf-16", "utf-16-le", "utf-16-be", "utf-32")


def decoded(content: bytes) -> list[str]:
    return list(decode_lines(io.BytesIO(content), "text"))


class TestDetect:
    @pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp949", *UTF16])
    @pytest.mark.parametrize("text", [KOREAN, KOREAN * 40_000, "I go.\n", "한\n", "a\tb"])
    def test_text_is_read_back(self, text: str, codec: str) -> None:
        assert "".join(line + "\n" for line in decoded(text.encode(codec))).rstrip(
            "\n"
        ) == text.rstrip("\n")

    @given(st.lists(st.sampled_from(["가", "학교", "없다", "a", "the", ".", "!", "\u2019", "9"])))
    def test_everyday_korean_in_cp949(self, words: list[str]) -> None:
        content = (" ".join(words) + "\n").encode("cp949")
        assert decoded(content) == [" ".join(words)]

    @given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1))
    def test_utf8_is_never_detected_as_another(self, text: str) -> None:
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
        assert detect_codec(content) == encoding.UTF8

    def test_a_sample_may_end_within_a_character(self) -> None:
        assert detect_codec("가나다".encode()[:-1]) == encoding.UTF8
        assert detect_codec(("가나다 " * 9).encode("cp949")[:-2]) == "cp949"
        assert detect_codec(("가나다\n" * 9).encode("utf-16-le")[:-1]) == "utf-16-le"

    def test_latin_text_in_the_other_byte_order_is_not_detected_as_chinese(self) -> None:
        assert detect_codec(("plain words\n" * 9).encode("utf-16-be")) == "utf-16-be"
        assert detect_codec(("plain words\n" * 9).encode("utf-16-le")) == "utf-16-le"

    def test_labels(self) -> None:
        codecs = ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp949")
        assert [codec_label(codec) for codec in codecs] == [
            "UTF-8",
            "UTF-16",
            "UTF-16",
            "UTF-32",
            "cp949",
        ]
