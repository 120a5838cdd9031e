"""Identifiers, keys and options, and words that look like them."""

from __future__ import annotations

import pytest

from malgil.preprocessing.text.identifiers import is_identifier
from tests.preprocessing.text.test_protected_spans import spans


@pytest.mark.parametrize(
    "name",
    [
        *(
            "AB-12345-KR",
            "v2.3.1",
            "0x1F600",
            "SM-G991N",
            "RFC2616",
            "UTF-8",
            "A4",
            "MP3",
            "COVID-19",
        ),
        *(
            "snake_case",
            "MAX_VALUE",
            "__init__",
            "camelCase",
            "iPhone",
            "x86_64",
            "python3",
            "12345-AB",
        ),
        *("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "d41d8cd98f00b204e9800998ecf8427e", "2024-Q1"),
        *("1.2.3-beta.1", "2.0rc1", "1.5e-10", "00:1b:44:11:3a:b7", "A380", "B2B"),
    ],
)
def test_names(name: str) -> None:
    """A name is one span, alone, and before a particle or a period."""
    assert spans(name) == [name]
    assert spans(f"저는 {name}를 봤어요. ({name}).") == [name, name]


@pytest.mark.parametrize(
    "text",
    [
        "mid-20s No.5 5km 10am 1st 20-year-old 9-to-5 10K",
        "and/or km/h TCP/IP well-known KTX-산천",
        "YouTube JavaScript McDonald KTX NASA",
        "_File Ch_aracter f*** 2*3*4",
        "don't -ing I -- you, --Yes,they do.",
    ],
)
def test_words(text: str) -> None:
    assert spans(text) == []


def test_the_number_in_a_word_is_a_span() -> None:
    assert spans("the mid-2010s") == ["2010"]
    assert spans("No.2024, 100kg") == ["2024", "100"]
    assert not is_identifier("mid-2010s") and not is_identifier("100kg")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ctrl+C를 Alt+F4나 Ctrl + Shift + V", ["Ctrl+C", "Alt+F4", "Ctrl + Shift + V"]),
        ("Ctrl-C ⌘C", ["Ctrl-C", "⌘C"]),
        ("--mode predict --set=a.b 또는 -x를", ["--mode", "--set=a.b", "-x"]),
        ("print()를 os.path.join()과 a->b()", ["print()", "os.path.join()", "a->b()"]),
        ("-A item", []),  # an item of a list
    ],
)
def test_keys_options_and_calls(text: str, expected: list[str]) -> None:
    assert spans(text) == expected
