"""Preparation of a corpus: from files of sentence pairs to cached ids, in memory of fixed size.

The files are read once. The tokenized pairs go to a temporary file and are counted; once the
subwords are learned from the counts, the file is read back and encoded.
"""

from __future__ import annotations

import logging
import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from malgil.common.errors import UserError
from malgil.common.files import make_folder_for, write_atomically
from malgil.preprocessing.corpus import cleaning, reader
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.corpus.statistics import ReadStatistics
from malgil.preprocessing.dataset import cache
from malgil.preprocessing.dataset.cache import CachedCorpus
from malgil.preprocessing.dataset.ragged import RaggedArray, RaggedWriter
from malgil.preprocessing.dataset.tokenize_pairs import (
    CHUNK,
    PairTokenizer,
    TokenizedCorpus,
    TokenizedPair,
    count_tokens,
)
from malgil.preprocessing.dataset.validation_set import ValidationSet, fingerprint_of
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings, find

logger = logging.getLogger(__name__)

# Beyond this number of types, those seen once are dropped, so that the counts fit into memory.
_MAX_TYPES = 2_000_000
# Settings of `[data]` that name files and folders. The cache key has the hashes of the files.
_PATHS = {"train", "valid", "test", "cache", "downloads"}


def prepare(
    settings: Settings,
    progress: Callable[[str, int], None],
    subword: dict[str, bytes] | None = None,
) -> CachedCorpus:
    """Return the ids of the training and validation pairs, from the cache if they are in it.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]`.
        progress: Called with a title and the number of pairs done, at every chunk.
        subword: The SentencePiece models of a training that is resumed; learned from the corpus
            where it is None.

    Returns:
        The ids and the SentencePiece models.

    Raises:
        UserError: If a file cannot be read, holds no pair, or none is left after cleaning.
    """
    folder = settings.cache
    # Test files may be missing: then there are no test pairs to keep out of train.
    files = [find(name) for name in (*settings.data.train, *settings.data.valid)]
    files += [path for path in map(find, settings.data.test) if path.exists()]
    key = cache.cache_key(files, _settings_of_ids(settings))
    # The cache does not have the rejected pairs: to write them, the files must be read.
    corpus = None if settings.cleaning.rejected_file else cache.load(folder, key)
    if corpus is None or subword not in (None, corpus.subword):
        with make_folder_for(folder), ExitStack() as stack:
            builder = DatasetBuilder(settings, progress, folder, stack)
            cache.save(folder, key, builder.build(subword))
        corpus = cache.load(folder, key)
        if corpus is None:
            raise UserError(f"what was written to {str(folder)!r} cannot be read. Check the disk.")
    else:
        for line in corpus.summary:
            logger.info(line)
    return corpus


def _settings_of_ids(settings: Settings) -> dict[str, Any]:
    """Return the settings that the ids depend on."""
    sections = settings.to_dict()
    data = {key: value for key, value in sections["data"].items() if key not in _PATHS}
    rules = {key: value for key, value in sections["cleaning"].items() if key != "rejected_file"}
    return {
        "data": data,
        "cleaning": rules,
        "preprocessing": sections["preprocessing"],
        # It chooses the pairs to which placeholders are added.
        "seed": settings.training.seed if settings.preprocessing.placeholders else 0,
    }


