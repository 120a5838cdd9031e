"""From files of sentence pairs to ids on disk, whatever their size, in one pass over the text."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any

from malgil.common.errors import UserError
from malgil.common.files import make_folder, write_atomically
from malgil.preprocessing.corpus import cleaning, reader
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.corpus.statistics import ReadStatistics
from malgil.preprocessing.dataset import cache
from malgil.preprocessing.dataset.cache import CachedCorpus, RaggedWriter
from malgil.preprocessing.dataset.pairs import PairTokenizer, TokenizedPair, count_tokens
from malgil.preprocessing.dataset.ragged import RaggedArray
from malgil.preprocessing.dataset.tokenized import Row, TokenizedPairs
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings, find

_CHUNK = 1000  # pairs
# Of a corpus without end, the tokens that are seen once are forgotten now and then.
_MOST_TYPES = 2_000_000

Say = Callable[[str], None]
Progress = Callable[[str, int], None]


def prepare(
    settings: Settings, say: Say, progress: Progress, subword: dict[str, bytes] | None = None
) -> CachedCorpus:
    """The ids of the training and validation pairs, from the cache where they are in it.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]` say what and how.
        say: Called with lines for people.
        progress: Called with what goes on and the pairs behind, now and then.
        subword: The models of a training that goes on; learned from the corpus where it is None.

    Returns:
        The ids, and the models of their pieces.

    Raises:
        UserError: If a file cannot be read, holds no pair, or none is left.
    """
    folder = make_folder(settings.cache)
    # Without its file there is nothing of test to keep out of train.
    files = [find(name) for name in (*settings.data.train, *settings.data.valid)]
    files += [path for path in map(find, settings.data.test) if path.exists()]
    key = cache.key_of(files, _what_ids_depend_on(settings))
    # What is rejected is only known while it is read.
    found = None if settings.cleaning.rejected_file else cache.load(folder, key)
    if found is None or subword not in (None, found.subword):
        with ExitStack() as stack:
            building = _Building(settings, say, progress, folder, stack)
            cache.save(folder, key, building.build(subword))
        found = cache.load(folder, key)
        if found is None:
            raise UserError(f"what was written to {str(folder)!r} cannot be read. Check the disk.")
    else:
        for line in found.summary:
            say(line)
    return found


def _what_ids_depend_on(settings: Settings) -> dict[str, Any]:
    sections = settings.to_dict()
    data = {key: value for key, value in sections["data"].items() if key not in _ONLY_NAMES}
    rules = {key: value for key, value in sections["cleaning"].items() if key != "rejected_file"}
    return {
        "data": data,
        "cleaning": rules,
        "preprocessing": sections["preprocessing"],
        # Of the placeholders that are added to some pairs.
        "seed": settings.training.seed if settings.preprocessing.placeholders else 0,
    }


# Where the files lie changes nothing; what is in them is in the key.
_ONLY_NAMES = {"train", "valid", "test", "cache", "downloads"}


class _Building:
    """One preparation under way.

    Args:
        settings: Those of the training.
        say: For lines.
        progress: For the pairs behind.
        folder: Where temporary files may grow.
        stack: Closes them.
    """

    def __init__(
        self, settings: Settings, say: Say, progress: Progress, folder: Path, stack: ExitStack
    ) -> None:
        self._settings = settings
        self._say = say
        self._progress = progress
        self._files = lambda: stack.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115
        self._summary: list[str] = []
        rejected = settings.cleaning.rejected_file
        self._rejected = stack.enter_context(write_atomically(rejected)) if rejected else None
        self._counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())

    def build(self, subword: dict[str, bytes] | None) -> CachedCorpus:
        """All of it; see `prepare`."""
        data, text = self._settings.data, self._settings.preprocessing
        valid = reader.read_corpus(map(find, data.valid), data, text.max_length)
        tests = [path for path in map(find, data.test) if path.exists()]
        test = reader.read_corpus(tests, data, text.max_length).pairs if tests else []
        memory = Deduplicator(self._settings.cleaning, [*valid.pairs, *test])
        pairs, tokens = TokenizedPairs(self._settings, memory), self._files()
        self._tokenize(pairs, tokens)
        try:
            pipeline = (
                TextPipeline.from_state(subword, text)
                if subword
                else TextPipeline.learn(self._counts, text)
            )
        except UserError:
            self._tell(f"train: {pairs.statistics.summary()}")  # what was read may say why
            raise
        train = self._encode("train", _rows_of(tokens), pipeline, pairs.statistics)
        rows = iter(PairTokenizer(text)(valid.pairs))
        measured = self._encode("valid", rows, pipeline, valid)
        return CachedCorpus(pipeline.to_state(), self._summary, train, measured)

    def _tell(self, line: str) -> None:
        self._summary.append(line)
        self._say(line)

    def _tokenize(self, pairs: TokenizedPairs, file: IO[bytes]) -> None:
        """Write the tokens of the training pairs that are fit to `file`, and count them."""
        done = 0
        for rows in pairs:
            kept = [row for row in rows if not row.fault]
            for row in rows:
                if row.fault:
                    self._reject(row.fault, *row.text())
            for row in kept:
                # Of the plain tokens the model needs to know only where placeholders were added.
                plain = (row.plain_source, row.plain_target) if row.is_augmented else ("", "")
                file.write("\t".join([row.source, row.target, *plain]).encode() + b"\n")
            counted = count_tokens((row.pair() for row in kept), self._settings.preprocessing)
            for counts, more in zip(self._counts, counted, strict=True):
                counts.update(more)
                _forget(counts)
            done += len(rows)
            self._progress("pairs of train read", done)

    def _encode(
        self,
        key: str,
        rows: Iterator[TokenizedPair],
        pipeline: TextPipeline,
        statistics: ReadStatistics,
    ) -> tuple[RaggedArray, RaggedArray]:
        """Tokens to ids on the disk; what turns out too long, or lopsided, is left out."""
        limit = self._settings.preprocessing.max_length
        ratio = self._settings.cleaning.max_length_ratio if key == "train" else 0.0
        sides = pipeline.source, pipeline.target
        spools = [RaggedWriter(self._files(), len(side.subword)) for side in sides]
        done = 0
        while some := list(islice(rows, _CHUNK)):
            fit = []
            for pair in some:
                ids = pipeline.ids(pair)
                lengths = len(ids[0]), len(ids[1])
                if max(lengths) > limit:
                    fault = f"longer than {limit} pieces"
                elif cleaning.exceeds_length_ratio(*lengths, ratio):
                    fault = cleaning.LENGTH_RATIO
                else:
                    fit.append(ids)
                    continue
                statistics.left_out[fault] += 1
                statistics.count -= 1
                if key == "train":
                    texts = (side.decode(i) for side, i in zip(sides, ids, strict=True))
                    self._reject(fault, *texts)
            for spool, rows_of_side in zip(spools, zip(*fit, strict=True), strict=bool(fit)):
                spool.add(rows_of_side)
            done += len(some)
            self._progress(f"pairs of {key} encoded", done)
        self._tell(f"{key}: {statistics.summary()}")
        if not statistics.count:
            raise UserError(
                f"no pair of data.{key} is left that is within preprocessing.max_length = {limit} "
                "pieces. Raise it, or see what [cleaning] leaves out."
            )
        return spools[0].rows(), spools[1].rows()

    def _reject(self, fault: str, source: str, target: str) -> None:
        if self._rejected:
            self._rejected.write(f"{fault}\t{source}\t{target}\n".encode())


def _rows_of(file: IO[bytes]) -> Iterator[TokenizedPair]:
    """The tokens of each pair that were written to a file."""
    file.seek(0)
    for line in file:
        source, target, plain_source, plain_target = line.decode()[:-1].split("\t")
        yield Row(None, source, target, plain_source, plain_target, bool(plain_source)).pair()


def _forget(counts: Counter[str]) -> None:
    """Keep the memory of a corpus without end within bounds."""
    if len(counts) > _MOST_TYPES:
        for token in [token for token, n in counts.items() if n == 1]:
            del counts[token]
