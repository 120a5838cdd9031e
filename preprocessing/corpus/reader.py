"""Reading files of sentence pairs, with an statistics of what was left out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.preprocessing.corpus.formats import encoding
from malgil.preprocessing.corpus.formats.base import Row
from malgil.preprocessing.corpus.formats.reader import FileOfRows, read_rows
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings

Pair = tuple[str, str]
EMPTY = "with an empty side"

# A character is seldom less than a third of a piece; a line beyond this is no sentence.
_CHARACTERS_PER_PIECE = 20


class ReadStatistics:
    """What was read, and what was left out.

    Attributes:
        count: How many pairs were read.
        left_out: How many lines (rows, objects, units) were left out, by reason.
        formats: What each file is that is no plain TSV, by its name.
    """

    def __init__(self) -> None:
        self.count = 0
        self.left_out: Counter[str] = Counter()
        self.formats: Counter[str] = Counter()

    def summary(self) -> str:
        """One line that says what was read, what was left out, and what the files are."""
        text = f"{self.count:,} pair{'s' * (self.count != 1)}"
        if self.left_out:
            text += f" (left out: {_most(self.left_out)})"
        for name, count in self.formats.items():
            text += f"; {f'{count:,} in ' if count > 1 else ''}{name}"
        return text

    def take(
        self, files: Iterable[FileOfRows], max_length: int, as_read: bool = False
    ) -> Iterator[Pair]:
        """The pairs of all that was named as one: a file, two texts, what is in an archive.

        Args:
            files: Of `read_rows`.
            max_length: As for `read`.
            as_read: Whether to leave the texts as they stand in the file, not normalized.

        Raises:
            UserError: As `read`.
        """
        before, rows, reasons = self.count, 0, Counter[str]()
        for file in files:
            if file.what:
                self.formats[f"{file.paths[0].name}: {file.what}"] += 1
            for row in file.rows:
                rows += 1
                pair = _pair(row, max_length, as_read)
                if isinstance(pair, str):
                    reasons[pair] += 1
                    self.left_out[pair] += 1
                else:
                    self.count += 1
                    yield pair
        if self.count <= before:
            raise UserError(
                f"{file.name} holds no sentence pair in {rows:,} {file.unit} "
                f"({_most(reasons, 3) or file.what}). {file.needed}"
            )


class Corpus(ReadStatistics):
    """Sentence pairs read from files, and what was left out.

    Attributes:
        pairs: Normalized source and target sentences, in the order of the files.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[Pair] = []


class PairStream(ReadStatistics):
    """Sentence pairs one at a time, for a corpus that is larger than the memory.

    The statistics fills as the pairs are read.

    Args:
        paths: As for `read`.
        data: As for `read`.
        max_length: As for `read`.
        as_read: Whether to leave the texts as they stand in the files, not normalized.
    """

    def __init__(
        self,
        paths: Iterable[str | Path],
        data: DataSettings,
        max_length: int = 10_000,
        as_read: bool = False,
    ) -> None:
        super().__init__()
        self._pairs = itertools.chain.from_iterable(
            self.take(files, max_length, as_read) for _, files in _named(paths, data)
        )

    def __iter__(self) -> Iterator[Pair]:
        return self._pairs

    def __next__(self) -> Pair:
        return next(self._pairs)


def stream(
    paths: Iterable[str | Path],
    data: DataSettings,
    max_length: int = 10_000,
    as_read: bool = False,
) -> PairStream:
    """The pairs of files one at a time, at constant memory; see `PairStream` and `read`."""
    return PairStream(paths, data, max_length, as_read)


def read(paths: Iterable[str | Path], data: DataSettings, max_length: int = 10_000) -> Corpus:
    """Read files of sentence pairs, in whichever format they are.

    Args:
        paths: The files; two texts without columns that follow each other are parallel.
        data: `[data]`: the languages, and the columns where they are set.
        max_length: The most pieces of a sentence (`[preprocessing] max_length`); a line far too
            long for it is left out here, before it costs time.

    Returns:
        The pairs, and what was left out.

    Raises:
        UserError: If a file cannot be read, is of no format that is read, or holds no pair.
    """
    corpus = Corpus()
    for _, files in _named(paths, data):
        corpus.pairs.extend(corpus.take(files, max_length))
    return corpus


def read_each(
    paths: Mapping[str, Path], data: DataSettings, max_length: int = 10_000
) -> list[tuple[str, Corpus]]:
    """Read test sets, each by itself, as each is measured by itself.

    Args:
        paths: The file of each name; two parallel texts are one set.
        data: As for `read`.
        max_length: As for `read`.

    Returns:
        The name of each set, and what is in it.

    Raises:
        UserError: As `read`.
    """
    names = list(paths)
    sets = []
    for (first, count), files in _named(paths.values(), data):
        corpus = Corpus()
        corpus.pairs.extend(corpus.take(files, max_length))
        sets.append((" + ".join(names[first : first + count]), corpus))
    return sets


def _named(
    paths: Iterable[str | Path], data: DataSettings
) -> Iterator[tuple[tuple[int, int], Iterator[FileOfRows]]]:
    """The files to read, by the place and the number of names that they were named by."""
    return itertools.groupby(read_rows(paths, data), lambda file: (file.position, len(file.paths)))


def _pair(row: Row, max_length: int, as_read: bool) -> Pair | str:
    """The pair of a row, or the reason for which there is none."""
    if isinstance(row, str):
        return row
    if max(len(row[0]), len(row[1])) > max_length * _CHARACTERS_PER_PIECE:
        return "far too long"
    if as_read:
        return row if row[0].strip() and row[1].strip() else EMPTY
    source, target = normalize(row[0]), normalize(row[1])
    return (source, target) if source and target else EMPTY


def _most(left_out: Counter[str], most: int | None = None) -> str:
    return ", ".join(f"{n:,} {reason}" for reason, n in left_out.most_common(most))


def read_lines(path: str | Path, tell: Callable[[str], None] | None = None) -> Iterator[str]:
    """The lines of a text, without their ends, one at a time.

    Only `\\n`, `\\r\\n` and `\\r` end a line, so that the numbers of lines are those of an editor.

    Args:
        path: A text in UTF-8, UTF-16 or cp949.
        tell: Is told, in a line, of an encoding other than UTF-8.

    Raises:
        UserError: If the file cannot be read or decoded; the message names the line.
    """
    with as_user_error(path, "read"), open(path, "rb", buffering=encoding.SAMPLE) as file:
        yield from decoded_lines(file, str(path), tell)


def decoded_lines(
    file: BinaryIO, name: str, tell: Callable[[str], None] | None = None
) -> Iterator[str]:
    """The lines of an open file without their ends; `name` is what people call it.

    Raises:
        UserError: As `read_lines`.
    """
    return encoding.lines_of(file, repr(name), tell)
