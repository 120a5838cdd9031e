"""Preparation of a corpus: converts files of sentence pairs to cached ids, in bounded memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from malgil.common.errors import UserError
from malgil.common.files import make_folder_for
from malgil.common.localization import _
from malgil.common.locks import exclusive
from malgil.preprocessing.corpus.reader import Corpus, read_corpus
from malgil.preprocessing.corpus.statistics import ReadStatistics
from malgil.preprocessing.dataset import cache, held_out
from malgil.preprocessing.dataset.cache import CachedCorpus
from malgil.preprocessing.dataset.ragged import RaggedArray, RaggedWriter
from malgil.preprocessing.dataset.tokenize_pairs import CHUNK, PairTokenizer
from malgil.preprocessing.dataset.training_pairs import (
    EncodedPair,
    TrainingPairs,
    length_reason,
    require_pairs,
    temporary_file,
    writing,
)
from malgil.preprocessing.dataset.validation_set import ValidationSet, fingerprint_of
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import Settings, find

logger = logging.getLogger(__name__)

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
    held_out.check_files(settings)
    tests = held_out.existing_files(settings, "test", warns=True)
    files = [find(name) for name in (*settings.data.train, *settings.data.valid)]
    key = cache.cache_key([*files, *tests], _settings_of_ids(settings))
    corpus = _load_cached(settings, key, subword)
    if corpus is None:
        path = cache.cache_path(folder, key)
        with make_folder_for(folder), exclusive(path, waits=True), ExitStack() as stack:
            corpus = _load_cached(settings, key, subword)  # the process waited for may have made it
            if corpus is None:
                builder = DatasetBuilder(settings, progress, folder, stack)
                cache.save(folder, key, builder.build(subword))
                return _read_back(folder, key)
    for line in corpus.summary:
        logger.info(line)
    return corpus


def _load_cached(
    settings: Settings, key: str, subword: dict[str, bytes] | None
) -> CachedCorpus | None:
    """Return the corpus of a key with these SentencePiece models, None for any; None if missing."""
    # The cache does not contain rejected pairs: to write them, the files must be read.
    corpus = None if settings.cleaning.rejected_file else cache.load(settings.cache, key)
    return corpus if corpus and subword in (None, corpus.subword) else None


def _read_back(folder: Path, key: str) -> CachedCorpus:
    """Return the corpus just written. Raises `UserError` if it differs or is missing."""
    corpus = cache.load(folder, key)
    if corpus is None:
        message = _("cannot read back the cache written to {path!r}. Check the disk.")
        raise UserError(message.format(path=str(folder)))
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

    def build(self, subword: dict[str, bytes] | None) -> CachedCorpus:
        """Read, clean, tokenize and encode the pairs; see `prepare`."""
        data, text = self._settings.data, self._settings.preprocessing
        valid = read_corpus(map(find, data.valid), data, text.max_length)
        tests = held_out.existing_files(self._settings, "test")
        test = read_corpus(tests, data, text.max_length).pairs if tests else []
        train = TrainingPairs(self._settings, [*valid.pairs, *test], self._folder, self._stack)
        counts = train.tokenize(self._progress)
        try:
            require_pairs("train", train.statistics, self._settings)
            pipeline = (
                TextPipeline.from_state(subword, text)
                if subword
                else TextPipeline.learn(counts, text)
            )
        except UserError:
            self._report("train", train.statistics)  # it may show the cause
            raise
        train_ids = self._write("train", train.selected(pipeline), pipeline, train.statistics)
        valid_ids = self._write("valid", self._valid_chunks(valid, pipeline), pipeline, valid)
        validation = ValidationSet(fingerprint_of(valid.pairs), self._valid_characters)
        return CachedCorpus(pipeline.to_state(), self._summary, train_ids, valid_ids, validation)

    def _report(self, name: str, statistics: ReadStatistics) -> None:
        """Log a summary line, and store it for trainings that find the corpus in the cache."""
        line = _("{name}: {summary}").format(name=name, summary=statistics.summary())
        self._summary.append(line)
        logger.info(line)

    def _valid_chunks(self, valid: Corpus, pipeline: TextPipeline) -> Iterator[list[EncodedPair]]:
        """Yield the validation pairs that are not too long: they are not cleaned otherwise."""
        tokenize = PairTokenizer(self._settings.preprocessing)
        for begin in range(0, len(valid.pairs), CHUNK):
            chunk = []
            for pair in tokenize(valid.pairs[begin : begin + CHUNK]):
                ids = pipeline.encode_tokenized(pair)
                reason = length_reason(ids, self._settings.preprocessing.max_length)
                if reason:
                    valid.leave_out(reason)
                else:
                    chunk.append((pair, ids))
                    self._valid_characters += len(pair.text()[1])
            yield chunk

    def _write(
        self,
        name: str,
        chunks: Iterable[list[EncodedPair]],
        pipeline: TextPipeline,
        statistics: ReadStatistics,
    ) -> tuple[RaggedArray, RaggedArray]:
        """Write the ids of pairs to files, and report what was read and left out."""
        source, target = (
            RaggedWriter(temporary_file(self._folder, self._stack), len(side.subword))
            for side in (pipeline.source, pipeline.target)
        )
        done = 0
        for pairs in chunks:
            with writing(self._folder):
                source.extend([ids[0] for _pair, ids in pairs])
                target.extend([ids[1] for _pair, ids in pairs])
            done += len(pairs)
            self._progress(_ENCODED[name], done)
        self._report(name, statistics)
        require_pairs(name, statistics, self._settings)
        with writing(self._folder):
            return source.to_array(), target.to_array()
