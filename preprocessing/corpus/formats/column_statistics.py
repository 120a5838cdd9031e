"""What a column of text looks like: whether it is Korean, and whether it is sentences at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# Syllables and the letters (jamo) that they are made of.
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_LETTER = re.compile(r"[^\W\d_]")
# A number, a date, a code or an address: no space, and a digit or a slash in it.
_CODE = re.compile(r"\S*[\d/]\S*")
_LOOKED_AT = 200  # characters of a text


def is_korean(text: str) -> bool | None:
    """Whether at least half of a text's letters are Hangul; None where it has no letters."""
    letters = len(_LETTER.findall(text, 0, _LOOKED_AT))
    return 2 * len(_HANGUL.findall(text, 0, _LOOKED_AT)) >= letters if letters else None


def are_korean(texts: Iterable[str]) -> bool:
    """Whether more than half of the texts that have letters are Korean."""
    found = [answer for text in texts if (answer := is_korean(text)) is not None]
    return 2 * sum(found) > len(found)


def are_sentences(texts: Sequence[str]) -> bool:
    """Whether a column holds text rather than numbers, dates, codes or a few categories.

    Args:
        texts: The cells that are not blank.
    """
    if not texts:
        return False
    has_words = [bool(_LETTER.search(text[:_LOOKED_AT])) for text in texts]
    is_code = [bool(_CODE.fullmatch(text[:_LOOKED_AT].strip())) for text in texts]
    is_category = len(texts) >= 20 and len(set(texts)) < 0.05 * len(texts)
    return 2 * sum(has_words) > len(texts) and 2 * sum(is_code) < len(texts) and not is_category


def mean_length(texts: Sequence[str]) -> float:
    """The mean number of characters."""
    return sum(map(len, texts)) / max(1, len(texts))