class DatasetBuilder:
    """Builds the ids of one corpus.

    Args:
        settings: All settings.
        progress: Called with a title and the number of pairs done.
        folder: The folder of the temporary files.
        stack: Closes these files.
    """

    def __init__(
        self,
        settings: Settings,
        progress: Callable[[str, int], None],
        folder: Path,
        stack: ExitStack,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._new_file = lambda: stack.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115
        self._summary: list[str] = []
        self._valid_characters = 0  # of the target texts that were encoded
        rejected = settings.cleaning.rejected_file
        self._rejected = stack.enter_context(write_atomically(rejected)) if rejected else None

    def build(self, subword: dict[str, bytes] | None) -> CachedCorpus:
        """Read, clean, tokenize and encode the pairs; see `prepare`."""
        data, text = self._settings.data, self._settings.preprocessing
        valid = reader.read_corpus(map(find, data.valid), data, text.max_length)
        tests = [path for path in map(find, data.test) if path.exists()]
        test = reader.read_corpus(tests, data, text.max_length).pairs if tests else []
        deduplicator = Deduplicator(self._settings.cleaning, [*valid.pairs, *test])
        train, train_file = TokenizedCorpus(self._settings, deduplicator), self._new_file()
        counts = self._tokenize(train, train_file)
        try:
            pipeline = (
                TextPipeline.from_state(subword, text)
                if subword
                else TextPipeline.learn(counts, text)
            )
        except UserError:
            self._report(f"train: {train.statistics.summary()}")  # it may show the cause
            raise
        train_ids = self._encode("train", _read_pairs(train_file), pipeline, train.statistics)
        tokenize = PairTokenizer(text)
        valid_chunks = (
            tokenize(valid.pairs[begin : begin + CHUNK])
            for begin in range(0, len(valid.pairs), CHUNK)
        )
        valid_ids = self._encode("valid", valid_chunks, pipeline, valid)
        validation = ValidationSet(fingerprint_of(valid.pairs), self._valid_characters)
        return CachedCorpus(pipeline.to_state(), self._summary, train_ids, valid_ids, validation)

    def _report(self, line: str) -> None:
        """Log a line, and store it for trainings that find the corpus in the cache."""
        self._summary.append(line)
        logger.info(line)

    def _tokenize(
        self, corpus: TokenizedCorpus, file: IO[bytes]
    ) -> tuple[Counter[str], Counter[str]]:
        """Write the training pairs that are not rejected to `file`, and count their tokens."""
        counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        done = 0
        for pairs in corpus:
            accepted = []
            for pair in pairs:
                if pair.rejection_reason:
                    self._reject(pair, pair.rejection_reason)
                else:
                    accepted.append(pair)
            pickle.dump(accepted, file, pickle.HIGHEST_PROTOCOL)
            counted = count_tokens(accepted, self._settings.preprocessing)
            for total, more in zip(counts, counted, strict=True):
                total.update(more)
                _drop_rare(total)
            done += len(pairs)
            self._progress("pairs of train read", done)
        return counts

    def _encode(
        self,
        name: str,
        chunks: Iterable[list[TokenizedPair]],
        pipeline: TextPipeline,
        statistics: ReadStatistics,
    ) -> tuple[RaggedArray, RaggedArray]:
        """Encode pairs into files, without those that are too long or exceed the length ratio."""
        limit = self._settings.preprocessing.max_length
        ratio = self._settings.cleaning.max_length_ratio if name == "train" else 0.0
        source, target = (
            RaggedWriter(self._new_file(), len(side.subword))
            for side in (pipeline.source, pipeline.target)
        )
        done = 0
        for pairs in chunks:
            accepted = []
            for pair in pairs:
                ids = pipeline.encode_tokenized(pair)
                lengths = len(ids[0]), len(ids[1])
                if max(lengths) > limit:
                    reason = f"longer than {limit} pieces"
                elif cleaning.exceeds_length_ratio(*lengths, ratio):
                    reason = cleaning.LENGTH_RATIO
                else:
                    accepted.append(ids)
                    if name == "valid":
                        self._valid_characters += len(pair.text()[1])
                    continue
                statistics.left_out[reason] += 1
                statistics.count -= 1
                if name == "train":
                    self._reject(pair, reason)
            source.extend([ids for ids, _ in accepted])
            target.extend([ids for _, ids in accepted])
            done += len(pairs)
            self._progress(f"pairs of {name} encoded", done)
        self._report(f"{name}: {statistics.summary()}")
        if not statistics.count:
            raise UserError(
                f"no pair of data.{name} is left that is within preprocessing.max_length = {limit} "
                "pieces. Raise it, or see what [cleaning] leaves out."
            )
        return source.to_array(), target.to_array()

    def _reject(self, pair: TokenizedPair, reason: str) -> None:
        """Write a pair to `[cleaning] rejected_file`, if there is one."""
        if self._rejected:
            source, target = pair.text()
            self._rejected.write(f"{reason}\t{source}\t{target}\n".encode())


def _read_pairs(file: IO[bytes]) -> Iterator[list[TokenizedPair]]:
    """Yield the chunks of pairs that this process wrote to a file."""
    file.seek(0)
    while True:
        try:
            yield pickle.load(file)
        except EOFError:
            return


def _drop_rare(counts: Counter[str]) -> None:
    """Drop tokens seen once if there are too many types."""
    if len(counts) > _MAX_TYPES:
        for token in [token for token, n in counts.items() if n == 1]:
            del counts[token]
