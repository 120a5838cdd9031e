"""Normalization: one form of text for every language, before anything else reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

SPACE = "\u2581"  # SentencePiece's own mark for a space (Kudo and Richardson 2018, section 2)

# The program's own marks stand between these (`placeholders` and `case_markup`). Text
# never holds them once it is normalized, so that no text can be taken for a mark.
MARK_BEGIN, MARK_END = "⟦", "⟧"
_RESERVED = {SPACE: "_", MARK_BEGIN: "[", MARK_END: "]"}

# Zero-width joiners hold emoji and some scripts together; the other format characters are noise,
# but for the tags that make a flag of a part of a country (Unicode TS 51, section 2.6).
_KEPT_FORMATS = "\u200c\u200d"
_FLAG_TAGS = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0020-\U000e007f]"  # a flag, or noise
)
_HANGUL_FILLERS = "\u3164\uffa0"  # letters that are seen as a gap
# Text of these alone is in its one form but for spaces: most lines of most corpora.
_OTHER_THAN_PLAIN = re.compile("[^ -~가-힣]")
_CONJOINING = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]+")


def normalize(text: str) -> str:
    """Return text in the one form that the rest of the program works with.

    NFC (Unicode Annex 15). Every run of white space (no-break spaces and line ends too) is one
    space. Half-width and full-width forms become the ordinary ones (Ａ１！ → A1!, ｶﾞ → ガ); so do
    single jamo of the kind that make up syllables (U+110F → ㅋ), while letters of the keyboard
    stay as they are (ㅋㅋ, ㅠㅠ). Control and format characters, lone surrogates and the marks of
    the program itself (▁⟦⟧) are removed or replaced.

    Args:
        text: Any string.

    Returns:
        The normalized text, without a space at either end. Never an error.
    """
    if not _OTHER_THAN_PLAIN.search(text):
        return " ".join(text.split())
    text = _FLAG_TAGS.sub(r"\1", clean(text))
    # After characters are removed, as letters that meet then compose.
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return _CONJOINING.sub(_as_letters, text)


def clean(text: str) -> str:
    """Replace each character by itself as `normalize` does."""
    return text.translate(_CHARACTERS)


class _Characters(dict[int, str]):
    """A table for `str.translate`, filled in as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = value = _cleaned(chr(code))
        return value


def _cleaned(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or character in _HANGUL_FILLERS:
        return " "
    if category == "Cs":
        return "\ufffd"
    if category in ("Cc", "Cf") and character not in _KEPT_FORMATS:
        return character if "\U000e0020" <= character <= "\U000e007f" else ""
    form, _, ordinary = unicodedata.decomposition(character).partition(" ")
    if form in ("<wide>", "<narrow>"):
        return chr(int(ordinary, 16))
    return _RESERVED.get(character, character)


def _letters() -> dict[int, str]:
    """Map each modern jamo that makes up syllables to the keyboard's letter (U+3131 …)."""
    ranges = ((0x1100, 0x1112, "CHOSEONG"), (0x1161, 0x1175, "JUNGSEONG"))
    letters = {}
    for first, last, kind in (*ranges, (0x11A8, 0x11C2, "JONGSEONG")):
        for code in range(first, last + 1):
            letters[code] = unicodedata.lookup(unicodedata.name(chr(code)).replace(kind, "LETTER"))
    return letters


_CHARACTERS = _Characters()
_LETTERS = _letters()


def _as_letters(run: re.Match[str]) -> str:
    # A run with an old letter is an old syllable, which has no other form.
    old = any(ord(jamo) not in _LETTERS for jamo in run[0])
    return run[0] if old else run[0].translate(_LETTERS)


# A mark or a letter of the keyboard that is repeated: !!!!!!!! ~~~~~ ㅋㅋㅋㅋㅋㅋ
_LONG_RUN = re.compile(r"([^\w\s]|[_\u3131-\u318e])\1{3,}")


def shorten_runs(text: str, find_kept: Callable[[str], Iterable[tuple[int, int]]]) -> str:
    """Shorten runs of one character in a source text to three: ㅋㅋㅋㅋㅋㅋ → ㅋㅋㅋ.

    The meaning stays the same, and the model has seen the shorter run more often.

    Args:
        text: Normalized text.
        find_kept: Finds the spans that stay unchanged, such as addresses.

    Returns:
        The text; words and numbers are never shortened.
    """
    if not _LONG_RUN.search(text):
        return text
    parts = []
    position = 0
    for begin, end in (*find_kept(text), (len(text), len(text))):
        parts += [_LONG_RUN.sub(r"\1\1\1", text[position:begin]), text[begin:end]]
        position = end
    return "".join(parts)
