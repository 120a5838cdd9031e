"""Statistics of columns: whether they are Korean or contain sentences, and which is the source."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from malgil.preprocessing.corpus.formats.language_names import is_known_language, language_code
from malgil.settings import DataSettings

TableRows = Sequence[Sequence[str]]
MAX_COLUMNS = 200  # the number of columns that are examined

# Syllables and letters (jamo).
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_LETTER = re.compile(r"[^\W\d_]")
# A number, a date, a code or an address: without spaces, with a digit or a slash.
_CODE = re.compile(r"\S*[\d/]\S*")
_EXAMINED_CHARACTERS = 200  # of each text
_LANGUAGE_CODE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")  # ko, kor, ko-KR, zh-Hans-CN


def column_cells(rows: TableRows, index: int) -> list[str]:
    """Return the cells of a column that are not blank."""
    return [row[index] for row in rows if index < len(row) and row[index].strip()]


def is_korean(text: str) -> bool | None:
    """Return whether at least half of a text's letters are Hangul; None if it has no letters."""
    letters = len(_LETTER.findall(text, 0, _EXAMINED_CHARACTERS))
    hangul = len(_HANGUL.findall(text, 0, _EXAMINED_CHARACTERS))
    return 2 * hangul >= letters if letters else None


def has_korean_letter(text: str) -> bool:
    """Return whether a text has a letter in Hangul."""
    return bool(_HANGUL.search(text))


def are_korean(texts: Iterable[str]) -> bool:
    """Return whether more than half of the texts that have letters are Korean."""
    answers = [answer for text in texts if (answer := is_korean(text)) is not None]
    return 2 * sum(answers) > len(answers)


def are_sentences(texts: Sequence[str]) -> bool:
    """Return whether a column contains sentences, not numbers, dates, codes or a few categories.

    Args:
        texts: The cells of the column that are not blank.
    """
    if not texts:
        return False
    is_category = len(texts) >= 20 and len(set(texts)) < 0.05 * len(texts)
    return has_letters(texts) and not is_category


def has_letters(texts: Sequence[str]) -> bool:
    """Return whether more than half of the texts have letters, and fewer are numbers or codes."""
    has_words = [bool(_LETTER.search(text[:_EXAMINED_CHARACTERS])) for text in texts]
    is_code = [bool(_CODE.fullmatch(text[:_EXAMINED_CHARACTERS].strip())) for text in texts]
    return 2 * sum(has_words) > len(texts) and 2 * sum(is_code) < len(texts)


def are_equal(texts: Sequence[str]) -> bool:
    """Return whether there are at least two texts, all of which are equal."""
    return len(texts) > 1 and len(set(texts)) == 1


def are_language_codes(texts: Sequence[str]) -> bool:
    """Return whether a column has language codes, or one name of a language in every row.

    Codes that are not known count only if all rows have the same one.

    Args:
        texts: The cells of the column that are not blank.
    """
    names = {text.strip() for text in texts}
    are_codes = all(map(_LANGUAGE_CODE.fullmatch, names))
    are_known = all(is_known_language(language_code(name)) for name in names)
    is_constant = len(names) == 1
    return bool(names) and (
        (are_codes and (are_known or (is_constant and len(texts) > 1)))
        or (are_known and is_constant and len(texts) > 1)
    )


def is_language_code(text: str) -> bool:
    """Return whether a text has the form of a language code, or is the name of a language."""
    text = text.strip()
    return bool(_LANGUAGE_CODE.fullmatch(text)) or is_known_language(language_code(text))


def are_versions(rows: TableRows, first: int, second: int) -> bool:
    """Return whether one column is a post-edited or reviewed version of the other.

    At least 90 % of the rows must have both, and both must share at least a quarter of their pairs
    of adjacent characters on average (Dice's coefficient).
    """
    both = [
        (_bigrams(row[first]), _bigrams(row[second]))
        for row in rows
        if max(first, second) < len(row) and row[first].strip() and row[second].strip()
    ]
    shares = [2 * len(one & other) / max(1, len(one) + len(other)) for one, other in both]
    return len(both) >= 0.9 * max(1, len(rows)) and sum(shares) >= 0.25 * len(shares)


def _bigrams(text: str) -> set[tuple[str, str]]:
    text = "".join(text[:_EXAMINED_CHARACTERS].lower().split())
    return set(itertools.pairwise(text))


def mean_length(texts: Sequence[str]) -> float:
    """Return the mean number of characters of texts; 0 if there are none."""
    return sum(map(len, texts)) / max(1, len(texts))


def is_first_source(
    is_first_korean: bool, is_second_korean: bool, data: DataSettings
) -> bool | None:
    """Return whether the first of two texts is the source, by their scripts.

    Args:
        is_first_korean: Whether the first text is Korean.
        is_second_korean: Whether the second text is Korean.
        data: `[data]`: the languages.

    Returns:
        None unless exactly one of the languages and exactly one of the texts are Korean.
    """
    is_source_korean, is_target_korean = (
        language_code(language) == "ko" for language in (data.source_language, data.target_language)
    )
    if is_source_korean == is_target_korean or is_first_korean == is_second_korean:
        return None
    return is_source_korean == is_first_korean


def sort_by_script(first: int, second: int, body: TableRows, data: DataSettings) -> tuple[int, int]:
    """Return two columns, source first if their scripts decide; otherwise in the given order."""
    are_columns_korean = [are_korean(column_cells(body, index)) for index in (first, second)]
    is_sorted = is_first_source(are_columns_korean[0], are_columns_korean[1], data)
    return (second, first) if is_sorted is False else (first, second)
