"""Which sentence pairs are not fit to learn from, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from malgil.preprocessing.corpus.reader import Pair
from malgil.settings import CleaningSettings

# What people are told of a pair that was left out.
CONTROL = "with control characters"
MARKUP = "with markup"
SCRIPT = "in another script"
DUPLICATE = "seen before"
OVERLAP = "also in valid or test"
LOPSIDED = "with one side far longer"

# C0 and C1 but tab and line ends, and the mark of what could not be decoded.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")
# Tags and comments of HTML, its entities, and the {\an8} and {y:i} of subtitles.
_MARKUP = re.compile(
    r"</?[A-Za-z][A-Za-z0-9]{0,9}(\s[^<>]*)?/?>|<!--|&(#\d+|#x[0-9A-Fa-f]+|[A-Za-z]{2,8});"
    r"|\{\\[a-z][^{}]*\}|\{[A-Za-z]:[^{}]*\}"
)
_LATIN = "A-Za-zªºÀ-ÖØ-öø-ɏ\u1e00-\u1eff"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SCRIPTS = {
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3\uffa0-\uffdc",
    "Latin": _LATIN,
    "Cyrillic": "\u0400-\u052f",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "Hebrew": "\u0590-\u05ff",
    "Thai": "\u0e00-\u0e7f",
    "Devanagari": "\u0900-\u097f",
    "Japanese": f"\u3040-\u30ff{_HAN}",
    "Chinese": _HAN,
}
_LANGUAGES = {
    "Hangul": "ko",
    "Latin": "en fr de es it pt nl sv da no nb nn fi et lv lt pl cs sk sl hr hu ro tr vi id ms tl "
    "sw eo la ca gl eu ga cy is af sq",
    "Cyrillic": "ru uk be bg mk sr kk ky mn",
    "Greek": "el",
    "Arabic": "ar fa ur",
    "Hebrew": "he yi",
    "Thai": "th",
    "Devanagari": "hi mr ne",
    "Japanese": "ja",
    "Chinese": "zh",
}
_SCRIPT_OF = {
    language: re.compile(f"[{_SCRIPTS[script]}]")
    for script, languages in _LANGUAGES.items()
    for language in languages.split()
}
_LETTER = re.compile(r"[^\W\d_]")
_NOT_WORD = re.compile(r"[\W_]+")


def script_share(text: str, language: str) -> float:
    """The share of a text's letters that are of its language's script.

    Args:
        text: Any text.
        language: A two-letter code.

    Returns:
        0 to 1; 1 for a text without letters, or a language whose script is not known.
    """
    script = _SCRIPT_OF.get(language)
    letters = len(_LETTER.findall(text)) if script else 0
    return len(script.findall(text)) / letters if script and letters else 1.0


def fault(
    source: str, target: str, rules: CleaningSettings, languages: tuple[str, str]
) -> str | None:
    """Why a pair by itself is not fit to learn from.

    Args:
        source: The source sentence as it was read, before it is normalized.
        target: The target sentence.
        rules: `[cleaning]`.
        languages: The codes of both.

    Returns:
        The reason, or None for a pair that is fit.
    """
    sides = source, target
    if rules.drop_control_characters and any(map(_CONTROL.search, sides)):
        return CONTROL
    if rules.drop_markup and any(map(_MARKUP.search, sides)):
        return MARKUP
    least = rules.min_script_share
    if least and any(
        script_share(text, language) < least
        for text, language in zip(sides, languages, strict=True)
    ):
        return SCRIPT
    return None


def is_lopsided(source_length: int, target_length: int, ratio: float) -> bool:
    """Whether one side has more than `ratio` pieces for each one of the other.

    Args:
        source_length: Pieces of the source.
        target_length: Pieces of the target.
        ratio: `[cleaning] max_length_ratio`; 0 for any.
    """
    shorter, longer = sorted((source_length, target_length))
    return bool(ratio) and longer > _SHORT and longer > ratio * shorter


# Up to so many pieces a ratio says little: "네." may be "Yes, I will do that."
_SHORT = 10


def identity(source: str, target: str) -> bytes:
    """Eight bytes that only the same pair has, as far as chance goes."""
    return blake2b(f"{source}\t{target}".encode(), digest_size=8).digest()


def folded_identity(source: str, target: str) -> bytes:
    """The same for a pair whatever its capitals, spaces and punctuation."""
    return identity(_NOT_WORD.sub("", source.casefold()), _NOT_WORD.sub("", target.casefold()))


class Deduplicator:
    """What was seen so far, and what is held out: the rules that one pair alone cannot tell.

    Args:
        rules: `[cleaning]`.
        held_out: The pairs of valid and test, normalized.
    """

    def __init__(self, rules: CleaningSettings, held_out: Iterable[Pair]) -> None:
        self._seen: set[bytes] | None = set() if rules.drop_duplicates else None
        self._held_out = {folded_identity(*pair) for pair in held_out if rules.drop_overlap}

    def fault(self, own: bytes, folded: bytes) -> str | None:
        """Why a pair is not wanted here, or None; from then on it counts as seen.

        Args:
            own: Its `identity`.
            folded: Its `folded_identity`.
        """
        if folded in self._held_out:
            return OVERLAP
        if self._seen is not None:
            if own in self._seen:
                return DUPLICATE
            self._seen.add(own)
        return None
