"""Training a translator from files: read the corpus, learn subwords, build the model, train it."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from malgil.common.errors import UserError
from malgil.common.files import (
    as_user_error,
    make_folder_for,
    remove_leftovers,
    set_aside,
    write_text,
)
from malgil.common.localization import _, ngettext
from malgil.common.locks import exclusive
from malgil.common.progress import ProgressLine
from malgil.common.system import usable_cores
from malgil.modeling import translator_file
from malgil.modeling.inference.shortlist import Shortlist, learn
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training import checkpoint
from malgil.modeling.training.checkpoint import History, TrainingState
from malgil.modeling.training.history import HistoryWriter
from malgil.modeling.training.optimizer import make_optimizer
from malgil.modeling.training.strategy import make_strategy
from malgil.modeling.training.trainer import Trainer
from malgil.modeling.translator_file import Bundle
from malgil.modeling.versions import TranslatorVersions, WaitingCandidate
from malgil.preprocessing.dataset.batches import TokenBatchSampler
from malgil.preprocessing.dataset.cache import CachedCorpus
from malgil.preprocessing.dataset.prepare import prepare
from malgil.preprocessing.dataset.ragged import RaggedArray
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.text.subword import EOS
from malgil.settings import Settings

logger = logging.getLogger(__name__)

_BYTE_TOKEN = re.compile(r"<0x[0-9A-F]{2}>")


@dataclass(frozen=True)
class TrainingResult:
    """How a training ended.

    Attributes:
        folder: The folder of the translator.
        state: The progress of the training.
        is_interrupted: Whether Ctrl-C ended it.
        waiting: The losses of the new translator and of the one in use, if the new one is not in
            use; else None.
    """

    folder: Path
    state: TrainingState
    is_interrupted: bool
    waiting: WaitingCandidate | None = None


def train(
    settings: Settings,
    resume: bool = False,
    on_validation: Callable[[Path, History], None] | None = None,
    line: ProgressLine | None = None,
    overwrite: bool = False,
) -> TrainingResult:
    """Train a translator and save it in its folder.

    A translator that another training left in the folder stays in use until the new one has a lower
    validation loss per character; see `modeling.versions`.

    Args:
        settings: All settings.
        resume: Whether to resume the training from its checkpoint.
        on_validation: Called after each validation with the folder and the history so far; draws
            the picture of the curves.
        line: Shows the progress; None for no display.
        overwrite: Whether the new translator replaces an old one even if it is not better.

    Returns:
        How the training ended.

    Raises:
        UserError: If another process trains in the folder, if a file or a setting does not allow
            the training, if an old translator cannot be compared with the new one, or if a file
            cannot be written. If the training has not begun, the folder is left unchanged.
    """
    with make_folder_for(settings.folder) as folder, exclusive(folder):
        return _train(settings, resume, on_validation, line, overwrite)


def _train(
    settings: Settings,
    resume: bool,
    on_validation: Callable[[Path, History], None] | None,
    line: ProgressLine | None,
    overwrite: bool,
) -> TrainingResult:
    """Train a translator in its folder, whose lock is held; see `train`."""
    folder = settings.folder
    path = folder / checkpoint.FILE_NAME
    stored, state = checkpoint.load(path, settings) if resume else (None, TrainingState())
    state.training_id = state.training_id or secrets.token_hex(8)
    state.overwrites |= overwrite
    versions = TranslatorVersions(folder, state.training_id, state.overwrites)
    versions.check(settings.translator, settings.data)
    _check_folder(folder)
    state.threads = set_threads(state.threads or settings.training.threads)
    strategy = make_strategy(settings.training.devices)
    corpus = _prepare_corpus(settings, stored, state, line)
    versions.check_validation(corpus.validation)
    history = HistoryWriter(folder, on_validation)
    with strategy.scope():
        trainer = _make_trainer(settings, state, corpus, versions, history, line)
    if stored:
        checkpoint.restore_variables(stored, trainer.variables(), path)
    _report_size(trainer)
    if not resume:
        _set_checkpoint_aside(path)
    versions.begin()
    with _cleared(line):
        is_interrupted = trainer.run(*_samplers(corpus, settings))
    own_file = versions.own_file()
    if settings.inference.engine == "onnx" and own_file:
        logger.info(_("learning the shortlist …"))
        _save_shortlist(own_file, corpus.train, trainer.pipeline)
    return TrainingResult(folder, state, is_interrupted, versions.waiting())


def _check_folder(folder: Path) -> None:
    """Check that the folder can be written to, and remove the leftovers of a killed training."""
    test = folder / ".writable"
    with as_user_error(folder):
        for name in (
            translator_file.FILE_NAME,
            translator_file.CANDIDATE_NAME,
            checkpoint.FILE_NAME,
            "history.csv",
            "curves.png",
            test.name,
        ):
            remove_leftovers(folder, name)
        try:
            write_text(test, "." * 100_000)  # fails if the disk is full, too
        finally:
            test.unlink(missing_ok=True)


def _samplers(
    corpus: CachedCorpus, settings: Settings
) -> tuple[TokenBatchSampler, TokenBatchSampler]:
    """Return the samplers of the training and the validation batches."""
    batch_tokens, seed = settings.training.batch_tokens, settings.training.seed
    return (
        TokenBatchSampler(*corpus.train, batch_tokens, seed),
        TokenBatchSampler(*corpus.valid, batch_tokens, seed),
    )


def _make_trainer(
    settings: Settings,
    state: TrainingState,
    corpus: CachedCorpus,
    versions: TranslatorVersions,
    history: HistoryWriter,
    line: ProgressLine | None,
) -> Trainer:
    """Build a new model and its trainer, in the scope of a strategy."""
    pipeline = TextPipeline.from_state(corpus.subword, settings.preprocessing)
    model = build(pipeline, settings)
    return Trainer(model, pipeline, settings, state, corpus.validation, versions, history, line)


def _report_size(trainer: Trainer) -> None:
    """Log the size of the model."""
    pipeline, threads = trainer.pipeline, trainer.state.threads
    message = ngettext(
        "{weights:,} weights, {source:,} source and {target:,} target subwords, {threads} thread",
        "{weights:,} weights, {source:,} source and {target:,} target subwords, {threads} threads",
        threads,
    )
    logger.info(
        message.format(
            weights=trainer.model.count_params(),
            source=len(pipeline.source.subword),
            target=len(pipeline.target.subword),
            threads=threads,
        )
    )


def _prepare_corpus(
    settings: Settings, stored: Bundle | None, state: TrainingState, line: ProgressLine | None
) -> CachedCorpus:
    """Return the corpus as ids, and store its fingerprints in the state.

    Args:
        settings: All settings.
        stored: The checkpoint of a training that is resumed, whose subwords are used; else None.
        state: The progress of the training, with the fingerprints of a training that is resumed.
        line: Shows the progress.

    Raises:
        UserError: If the files have changed since the training began.
    """
    with _cleared(line):
        corpus = prepare(
            settings, line.count if line else _show_nothing, stored.subword if stored else None
        )
    fingerprint = corpus.fingerprint()
    # A checkpoint of an earlier version has no fingerprint of the validation pairs.
    is_same_validation = state.validation in ("", corpus.validation.fingerprint)
    if stored and (state.corpus != fingerprint or not is_same_validation):
        raise UserError(
            _(
                "data.train and data.valid must have the same sentence pairs when a training is "
                "resumed; they have changed since it began. Restore the files, or run without "
                "--resume to train from the start."
            )
        )
    state.corpus, state.validation = fingerprint, corpus.validation.fingerprint
    return corpus


@contextlib.contextmanager
def _cleared(line: ProgressLine | None) -> Iterator[None]:
    """Clear the progress line at the end, also after an error."""
    try:
        yield
    finally:
        if line is not None:
            line.clear()


def _show_nothing(title: str, done: int) -> None:
    """Show nothing, instead of `ProgressLine.count`."""


def _save_shortlist(
    path: Path, ids: tuple[RaggedArray, RaggedArray], pipeline: TextPipeline
) -> None:
    """Learn a shortlist from the corpus, and add it to a translator's file."""
    stored = translator_file.load(path)
    stored.shortlist = dataclasses.asdict(_learn_shortlist(ids, pipeline))
    translator_file.save(path, stored)


