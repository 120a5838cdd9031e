"""Spans of text that a translation leaves unchanged: addresses, emoji, numbers, times."""

from __future__ import annotations

import re

# Emoji by the ranges of Unicode's emoji-data. A few single signs (©, ™, ↔) are left to the model.
_PICTURE = (
    "[\u231a\u231b\u23e9-\u23f3\u23f8-\u23fa\u25fd\u25fe\u2600-\u27bf\u2b1b\u2b1c\u2b50\u2b55"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_PICTURE_WITH_FORM = (
    f"{_PICTURE}(?:[\ufe0f\ufe0e]|[\U0001f3fb-\U0001f3ff]|[\U000e0020-\U000e007f]+)?"
)
_EMOJI = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}"  # the flag of a country
    "|[0-9#*]\ufe0f\u20e3"  # a keycap
    f"|{_PICTURE_WITH_FORM}(?:\u200d(?:{_PICTURE_WITH_FORM}|[\u2640\u2642\u2695]\ufe0f?))*)+"
)
_HANGUL = "가-힣"
_PATH = r"[\w\-.~:/?#\[\]@!$&'()*+,;=%]"
# In an address Hangul follows one of these; elsewhere it is a particle (naver.com에서).
_ADDRESS = rf"(?:{_PATH}|(?<=[/=_?&#-])[{_HANGUL}]+)*"
# A particle after an address. After Hangul only those are recognized that cannot be part of a word.
_PARTICLE = re.compile(
    rf"(?:(?<=[{_HANGUL}])(?:에서|에게|으로|까지|부터|입니다|이에요|예요|를|에)"
    rf"|(?<![{_HANGUL}])(?:에서|에게|으?로|까지|부터|입니다|이에요|예요|[에를을은는이가와과의도만]))$"
)
# Without http:// or www. an address is recognized by its top-level domain. None of these is a word
# that may follow a period.
_DOMAINS = "com|net|org|edu|gov|info|io|dev|app|ai|tv|kr|jp|cn|tw|uk|fr|eu|ru"
_URL = (
    rf"(?:(?:https?|ftp)://|\bwww\.)(?=\w){_ADDRESS}"
    rf"|(?<![\w.@-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_DOMAINS})(?![\w-])(?:[/?#]{_ADDRESS})?"
)
_MAIL = r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}"
_NUMBER = (
    r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])"  # 1,234,567.8
    r"|(?<!\d)\d{1,3}(?: \d{3})+(?!\d)"  # 1 234 567, as in French
    r"|(?<![\d.,])\d+,\d{1,2}(?![,.]?\d)"  # 98,6, as in French
    r"|(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)"  # 10:30
    r"|(?:\+|(?<!\d))\d+(?:[-./]\d+)+"  # 2024-03-05, 010-1234-5678, 3.14
    r"|(?<!\d)\d{3,}"
)
_SPAN = re.compile(
    f"(?P<url>{_URL})|(?P<mail>{_MAIL})|(?P<emoji>{_EMOJI})|(?P<number>{_NUMBER})",
    re.ASCII | re.IGNORECASE,
)
# Matches every text that has a span, and few other texts.
_HINT = re.compile(r"[\d@]|://|\.[a-z]|[\u2190-\u2bff\U0001f000-\U0001faff]", re.IGNORECASE)

# A number next to one of these is part of a larger number, which other languages group differently
# (3만 5,000 = 35,000). The model has to convert it.
_UNITS = "만|억|조|천|백|십|thousand|million|billion|trillion|hundred|mille|millier|milliard"
_UNIT_AFTER = re.compile(rf"\ ?(?:여\ ?)?(?:{_UNITS})", re.IGNORECASE)
_UNIT_BEFORE = re.compile(r"[만억조천백]\ ?$")
_ENDS_NO_ADDRESS = ".,:;!?'*~"


def find_spans(text: str) -> list[tuple[int, int]]:
    """Find the spans that keep their form in any language.

    These are URLs and e-mail addresses; runs of emoji with their modifiers; and numbers of three
    or more digits, decimals, times, dates and telephone numbers. Smaller numbers are treated as
    words (3시 is three o'clock, 10월 is October), and so are numbers with 만, 억 or million.

    Args:
        text: Normalized text.

    Returns:
        The begin and end of each span, in order, without overlap.
    """
    if not _HINT.search(text):
        return []
    spans = []
    for match in _SPAN.finditer(text):
        begin, end = match.span()
        if match["url"]:
            end = _end_of_address(text, begin, end)
            if particle := _PARTICLE.search(text, begin, end):
                end = particle.start()
        elif match["number"] and not _keeps_its_form(text, begin, end):
            continue
        spans.append((begin, end))
    return spans


def canonical_form(span: str) -> str:
    """Return a span in the form in which spans are compared.

    Numbers have no grouping and a decimal point: 1,234,567.8 and 1 234 567.8 are equal, and so are
    98,6 and 98.6.
    """
    if re.fullmatch(r"\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?", span):
        return span.replace(",", "").replace(" ", "")
    if re.fullmatch(r"\d+,\d{1,2}", span):
        return span.replace(",", ".")
    return span


def _end_of_address(text: str, begin: int, end: int) -> int:
    """Return the end of an address, without the sentence's punctuation or a closing bracket."""
    while end > begin + 1:
        last = text[end - 1]
        opening = {")": "(", "]": "["}.get(last)
        has_opening = opening and text.count(opening, begin, end) >= text.count(last, begin, end)
        if last not in _ENDS_NO_ADDRESS and (not opening or has_opening):
            break
        end -= 1
    return end


def _keeps_its_form(text: str, begin: int, end: int) -> bool:
    """Return whether a number is written the same in other languages."""
    if _UNIT_AFTER.match(text, end) or _UNIT_BEFORE.search(text, max(0, begin - 2), begin):
        return False
    number = text[begin:end].lstrip("+")
    groups = re.split(r"[-./:, ]", number)
    if ":" in number or "," in number or " " in number or max(map(len, groups)) >= 3:
        return True
    # 3.5 and 24.3.5 but neither 2-3 nor 1/2, which are often written in words.
    return len(groups) > 2 or "." in number
