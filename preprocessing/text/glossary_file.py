"""Glossary files: a text with tabs, as the program's own are, or a table of a spreadsheet."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, require_file
from malgil.common.localization import _, ngettext
from malgil.common.text_lines import read_lines
from malgil.preprocessing.text.glossary import Glossary, Term
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.scripts import script_share
from malgil.settings import DataSettings

logger = logging.getLogger(__name__)

_ALTERNATIVES = "|"
_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"\s*')
_XLSX_SIGNATURE = b"PK\x03\x04"
_SAMPLE_LINES = 1000
_MIN_SHARE = 0.5  # of a cell's letters: those of another script may occur in terms


class _Row(NamedTuple):
    """A row of a glossary.

    Attributes:
        place: Where it is, for messages: "line 2 of 'terms.tsv'".
        cells: Its cells.
        text: The row as a person sees it.
    """

    place: str
    cells: list[str]
    text: str


def read_glossary(path: str | Path, data: DataSettings, origin: str = "") -> Glossary:
    """Read a glossary: lines with a source term, a tab and its translation, or a table.

    A table is a CSV or XLSX file. If its first row has the names of both languages, or of both
    sides (원어, 번역), these are the columns. Otherwise they are the first two; or, if the scripts
    of the languages tell that others hold the terms, those, which is logged as a warning.
    Alternative translations are separated by |. Blank rows, and rows that begin with #, are
    skipped. A term in several rows gets the translations of all of them; that is logged as a
    warning.

    Args:
        path: The file.
        data: `[data]`: the languages.
        origin: The setting that names the file, such as "inference.glossary"; "" for none.

    Raises:
        UserError: If the file cannot be read or has no terms, or a row lacks one of the columns.
    """
    require_file(path, origin)
    with ExitStack() as stack:
        terms = [
            (row.place, term)
            for table in _tables(path, data, origin, stack)
            for row, term in _terms(table, data, origin)
        ]
    if not terms:
        message = _("{path!r} has no terms. Write a term, a tab and its translation on each line.")
        raise _error(origin, message.format(path=str(path)))
    _report_repeated(terms)
    return Glossary(term for _place, term in terms)


def _tables(
    path: str | Path, data: DataSettings, origin: str, stack: ExitStack
) -> Iterator[Iterator[_Row]]:
    """Yield the rows of each table in a file, rows without text left out."""
    name = str(path)
    if _is_workbook(path, origin):
        # Imported here and below, as most translations need no glossary that is a table.
        from malgil.preprocessing.corpus.formats.byte_source import file_source
        from malgil.preprocessing.corpus.formats.workbooks.workbook import read_sheets

        sheets = read_sheets(file_source(path, stack, origin), stack)
        for title, rows in sheets:
            yield _sheet_rows(name, title if len(sheets) > 1 else "", rows)
        return
    lines = read_lines(path, origin)
    sample = list(itertools.islice(lines, _SAMPLE_LINES))
    lines = itertools.chain(sample, lines)
    delimiter = _delimiter(sample, data, name)
    if delimiter is None:
        yield _tsv_rows(name, lines)
    else:
        from malgil.preprocessing.corpus.formats.quoted_cells import read_quoted_rows

        cells = read_quoted_rows(lines, delimiter, repr(name))
        yield _sheet_rows(name, "", ([] if isinstance(row, str) else row for row in cells))


def _is_workbook(path: str | Path, origin: str) -> bool:
    with as_user_error(path, "read", origin):
        if not Path(path).is_file():
            return False  # a pipe can be read only once
        with open(path, "rb") as file:
            return file.read(len(_XLSX_SIGNATURE)) == _XLSX_SIGNATURE


def _delimiter(sample: list[str], data: DataSettings, name: str) -> str | None:
    """Return the delimiter of a CSV file; None for a text with tabs."""
    if any("\t" in line for line in sample):
        return None
    from malgil.preprocessing.corpus.formats.delimited import sniff_delimiter

    table = [line for line in sample if not line.startswith("#")]
    delimiter = sniff_delimiter(
        table, lambda cells: _header(list(cells), data) is not None, repr(name)
    )
    # | separates alternatives.
    found = None if delimiter == _ALTERNATIVES else delimiter
    return found or ("," if name.lower().endswith(".csv") else None)


def _tsv_rows(name: str, lines: Iterable[str]) -> Iterator[_Row]:
    for number, line in enumerate(lines, 1):
        place = _("line {number:,} of {path!r}").format(number=number, path=name)
        if line.strip() and not line.startswith("#"):
            yield _Row(place, [_unquoted(cell) for cell in line.split("\t")], line)


def _sheet_rows(name: str, title: str, rows: Iterable[list[str]]) -> Iterator[_Row]:
    for number, cells in enumerate(rows, 1):
        if title:
            place = _("row {number:,} of sheet {title!r} of {path!r}").format(
                number=number, title=title, path=name
            )
        else:
            place = _("row {number:,} of {path!r}").format(number=number, path=name)
        if any(map(str.strip, cells)) and not cells[0].startswith("#"):
            yield _Row(place, cells, ", ".join(cells))


def _unquoted(cell: str) -> str:
    """Return a cell as it was before Excel put it in quotation marks, which it doubles within."""
    quoted = _QUOTED.fullmatch(cell)
    return quoted[1].replace('""', '"') if quoted else cell


def _header(cells: list[str], data: DataSettings) -> tuple[int, int] | None:
    """Return the columns of source and target if a row has their names, and nothing more in them.

    *English grammar* is a term.
    """
    from malgil.preprocessing.corpus.formats.language_names import match_rank

    sides = (("source", data.source_language), ("target", data.target_language))
    found = [
        next(
            (i for i, name in enumerate(cells) if match_rank(name, language, side, True) in (0, 2)),
            -1,
        )
        for side, language in sides
    ]
    return (found[0], found[1]) if min(found) >= 0 and found[0] != found[1] else None


def _columns_by_script(table: list[_Row], data: DataSettings) -> tuple[int, int] | None:
    """Return the columns of terms and translations if their letters tell that they are others.

    None if they may be the first two, or if the languages have the same script.
    """
    width = max((len(row.cells) for row in table), default=0)
    source, target = (
        [_script_share(table, column, language) for column in range(width)]
        for language in (data.source_language, data.target_language)
    )
    if width < 2 or (_MIN_SHARE <= max(source) == source[0] and target[1] >= _MIN_SHARE):
        return None
    only_source = [i for i in range(width) if source[i] >= _MIN_SHARE > target[i]]
    only_target = [i for i in range(width) if target[i] >= _MIN_SHARE > source[i]]
    if not (only_source and only_target):
        return None
    return max(only_source, key=source.__getitem__), max(only_target, key=target.__getitem__)


def _script_share(table: list[_Row], column: int, language: str) -> float:
    """Return the mean share of the letters of a cell that belong to the script of a language."""
    cells = [row.cells[column] if column < len(row.cells) else "" for row in table]
    shares = [script_share(cell, language) for cell in cells if any(map(str.isalpha, cell))]
    return sum(shares) / len(cells)


def _terms(rows: Iterator[_Row], data: DataSettings, origin: str) -> Iterator[tuple[_Row, Term]]:
    """Yield the rows of a table with their terms."""
    table = list(rows)
    source, target = 0, 1
    columns = _header(table[0].cells, data) if table else None
    if columns:
        source, target = columns
        del table[0]
    else:
        found = _columns_by_script(table, data)
        if found:
            source, target = found
            message = _(
                "{place}: by their letters, the terms are in column {source} and their "
                "translations in column {target}."
            )
            logger.warning(
                message.format(place=table[0].place, source=source + 1, target=target + 1)
            )
            if _script_share(table[:1], target, data.target_language) < _MIN_SHARE:
                del table[0]  # a header of other names
    for row in table:
        source_text, target_text = (
            row.cells[column] if column < len(row.cells) else "" for column in (source, target)
        )
        targets = filter(None, map(normalize, target_text.split(_ALTERNATIVES)))
        term = Term(normalize(source_text), tuple(targets))
        if not term.source or not term.targets:
            message = _(
                "{place} accepts a term and its translation. Received: {row!r}. Correct the "
                "row or remove it."
            )
            raise _error(origin, message.format(place=row.place, row=row.text[:80]))
        yield row, term


def _report_repeated(terms: list[tuple[str, Term]]) -> None:
    """Log how many terms are given more than once, and where the first of them is."""
    places: dict[str, list[str]] = {}
    for place, term in terms:
        places.setdefault(term.source, []).append(place)
    repeated = {source: found for source, found in places.items() if len(found) > 1}
    if not repeated:
        return
    source, (first, second, *_rest) = next(iter(repeated.items()))
    logger.warning(
        ngettext(
            "{count:,} term is given more than once, and each of its translations is accepted: "
            "{term!r} in {first} and in {second}.",
            "{count:,} terms are given more than once, and each of their translations is "
            "accepted, such as {term!r} in {first} and in {second}.",
            len(repeated),
        ).format(count=len(repeated), term=source, first=first, second=second)
    )


def _error(origin: str, message: str) -> UserError:
    return UserError(f"{origin}: {message}" if origin else message)
