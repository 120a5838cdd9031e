"""Headers of tables: rows with the names of the source and target columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from malgil.preprocessing.corpus.formats.column_statistics import (
    MAX_COLUMNS,
    TableRows,
    are_language_codes,
    are_sentences,
    are_versions,
    column_cells,
    mean_length,
    sort_by_script,
)
from malgil.preprocessing.corpus.formats.labels import (
    are_labels,
    have_other_script,
    is_far_shorter,
)
from malgil.preprocessing.corpus.formats.language_names import (
    DRAFT_STAGE,
    REFERENCE_STAGE,
    is_known_language,
    language_code,
    match_rank,
    name_words,
    stage,
)
from malgil.preprocessing.corpus.formats.text_columns import looks_like_pair
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

_MAX_REFERENCE_RATIO = 2  # of the mean lengths of a reference and a translation


class HeaderRules(NamedTuple):
    """The headers that a format allows.

    Attributes:
        max_title_rows: The maximum number of rows above the header.
        allows_spaces: Whether a column name may consist of several words.
        always_has_header: Whether the first row is always a header.
        defaults_to_first_columns: Whether the first two columns are used if nothing else decides.
    """

    max_title_rows: int = 0
    allows_spaces: bool = True
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
    columns = _named_columns(names, body, data, allows_spaces=True)
    if columns is None or allows_spaces or _named_columns(names, body, data, allows_spaces=False):
        return columns
    if not body or not are_labels(names):
        return None
    if _are_no_translations(names, body, columns, data):
        return columns
    are_short = (is_far_shorter(names[index], column_cells(body, index)) for index in columns)
    return columns if all(are_short) and not looks_like_pair(names, body, columns) else None


def _named_columns(
    names: Sequence[str], body: TableRows, data: DataSettings, allows_spaces: bool
) -> tuple[int, int] | None:
    """Return the columns of both sides by their names alone, as for `columns_by_names`."""
    matches = _matches(names, body, data, allows_spaces)
    columns = [match.column if match else None for match in matches]
    if columns.count(None) == 1 and allows_spaces:
        known = 1 if columns[0] is None else 0
        language = side_languages(data)[known]
        columns[1 - known] = _other_column(names, body, matches[known], language)
    source, target = columns
    if source is None or target is None or source == target:
        return None
    if any(match and match.rank >= 2 for match in matches):
        # 원문 means the original text, in any language: the scripts decide.
        return sort_by_script(source, target, body, data)
    return source, target


def _are_no_translations(
    names: Sequence[str], body: TableRows, columns: tuple[int, int], data: DataSettings
) -> bool:
    """Return whether two names cannot be a pair: they name both languages, or a script differs.

    Args:
        names: As for `columns_by_names`.
        body: As for `columns_by_names`.
        columns: The columns of source and target.
        data: `[data]`: the languages.
    """
    languages = [
        {language_code(word) for word in name_words(names[index], allows_spaces=True)}
        & {language_code(data.source_language), language_code(data.target_language)}
        for index in columns
    ]
    if all(languages) and languages[0].isdisjoint(languages[1]):
        return True
    columns_of_texts = [column_cells(body, index) for index in columns]
    return have_other_script([names[index] for index in columns], columns_of_texts)


def side_languages(data: DataSettings) -> tuple[str, str]:
    """Return the languages of source and target; empty ones if both are the same."""
    languages = data.source_language, data.target_language
    return ("", "") if language_code(languages[0]) == language_code(languages[1]) else languages


def _matches(
    names: Sequence[str], body: TableRows, data: DataSettings, allows_spaces: bool
) -> list[_NameMatch | None]:
    """Return the best column of the source and of the target, as for `columns_by_names`."""
    sides = zip(("source", "target"), side_languages(data), strict=True)
    return [_best_match(names, body, side, language, allows_spaces) for side, language in sides]


def names_other_languages(names: Sequence[str], body: TableRows, data: DataSettings) -> bool:
    """Return whether a row is a header with one of the languages and with another language.

    Args:
        names: As for `columns_by_names`.
        body: As for `columns_by_names`.
        data: `[data]`: the languages.
    """
    wanted = {language_code(data.source_language), language_code(data.target_language)}
    # Only texts count: the name of a column of numbers, `id`, is the code of a language too.
    codes = {
        language_code(name)
        for index, name in enumerate(names[:MAX_COLUMNS])
        if are_sentences(cells := column_cells(body, index)) and not are_language_codes(cells)
    }
    named = {code for code in codes if is_known_language(code)}
    return are_labels(names) and bool(named & wanted) and bool(named - wanted)


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
        if match == best
        or (
            not match.is_number
            and (are_versions(body, best.column, match.column) or _is_reference(best, match, names))
        )
    ]
    return max(versions, key=lambda match: (stage(names[match.column]), match == best))


def _is_reference(translation: _NameMatch, other: _NameMatch, names: Sequence[str]) -> bool:
    """Return whether a column has references, however different, for a machine translation.

    The machine's column is named as such, or as a translation (`output`). The reference may also be
    a book and a page: then it is far shorter.
    """
    is_machine = stage(names[translation.column]) == DRAFT_STAGE or translation.rank >= 2
    lengths = sorted((-translation.negative_length, -other.negative_length))
    is_alike = lengths[1] <= _MAX_REFERENCE_RATIO * lengths[0]
    return is_machine and is_alike and stage(names[other.column]) == REFERENCE_STAGE


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
        and not is_known_language(language_code(name))
    )
    return others[0] if is_name else None
