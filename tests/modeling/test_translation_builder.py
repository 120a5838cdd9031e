"""The signs around translations, which are those of their sources."""

from __future__ import annotations

import pytest

from malgil.modeling.translation_builder import _surrounded, _untranslated
from malgil.preprocessing.segments import Segment
from malgil.preprocessing.text.placeholders import NONE


@pytest.mark.parametrize(
    ("before", "after", "is_lent", "language", "expected"),
    [
        ("", "", False, "en", "Hi."),
        ("- “", "” 😊", False, "en", "- “Hi.” 😊"),
        ("「", "」", False, "en", "“Hi.”"),
        ("", "~", True, "en", "Hi~"),
        ("", " ^^", True, "en", "Hi ^^"),
        ("", "ㅋㅋ", True, "en", "Hi ㅋㅋ"),  # a letter, which would be read as part of the word
        ("", "ㅋㅋ", False, "en", "Hi.ㅋㅋ"),
        ("", "ㅋㅋ", True, "ko", "Hiㅋㅋ"),
    ],
)
def test_affixes(before: str, after: str, is_lent: bool, language: str, expected: str) -> None:
    segment = Segment([3], NONE, before=before, after=after, has_lent_mark=is_lent)
    assert _surrounded(segment, "Hi.", language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("---\n", "---"), (" 25% ", " 25% "), ("", ""), ("\u200b \n", ""), ("1\n2\n", "1 2")],
)
def test_what_is_not_translated_comes_back_as_one_line(text: str, expected: str) -> None:
    assert _untranslated(text) == expected
