"""Words to keep: where they are found."""

from __future__ import annotations

import pytest

from malgil.preprocessing.text.kept_words import find_kept_words


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("가온은 가온에게 갔다.", ["가온"], ["가온", "가온"]),
        ("가온누리와 가온", ["가온"], ["가온"]),  # not within another word
        ("가온누리와 가온", ["가온", "가온누리"], ["가온누리", "가온"]),
        ("소라 마을에서 소라를", ["소라 마을"], ["소라 마을"]),
        ("Apple은 apple Apples", ["Apple"], ["Apple"]),
        ("(C++)를 .NET", ["C++", ".NET"], ["C++", ".NET"]),
        ("가온", [], []),
        ("가온", ["", " "], []),
    ],
)
def test_words(text: str, words: list[str], expected: list[str]) -> None:
    assert [text[begin:end] for begin, end in find_kept_words(text, words)] == expected


def test_words_are_normalized() -> None:
    decomposed = "\u1100\u1161"  # 가 in NFD
    assert find_kept_words("가 나", [decomposed]) == [(0, 1)]


def test_a_longer_word_that_does_not_fit_in_the_text() -> None:
    assert find_kept_words("서울", ["서울", "C++"]) == [(0, 2)]
    assert find_kept_words("그는 서울", ["New York", "서울"]) == [(3, 5)]