def _learn_shortlist(ids: tuple[RaggedArray, RaggedArray], pipeline: TextPipeline) -> Shortlist:
    """Learn a shortlist that always includes the special tokens, the marks and the bytes."""
    source, target = pipeline.source.subword, pipeline.target.subword
    needed = [i for i, piece in enumerate(target.pieces) if i <= EOS or piece in target.marks]
    needed += [i for i, piece in enumerate(target.pieces) if _BYTE_TOKEN.fullmatch(piece)]
    return learn(*ids, (len(source), len(target)), needed)


def build(pipeline: TextPipeline, settings: Settings) -> Seq2Seq:
    """Build and compile a new model with initial weights drawn from the seed of `[training]`."""
    training = settings.training
    keras.utils.set_random_seed(training.seed)
    model = Seq2Seq(
        len(pipeline.source.subword),
        len(pipeline.target.subword),
        settings.model,
        training.label_smoothing,
        training.precision,
    ).build_weights()
    optimizer = make_optimizer(settings.schedule.learning_rate, training.clip_norm)
    # XLA does not support the cuDNN LSTM, and gains nothing on a CPU.
    model.compile(optimizer=optimizer, jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


def set_threads(threads: int) -> int:
    """Set the number of threads that TensorFlow computes with.

    Args:
        threads: The number of threads; 0 for the number of cores that this process may use.

    Returns:
        The number of threads.
    """
    threads = threads or usable_cores()
    # After its first operation, TensorFlow raises an error and keeps its number of threads.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    return threads


def _set_checkpoint_aside(path: Path) -> None:
    """Set the checkpoint of an earlier training aside, which `--resume` must not continue."""
    aside = set_aside(path)
    if aside:
        message = _("kept the checkpoint of an earlier training as {path!r}")
        logger.info(message.format(path=str(aside)))
