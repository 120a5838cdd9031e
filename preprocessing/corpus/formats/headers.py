"""Headers of tables: rows with the names of the source and target columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from malgil.preprocessing.corpus.formats.column_statistics import (
    TableRows,
    are_equal,
    are_language_codes,
    are_sentences,
    are_versions,
    column_cells,
    has_hangul,
    is_korean,
    mean_length,
    sort_by_script,
)
from malgil.preprocessing.corpus.formats.language_names import (
    language_code,
    match_rank,
    name_words,
    stage,
)
from malgil.preprocessing.corpus.formats.text_columns import MAX_COLUMNS, looks_like_pair
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
# Up to four words: 영어 검수, Set Nr., 날짜(등록일), text_en
_LABEL = re.compile(r"(?=.{1,40}$)[#@(\[]?\w+([ _\-./:()\[\]]+\w+){0,3}[.)\]]?")
_LENGTH_RATIO, _IDENTIFIER_RATIO = 2, 4


class HeaderRules(NamedTuple):
    """The headers that a format allows.

    Attributes:
        max_title_rows: The maximum number of rows above the header.
        allows_spaces: Whether a column name may consist of several words.
        allows_unknown_names: Whether the first row may be a header with unknown names.
        always_has_header: Whether the first row is always a header.
        defaults_to_first_columns: Whether the first two columns are used if nothing else decides.
    """

    max_title_rows: int = 0
    allows_spaces: bool = True
    allows_unknown_names: bool = True
    always_has_header: bool = False
    defaults_to_first_columns: bool = False


def is_known_header(cells: Sequence[str], data: DataSettings, allows_spaces: bool = True) -> bool:
    """Return whether a row has the names of the languages, the sides, or the columns set."""
    if data.columns and columns_set_by_name(cells, data):
        return True
    return columns_by_names(cells, (), data, allows_spaces) is not None


def columns_set_by_name(cells: Sequence[str], data: DataSettings) -> tuple[int, int] | None:
    """Return the indices of the names in `[data] columns`; None if a row does not have both."""
    names = [normalize(cell).lower() for cell in cells]
    wanted = [normalize(part).lower() for part in data.columns]
    if not all(part in names for part in wanted):
        return None
    return names.index(wanted[0]), names.index(wanted[1])


def columns_by_names(
    names: Sequence[str], body: TableRows, data: DataSettings, allows_spaces: bool
) -> tuple[int, int] | None:
    """Return the columns that are named after the languages or the sides.

    Args:
        names: The cells of a row that may be a header.
        body: The rows below it; empty if they are unknown.
        data: `[data]`: the languages.
        allows_spaces: Whether a column name may consist of several words. If not, it still may if
            it is far shorter than the texts of its column.

    Returns:
        The indices of source and target; None if the row does not have both.
    """
    matches = _matches(names, body, data, allows_spaces)
    columns = [match.column if match else None for match in matches]
    if columns.count(None) == 1 and allows_spaces:
        known = 1 if columns[0] is None else 0
        language = _side_languages(data)[known]
        columns[1 - known] = _other_column(names, body, matches[known], language)
    source, target = columns
    if source is None or target is None or source == target:
        are_clear = not allows_spaces and bool(body) and are_labels(names)
        columns_with_spaces = columns_by_names(names, body, data, True) if are_clear else None
        if not columns_with_spaces or looks_like_pair(names, body, columns_with_spaces):
            return None
        are_short = (
            is_far_shorter(names[index], column_cells(body, index)) for index in columns_with_spaces
        )
        return columns_with_spaces if all(are_short) else None
    if any(match and match.rank >= 2 for match in matches):
        # 원문 means the original text, in any language: the scripts decide.
        return sort_by_script(source, target, body, data)
    return source, target


def _side_languages(data: DataSettings) -> tuple[str, str]:
    """Return the languages of source and target; empty ones if both are the same."""
    languages = data.source_language, data.target_language
    return ("", "") if language_code(languages[0]) == language_code(languages[1]) else languages


def _matches(
    names: Sequence[str], body: TableRows, data: DataSettings, allows_spaces: bool
) -> list[_NameMatch | None]:
    """Return the best column of the source and of the target, as for `columns_by_names`."""
    sides = zip(("source", "target"), _side_languages(data), strict=True)
    return [_best_match(names, body, side, language, allows_spaces) for side, language in sides]


def are_titles(
    rows: TableRows, header: Sequence[str], columns: tuple[int, int], data: DataSettings
) -> bool:
    """Return whether the rows above a header are titles, not pairs.

    Titles have fewer cells than the header, unless the header has the whole names of both sides.

    Args:
        rows: The rows above the header; there may be none.
        header: The header.
        columns: The columns of source and target.
        data: `[data]`: the languages.
    """
    count = _cell_count(header)
    if all(_cell_count(row) < count for row in rows):
        return True
    names = [header[index] for index in columns]
    sides = zip(("source", "target"), _side_languages(data), strict=True)
    return all(
        any(match_rank(name, language, side, allows_spaces=True) in (0, 2) for name in names)
        for side, language in sides
    )


def _cell_count(cells: Sequence[str]) -> int:
    return sum(map(bool, map(str.strip, cells)))


def column_of_one_side(
    names: Sequence[str], body: TableRows, data: DataSettings
) -> tuple[int, bool] | None:
    """Return the column that is named after a language or a side if no column has the other name.

    Args:
        names: As for `columns_by_names`.
        body: As for `columns_by_names`.
        data: `[data]`: the languages.

    Returns:
        The column, and whether it is the source.
    """
    matches = _matches(names, body, data, allows_spaces=True)
    found = [match for match in matches if match]
    if len(found) != 1 or found[0].is_number or found[0].rank not in (0, 2):
        return None
    column = found[0].column
    # A word of a dictionary, or a letter, may be the name of a side too.
    is_name = len(normalize(names[column])) > 1 and are_labels(names)
    if not is_name or not is_far_shorter(names[column], column_cells(body, column)):
        return None
    return column, matches[0] is not None


class _NameMatch(NamedTuple):
    """A column whose name matches a side; the smallest tuple is the best match."""

    is_number: bool
    rank: int
    negative_length: float
    column: int


def _best_match(
    names: Sequence[str], body: TableRows, side: str, language: str, allows_spaces: bool
) -> _NameMatch | None:
    matches = []
    for index, name in enumerate(names[:MAX_COLUMNS]):
        rank = match_rank(name, language, side, allows_spaces)
        cells = column_cells(body, index)
        # What occurs in all rows is a language code of the first row, not a header.
        if rank is None or {normalize(name)} == set(map(normalize, cells)):
            continue
        is_text = (are_sentences(cells) and not are_language_codes(cells)) or not cells
        # A column named by several words may hold counts or dates: 한국어_어절수.
        if is_text or rank in (0, 2):
            matches.append(_NameMatch(not is_text, rank, -mean_length(cells), index))
    best = min(matches, default=None)
    return best and _latest_version(best, matches, names, body)


def _latest_version(
    best: _NameMatch, matches: Sequence[_NameMatch], names: Sequence[str], body: TableRows
) -> _NameMatch:
    """Return the column that was reviewed last among the versions of the same texts."""
    versions = [
        match
        for match in matches
        if match == best or (not match.is_number and are_versions(body, best.column, match.column))
    ]
    return max(versions, key=lambda match: (stage(names[match.column]), match == best))


def _other_column(
    names: Sequence[str], body: TableRows, known: _NameMatch | None, language: str
) -> int | None:
    """Return the other of two columns if one is named after its language."""
    others = [i for i, name in enumerate(names) if name.strip() and known and i != known.column]
    if not known or known.rank or len(others) != 1 or not body:
        return None
    name = names[others[0]]
    # A word in both languages is the first row of a dictionary, not a header.
    is_name = (
        name_words(name, allows_spaces=True)
        and match_rank(name, language, "", allows_spaces=True) is None
    )
    return others[0] if is_name else None


def has_unknown_header(rows: TableRows, source: int, target: int, rules: HeaderRules) -> bool:
    """Return whether the first row is a header, judged by how it differs from the other rows.

    Args:
        rows: The first rows of a table.
        source: The index of the source's column.
        target: The index of the target's column.
        rules: What the format allows as a header.
    """
    if not rules.allows_unknown_names or len(rows) < 2:
        return False
    first, body = rows[0], rows[1:]
    if len(first) <= max(source, target) or not are_labels(first):
        return False
    names = [normalize(first[index]) for index in (source, target)]
    if not all(names):
        return False
    if _are_positions(first):
        return True
    for index, cell in enumerate(first[:MAX_COLUMNS]):
        cells = column_cells(body, index)
        if cells and all(number.strip().isdecimal() for number in cells):
            return not cell.strip().isdecimal() and bool(cell.strip())
        if are_equal(cells) and are_language_codes(cells) and cell.strip():
            return cell.strip() != cells[0].strip()
    columns = [column_cells(body, index) for index in (source, target)]
    if names[0].lower() == names[1].lower() or not all(map(is_far_shorter, names, columns)):
        return False
    if all(map(_IDENTIFIER.fullmatch, names)):
        return _have_other_script(names, columns) or all(
            _IDENTIFIER_RATIO * len(name) <= mean_length(cells)
            for name, cells in zip(names, columns, strict=True)
        )
    return all(map(has_hangul, names)) and _have_other_script(names, columns)


def _are_positions(cells: Sequence[str]) -> bool:
    """Return whether a row is 0, 1, 2 …, the names that pandas gives to columns without names."""
    return [cell.strip() for cell in cells if cell.strip()] == [
        str(number) for number in range(_cell_count(cells))
    ]


def _have_other_script(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Return whether both names are Korean, or neither is, but one of their columns differs."""
    if any(is_korean(name) is not has_hangul(name) for name in names):
        return False  # such as ABCD 버튼, a translation of "ABCD button"
    is_korean_name = has_hangul(names[0])
    if has_hangul(names[1]) is not is_korean_name:
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
