"""Training from files to a translator: read the corpus, learn subwords, build the model, train."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from malgil.common.errors import UserError
from malgil.common.files import make_folder, remove_leftovers, set_aside, write_text
from malgil.common.progress import ProgressLine
from malgil.common.system import usable_cores
from malgil.modeling import translator_file
from malgil.modeling.inference.shortlist import Shortlist, learn
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training import checkpoint
from malgil.modeling.training.checkpoint import History, TrainingState
from malgil.modeling.training.optimizer import make_optimizer
from malgil.modeling.training.strategy import make_strategy
from malgil.modeling.training.trainer import Trainer
from malgil.modeling.translator_file import Bundle
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
    """

    folder: Path
    state: TrainingState
    is_interrupted: bool


def train(
    settings: Settings,
    resume: bool = False,
    on_validation: Callable[[Path, History], None] | None = None,
    line: ProgressLine | None = None,
) -> TrainingResult:
    """Train a translator and save it in its folder.

    Args:
        settings: All settings.
        resume: Whether to resume the training from its checkpoint.
        on_validation: Called after each validation with the folder and the history so far; draws
            the picture of the curves.
        line: Shows the progress; None for no display.

    Returns:
        How the training ended.

    Raises:
        UserError: If a file or a setting does not allow the training, or writing to the disk fails.
    """
    folder = _prepare_folder(settings.folder)
    path = folder / checkpoint.FILE_NAME
    stored, state = checkpoint.load(path, settings) if resume else (None, TrainingState())
    state.threads = set_threads(state.threads or settings.training.threads)
    strategy = make_strategy(settings.training.devices)

    corpus = _prepare_corpus(settings, stored, state, line)
    pipeline = TextPipeline.from_state(corpus.subword, settings.preprocessing)
    train_sampler, valid_sampler = (
        TokenBatchSampler(*ids, settings.training.batch_tokens, settings.training.seed)
        for ids in (corpus.train, corpus.valid)
    )

    with strategy.scope():
        model = build(pipeline, settings)
    trainer = Trainer(model, pipeline, settings, state, folder, line, on_validation)
    if stored:
        checkpoint.restore_variables(stored, trainer.variables(), path)
    logger.info(
        f"{model.count_params():,} weights, {len(pipeline.source.subword):,} source and "
        f"{len(pipeline.target.subword):,} target pieces, {state.threads} threads"
    )
    if not resume:
        _set_previous_aside(folder)
    with _cleared(line):
        is_interrupted = trainer.run(train_sampler, valid_sampler)
    # Before the first validation the folder may still hold the previous translator.
    if settings.inference.engine == "onnx" and state.best_loss is not None:
        logger.info("learning the shortlist …")
        _save_shortlist(folder / translator_file.FILE_NAME, corpus.train, pipeline)
    return TrainingResult(folder, state, is_interrupted)


def _prepare_folder(path: Path) -> Path:
    """Create the folder, and check that it can be written to before time is spent."""
    folder = make_folder(path)
    for name in (
        translator_file.FILE_NAME,
        checkpoint.FILE_NAME,
        "history.csv",
        "curves.png",
        ".writable",
    ):
        remove_leftovers(folder, name)
    write_text(folder / ".writable", "." * 100_000)  # fails where the disk is full, too
    (folder / ".writable").unlink()
    return folder


def _prepare_corpus(
    settings: Settings, stored: Bundle | None, state: TrainingState, line: ProgressLine | None
) -> CachedCorpus:
    """Return the corpus as ids, and note its fingerprint in the state.

    Args:
        settings: All settings.
        stored: The checkpoint of a training that is resumed: the subwords and the fingerprint must
            be those of its corpus.
        state: The progress of the training.
        line: Shows the progress.
    """
    with _cleared(line):
        corpus = prepare(
            settings, line.count if line else _show_nothing, stored.subword if stored else None
        )
    fingerprint = corpus.fingerprint()
    if stored and state.corpus != fingerprint:
        raise UserError(
            "--resume needs the training files as they were when the training began; they have "
            "changed. Put them back, or train anew without --resume."
        )
    state.corpus = fingerprint
    return corpus


@contextlib.contextmanager
def _cleared(line: ProgressLine | None) -> Iterator[None]:
    """Clear the progress line at the end, after errors as well."""
    try:
        yield
    finally:
        if line is not None:
            line.clear()


def _show_nothing(title: str, done: int) -> None:
    """Stand in for `ProgressLine.count`."""


def _save_shortlist(
    path: Path, ids: tuple[RaggedArray, RaggedArray], pipeline: TextPipeline
) -> None:
    """Learn a shortlist from the corpus, and add it to the translator's file."""
    stored = translator_file.load(path)
    stored.shortlist = dataclasses.asdict(_learn_shortlist(ids, pipeline))
    translator_file.save(path, stored)


def _learn_shortlist(ids: tuple[RaggedArray, RaggedArray], pipeline: TextPipeline) -> Shortlist:
    """Learn a shortlist; special tokens, marks and bytes are on every list."""
    source, target = pipeline.source.subword, pipeline.target.subword
    needed = [i for i, piece in enumerate(target.pieces) if i <= EOS or piece in target.marks]
    needed += [i for i, piece in enumerate(target.pieces) if _BYTE_TOKEN.fullmatch(piece)]
    return learn(*ids, (len(source), len(target)), needed)


def build(pipeline: TextPipeline, settings: Settings) -> Seq2Seq:
    """Build and compile a new model, its initial weights drawn by `[training] seed`."""
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
        threads: The number of threads; 0 for one for each processor that this process may use.

    Returns:
        The number of threads.
    """
    threads = threads or usable_cores()
    # TensorFlow refuses after its first operation and keeps its number of threads.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    return threads


def _set_previous_aside(folder: Path) -> None:
    """Set a previous translator and checkpoint of the same name aside, so that none is lost.

    The translator also keeps its name until the new one replaces it, so that it can still be used
    if the training fails before, for example because the disk is full.
    """
    for name in (translator_file.FILE_NAME, checkpoint.FILE_NAME):
        # The checkpoint is moved: --resume must not continue it.
        aside = set_aside(folder / name, keep=name == translator_file.FILE_NAME)
        if aside:
            logger.info(f"kept the earlier {name} as {aside.name}")
