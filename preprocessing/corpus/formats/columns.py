"""The choice of the columns of source and target in a table.

They are decided by, in this order:

1. the columns in `[data] columns`;
2. a header that has the languages or the sides;
3. columns of language codes next to the texts;
4. the scripts, if one of the two languages is Korean;
5. their order: the first and the second column.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.column_statistics import TableRows
from malgil.preprocessing.corpus.formats.header_rows import are_titles, is_second_header
from malgil.preprocessing.corpus.formats.headers import (
    HeaderRules,
    column_of_one_side,
    columns_by_names,
    columns_set_by_name,
    names_other_languages,
)
from malgil.preprocessing.corpus.formats.labels import has_unknown_header
from malgil.preprocessing.corpus.formats.language_columns import (
    LanguageColumns,
    begins_with_codes,
    columns_by_codes,
    find_language_columns,
)
from malgil.preprocessing.corpus.formats.language_names import match_rank
from malgil.preprocessing.corpus.formats.text_columns import (
    best_pair,
    columns_by_script,
    counterparts,
    looks_like_pair,
    text_columns,
)
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

_MAX_LANGUAGE_ROWS = 4  # of a table with a row, not a column, for each language


class ColumnChoice(NamedTuple):
    """The columns of source and target in a table.

    Attributes:
        source: The index of the source's column.
        target: The index of the target's column.
        skipped_rows: The number of rows before the first pair, blank rows not counted.
        width: The number of columns in the header; without one, the number that most rows have.
        label: The two columns, for messages.
        names: The cells of the header in the two columns; without a header, empty.
        languages: The columns with the languages of each row; None if there are none.
    """

    source: int
    target: int
    skipped_rows: int
    width: int
    label: str
    names: tuple[str, ...] = ()
    languages: LanguageColumns | None = None

    @property
    def is_plain(self) -> bool:
        """Whether they are the first two columns, without a header."""
        return (self.source, self.target, self.skipped_rows) == (0, 1, 0)


def choose_columns(
    rows: TableRows, data: DataSettings, rules: HeaderRules, name: str
) -> ColumnChoice:
    """Return the columns of source and target.

    Args:
        rows: The first rows of the table that are not blank.
        data: `[data]`: the languages and the columns that were set.
        rules: What the format allows as a header.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If the columns that were set do not exist, or it cannot be decided which columns
            are source and target.
    """
    if data.columns:
        return _columns_from_settings(rows, data, rules, name)
    choice, has_codes = None, begins_with_codes(rows, data)
    if not has_codes:
        choice = _columns_by_header(rows, data, rules, name)
    if choice is None and not has_codes and _are_rows_languages(rows, data):
        raise UserError(
            _(
                "{name} has a row for each language. Transpose it, so that each language has a "
                "column."
            ).format(name=name)
        )
    choice = choice or _columns_by_content(rows, data, rules, name)
    return _with_languages(choice, rows, data)


def _are_rows_languages(rows: TableRows, data: DataSettings) -> bool:
    """Return whether the first cells of a few long rows name the languages, as a header does."""
    if not 2 <= len(rows) <= _MAX_LANGUAGE_ROWS or min(map(len, rows)) <= 2:
        return False
    return columns_by_names([row[0] for row in rows], (), data, allows_spaces=True) is not None


def _with_languages(choice: ColumnChoice, rows: TableRows, data: DataSettings) -> ColumnChoice:
    """Return a choice with the columns that have the languages of each row.

    A header that names the languages is right for all rows: codes next to it say something else,
    such as in which language a text was first written.
    """
    languages = data.source_language, data.target_language
    for name in choice.names:
        if any(
            match_rank(name, language, "", allows_spaces=True) in (0, 1) for language in languages
        ):
            return choice
    columns = choice.source, choice.target
    return choice._replace(
        languages=find_language_columns(rows[choice.skipped_rows :], columns, data)
    )


def _columns_by_header(
    rows: TableRows, data: DataSettings, rules: HeaderRules, name: str
) -> ColumnChoice | None:
    """Return the columns that are named in a header, if one of the first rows is a header."""
    candidates = [
        (rows[index], rows[index + 1 :], index + 1)
        for index in range(min(rules.max_title_rows + 1, len(rows)))
        if not index or index + 1 < len(rows)
    ]
    for header, body, skipped_rows in candidates:
        columns = columns_by_names(header, body, data, rules.allows_spaces)
        if columns and are_titles(rows[: skipped_rows - 1], header, columns, data):
            second = is_second_header(body[:1], columns, data)
            return _choice_with_header(header, *columns, skipped_rows + second)
        if names_other_languages(header, body, data):
            raise UserError(_undecided_message([header, *body], data, rules, name))
    for header, body, skipped_rows in candidates:
        known = column_of_one_side(header, body, data)
        pairs = counterparts(*known, body, data) if known else []
        if not pairs or looks_like_pair(header, body, pairs[0]):
            continue
        if len(pairs) > 1:
            raise UserError(_undecided_message([header, *body], data, rules, name))
        if are_titles(rows[: skipped_rows - 1], header, pairs[0], data):
            return _choice_with_header(header, *pairs[0], skipped_rows)
    return None


def _choice_with_header(
    header: Sequence[str], source: int, target: int, skipped_rows: int
) -> ColumnChoice:
    width = max((index + 1 for index, cell in enumerate(header) if cell.strip()), default=0)
    names = [normalize("".join(header[i : i + 1])) or str(i + 1) for i in (source, target)]
    label = _("columns {source} and {target}").format(source=names[0], target=names[1])
    cells = tuple("".join(header[index : index + 1]) for index in (source, target))
    return ColumnChoice(source, target, skipped_rows, width, label, cells)


def _choice_without_header(rows: TableRows, source: int, target: int) -> ColumnChoice:
    widths = Counter(map(len, rows)).most_common(1)
    width = widths[0][0] if widths else 0
    label = _("columns {source} and {target}").format(source=source + 1, target=target + 1)
    return ColumnChoice(source, target, 0, width, label)


def _columns_by_content(
    rows: TableRows, data: DataSettings, rules: HeaderRules, name: str
) -> ColumnChoice:
    """Return the columns chosen by their content, or else by their order."""
    rows = [row for row in rows if len(row) > 1] or rows
    # The first row may be a header, which does not represent the cells below it.
    has_codes = begins_with_codes(rows, data)
    body = rows[1:] if len(rows) > 1 and not has_codes else rows
    texts = text_columns(body)
    decided = columns_by_codes(body, texts, data, name) or columns_by_script(body, texts, data)
    if decided:
        source, target = decided
    elif len(texts) > 1 and (rules.defaults_to_first_columns or len(texts) == 2):
        source, target = best_pair(list(itertools.combinations(texts, 2)), body)
    else:
        source, target = 0, 1
        if not rules.defaults_to_first_columns and max(map(len, body), default=0) != 2:
            raise UserError(_undecided_message(rows, data, rules, name))
    has_header = not has_codes and _has_unknown_header(rows, source, target, rules)
    if has_header and not (decided or rules.defaults_to_first_columns):
        raise UserError(_undecided_message(rows, data, rules, name))
    if has_header:
        return _choice_with_header(rows[0], source, target, 1)
    return _choice_without_header(rows, source, target)


def _columns_from_settings(
    rows: TableRows, data: DataSettings, rules: HeaderRules, name: str
) -> ColumnChoice:
    """Return the columns that are set by name or number in `[data] columns`."""
    title_rows = range(min(rules.max_title_rows + 1, len(rows)))
    if all(part.isdecimal() for part in data.columns):
        source, target = (int(part) - 1 for part in data.columns)
        width = max(map(len, rows), default=0)
        if max(source, target) >= width:
            raise UserError(
                _(
                    "data.columns accepts column numbers from 1 to {count:,} for {name}. "
                    "Received: {columns}."
                ).format(count=width, name=name, columns=", ".join(data.columns))
            )
        for index in title_rows:
            if columns_by_names(rows[index], rows[index + 1 :], data, rules.allows_spaces):
                return _choice_with_header(rows[index], source, target, index + 1)
        if _has_unknown_header(rows, source, target, rules):
            return _choice_with_header(rows[0], source, target, 1)
        return _choice_without_header(rows, source, target)
    for index in title_rows:
        columns = columns_set_by_name(rows[index], data)
        if columns:
            return _choice_with_header(rows[index], *columns, index + 1)
    raise UserError(
        _(
            "{name} has no columns with these names: {columns}. {first_row} Set data.columns to "
            "the names or the numbers of two columns, source first."
        ).format(
            name=name,
            columns=", ".join(data.columns),
            first_row=_describe_first_row(rows, rules),
        )
    )


def _has_unknown_header(rows: TableRows, source: int, target: int, rules: HeaderRules) -> bool:
    """Return whether the first row is a header; where the order decides, no pair must be lost."""
    accepts_words = not rules.defaults_to_first_columns
    return rules.always_has_header or has_unknown_header(rows, source, target, accepts_words)


def _undecided_message(rows: TableRows, data: DataSettings, rules: HeaderRules, name: str) -> str:
    return _(
        "cannot decide which columns of {name} are {source} and {target}. {first_row} Set the "
        "names or the numbers of two columns, source first: --set data.columns=NAME,NAME"
    ).format(
        name=name,
        source=data.source_language,
        target=data.target_language,
        first_row=_describe_first_row(rows, rules),
    )


def _describe_first_row(rows: TableRows, rules: HeaderRules) -> str:
    cells = [normalize(cell)[:40] for cell in rows[0][:30]] if rows else []
    if not cells:
        return _("It has no rows.")
    template = _("Its keys: {cells}.") if rules.always_has_header else _("Its first row: {cells}.")
    return template.format(cells=", ".join(cells))
