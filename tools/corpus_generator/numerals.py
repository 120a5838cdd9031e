"""Numbers in both languages: digits, native Korean and Sino-Korean numerals, English numerals."""

from __future__ import annotations

NATIVE_ONES = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
# The forms before a counter: 사과 한 개, 스무 살.
ATTRIBUTIVE = {"하나": "한", "둘": "두", "셋": "세", "넷": "네"}
SINO_ONES = ("", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
SINO_UNITS = ("", "십", "백", "천")
ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
ORDINAL_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
MAX_NATIVE, MAX_SINO = 99, 99_999_999


def native(number: int) -> str:
    """Return a native Korean numeral as it is used before a counter: 한, 두, 열두, 스무, 스물한.

    Raises:
        ValueError: If the number is not from 1 to 99.
    """
    if not 1 <= number <= MAX_NATIVE:
        raise ValueError(f"native numerals are from 1 to {MAX_NATIVE}. Received: {number}.")
    if number == 20:
        return "스무"
    tens, ones = divmod(number, 10)
    return NATIVE_TENS[tens] + ATTRIBUTIVE.get(NATIVE_ONES[ones], NATIVE_ONES[ones])


def sino(number: int) -> str:
    """Return a Sino-Korean numeral, with a space after 만: 십이, 삼백오, 만 이천, 삼만 오천.

    Raises:
        ValueError: If the number is not from 1 to 99,999,999.
    """
    if not 1 <= number <= MAX_SINO:
        raise ValueError(f"Sino-Korean numerals are from 1 to {MAX_SINO}. Received: {number}.")
    myriads, rest = divmod(number, 10_000)
    parts = [_sino_below_myriad(rest)] if rest else []
    if myriads:
        parts.insert(0, ("" if myriads == 1 else _sino_below_myriad(myriads)) + "만")
    return " ".join(parts)


def _sino_below_myriad(number: int) -> str:
    text = ""
    for place, digit in enumerate(reversed(str(number))):
        ones = SINO_ONES[int(digit)]
        if ones:
            # 십, 백 and 천 have no 일 before them.
            text = (ones if digit != "1" or not place else "") + SINO_UNITS[place] + text
    return text


def mixed(number: int) -> str:
    """Return a number of more than 10,000 as people write prices: 3만 5천, 12만.

    Raises:
        ValueError: If the number has no such form: it must be a multiple of 1,000.
    """
    myriads, rest = divmod(number, 10_000)
    if number % 1_000 or not myriads:
        raise ValueError(f"expected a multiple of 1,000 above 10,000. Received: {number}.")
    return f"{myriads}만 {rest // 1_000}천" if rest else f"{myriads}만"


def cardinal(number: int) -> str:
    """Return an English numeral: twelve, twenty-seven.

    Raises:
        ValueError: If the number is not from 0 to 99.
    """
    if not 0 <= number <= MAX_NATIVE:
        raise ValueError(f"numerals are spelled from 0 to {MAX_NATIVE}. Received: {number}.")
    if number < len(ONES):
        return ONES[number]
    tens, ones = divmod(number, 10)
    return f"{TENS[tens]}-{ONES[ones]}" if ones else TENS[tens]


def ordinal(number: int) -> str:
    """Return a spelled English ordinal: third, twelfth, twentieth, twenty-first.

    Raises:
        ValueError: As `cardinal`.
    """
    text = cardinal(number)
    before, _, last = text.rpartition("-")
    last = ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return f"{before}-{last}" if before else last


def ordinal_digits(number: int) -> str:
    """Return an English ordinal in digits: 3rd, 11th, 21st."""
    is_teen = number // 10 % 10 == 1
    return f"{number}{'th' if is_teen else ORDINAL_ENDINGS.get(number % 10, 'th')}"
