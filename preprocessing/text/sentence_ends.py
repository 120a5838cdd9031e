"""Sentence ends: final marks, Korean endings, abbreviations, and what continues a sentence."""

from __future__ import annotations

import re

FINAL_MARKS = ".?!…。‥‼⁇⁈⁉‽؟۔।॥"
"""Punctuation that ends a sentence."""

# Abbreviations: a period here does not end the sentence. Titles, initials, a.m., 3. (of a list).
_ABBREVIATIONS = re.compile(
    "(mr|mrs|ms|dr|prof|st|jr|sr|vs|cf|etc|inc|ltd|co|corp|approx|dept|gen|col|lt|sgt|"
    r"capt|rev|hon|mt|ave|mme|mlle|mm|\d{1,2}|([^\W\d_가-힣]\.)*[^\W\d_가-힣])\.",
    re.IGNORECASE,
)
# Before a number only: "No. 5", but not "No. I am."
_BEFORE_NUMBER = re.compile(r"(no|vol|pp|fig|art|chap|sec|nos|figs)\.", re.IGNORECASE)

# Final endings, and the nouns that end in the same syllable are rare before a space-less period.
_CLEAR_ENDINGS = "요다까죠"
_OTHER_ENDINGS = "네라지군음함임됨자니냐야래해줘봐"
_WITH_PAST = "어아지"  # after a syllable that ends in ㅆ: 갔어, 있지
# 저는요, 이것은요: a topic, not the end of a sentence
_NOT_FINAL = re.compile("[은는을를도만서]요$")
_QUESTION = re.compile(
    "누구|누가|뭐|무엇|무슨|어디|언제|왜|어떻게|몇|얼마|어느|어떤|까$|[니냐]$|나요$"
)

# After a closing quotation mark: the sentence goes on. A one-syllable particle is not the beginning
# of a word.
_CONTINUATION = re.compile(
    "이?라(?:고|는|며|면서|던|니)|하(?:고|며|는|였|면서)|했|고(?![가-힣])|란(?![가-힣])|"
    "(?:은|는|이|가|을|를|의|에|와|과|도|로|만|나|랑|요)(?![가-힣])|(?:으로|에서|에게|까지|부터|처럼|보다|이나|이랑)|"
    "이?다(?![가-힣])|입니다|이?(?:에요|예요)|같[은이]|인(?![가-힣])|및(?![가-힣])|と(?:言|思|い|聞|叫|答|話|書)|って|[,;]"
)


def is_abbreviation(word: str, following: str = "") -> bool:
    """Return whether the period at the end of a word is part of it.

    Args:
        word: The word, without the space before it.
        following: The text after the word and a space.
    """
    if _BEFORE_NUMBER.fullmatch(word):
        return following[:1].isdigit()
    return bool(_ABBREVIATIONS.fullmatch(word))


def has_korean_ending(text: str, is_certain: bool = True) -> bool:
    """Return whether a text ends like a Korean sentence, without its final mark.

    Args:
        text: Text without a sign at its end.
        is_certain: Whether to accept only endings that few nouns have.
    """
    last, before = text[-1:], text[-2:-1]
    if not last or not _is_hangul(before):
        return False
    if last in _CLEAR_ENDINGS:
        return not _NOT_FINAL.search(text)
    if last in _WITH_PAST and _ends_in_ss(before):
        return True
    return not is_certain and (last in _OTHER_ENDINGS or _is_informal(last))


def is_question(text: str) -> bool:
    """Return whether a Korean sentence without its final mark is probably a question."""
    return bool(_QUESTION.search(text))


def continues(text: str, at: int) -> bool:
    """Return whether the text at an index continues the sentence of the quotation before it."""
    return text[at : at + 1].islower() or bool(_CONTINUATION.match(text, at))


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


def _is_informal(syllable: str) -> bool:
    """Return whether a syllable may end an informal sentence: 바빠, 커, 해, 켜, 봐, 돼, 줘."""
    code = ord(syllable) - ord("가")
    is_open = _is_hangul(syllable) and code % 28 == 0
    return (
        is_open
        and "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"[code // 28 % 21] in "ㅏㅐㅓㅔㅕㅘㅙㅝ"
    )


def _ends_in_ss(syllable: str) -> bool:
    return (ord(syllable) - ord("가")) % 28 in (18, 20)  # ㅄ (없), ㅆ (갔)
