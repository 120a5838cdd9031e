"""Reading files of sentence pairs, and counting what is left out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.formats.base import TOO_LONG, PairOrReason
from malgil.preprocessing.corpus.formats.reader import CorpusFile, open_corpus_files
from malgil.preprocessing.corpus.statistics import ReadStatistics, list_reasons
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

EMPTY = _("with an empty side")

# A subword seldom has more than three characters: a text with more than this is not a sentence.
_MAX_CHARACTERS_PER_SUBWORD = 20


class Corpus(ReadStatistics):
    """Sentence pairs in memory, and the statistics of reading them.

    Attributes:
        pairs: Normalized source and target sentences, in the order of the files.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[Pair] = []


class PairStream(ReadStatistics):
    """Sentence pairs one at a time, for a corpus that does not fit into memory.

    The statistics grow as the pairs are read.

    Args:
        paths: As for `read_corpus`.
        data: As for `read_corpus`.
        max_length: As for `read_corpus`.
        normalizes: Whether the texts are normalized; otherwise they are left unchanged.
        origin: As for `read_corpus`.
        keeps_rows: Whether a row that is left out is yielded as two blank texts, so that there is
            a pair for each row.

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
        keeps_rows: bool = False,
    ) -> None:
        super().__init__()
        self._pairs = itertools.chain.from_iterable(
            _read_pairs(files, self, max_length, normalizes, keeps_rows)
            for __, files in _group_by_name(paths, data, origin)
        )

    def __iter__(self) -> Iterator[Pair]:
        return self._pairs

    def __next__(self) -> Pair:
        return next(self._pairs)


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
        The pairs, and the statistics of reading them.

    Raises:
        UserError: If a file cannot be read, has no accepted format, or contains no pair.
    """
    corpus = Corpus()
    for __, files in _group_by_name(paths, data, origin):
        corpus.pairs.extend(_read_pairs(files, corpus, max_length))
    return corpus


def read_test_sets(
    paths: Mapping[str, Path],
    data: DataSettings,
    max_length: int = 10_000,
    origin: str = "",
) -> list[tuple[str, Corpus]]:
    """Read test sets as separate corpora.

    Args:
        paths: The files by name; two parallel texts are one set.
        data: As for `read_corpus`.
        max_length: As for `read_corpus`.
        origin: As for `read_corpus`.

    Returns:
        The name and the pairs of each set.

    Raises:
        UserError: As `read_corpus`.
    """
    names = list(paths)
    test_sets = []
    for (first, count), files in _group_by_name(paths.values(), data, origin):
        corpus = Corpus()
        corpus.pairs.extend(_read_pairs(files, corpus, max_length))
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


def _read_pairs(
    files: Iterable[CorpusFile],
    statistics: ReadStatistics,
    max_length: int,
    normalizes: bool = True,
    keeps_rows: bool = False,
) -> Iterator[Pair]:
    """Yield the pairs of the files that were given under one name, and count them.

    Args:
        files: A file, two texts, or the files in an archive.
        statistics: Updated with every row.
        max_length: As for `read_corpus`.
        normalizes: As for `PairStream`.
        keeps_rows: As for `PairStream`.

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
        with as_user_error(file.paths[0], "read"):
            for row in file.rows:
                row_count += 1
                pair = _check_row(row, max_characters, normalizes)
                if isinstance(pair, str):
                    reasons[pair] += 1
                    statistics.left_out[pair] += 1
                    if keeps_rows:
                        yield "", ""
                else:
                    statistics.count += 1
                    yield pair
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


def _check_row(row: PairOrReason, max_characters: int, normalizes: bool) -> PairOrReason:
    """Return the pair of a row, or the reason why it is left out."""
    if isinstance(row, str):
        return row
    source, target = row
    if len(source) > max_characters or len(target) > max_characters:
        return TOO_LONG
    if not normalizes:
        return row if source.strip() and target.strip() else EMPTY
    source, target = normalize(source), normalize(target)
    return (source, target) if source and target else EMPTY
