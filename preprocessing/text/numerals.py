"""Numbers in a text that keep their form: amounts, times, dates, ranges, telephone numbers."""

from __future__ import annotations

import re

_DASH = "\\-\u2010-\u2015\u2212"
_TO = f"[~\u223c\u301c{_DASH}]"  # of a range
_SIGN = r"(?<![\w.,)\]}%/:~가-힣-])[-+\u2012\u2013\u2212±]"
_CURRENCY = "[$€£¥₩]"
# Grouped by commas, by periods before a decimal comma, or by spaces; or with a decimal comma.
_GROUPED = (
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:\.\d{3})+,\d+(?!\d)"
    r"|\d+,\d{1,2}(?![,.]?\d))"
    r"|(?<!\d)\d{1,3}(?: \d{3})+(?:,\d+)?(?!\d)"
)
_TIME = r"(?<!\d)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?(?!\d)"
_TIMESTAMP = (
    r"(?<!\d)\d{4}-?\d{2}-?\d{2}T\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
    r"(?![A-Za-z\d])"
)
_ADDRESS = r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{2,5}|/\d{1,2})(?!\d)"
_TELEPHONE = (
    rf"\(0\d{{1,3}}\) ?\d{{3,4}}[ {_DASH}]\d{{4}}|\(\d{{3}}\) ?\d{{3}}[ {_DASH}]\d{{4}}"
    rf"|(?<!\d)\+\d{{1,3}}(?:[ .{_DASH}]?\(\d{{1,4}}\))?(?:[ .{_DASH}]\d{{1,4}}){{2,6}}(?!\d)"
    rf"|(?<![\d(])0\d{{1,2}}\)\d{{3,4}}[{_DASH}]\d{{4}}(?!\d)"
    r"|(?<!\d)0\d{1,2} \d{3,4} \d{4}(?!\d)|(?<!\d)0\d(?: \d\d){4}(?!\d)"
)
_RANGE = (
    rf"(?:{_GROUPED}|(?<![\d.,])\d+(?:\.\d+)?)(?:~|\u223c|\u301c)\d[\d,]*(?<!,)(?:\.\d+)?(?!\d)"
)
_DIGIT_GROUPS = rf"(?:\+|(?<!\d))\d+(?:[{_DASH}./]\d+)+"
# 300×200, 1 + 2 = 3
_FORMULA = (
    r"(?<![\d.,])\d+(?:[.,]\d+)?(?: ?[-+*/×÷=−] ?\d+(?:[.,]\d+)?){0,8} ?[×÷=+] ?\d+(?:[.,]\d+)?"
    r"(?: ?[-+*/×÷=−] ?\d+(?:[.,]\d+)?){0,8}(?![\d])"
)
_DOTTED_DATE = r"(?<!\d)\d{4}\. ?\d{1,2}\. ?\d{1,2}\b\.?"
_PERCENTAGE = rf"(?:{_SIGN})?(?<![\d.,])\d+(?:,\d{{3}})*(?:\.\d+)?[%‰]p?(?![A-Za-z\d])"
_WITH_SIGN = re.compile(r"[%‰]p?$|[×÷=]|\d ?\+")  # a percentage or a formula
NUMBER = (
    rf"{_TIMESTAMP}|{_DOTTED_DATE}|{_FORMULA}|{_PERCENTAGE}|{_TELEPHONE}|{_ADDRESS}"
    rf"|{_TIME}(?:{_TO}{_TIME})?"
    rf"|(?:{_SIGN})?{_CURRENCY} ?(?:{_GROUPED}|(?<![\d.,])\d+(?:\.\d+)?)"
    rf"|(?:(?:{_SIGN})(?=\d))?(?:{_RANGE}|{_GROUPED}|{_DIGIT_GROUPS}|(?<!\d)\d{{3,}})"
    rf"(?: ?{_CURRENCY}(?! ?\d))?"
    rf"|(?<![\d.,])\d{{1,2}} ?{_CURRENCY}(?! ?\d)"
    rf"|(?<=[ (])[-\u2212±]\d{{1,2}}(?![\d{_DASH}~:./]|,\d)"  # -5, but not at the beginning: a list
)

