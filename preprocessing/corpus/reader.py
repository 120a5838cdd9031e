"""Reading files of sentence pairs, and counting what is left out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.formats.base import (
    SKIPPED,
    TOO_LONG,
    PairOrReason,
    SameRow,
    TableTitle,
)
from malgil.preprocessing.corpus.formats.reader import CorpusFile, open_corpus_files
from malgil.preprocessing.corpus.language_check import check_languages
from malgil.preprocessing.corpus.statistics import ReadStatistics, list_reasons
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

EMPTY = _("with an empty side")

# A subword seldom has more than three characters: a text with more than this is not a sentence.
_MAX_CHARACTERS_PER_SUBWORD = 20


class Row(NamedTuple):
    """A row of a corpus file that is a pair, or is left out.

    Attributes:
        place: The file; a member of an archive or a sheet of a workbook follows after a colon.
        number: The number of the row (line, object, unit) in it, from 1.
        pair: Source and target; empty texts for a row that does not have them.
        reason: The reason why the row is left out; None if it is not.
    """

    place: str
    number: int
    pair: Pair
    reason: str | None = None


class Corpus(ReadStatistics):
    """Sentence pairs in memory, and the statistics of reading them.

    Attributes:
        pairs: Source and target sentences, in the order of the files.
        row_indices: For a test set, the index of each pair among all rows, without headers.
        row_count: For a test set, the number of all rows, without headers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[Pair] = []
        self.row_indices: list[int] = []
        self.row_count = 0


class PairStream(ReadStatistics):
    """Sentence pairs one at a time, for a corpus that does not fit into memory.

    The statistics grow as the pairs are read.

    Args:
        paths: As for `read_corpus`.
        data: As for `read_corpus`.
        max_length: As for `read_corpus`.
        normalizes: Whether the texts are normalized; otherwise they are left unchanged.
        origin: As for `read_corpus`.

    Raises:
        UserError: While pairs are read, for the reasons of `read_corpus`.
    """

    def __init__(
        self,
        paths: Iterable[str | Path],
        data: DataSettings,
        max_length: int = 10_000,
        normalizes: bool = True,
        origin: str = "",
    ) -> None:
        super().__init__()
        prepare = _normalized if normalizes else _unchanged
        self._rows = itertools.chain.from_iterable(
            _read_rows(files, self, data, max_length, prepare)
            for __, files in _group_by_name(paths, data, origin)
        )

    def __iter__(self) -> Iterator[Pair]:
        return (row.pair for row in self._rows if row.reason is None)

    def __next__(self) -> Pair:
        return next(iter(self))

    def rows(self) -> Iterator[Row]:
        """Return the rows that are still to be read, including those that are left out."""
        return self._rows


def read_corpus(
    paths: Iterable[str | Path],
    data: DataSettings,
    max_length: int = 10_000,
    origin: str = "",
) -> Corpus:
    """Read files of sentence pairs; their formats are detected.

    Args:
        paths: The files; two texts without columns that follow each other are parallel.
        data: `[data]`: the languages, and the columns if they are set.
        max_length: The maximum number of subwords of a sentence (`[preprocessing] max_length`).
            Texts that are far too long for it are left out.
        origin: Who named the files, such as "--input", as for `common.files.as_user_error`.

    Returns:
        The normalized pairs, and the statistics of reading them.

    Raises:
        UserError: If a file cannot be read, has no accepted format, contains no pair, or has its
            languages in the wrong order.
    """
    corpus = Corpus()
    for __, files in _group_by_name(paths, data, origin):
        rows = _read_rows(files, corpus, data, max_length, _normalized)
        corpus.pairs.extend(row.pair for row in rows if row.reason is None)
    return corpus


