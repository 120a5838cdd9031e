"""XML whose characters are not all allowed, read by the parser of Python."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats.markup.character_repair import (
    DECODING_ERRORS,
    LOST,
    RepairedText,
)


def repair(text: str, size: int = 1 << 16) -> str:
    reader = RepairedText(io.StringIO(text, newline=""))
    return "".join(iter(lambda: reader.readline(size), ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a &amp; b &lt; &#44032; &#xAC00; &quot;", "a &amp; b &lt; &#44032; &#xAC00; &quot;"),
        ("R&D & more", f"R{LOST}D {LOST} more"),
        ("&nbsp;&eacute;", f"{LOST}nbsp;{LOST}eacute;"),
        ("&#0;&#x1F;&#xFFFF;&#xD800;&#1114112;", LOST * 5),
        ("\x00a\x08b\x1bc\tg", f"{LOST}a{LOST}b{LOST}c\tg"),
        ("<![CDATA[a & b \x01]]> & c", f"<![CDATA[a & b {LOST}]]> {LOST} c"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 7, 1 << 16])
def test_what_is_replaced(text: str, expected: str, size: int) -> None:
    """Replace the same characters however the text is divided into blocks."""
    assert repair(text, size) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.integers(1, 9))
def test_any_text_becomes_valid(text: str, size: int) -> None:
    text = text.replace("<", "").replace("]]>", "")
    repaired = repair(f"<a>{text}</a>", size)
    assert repaired == repair(f"<a>{text}</a>")
    ElementTree.fromstring(repaired)


def test_invalid_bytes() -> None:
    content = "가".encode() + b"\xff" + "나".encode()
    assert content.decode("utf-8", DECODING_ERRORS) == f"가{LOST}나"
