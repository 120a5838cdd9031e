"""Labels of columns whose names are unknown, told from pairs by the rows below them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from malgil.preprocessing.corpus.formats.column_statistics import (
    MAX_COLUMNS,
    TableRows,
    are_equal,
    are_language_codes,
    column_cells,
    has_korean_letter,
    is_korean,
    mean_length,
)
from malgil.preprocessing.text.normalization import normalize

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_IDENTIFIER = re.compile(r"[a-z]|[a-z]\w*[0-9_]\w*", re.ASCII)  # a, text_a, sentence1
# Words that are names of columns rather than sentences.
_COLUMN_NAMES = frozenset(
    (
        "text",
        "sentence",
        "phrase",
        "sent",
        "line",
        "original",
        "translated",
        "premise",
        "hypothesis",
    )
)
# Up to four words: 영어 검수, Set Nr., 날짜(등록일), text_en
_LABEL = re.compile(r"(?=.{1,40}$)[#@(\[]?\w+([ _\-./:()\[\]]+\w+){0,3}[.)\]]?")
_LENGTH_RATIO, _WORD_RATIO = 2, 4


def has_unknown_header(
    rows: TableRows, source: int, target: int, accepts_words: bool = True
) -> bool:
    """Return whether the first row is a header, judged by how it differs from the other rows.

    Args:
        rows: The first rows of a table.
        source: The index of the source's column.
        target: The index of the target's column.
        accepts_words: Whether two words in lower case (`alpha`, `beta`) may be a header if they are
            four times shorter than the texts below.
    """
    if len(rows) < 2:
        return False
    first, body = rows[0], rows[1:]
    if len(first) <= max(source, target) or not are_labels(first):
        return False
    names = [normalize(first[index]) for index in (source, target)]
    if not all(names):
        return False
    if _are_positions(first) or _is_above_other_cells(first, body):
        return True
    columns = [column_cells(body, index) for index in (source, target)]
    if names[0].lower() == names[1].lower() or not all(map(is_far_shorter, names, columns)):
        return False
    if all(_IDENTIFIER.fullmatch(name) or name in _COLUMN_NAMES for name in names):
        return True
    if all(map(_WORD.fullmatch, names)):
        return have_other_script(names, columns) or (
            accepts_words
            and all(
                _WORD_RATIO * len(name) <= mean_length(cells)
                for name, cells in zip(names, columns, strict=True)
            )
        )
    return all(map(has_korean_letter, names)) and have_other_script(names, columns)


def _is_above_other_cells(first: Sequence[str], body: TableRows) -> bool:
    """Return whether a row has a name above numbers, or above one language code."""
    for index, cell in enumerate(map(str.strip, first[:MAX_COLUMNS])):
        cells = column_cells(body, index)
        if cells and all(number.strip().isdecimal() for number in cells):
            # The index that pandas writes has no name.
            is_index = not cell and [number.strip() for number in cells[:2]] == ["0", "1"]
            return is_index or bool(cell and not cell.isdecimal())
        if cell and are_equal(cells) and are_language_codes(cells):
            return cell != cells[0].strip()
    return False


def _are_positions(cells: Sequence[str]) -> bool:
    """Return whether a row is 0, 1, 2 …, the names that pandas gives to columns without names."""
    names = [name for cell in cells if (name := cell.strip())]
    return names == [str(number) for number in range(len(names))]


def have_other_script(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Return whether both names are Korean, or neither is, but one of their columns differs."""
    if any(is_korean(name) is not has_korean_letter(name) for name in names):
        return False  # such as ABCD 버튼, a translation of "ABCD button"
    is_korean_name = has_korean_letter(names[0])
    if has_korean_letter(names[1]) is not is_korean_name:
        return False
    for cells in columns:
        answers = [answer for text in cells if (answer := is_korean(text)) is not None]
        differing = sum(answer is not is_korean_name for answer in answers)
        if len(answers) >= 3 and differing > 0.95 * len(answers):
            return True
    return False


def are_labels(cells: Sequence[str]) -> bool:
    """Return whether all cells may be names of columns: a few words without punctuation."""
    return all(_LABEL.fullmatch(name) for cell in cells if (name := normalize(cell)))


def is_far_shorter(name: str, cells: Sequence[str]) -> bool:
    """Return whether a name is far shorter than the texts of its column."""
    return _LENGTH_RATIO * len(normalize(name)) <= mean_length(cells)
