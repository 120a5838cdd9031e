"""Preparation of a corpus: converts files of sentence pairs to cached ids, in bounded memory.

The files are read once. The tokenized pairs are written to a temporary file and their tokens are
counted. When the subwords have been learned from the counts, the file is read back and encoded.
"""

from __future__ import annotations

import logging
import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, make_folder_for
from malgil.common.localization import _
from malgil.preprocessing.corpus import cleaning, reader
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.corpus.statistics import ReadStatistics
from malgil.preprocessing.dataset import cache
from malgil.preprocessing.dataset.cache import CachedCorpus
from malgil.preprocessing.dataset.ragged import RaggedArray, RaggedWriter
from malgil.preprocessing.dataset.rejected_pairs import RejectedPairs
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

# If there are more different tokens, those seen once are dropped, so that the counts fit in memory.
_MAX_TYPES = 2_000_000
_READ = _("training pairs read")
_ENCODED = {"train": _("training pairs encoded"), "valid": _("validation pairs encoded")}
# Settings of `[data]` that name files and folders. The cache key has the hashes of the files.
_PATHS = {"train", "valid", "test", "cache", "downloads"}


def prepare(
    settings: Settings,
    progress: Callable[[str, int], None],
    subword: dict[str, bytes] | None = None,
) -> CachedCorpus:
    """Return the ids of the training and validation pairs, from the cache if it contains them.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]`.
        progress: Called with a title and the number of pairs done, after every chunk.
        subword: The SentencePiece models of a training that is resumed; None to learn them from the
            corpus.

    Returns:
        The ids and the SentencePiece models.

    Raises:
        UserError: If a file cannot be read or contains no pair, if no pair is left after cleaning,
            or if the cache cannot be written.
    """
    folder = settings.cache
    tests = _test_files(settings)
    for path in set(map(find, settings.data.test)) - set(tests):
        message = _(
            "data.test: {path!r} does not exist, so its pairs are not kept out of data.train."
        )
        logger.warning(message.format(path=str(path)))
    files = [find(name) for name in (*settings.data.train, *settings.data.valid)]
    key = cache.cache_key([*files, *tests], _settings_of_ids(settings))
    # The cache does not contain rejected pairs: to write them, the files must be read.
    corpus = None if settings.cleaning.rejected_file else cache.load(folder, key)
    if corpus is None or subword not in (None, corpus.subword):
        with make_folder_for(folder), ExitStack() as stack:
            builder = DatasetBuilder(settings, progress, folder, stack)
            cache.save(folder, key, builder.build(subword))
        corpus = cache.load(folder, key)
        if corpus is None:
            message = _("cannot read back the cache written to {path!r}. Check the disk.")
            raise UserError(message.format(path=str(folder)))
    else:
        for line in corpus.summary:
            logger.info(line)
    return corpus


def _test_files(settings: Settings) -> list[Path]:
    """Return the files of `[data] test` that exist: a missing one has no pairs to hold out."""
    files = []
    for path in map(find, settings.data.test):
        with as_user_error(path, "read", "data.test"):
            if path.exists():
                files.append(path)
    return files


def _settings_of_ids(settings: Settings) -> dict[str, Any]:
    """Return the settings that the ids depend on."""
    sections = settings.to_dict()
    data = {key: value for key, value in sections["data"].items() if key not in _PATHS}
    rules = {key: value for key, value in sections["cleaning"].items() if key != "rejected_file"}
    return {
        "data": data,
        "cleaning": rules,
        "preprocessing": sections["preprocessing"],
        # The seed chooses the pairs to which placeholders and noise are added.
        "seed": settings.training.seed if settings.preprocessing.is_random else 0,
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
        self._folder = folder
        self._stack = stack
        self._summary: list[str] = []
        self._valid_characters = 0  # of the target texts that were encoded
        self._rejected = RejectedPairs(settings, stack)

    def build(self, subword: dict[str, bytes] | None) -> CachedCorpus:
        """Read, clean, tokenize and encode the pairs; see `prepare`."""
        data, text = self._settings.data, self._settings.preprocessing
        valid = reader.read_corpus(map(find, data.valid), data, text.max_length)
        tests = _test_files(self._settings)
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
            self._report("train", train.statistics)  # it may show the cause
            self._require_pairs("train", train.statistics)
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

    def _report(self, name: str, statistics: ReadStatistics) -> None:
        """Log a summary line, and store it for trainings that find the corpus in the cache."""
        line = _("{name}: {summary}").format(name=name, summary=statistics.summary())
        self._summary.append(line)
        logger.info(line)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn a failure to write a temporary file into a `UserError`."""
        with as_user_error(self._folder, "write", "data.cache"):
            yield

    def _new_file(self) -> IO[bytes]:
        """Create a temporary file in the folder of the cache."""
        with self._writing():
            return self._stack.enter_context(tempfile.TemporaryFile(dir=self._folder))

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
                    self._rejected.add(pair.rejection_reason, *pair.text())
                else:
                    accepted.append(pair)
            with self._writing():
                pickle.dump(accepted, file, pickle.HIGHEST_PROTOCOL)
            counted = count_tokens(accepted, self._settings.preprocessing)
            for total, more in zip(counts, counted, strict=True):
                total.update(more)
                _drop_rare(total)
            done += len(pairs)
            self._progress(_READ, done)
        return counts

    def _encode(
        self,
        name: str,
        chunks: Iterable[list[TokenizedPair]],
        pipeline: TextPipeline,
        statistics: ReadStatistics,
    ) -> tuple[RaggedArray, RaggedArray]:
        """Encode pairs into files, except those that are too long or exceed the length ratio."""
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
                    reason = _("longer than {limit} tokens").format(limit=limit)
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
                    self._rejected.add(reason, *pair.text())
            with self._writing():
                source.extend([pair_ids[0] for pair_ids in accepted])
                target.extend([pair_ids[1] for pair_ids in accepted])
            done += len(pairs)
            self._progress(_ENCODED[name], done)
        self._report(name, statistics)
        self._require_pairs(name, statistics)
        with self._writing():
            return source.to_array(), target.to_array()

    def _require_pairs(self, name: str, statistics: ReadStatistics) -> None:
        """Refuse a corpus of which no pair is left."""
        if not statistics.count:
            message = _(
                "no pair of data.{name} is left ({summary}). Relax [cleaning] or increase "
                "preprocessing.max_length = {limit} tokens, or add other pairs."
            )
            limit = self._settings.preprocessing.max_length
            summary = statistics.summary()
            raise UserError(message.format(name=name, summary=summary, limit=limit))


def _read_pairs(file: IO[bytes]) -> Iterator[list[TokenizedPair]]:
    """Yield the chunks of pairs that this process wrote to a file."""
    file.seek(0)
    while True:
        try:
            yield pickle.load(file)
        except EOFError:
            return


def _drop_rare(counts: Counter[str]) -> None:
    """Drop tokens seen once if there are too many different tokens."""
    if len(counts) > _MAX_TYPES:
        for token in [token for token, n in counts.items() if n == 1]:
            del counts[token]
