"""What may follow a Korean noun within its word: particles and the copula, as a small grammar.

A word is a noun, then suffixes (들, 님), particles (에서, 까지, 만), and one of these at the end: a
particle that no other follows (은, 이, 를), or the copula 이다 with an ending (이에요, 였는데,
인가요). Many have two forms, after a final consonant and after a vowel: 은 and 는, 이라서 and 라서.

Source: 국립국어원 2005, 외국인을 위한 한국어 문법 1, on 조사 and 어미; the lists were completed
with the nouns of a corpus.
"""

from __future__ import annotations

import functools
import re

_FIRST, _LAST, _FORMS = 0xAC00, 0xD7A3, 28  # syllables; each vowel has 28 forms, the open one first
_OPEN = "".join(map(chr, range(_FIRST, _LAST + 1, _FORMS)))  # syllables without final consonant
_ENDS_IN_L = "".join(chr(code + 8) for code in range(_FIRST, _LAST + 1, _FORMS))
# After other characters, such as those of KTX, both forms are possible.
_AFTER_CONSONANT = f"(?<![{_OPEN}])"
_AFTER_VOWEL = f"(?:(?<=[{_OPEN}])|(?<![가-힣]))"
_AFTER_CONSONANT_BUT_L = f"(?<![{_OPEN}{_ENDS_IN_L}])"
_AFTER_VOWEL_OR_L = f"(?:(?<=[{_OPEN}{_ENDS_IN_L}])|(?<![가-힣]))"

# The form after a consonant, and the one after a vowel.
_PAIRS = (
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("으로", "로"),
    ("으로서", "로서"),
    ("으로써", "로써"),
    ("으로부터", "로부터"),
    ("이랑", "랑"),
    ("이나", "나"),
    ("이라고", "라고"),
    ("이라는", "라는"),
    ("이에요", "예요"),
    ("이었", "였"),
)


def _any(words: str) -> str:
    """Return a pattern of words that are separated by spaces."""
    return f"(?:{'|'.join(sorted(words.split(), key=len, reverse=True))})"


def _two_forms(after_consonant: str, after_vowel: str) -> str:
    return f"(?:{_AFTER_CONSONANT}{_any(after_consonant)}|{_AFTER_VOWEL}{_any(after_vowel)})"


