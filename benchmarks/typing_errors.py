"""Typing errors on a keyboard: a key next to the right one, for Hangul and for Latin letters."""

from __future__ import annotations

import random
import unicodedata

# The standard two-set layout of Hangul (두벌식, KS X 5002), with and without Shift, and QWERTY.
_HANGUL_ROWS = ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ")
_SHIFTED = str.maketrans("ㅃㅉㄸㄲㅆㅒㅖ", "ㅂㅈㄷㄱㅅㅐㅔ")
_LATIN_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

# The jamo of the parts of a syllable, in the order of Unicode.
_FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWEL = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_LAST = "\0ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_PARTS = (_FIRST, _VOWEL, _LAST)
_BASE = 0xAC00  # 가


def neighbors(key: str) -> str:
    """Return the neighboring keys of a key: to its left and right, above and below it.

    Args:
        key: A jamo or a lower-case Latin letter. A jamo that is typed with Shift has the neighbors
            of its key.

    Returns:
        The neighbors; "" for any other character.
    """
    key = key.translate(_SHIFTED)
    for rows in (_HANGUL_ROWS, _LATIN_ROWS):
        for number, keys in enumerate(rows):
            place = keys.find(key)
            if place < 0:
                continue
            same_row = keys[max(place - 1, 0) : place] + keys[place + 1 : place + 2]
            other_rows = [rows[i] for i in (number - 1, number + 1) if 0 <= i < len(rows)]
            return same_row + "".join(each[place] for each in other_rows if place < len(each))
    return ""


def typos(character: str) -> list[str]:
    """Return what a character becomes if one of its keys is replaced by a neighbor.

    A syllable stays a syllable: a consonant becomes a consonant, and a vowel a vowel. Jamo of two
    keys, such as ㅘ and ㄳ, are unchanged.
    """
    if character.isascii():
        keys = neighbors(character.lower()) if character.isalpha() else ""
        return [key.upper() if character.isupper() else key for key in keys]
    if not "가" <= character <= "힣":
        return []
    rest, last = divmod(ord(character) - _BASE, len(_LAST))
    parts = [*divmod(rest, len(_VOWEL)), last]
    found = []
    for place, jamo in enumerate(_PARTS):
        for key in neighbors(jamo[parts[place]]):
            if key in jamo:
                changed = [*parts[:place], jamo.index(key), *parts[place + 1 :]]
                code = (changed[0] * len(_VOWEL) + changed[1]) * len(_LAST) + changed[2]
                found.append(chr(_BASE + code))
    return found


def with_typo(text: str, choose: random.Random) -> str:
    """Replace one character at random by one that a neighboring key gives.

    Args:
        text: Text with Hangul syllables or Latin letters; other text is unchanged.
        choose: The source of randomness.
    """
    text = unicodedata.normalize("NFC", text)
    places = [place for place, character in enumerate(text) if typos(character)]
    if not places:
        return text
    place = choose.choice(places)
    return text[:place] + choose.choice(typos(text[place])) + text[place + 1 :]