def read_test_sets(
    paths: Mapping[str, Path],
    data: DataSettings,
    max_length: int = 10_000,
    origin: str = "",
) -> list[tuple[str, Corpus]]:
    """Read test sets as separate corpora, without normalizing them.

    Scores depend on every character of a reference.

    Args:
        paths: The files by name; two parallel texts are one set.
        data: As for `read_corpus`.
        max_length: As for `read_corpus`.
        origin: As for `read_corpus`.

    Returns:
        The name and the pairs of each set. The same rows are left out as by `read_corpus`.

    Raises:
        UserError: As `read_corpus`.
    """
    names = list(paths)
    test_sets = []
    for (first, count), files in _group_by_name(paths.values(), data, origin):
        corpus = Corpus()
        for row in _read_rows(files, corpus, data, max_length, _unchanged_if_not_empty):
            if row.reason is None:
                corpus.pairs.append(row.pair)
                corpus.row_indices.append(corpus.row_count)
            corpus.row_count += 1
        test_sets.append((" + ".join(names[first : first + count]), corpus))
    return test_sets


def _group_by_name(
    paths: Iterable[str | Path], data: DataSettings, origin: str
) -> Iterator[tuple[tuple[int, int], Iterator[CorpusFile]]]:
    """Group the files by the names under which they were given; an archive has one name.

    Yields:
        The index of the first name and the number of names; the files.
    """
    return itertools.groupby(
        open_corpus_files(paths, data, origin), lambda file: (file.position, len(file.paths))
    )


def _read_rows(
    files: Iterable[CorpusFile],
    statistics: ReadStatistics,
    data: DataSettings,
    max_length: int,
    prepare: Callable[[Pair], PairOrReason],
) -> Iterator[Row]:
    """Yield the rows of the files that were given under one name, and count them.

    Args:
        files: A file, two texts, or the files in an archive.
        statistics: Updated with every row.
        data: As for `read_corpus`.
        max_length: As for `read_corpus`.
        prepare: Returns a pair as it is to be used, or the reason why it is left out.

    Raises:
        UserError: If the files cannot be read or contain no pair.
    """
    max_characters = max_length * _MAX_CHARACTERS_PER_SUBWORD
    count_before, row_count, reasons = statistics.count, 0, Counter[str]()
    for file in files:
        if file.description:
            label = _("{file} detected as {format}").format(
                file=file.paths[0].name, format=file.description
            )
            statistics.formats[label] += 1
        place, number = file.place, 0
        with as_user_error(file.paths[0], "read"):
            for row in check_languages(file, data):
                if isinstance(row, TableTitle):
                    place, number = f"{file.place}:{row}", 0
                    continue
                if isinstance(row, SameRow):
                    number -= 1
                    continue
                number += 1
                if row == SKIPPED:
                    continue
                row_count += 1
                checked = _check_row(row, max_characters, prepare)
                if isinstance(checked, str):
                    reasons[checked] += 1
                    statistics.left_out[checked] += 1
                    pair = ("", "") if isinstance(row, str) else row
                    yield Row(place, number, pair, checked)
                else:
                    statistics.count += 1
                    yield Row(place, number, checked)
    if statistics.count <= count_before:
        raise UserError(_no_pair_message(file, row_count, reasons))


def _no_pair_message(file: CorpusFile, row_count: int, reasons: Counter[str]) -> str:
    if not reasons:
        return _("{name} holds no sentence pair in {rows}. {requirement}").format(
            name=file.name, rows=file.unit.count(row_count), requirement=file.requirement
        )
    return _("{name} holds no sentence pair in {rows} ({reasons}). {requirement}").format(
        name=file.name,
        rows=file.unit.count(row_count),
        reasons=list_reasons(reasons, 3),
        requirement=file.requirement,
    )


def _check_row(
    row: PairOrReason, max_characters: int, prepare: Callable[[Pair], PairOrReason]
) -> PairOrReason:
    """Return the pair of a row, or the reason why it is left out."""
    if isinstance(row, str):
        return row
    return TOO_LONG if max(map(len, row)) > max_characters else prepare(row)


def _normalized(pair: Pair) -> PairOrReason:
    source, target = normalize(pair[0]), normalize(pair[1])
    return (source, target) if source and target else EMPTY


def _unchanged(pair: Pair) -> PairOrReason:
    return pair if pair[0].strip() and pair[1].strip() else EMPTY


def _unchanged_if_not_empty(pair: Pair) -> PairOrReason:
    """Return a pair unchanged if its normalized texts are not empty: "\\u200b" has no text."""
    return EMPTY if _normalized(pair) is EMPTY else pair
