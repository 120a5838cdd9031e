"""Protected spans: addresses, emoji and numbers, and text that looks like them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.numerals import canonical_number as canonical_form
from malgil.preprocessing.text.protected_spans import find_spans


def spans(text: str) -> list[str]:
    return [text[begin:end] for begin, end in find_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "보세요: https://example.com/a/b?c=1&d=%20#e 입니다",
            ["https://example.com/a/b?c=1&d=%20#e"],
        ),
        ("www.example.org에서 봤다", ["www.example.org"]),
        ("HTTP://A.KR로 오세요", ["HTTP://A.KR"]),
        ("See http://a.kr/x_(y), ok (www.b.org/path).", ["http://a.kr/x_(y)", "www.b.org/path"]),
        ("http://a.kr:8080/? 'http://b.kr'", ["http://a.kr:8080/", "http://b.kr"]),
        ("https://ko.wikipedia.org/wiki/한국어에서 봤다", ["https://ko.wikipedia.org/wiki/한국어"]),
        ("http://a.kr/ko/에서 http://a.kr/을 봤다", ["http://a.kr/ko/", "http://a.kr/"]),
        ("http://a.kr/마을을", ["http://a.kr/마을을"]),  # a word may have this end
        ("example.com이나 a.b.co.kr/c를", ["example.com", "a.b.co.kr/c"]),
        ("fear.She up.The Mr.Kim end.", []),
        ("https:// www. .com", []),
    ],
)
def test_urls(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kim.min+a@mail.example.kr로 보내세요.", ["kim.min+a@mail.example.kr"]),
        ("Write to a_b@c-d.org.", ["a_b@c-d.org"]),
        ("a@b @kim kim@", []),
    ],
)
def test_mail(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("좋아요😀", ["😀"]),
        ("👍🏽👍🏽 네", ["👍🏽👍🏽"]),
        ("👨\u200d👩\u200d👧 가족", ["👨\u200d👩\u200d👧"]),
        ("🏃🏽\u200d♀\ufe0f 뛴다", ["🏃🏽\u200d♀\ufe0f"]),
        ("🇰🇷 한국 🇫🇷🇺🇸", ["🇰🇷", "🇫🇷🇺🇸"]),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!", None),
        ("1\ufe0f\u20e3 먼저", ["1\ufe0f\u20e3"]),
        ("❤\ufe0f ☕", ["❤\ufe0f", "☕"]),
        ("ㅋㅋ ㅠㅠ ^^ :) ① → ©", []),
    ],
)
def test_emoji(text: str, expected: list[str] | None) -> None:
    assert normalize(text) == text
    assert spans(text) == ([text[:-1]] if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024년에 1,234.5원과 3.14", ["2024", "1,234.5", "3.14"]),
        ("98,6 % et 12,34, mais 1,2,3 et 1,2345", ["98,6", "12,34", "2345"]),
        ("오전 9:05, 12:30:59", ["9:05", "12:30:59"]),
        ("2024-03-05, 2024.3.5, 3/14/2024", ["2024-03-05", "2024.3.5", "3/14/2024"]),
        ("010-1234-5678 / +82-2-123-4567", ["010-1234-5678", "+82-2-123-4567"]),
        ("environ 100 000 habitants", ["100 000"]),
        ("On October 10,1992 he", ["1992"]),
        ("A380, the 1980s, 100%", ["380", "1980", "100"]),
        # Small numbers are words.
        ("3시 10월 21일 99개 2-3시간 24/7 1/2 10,11", ["10,11"]),
        # Numbers that other languages group differently must be converted.
        ("1,000만 원 500억 3만 5,000원 1만2000 200여 만", []),
        ("5.5 million, 200 thousand 3,000 milliards", []),
        ("200여 명 5000조각", ["200"]),
    ],
)
def test_numbers(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@settings(deadline=None, max_examples=300)
@given(
    text=st.lists(
        st.sampled_from(
            ["https://", "www.", "a.com", "/", "a@b.kr", "😀", "\u200d", "12", "345", ",", ".", ":"]
        )
        | st.characters(),
        max_size=15,
    ).map(lambda parts: normalize("".join(parts)))
)
def test_spans_are_in_order_and_do_not_overlap(text: str) -> None:
    position = 0
    for begin, end in find_spans(text):
        assert position <= begin < end <= len(text)
        assert text[begin] != " " != text[end - 1]
        position = end


@pytest.mark.parametrize("text", ["a." * 20_000, "1." * 20_000, "😀" * 20_000, "http://a)" * 5_000])
def test_long_texts(text: str) -> None:
    assert find_spans(text) is not None


def test_canonical_form() -> None:
    assert canonical_form("1,234,567") == canonical_form("1 234 567") == "1234567"
    assert canonical_form("1,234.5") == "1234.5"
    assert canonical_form("12,34") == canonical_form("12.34") == "12.34"
    assert canonical_form("1,2,3") == "1,2,3"
    assert canonical_form("a@b.kr") == "a@b.kr"