# A number next to one of these is part of a larger number, which other languages group differently
# (3만 5,000 = 35,000). The model has to convert it.
_UNIT = "십백천만억조"
# What follows a unit: more of the number, or a word that counts, and after a number without a
# space also a particle. Another syllable shows that the "unit" begins a word (2024 조사, 300조각).
_COUNTED = (
    "여|몇|원|명|달러|엔|유로|위안|파운드|톤|마리|배|분의|이상|이하|가량|정도|쯤|번째|미터|킬로|평|가구"
    "|표|권|병|잔|살|년|회|대의|개"
)
_ATTACHED = (
    f"{_COUNTED}|건|장|번|곳|세|호|부|대|주|점|자|척|채|통|층|인|분|초|시간|일|쪽|그루|벌|켤레|줄|씩|하고"
    "|이나|이란|이라|입니다|이에요|이다|으로|에서|까지|부터|보다|밖에|만|도|이|가|은|는|을|를|의|에|과|와"
)
_ENGLISH = "thousand|million|billion|trillion|hundred"
_FRENCH = "mille|millions?|milliards?|billions?|milliers?"
_UNIT_AFTER = re.compile(
    rf"(?:여 ?)?[{_UNIT}]+(?:(?![가-힣])| ?\d|{_ATTACHED})"
    rf"|(?: |여 | 여 )[{_UNIT}]+(?:(?![가-힣])|{_COUNTED})"
    rf"|[ -]?(?i:(?P<plain>{_ENGLISH})|(?P<plural>(?:{_ENGLISH})s|{_FRENCH}))(?![A-Za-z])"
)
_UNIT_BEFORE = re.compile(rf"\d ?[{_UNIT}]{{1,4}} ?$")
_SIMPLE = re.compile(
    rf"[-+\u2012\u2013\u2212±]?(?:{_CURRENCY} ?)?\d[\d., ~\u223c\u301c]*(?: ?{_CURRENCY})?"
)
_YEAR = re.compile("1[0-9]{3}|20[0-9]{2}")


def keeps_form(text: str, begin: int, end: int) -> bool:
    """Return whether a number is written the same in other languages.

    Args:
        text: Normalized text.
        begin, end: What `NUMBER` matched in it.
    """
    number = text[begin:end]
    if _WITH_SIGN.search(number):
        return True
    if _SIMPLE.fullmatch(number) and number.count(".") < 2 and _is_part(text, begin, end):
        return False
    if not number[0].isdigit() or not number[-1].isdigit() or re.search("[:, T]", number):
        return True
    groups = re.split(rf"[./~\u223c\u301c{_DASH}]", number)
    # 3.5 and 24.3.5 but neither 2-3 nor 1/2, which are often written in words.
    return max(map(len, groups)) >= 3 or len(groups) > 2 or "." in number


def _is_part(text: str, begin: int, end: int) -> bool:
    """Return whether a number is a part of a larger one, as 5,000 in 3만 5,000 or 5 million."""
    after = _UNIT_AFTER.match(text, end)
    if after and not (after["plural"] and _YEAR.fullmatch(text, begin, end)):
        return True
    # 5만 2024년 is a number and a year.
    is_year = _YEAR.fullmatch(text, begin, end) and text.startswith("년", end)
    return not is_year and bool(_UNIT_BEFORE.search(text, max(0, begin - 8), begin))


_DASHES = re.compile(rf"[{_DASH}~\u223c\u301c]")


def canonical_number(span: str) -> str:
    """Return a number without grouping, with a decimal point and plain dashes; others unchanged.

    1,234,567.8 and 1 234 567.8 are equal, and so are 98,6 and 98.6, 2023~2024 and 2023–2024, −5
    and -5.
    """
    if not span[-1:].isdigit() or not re.fullmatch(
        rf"[{_DASH}+±]?\d[\d., :~\u223c\u301c{_DASH}]*", span
    ):
        return span
    span = _DASHES.sub("-", span)
    if re.fullmatch(r"-?\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?", span):
        return span.replace(",", "").replace(" ", "")
    if re.fullmatch(r"-?\d{1,3}(?:[. ]\d{3})+,\d+", span):
        return span.replace(".", "").replace(" ", "").replace(",", ".")
    if re.fullmatch(r"-?\d+,\d{1,2}", span):
        return span.replace(",", ".")
    return span


_MONEY = re.compile(rf"(?P<before>{_CURRENCY} ?)?(?P<amount>.*\d)(?P<after> ?{_CURRENCY})?")


def without_currency(span: str) -> tuple[int, int]:
    """Return the begin and end of the amount within a span: (1, 4) for $500.

    Args:
        span: A span that may begin or end with the sign of a currency.
    """
    match = _MONEY.fullmatch(span) if re.search(_CURRENCY, span) else None
    return match.span("amount") if match else (0, len(span))