# 날씨 and 손님 are words of their own: names have two syllables or more.
_SUFFIX = r"(?:들|쯤|끼리|네|(?<=\w\w)(?:씨|님))"
# Others may follow them: 에서는, 까지만, 로부터의, 만큼은.
_PARTICLE = (
    f"(?:{_any('에서부터 에서 에게서 에게로 에게 에다가 에다 에 한테서 한테 께서 께 더러')}"
    f"|{_any('까지 부터 처럼 보다 마다 밖에 조차 마저 만큼 같이 대로 만 뿐')}"
    f"|{_any('하고 하며 커녕 치고 따라')}"
    f"|(?:{_AFTER_CONSONANT_BUT_L}으|{_AFTER_VOWEL_OR_L}){_any('로부터 로서 로써 로')}"
    f"|{_two_forms('이랑 이나 이나마 이든지 이든 이라도 이며', '랑 나 나마 든지 든 라도 며')})"
)
# No other follows them: 은, and what 는 and 를 are shortened to (에선, 에겐, 까진, 한텔).
_LAST_PARTICLE = (
    f"(?:{_two_forms('은 이 을 이야 이여 아 이야말로', '는 가 를 야 여 야말로')}|의|도"
    f"|{_two_forms('과', '와')}[의는도만을]?"
    f"|{_any('에선 에겐 에게선 엔 에설 한텐 한테선 께선 까진 부턴 보단 밖엔 하곤 서부턴')}"
    f"|(?:{_AFTER_CONSONANT_BUT_L}으|{_AFTER_VOWEL_OR_L})론)"
)
# Endings that directly follow the stem of the copula. Before them 이 may be left out after a
# vowel.
_ENDING = _any(
    "다 다가 다만 고 고서 고도 고는 고요 구요 며 면 면서 면은 니 니까 니깐 니까는 지 지만 지마는 "
    "지요 죠 지도 네 네요 든 든지 든가 던 던데 던데요 던가 던가요 던지 더라 더라고 더라고요 "
    "더라구요 더니 더라도 더군요 므로 거든 거든요 거나 잖아 잖아요 잖니 구나 군 군요 구만 구먼 "
    "로구나 로군 기 기도 기는 긴 기만 기에 기까지 기보다 기보다는 기로 기를 기가 게 게끔 도록 라 "
    "라고 라고는 라곤 라고도 라고만 라고요 라구 라구요 라는 라니 라니까 라니까요 라니요 라면 "
    "라면서 라면서요 라며 라며요 라서 라서요 라서인지 라도 라든지 라든가 라지 라지만 라지요 라죠 "
    "라던 라던데 라던데요 라네 라네요 라나 라더라 라더군요 라야 라야만 란 란다 래 래요 래서 랬어 "
    "랬어요 랬는데 랍니다 랍니까 랄 랄까 랄까요 람 냐 냐고 냐고요 냐는 냐면 나 나요 니라 자 자마자 "
    "로되 야 야지 야죠 여 여서 여도 여야 여야만 요 에요 예요 어 어서 어도 어야 어야만 겠지 겠지만 "
    "겠지요 겠죠 겠네 겠네요 겠군요 겠어요 겠습니다 겠다 십니다 십니까 시다 시고 시며 시면 시니 "
    "시니까 시지 시지만 시죠 시지요 시네요 신 신가 신가요 신데 신데요 신지 실 실까 실까요 세요 셔 "
    "셔서 셨다 셨어요 셨습니다 셨던 셨고 셨는데 셨죠 시군요 시잖아요 시거든요 시라고 시라는"
)
# Endings with which the stem contracts: 이 + ㄴ, ㄹ, ㅁ, ㅂ니다. 이 stays in writing after a vowel.
_CONTRACTED = (
    "(?:인(?:데|데도|데요|데다|데다가|가|가요|가를|가에|지|지는|지도|지를|지라|지요|즉|걸|걸요|들|만큼|줄|양)?"
    "|일(?:까|까요|까봐|지|지도|지는|지라도|걸|걸요|게|세|수록|뿐|뿐더러|지언정|망정|텐데|텐데요|테니|테니까|줄)?"
    "|임(?:은|이|을|에|에도|으로|으로써|에도불구하고|과|의|도|만)?"
    "|입니(?:다|다만|까|다요)|인다)"
)
_PAST = "(?:이었|였|이였)" + _any(
    "어 어요 어서 어도 어야 다 다가 다는 다고 다고요 다면 다며 다니 다지만 던 던가 던가요 던데 "
    "던데요 던지 더라 더라면 더니 고 고요 구나 군 군요 지 지만 지요 죠 네 네요 는데 는데도 는데요 "
    "는지 는지도 는가 나 나요 냐 냐고 니 으니 으니까 으면 으며 으면서 으나 으므로 을 을까 을까요 "
    "을지 을지도 을텐데 을테니 음 음을 음이 음에도 기 기에 기도 기는 습니다 습니다만 습니까 거든 "
    "거든요 거나 잖아 잖아요 대 대요 댔어 답니다 단다 겠다 겠네 겠네요 겠지 겠지만 겠어 겠어요 "
    "겠습니다 겠죠 든 든지 었다 었어 었어요 었던 었는데 었습니다"
)
_COPULA = f"(?:(?:이|{_AFTER_VOWEL})(?:{_ENDING})|{_CONTRACTED}|{_PAST})"
_AFTER_NOUN = (
    f"(?:{_SUFFIX})*(?:{_PARTICLE})*(?:{_LAST_PARTICLE}|{_COPULA})?(?:(?<=\\w\\w)요)?(?![가-힣])"
)


@functools.cache
def _after_noun() -> re.Pattern[str]:
    """Return the compiled grammar: compiling takes longer than translating a sentence."""
    return re.compile(_AFTER_NOUN)


def ends_noun(text: str, at: int) -> bool:
    """Return whether a noun may end at an index: no Hangul follows, or only what may follow a noun.

    Args:
        text: Normalized text.
        at: The index after the last character of the noun, which need not be Korean.
    """
    return _after_noun().match(text, at) is not None


def fitting_particle(particle: str, noun: str) -> str:
    """Return the form of a particle after a noun: 을 becomes 를 after 학교."""
    for after_consonant, after_vowel in _PAIRS:
        if particle in (after_consonant, after_vowel) and "가" <= noun[-1:] <= "힣":
            takes_vowel_form = noun[-1] in (_OPEN + _ENDS_IN_L * (after_vowel[:1] == "로"))
            return after_vowel if takes_vowel_form else after_consonant
    return particle
