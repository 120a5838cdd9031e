"""Arithmetic of Hangul syllables: splitting a syllable and joining its letters.

A precomposed syllable is `0xAC00 + (initial * 21 + medial) * 28 + final` (The Unicode Standard,
chapter 3.12, "Conjoining Jamo Behavior").
"""

from __future__ import annotations

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
FIRST_SYLLABLE = 0xAC00
LAST_SYLLABLE = 0xD7A3


def is_syllable(character: str) -> bool:
    """Return whether a character is one precomposed Hangul syllable, 가 to 힣."""
    return len(character) == 1 and FIRST_SYLLABLE <= ord(character) <= LAST_SYLLABLE


def split_syllable(syllable: str) -> tuple[str, str, str]:
    """Split a syllable into its letters.

    Args:
        syllable: One precomposed syllable, such as 값.

    Returns:
        Initial, medial and final letter (ㄱ, ㅏ, ㅄ); the final is "" if there is none.

    Raises:
        ValueError: If it is not a precomposed Hangul syllable.
    """
    if not is_syllable(syllable):
        raise ValueError(f"expected one Hangul syllable. Received: {syllable!r}.")
    rest, final = divmod(ord(syllable) - FIRST_SYLLABLE, 28)
    initial, medial = divmod(rest, 21)
    return INITIALS[initial], MEDIALS[medial], FINALS[final]


def join_syllable(initial: str, medial: str, final: str = "") -> str:
    """Join letters to a syllable: ㄱ, ㅏ, ㅄ → 값.

    Args:
        initial: One of `INITIALS`.
        medial: One of `MEDIALS`.
        final: One of `FINALS`, "" for an open syllable.

    Returns:
        One precomposed syllable.

    Raises:
        ValueError: If a letter is not allowed in its position.
    """
    index = INITIALS.index(initial) * 21 + MEDIALS.index(medial)
    return chr(FIRST_SYLLABLE + index * 28 + FINALS.index(final))


def final_consonant(word: str) -> str:
    """Return the final consonant of the last syllable of a word, or "" if it ends in a vowel.

    Raises:
        ValueError: If the word is empty or does not end in a Hangul syllable.
    """
    return split_syllable(word[-1:])[2]


def with_final(word: str, final: str) -> str:
    """Return the word with its last final consonant replaced: 가 + ㄴ → 간, 살 + "" → 사."""
    initial, medial, _ = split_syllable(word[-1:])
    return word[:-1] + join_syllable(initial, medial, final)
