"""Scripts: the letters with which languages are written."""

from __future__ import annotations

import functools
import re

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


@functools.cache
def _script_of(language: str) -> re.Pattern[str] | None:
    """Return a pattern of the letters of a language; None if its script is unknown."""
    for script, languages in _LANGUAGES.items():
        if language in languages.split():
            return re.compile(f"[{_SCRIPTS[script]}]")
    return None


def script_share(text: str, language: str) -> float:
    """Return the share of a text's letters that belong to the script of its language.

    Args:
        text: Any text.
        language: A two-letter code.

    Returns:
        0 to 1; 1 for a text without letters, or for a language whose script is unknown.
    """
    script = _script_of(language)
    letters = sum(map(str.isalpha, text)) if script else 0
    return len(script.findall(text)) / letters if script and letters else 1.0
