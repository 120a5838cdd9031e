"""Files of Java and Apple with keys and texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.catalogs.property_lists import (
    read_properties,
    read_strings,
)
from tests.preprocessing.corpus.formats.conftest import FileReader

Mistake = Callable[..., str]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("a.b=text", ("a.b", "text")),
        ("  a  :  text ", ("a", "text ")),
        ("a text", ("a", "text")),
        ("a", ("a", "")),
        (r"a\ b\=c = d", ("a b=c", "d")),
        (r"a=\uc5f4\uAE30\t\n\q", ("a", "열기\t\nq")),
        (r"a=\uD83D\uDE00", ("a", "😀")),
        ("a=It''s {0}", ("a", "It's {0}")),
    ],
)
def test_properties(line: str, entry: tuple[str, str]) -> None:
    assert list(read_properties([line], "x")) == [entry]


def test_properties_over_several_lines() -> None:
    lines = ["# note \\", "! note", "", "a = one \\", "   two \\", "", "b=back\\\\", "c=3", "d=\\"]
    assert list(read_properties(lines, "x")) == [
        ("a", "one two "),
        ("b", "back\\"),
        ("c", "3"),
        ("d", ""),
    ]


@given(st.dictionaries(st.text(min_size=1, max_size=9), st.text(max_size=20), max_size=5))
def test_properties_are_read_back(texts: dict[str, str]) -> None:
    def escape(text: str) -> str:
        units = text.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

    texts = {key: text.replace("'", "") for key, text in texts.items()}
    lines = [f"{escape(key)}={escape(text)}" for key, text in texts.items()]
    assert dict(read_properties(lines, "x")) == texts  # type: ignore[arg-type]


def test_strings() -> None:
    text = (
        '/* "old" = "note"; */\n"open" = "열기";\n// another\n"say \\"hi\\"" = "\\"안녕\\"\\n;";\n'
        'bare.key = "값"; "same";\n'
    )
    assert list(read_strings(text, "'f'")) == [
        ("open", "열기"),
        ('say "hi"', '"안녕"\n;'),
        ("bare.key", "값"),
    ]


@pytest.mark.parametrize("text", ['"a" = "b"', '"a" "b";', '"a" = "b', "\n가 = ;"])
def test_strings_that_are_not_valid(text: str) -> None:
    with pytest.raises(UserError, match="is not a valid .strings file near line"):
        list(read_strings(text, "'f'"))


def test_files(read_file: FileReader) -> None:
    korean = "app.open = 열기\napp.close = 닫기\napp.help.a = \\ub3c4\\uc6c0\\ub9d0\n"
    english = "app.open=Open\napp.close=Close\napp.more=More\n"
    names = "messages.properties", "messages_ko.properties"
    corpus = read_file(english, korean, names=names)
    assert corpus.pairs == [("열기", "Open"), ("닫기", "Close")]
    assert corpus.left_out == {"without en": 1, "without ko": 1}
    assert corpus.summary().endswith("messages_ko.properties and messages.properties")
    korean, english = '"a" = "가나다";\n', '"a" = "abc";\n'
    assert read_file(korean, english).pairs == [("가나다", "abc")]


def test_one_language_only(mistake: Mistake) -> None:
    message = mistake('"a" = "b";\n', names=("Localizable.strings",))
    assert (
        "(.strings) has texts in one language. Name the file of the other language too" in message
    )
