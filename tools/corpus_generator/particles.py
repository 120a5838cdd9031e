"""Korean particles, chosen by the last sound of the word before them."""

from __future__ import annotations

from tools.corpus_generator.hangul import final_consonant, is_syllable

# After a consonant, after a vowel.
FORMS = {
    "은/는": ("은", "는"),
    "이/가": ("이", "가"),
    "을/를": ("을", "를"),
    "과/와": ("과", "와"),
    "이랑/랑": ("이랑", "랑"),
    "으로/로": ("으로", "로"),
    "이나/나": ("이나", "나"),
    "아/야": ("아", "야"),
    "이라고/라고": ("이라고", "라고"),
    "이에요/예요": ("이에요", "예요"),
    "이야/야": ("이야", "야"),
}
# The last sound of a digit that is read in Sino-Korean: 영 일 이 삼 사 오 육 칠 팔 구.
DIGIT_FINALS = ("ㅇ", "ㄹ", "", "ㅁ", "", "", "ㄱ", "ㄹ", "ㄹ", "")
# The Korean names of Latin letters: 엘, 엠, 엔, 알 end in a consonant, all others in a vowel.
LETTER_FINALS = {"l": "ㄹ", "m": "ㅁ", "n": "ㄴ", "r": "ㄹ"}
# 10, 100, 1,000 and 10,000 end as 십, 백, 천 and 만 do; numbers from 억 on are refused.
ZERO_FINALS = {1: "ㅂ", 2: "ㄱ", 3: "ㄴ", 4: "ㄴ"}


def _digits_final(word: str) -> str:
    digits = word[len(word.rstrip("0123456789")) :]
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros == 0 or zeros == len(digits):
        return DIGIT_FINALS[int(digits[-1])]
    if zeros >= 8:
        raise ValueError(f"numbers of up to eight digits can take a particle. Received: {word!r}.")
    return ZERO_FINALS[min(zeros, 4)]


def spoken_final(word: str) -> str:
    """Return the final consonant of a word as it is pronounced.

    Args:
        word: A word that ends in Hangul, in an Arabic digit (read in Sino-Korean), in a run of
            upper-case Latin letters (read letter by letter, as in TV or PM) or in % (퍼센트).

    Returns:
        The final consonant, "" after a vowel.

    Raises:
        ValueError: If the spelling does not show how the word sounds ("cafe", "!", "").
    """
    last = word[-1:]
    if is_syllable(last):
        return final_consonant(word)
    if last.isascii() and last.isdigit():
        return _digits_final(word)
    if last.isascii() and last.isupper():
        return LETTER_FINALS.get(last.lower(), "")
    if last == "%":
        return ""
    raise ValueError(
        "a particle follows Hangul, a digit or upper-case letters that are spelled out. "
        f"Received: {word!r}."
    )


def particle(word: str, pair: str) -> str:
    """Choose the form of a particle.

    Args:
        word: The word before the particle.
        pair: A key of `FORMS`: the form after a consonant, a slash, the form after a vowel.

    Returns:
        The particle without the word. 로 also follows ㄹ (서울로), the only exception.

    Raises:
        ValueError: If the pair or the last sound of the word is unknown.
    """
    if pair not in FORMS:
        raise ValueError(f"particle accepts {', '.join(FORMS)}. Received: {pair!r}.")
    after_consonant, after_vowel = FORMS[pair]
    final = spoken_final(word)
    if pair == "으로/로" and final == "ㄹ":
        return after_vowel
    return after_consonant if final else after_vowel


def attach(word: str, pair: str) -> str:
    """Return the word with the right form of the particle: 책 + 을/를 → 책을. See `particle`."""
    return word + particle(word, pair)
