"""The pairs of `[data] train` that training uses, selected in two passes over them.

The files are read once. The tokenized pairs are written to a temporary file and their tokens are
counted. When the subwords have been learned from the counts, the file is read back and encoded,
which shows the pairs that are too long.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.preprocessing.corpus import Pair, cleaning
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.corpus.reader import Row
from malgil.preprocessing.corpus.statistics import ReadStatistics
from malgil.preprocessing.dataset.rejected_pairs import RejectedPairs
from malgil.preprocessing.dataset.tokenize_pairs import (
    TokenizedCorpus,
    TokenizedPair,
    count_tokens,
)
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.text.subword import Ids
from malgil.settings import Settings

# A tokenized pair and its ids.
EncodedPair = tuple[TokenizedPair, tuple[Ids, Ids]]

# If there are more different tokens, those seen once are dropped, so that the counts fit in memory.
_MAX_TYPES = 2_000_000
_READ = _("training pairs read")


class TrainingPairs:
    """The training pairs, in the order of the files; call `tokenize` first, then `selected`.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]`.
        held_out: The normalized pairs of valid and test.
        folder: The folder of the temporary file, `[data] cache`; None for that of the system.
        stack: Closes the file, and that of the rejected pairs.

    Attributes:
        statistics: The counts of the pairs that are selected so far.

    Raises:
        UserError: Here or later, if a file cannot be read or written.
    """

    def __init__(
        self, settings: Settings, held_out: Iterable[Pair], folder: Path | None, stack: ExitStack
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._corpus = TokenizedCorpus(settings, Deduplicator(settings.cleaning, held_out))
        self.statistics: ReadStatistics = self._corpus.statistics
        self._rejected = RejectedPairs(settings, stack)
        self._file = temporary_file(folder, stack)

    def tokenize(self, progress: Callable[[str, int], None]) -> tuple[Counter[str], Counter[str]]:
        """Read, clean and tokenize the pairs.

        Args:
            progress: Called with a title and the number of rows done, after every chunk.

        Returns:
            The counts of the tokens on either side, as for `TextPipeline.learn`.
        """
        counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        done = 0
        for rows in self._corpus:
            accepted = [pair for _row, pair in rows if pair]
            with writing(self._folder):
                kept = rows if self._rejected.is_wanted else [(None, pair) for pair in accepted]
                pickle.dump(kept, self._file, pickle.HIGHEST_PROTOCOL)
            counted = count_tokens(accepted, self._settings.preprocessing)
            for total, more in zip(counts, counted, strict=True):
                total.update(more)
                _drop_rare(total)
            done += len(rows)
            progress(_READ, done)
        return counts

    def selected(self, pipeline: TextPipeline | None) -> Iterator[list[EncodedPair]]:
        """Yield the pairs that are not too long in chunks, and write the rejected ones.

        Args:
            pipeline: Encodes the pairs. Without it the ids are empty, and no pair is too long.
        """
        limit = self._settings.preprocessing.max_length
        ratio = self._settings.cleaning.max_length_ratio
        for rows in self._read_back():
            selected = []
            for row, pair in rows:
                rejected = row
                if pair is not None:
                    ids: tuple[Ids, Ids] = pipeline.encode_tokenized(pair) if pipeline else ([], [])
                    reason = length_reason(ids, limit, ratio)
                    if reason is None:
                        selected.append((pair, ids))
                        continue
                    self.statistics.leave_out(reason)
                    rejected = row and row._replace(reason=reason)
                if rejected:
                    self._rejected.add(rejected)
            yield selected

    def _read_back(self) -> Iterator[list[tuple[Row | None, TokenizedPair | None]]]:
        """Yield the chunks of rows that `tokenize` wrote; a row is only known if it is wanted."""
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)
            except EOFError:
                return


def writing(folder: Path | None) -> AbstractContextManager[None]:
    """Turn a failure to write a temporary file into a `UserError`.

    Args:
        folder: The folder of the file, `[data] cache`; None for that of the system.
    """
    if folder is None:
        return as_user_error(tempfile.gettempdir(), "write", "TMPDIR")
    return as_user_error(folder, "write", "data.cache")


def temporary_file(folder: Path | None, stack: ExitStack) -> IO[bytes]:
    """Create a file without a name.

    Args:
        folder: Its folder, as for `writing`.
        stack: Closes it.

    Raises:
        UserError: If it cannot be created.
    """
    with writing(folder):
        return stack.enter_context(tempfile.TemporaryFile(dir=folder))


def length_reason(ids: tuple[Ids, Ids], max_length: int, max_ratio: float = 0.0) -> str | None:
    """Return the reason why a pair is left out for its length, or None.

    Args:
        ids: The ids of both sides, including the end marks.
        max_length: The maximum number of ids of each side.
        max_ratio: As for `cleaning.exceeds_length_ratio`.
    """
    lengths = len(ids[0]), len(ids[1])
    if max(lengths) > max_length:
        return _("longer than {limit} tokens").format(limit=max_length)
    return cleaning.LENGTH_RATIO if cleaning.exceeds_length_ratio(*lengths, max_ratio) else None


def require_pairs(name: str, statistics: ReadStatistics, settings: Settings) -> None:
    """Refuse a corpus of which no pair is left.

    Args:
        name: "train" or "valid".
        statistics: The counts of its pairs.
        settings: All settings.

    Raises:
        UserError: If no pair is left.
    """
    if statistics.count:
        return
    summary = statistics.summary()
    if statistics.left_out.most_common(1)[0][0] == cleaning.OVERLAP:
        message = _(
            "data.train contains the same pairs as data.valid or data.test, which are kept out of "
            "training ({summary}). Move a part of the corpus to another file, and name that file "
            "for data.valid."
        )
        raise UserError(message.format(summary=summary))
    message = _(
        "no pair of data.{name} is left ({summary}). Relax [cleaning] or increase "
        "preprocessing.max_length = {limit} tokens, or add other pairs."
    )
    limit = settings.preprocessing.max_length
    raise UserError(message.format(name=name, summary=summary, limit=limit))


def _drop_rare(counts: Counter[str]) -> None:
    """Drop tokens seen once if there are too many different tokens."""
    if len(counts) > _MAX_TYPES:
        for token in [token for token, n in counts.items() if n == 1]:
            del counts[token]
