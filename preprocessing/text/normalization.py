"""Normalization: brings text of every language into one form before it is processed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

SPACE = "\u2581"  # SentencePiece's own mark for a space (Kudo and Richardson 2018, section 2)

# These enclose the program's own marks (`placeholders` and `case_markup`). Normalized text never
# contains them, so that no text can be mistaken for a mark.
MARK_BEGIN, MARK_END = "⟦", "⟧"
_RESERVED = {SPACE: "_", MARK_BEGIN: "[", MARK_END: "]"}

# Zero-width joiners are part of emoji and of some scripts. The other format characters are noise,
# except for the tags in the flags of regions such as Scotland (Unicode TS 51, section 2.6).
_KEPT_FORMATS = "\u200c\u200d"
_FLAG_TAGS = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0020-\U000e007f]"  # a flag, or noise
)
_HANGUL_FILLERS = "\u3164\uffa0"  # letters that are displayed as a space
# Text without a match needs no normalization except of its spaces: most lines of most corpora.
_OTHER_THAN_PLAIN = re.compile("[^ -~가-힣]")
_CONJOINING = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]+")


def normalize(text: str) -> str:
    """Return text in the one form that the rest of the program works with.

    - The text is in NFC (Unicode Annex 15).
    - Every run of white space, including no-break spaces and line ends, becomes one space.
    - Half-width and full-width forms become ordinary characters (Ａ１！ → A1!, ｶﾞ → ガ).
    - Single conjoining jamo, which are parts of syllables, become compatibility jamo (U+110F → ㅋ).
      Compatibility jamo, which a keyboard types, are unchanged (ㅋㅋ, ㅠㅠ).
    - Control and format characters, lone surrogates and the program's own marks (▁⟦⟧) are removed
      or replaced.

    Args:
        text: Any string.

    Returns:
        The normalized text, without a space at either end. No text raises an error.
    """
    if not _OTHER_THAN_PLAIN.search(text):
        return " ".join(text.split())
    text = _FLAG_TAGS.sub(r"\1", clean(text))
    # After characters are removed, as letters that become neighbors may compose.
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return _CONJOINING.sub(_as_letters, text)


def clean(text: str) -> str:
    """Replace each character on its own as `normalize` does."""
    return text.translate(_CHARACTERS)


class _Characters(dict[int, str]):
    """A table for `str.translate` that is filled in when a character first occurs."""

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
    """Map each modern conjoining jamo to its compatibility jamo (U+3131 …)."""
    ranges = ((0x1100, 0x1112, "CHOSEONG"), (0x1161, 0x1175, "JUNGSEONG"))
    letters = {}
    for first, last, kind in (*ranges, (0x11A8, 0x11C2, "JONGSEONG")):
        for code in range(first, last + 1):
            letters[code] = unicodedata.lookup(unicodedata.name(chr(code)).replace(kind, "LETTER"))
    return letters


_CHARACTERS = _Characters()
_LETTERS = _letters()


def _as_letters(run: re.Match[str]) -> str:
    # A run with an archaic letter is an archaic syllable, which has no other form.
    old = any(ord(jamo) not in _LETTERS for jamo in run[0])
    return run[0] if old else run[0].translate(_LETTERS)


# A repeated punctuation mark or compatibility jamo: !!!!!!!! ~~~~~ ㅋㅋㅋㅋㅋㅋ
_LONG_RUN = re.compile(r"([^\w\s]|[_\u3131-\u318e])\1{3,}")


# Typographic signs, and those with which a keyboard writes them.
_PLAIN_SIGNS = str.maketrans(
    {
        **dict.fromkeys("“”„‟″「」『』《》", '"'),
        **dict.fromkeys("‘’‚‛′´ʼ〈〉‹›", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("〜∼～", "~"),
        **dict.fromkeys("ㆍ・‧･", "·"),
        **{"…": "...", "‥": "..", "‼": "!!", "⁇": "??", "⁈": "?!", "⁉": "!?"},
        **{"。": ".", "、": ",", "【": "[", "】": "]", "〔": "[", "〕": "]"},
    }
)
# Signs whose replacement depends on what is around them.
_PLAIN_IN_CONTEXT = (
    (re.compile("« ?"), '"'),
    (re.compile(" ?»"), '"'),
    (re.compile("''|``|‘‘|’’"), '"'),
    (re.compile(r"(?<=\w)[—―](?=\w)"), " - "),  # He came—and left
    (re.compile(r"(?<=\w)。(?=[^\W_])"), ". "),
    (re.compile(r"(?<=\w)、(?=[^\W_])"), ", "),
    (re.compile("(?<=[가-힣])[·ㆍ・‧･](?=[가-힣A-Za-z])"), ", "),  # 영국·미국: the UK, the US
)
_TYPOGRAPHIC = re.compile(
    "[“”„‟″«»「」『』《》‘’‚‛′´ʼ〈〉‹›‐-―−〜∼～ㆍ・‧･·…‥‼⁇-⁉。、【】〔〕]|''|``"
)


def simplify_source(text: str, find_kept: Callable[[str], Iterable[tuple[int, int]]]) -> str:
    """Return a source text with the signs that models know: typographic ones become plain.

    “ ” „ « » 「 」 become ", and ‘ ’ become ', dashes become -, … becomes ..., and 。 becomes a
    period. Long runs are shortened (`shorten_runs`). Targets are never changed.

    Args:
        text: Normalized text.
        find_kept: Returns the spans that stay unchanged, such as addresses and numbers.
    """
    if _TYPOGRAPHIC.search(text):
        text = " ".join(_change_outside(text, find_kept(text), unify_signs).split())
    return shorten_runs(text, find_kept)


def unify_signs(text: str) -> str:
    """Return text with plain signs in place of typographic ones; see `simplify_source`."""
    for pattern, sign in _PLAIN_IN_CONTEXT:
        text = pattern.sub(sign, text)
    return text.translate(_PLAIN_SIGNS)


def shorten_runs(text: str, find_kept: Callable[[str], Iterable[tuple[int, int]]]) -> str:
    """Shorten runs of one character in a source text to three characters: ㅋㅋㅋㅋㅋㅋ → ㅋㅋㅋ.

    The meaning stays the same, and the model has seen the shorter run more often.

    Args:
        text: Normalized text.
        find_kept: Returns the spans that stay unchanged, such as addresses.

    Returns:
        The text. Words and numbers are never shortened.
    """
    if not _LONG_RUN.search(text):
        return text
    return _change_outside(text, find_kept(text), lambda part: _LONG_RUN.sub(r"\1\1\1", part))


def _change_outside(
    text: str, kept: Iterable[tuple[int, int]], change: Callable[[str], str]
) -> str:
    """Change the parts of a text between spans."""
    parts = []
    position = 0
    for begin, end in (*kept, (len(text), len(text))):
        parts += [change(text[position:begin]), text[begin:end]]
        position = end
    return "".join(parts)
