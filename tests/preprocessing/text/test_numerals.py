"""Numbers that keep their form, and numbers that other languages write differently."""

from __future__ import annotations

import pytest

from malgil.preprocessing.text.numerals import canonical_number, without_currency
from tests.preprocessing.text.test_protected_spans import spans


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
        ("the 1980s, 100%", ["1980", "100%"]),
        ("100+200=300이고 300×200", ["100+200=300", "300×200"]),
        ("2024. 3. 5. 회의", ["2024. 3. 5."]),
        # Small numbers are words.
        ("3시 10월 21일 99개 2-3시간 24/7 1/2 10,11", ["10,11"]),
    ],
)
def test_numbers(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1,000만 원 500억 3만 5,000원 1만2000 200여 만",
        "5.5 million, 200 thousand 3,000 milliards",
        "3만 5천 원, 5 만 원, 300만원이, 200백만, 2,000천여 명, 1,000~2,000만 원",
        "2 millions, 300 millions d'euros, 500-million",
        "300만 500만을 200억이나 100조 원",
    ],
)
def test_parts_of_larger_numbers_are_text(text: str) -> None:
    assert spans(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A particle, or a word that ends like a unit, before the number
        ("커피만 300잔", ["300"]),
        ("하지만 2024년", ["2024"]),
        ("인천 032-123-4567", ["032-123-4567"]),
        ("부천 300명, 동백 500그루, 기억 100개", ["300", "500", "100"]),
        ("5만 2024년에", ["2024"]),
        # A word that begins like a unit after it
        ("피자 500조각", ["500"]),
        ("5000조각 200여 명", ["5000", "200"]),
        ("2024 조사 결과, 2024 백서, 2024 만화, 2024 천장, 2024 억지", ["2024"] * 5),
        ("In 2024 millions of people", ["2024"]),
        ("En 1998 milliers de gens", ["1998"]),
    ],
)
def test_words_that_look_like_units(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-12.5도, 기온은 -12.5도", ["-12.5", "-12.5"]),
        ("−1,500원 ±0.05 –300", ["−1,500", "±0.05", "–300"]),
        ("기온이 -5도", ["-5"]),
        ("-5시에 만나요 온도-5", []),  # an item of a list, and a hyphen
        *((f"010{dash}1234{dash}5678", [f"010{dash}1234{dash}5678"]) for dash in "-‐‑‒–—―−"),
        ("(02) 123-4567, 02)123-4567", ["(02) 123-4567", "02)123-4567"]),
        ("+82 10 1234 5678번, 010 1234 5678", ["+82 10 1234 5678", "010 1234 5678"]),
        ("01 23 45 67 89", ["01 23 45 67 89"]),
        ("2023~2024년, 2023–2024", ["2023~2024", "2023–2024"]),
        ("10:00~11:30, 9:00-18:00", ["10:00~11:30", "9:00-18:00"]),
        ("1,000~2,000원", ["1,000~2,000"]),
        ("1 234,56 et 1.234.567,89", ["1 234,56", "1.234.567,89"]),
        ("€1.234,56, $5, ₩50,000", ["€1.234,56", "$5", "₩50,000"]),
        ("1.234,56 €, 20€", ["1.234,56 €", "20€"]),
        ("-$1,500 하고 $1,000–$2,000", ["-$1,500", "$1,000", "$2,000"]),
        ("00:00:01,000 --> 00:00:04,500", ["00:00:01,000", "00:00:04,500"]),
        ("2024-03-05T10:30:00Z에", ["2024-03-05T10:30:00Z"]),
        ("2024-03-05T10:30:00.5+09:00", ["2024-03-05T10:30:00.5+09:00"]),
        ("192.168.0.1:8080, 10.0.0.0/8", ["192.168.0.1:8080", "10.0.0.0/8"]),
    ],
)
def test_signs_and_parts_are_inside(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


def test_canonical_number() -> None:
    assert canonical_number("1,234,567") == canonical_number("1 234 567") == "1234567"
    assert canonical_number("1,234.5") == "1234.5"
    assert canonical_number("1.234,56") == canonical_number("1 234,56") == "1234.56"
    assert canonical_number("12,34") == canonical_number("12.34") == "12.34"
    assert canonical_number("1,2,3") == "1,2,3"
    assert canonical_number("2023~2024") == canonical_number("2023–2024") == "2023-2024"
    assert canonical_number("−1,500") == canonical_number("-1500") == "-1500"
    assert canonical_number("a@b.kr") == "a@b.kr"


@pytest.mark.parametrize(
    ("span", "amount"),
    [
        ("$500", "500"),
        ("€ 1.234,56", "1.234,56"),
        ("1,000 ₩", "1,000"),
        ("500", "500"),
        ("a$b", "a$b"),
    ],
)
def test_without_currency(span: str, amount: str) -> None:
    begin, end = without_currency(span)
    assert span[begin:end] == amount
