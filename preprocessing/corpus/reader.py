"""Reading files of sentence pairs, with counts of what was left out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.formats.base import PairOrReason
from malgil.preprocessing.corpus.formats.reader import CorpusFile, open_corpus_files
from malgil.preprocessing.corpus.statistics import ReadStatistics, list_reasons
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

EMPTY = "with an empty side"
TOO_LONG = "far too long"

# A subword seldom has more than three characters: a text beyond this is not a sentence.
_MAX_CHARACTERS_PER_PIECE = 20


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
        normalizes: Whether the texts are normalized, rather than left as they are in the files.

    Raises:
        UserError: While pairs are read; as `read_corpus`.
    """

    def __init__(
        self,
        paths: Iterable[str | Path],
        data: DataSettings,
        max_length: int = 10_000,
        normalizes: bool = True,
    ) -> None:
        super().__init__()
        self._pairs = itertools.chain.from_iterable(
            _read_pairs(files, self, max_length, normalizes)
            for _, files in _group_by_name(paths, data)
        )

    def __iter__(self) -> Iterator[Pair]:
        return self._pairs

    def __next__(self) -> Pair:
        return next(self._pairs)


def read_corpus(
    paths: Iterable[str | Path], data: DataSettings, max_length: int = 10_000
) -> Corpus:
    """Read files of sentence pairs; their formats are detected.

    Args:
        paths: The files; two texts without columns that follow each other are parallel.
        data: `[data]`: the languages, and the columns where they are set.
        max_length: The maximum number of subwords of a sentence (`[preprocessing] max_length`).
            A text that is far too long for it is left out.

    Returns:
        The pairs, and the statistics of reading them.

    Raises:
        UserError: If a file cannot be read, has no accepted format, or holds no pair.
    """
    corpus = Corpus()
    for _, files in _group_by_name(paths, data):
        corpus.pairs.extend(_read_pairs(files, corpus, max_length))
    return corpus


def read_test_sets(
    paths: Mapping[str, Path], data: DataSettings, max_length: int = 10_000
) -> list[tuple[str, Corpus]]:
    """Read test sets as separate corpora.

    Args:
        paths: The file of each name; two parallel texts are one set.
        data: As for `read_corpus`.
        max_length: As for `read_corpus`.

    Returns:
        The name and the pairs of each set.

    Raises:
        UserError: As `read_corpus`.
    """
    names = list(paths)
    test_sets = []
    for (first, count), files in _group_by_name(paths.values(), data):
        corpus = Corpus()
        corpus.pairs.extend(_read_pairs(files, corpus, max_length))
        test_sets.append((" + ".join(names[first : first + count]), corpus))
    return test_sets


def _group_by_name(
    paths: Iterable[str | Path], data: DataSettings
) -> Iterator[tuple[tuple[int, int], Iterator[CorpusFile]]]:
    """Group the files by the names that they were given by, of which an archive has one.

    Yields:
        The index of the first name and the number of names; the files.
    """
    return itertools.groupby(
        open_corpus_files(paths, data), lambda file: (file.position, len(file.paths))
    )


def _read_pairs(
    files: Iterable[CorpusFile],
    statistics: ReadStatistics,
    max_length: int,
    normalizes: bool = True,
) -> Iterator[Pair]:
    """Yield the pairs of files that were given by one name, and count them.

    Args:
        files: A file, two texts, or the files in an archive.
        statistics: Updated with every row.
        max_length: As for `read_corpus`.
        normalizes: As for `PairStream`.

    Raises:
        UserError: If the files cannot be read or hold no pair.
    """
    max_characters = max_length * _MAX_CHARACTERS_PER_PIECE
    count_before, row_count, reasons = statistics.count, 0, Counter[str]()
    for file in files:
        if file.description:
            statistics.formats[f"{file.paths[0].name}: {file.description}"] += 1
        with as_user_error(file.paths[0], "read"):
            for row in file.rows:
                row_count += 1
                pair = _check_row(row, max_characters, normalizes)
                if isinstance(pair, str):
                    reasons[pair] += 1
                    statistics.left_out[pair] += 1
                else:
                    statistics.count += 1
                    yield pair
    if statistics.count <= count_before:
        raise UserError(
            f"{file.name} holds no sentence pair in {row_count:,} {file.unit} "
            f"({list_reasons(reasons, 3) or file.description}). {file.requirement}"
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
