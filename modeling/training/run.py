"""Training from files to a translator: read, learn the pieces, build the model, train or resume."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

from malgil.common.errors import UserError
from malgil.common.files import make_folder, remove_leftovers, set_aside, write_text
from malgil.common.progress import ProgressLine
from malgil.modeling import translator_file
from malgil.modeling.inference.shortlist import Shortlist, learn
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.training import checkpoint
from malgil.modeling.training.checkpoint import TrainingState
from malgil.modeling.training.optimizer import make_optimizer
from malgil.modeling.training.strategy import make_strategy
from malgil.modeling.training.trainer import History, Trainer
from malgil.preprocessing.dataset.batches import TokenBatchSampler
from malgil.preprocessing.dataset.prepare import prepare
from malgil.preprocessing.dataset.ragged import RaggedArray
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.text.subword import EOS
from malgil.settings import Settings


@dataclass(frozen=True)
class TrainingResult:
    """How a training ended.

    Attributes:
        folder: The folder of the translator.
        state: Where the training stands.
        is_interrupted: Whether Ctrl-C ended it.
    """

    folder: Path
    state: TrainingState
    is_interrupted: bool


def train(
    settings: Settings,
    resume: bool = False,
    on_validation: Callable[[Path, History], None] | None = None,
) -> TrainingResult:
    """Train a translator, and leave it in its folder.

    Args:
        settings: All settings.
        resume: Whether to go on from the checkpoint of an earlier training.
        on_validation: Called after each validation with the folder and the history so far; draws
            the picture of the curves.

    Returns:
        How it ended.

    Raises:
        UserError: If a file, a setting or the disk stands in the way.
    """
    line = ProgressLine()
    folder = make_folder(settings.folder)
    for name in (
        translator_file.FILE_NAME,
        checkpoint.FILE_NAME,
        "history.csv",
        "curves.png",
        ".writable",
    ):
        remove_leftovers(folder, name)
    # Before time is spent: can the folder be written to, and is there any space?
    write_text(folder / ".writable", "." * 100_000)
    (folder / ".writable").unlink()
    path = folder / checkpoint.FILE_NAME
    stored, state = checkpoint.load(path, settings) if resume else (None, TrainingState())
    state.threads = set_threads(state.threads or settings.training.threads)
    strategy = make_strategy(settings.training.devices)

    prepared = prepare(settings, line.say, line.count, stored.subword if stored else None)
    line.clear()
    fingerprint = prepared.fingerprint()
    if resume and state.corpus != fingerprint:
        raise UserError(
            "--resume needs the training files as they were when the training began; they have "
            "changed. Put them back, or train anew without --resume."
        )
    state.corpus = fingerprint
    pipeline = TextPipeline.from_state(prepared.subword, settings.preprocessing)
    batches, valid = (
        TokenBatchSampler(*ids, settings.training.batch_tokens, settings.training.seed)
        for ids in (prepared.train, prepared.valid)
    )

    with strategy.scope():
        model = build(pipeline, settings)
    trainer = Trainer(model, pipeline, settings, state, folder, line, on_validation)
    if stored:
        checkpoint.restore(stored, trainer.variables(), path)
    line.say(
        f"{model.count_params():,} weights, {len(pipeline.source.subword):,} source and "
        f"{len(pipeline.target.subword):,} target pieces, {state.threads} threads"
    )
    if not resume:
        _keep_previous(folder, line)
    try:
        is_interrupted = trainer.run(batches, valid)
    finally:
        line.clear()
    # Before its first validation the translator in the folder may be one of before.
    if settings.inference.engine == "onnx" and state.best_loss is not None:
        line.say("learning the shortlist …")
        _add_shortlist(folder / translator_file.FILE_NAME, prepared.train, pipeline)
    return TrainingResult(folder, state, is_interrupted)


def _add_shortlist(
    path: Path, ids: tuple[RaggedArray, RaggedArray], pipeline: TextPipeline
) -> None:
    """Learn the shortlist from the corpus, and write it into the translator."""
    stored = translator_file.load(path)
    stored.shortlist = dataclasses.asdict(_shortlist(ids, pipeline))
    translator_file.save(path, stored)


def _shortlist(ids: tuple[RaggedArray, RaggedArray], pipeline: TextPipeline) -> Shortlist:
    """Return the pieces that those of the corpus align with; marks and bytes are on every list."""
    source, target = pipeline.source.subword, pipeline.target.subword
    needed = [i for i, piece in enumerate(target.pieces) if i <= EOS or piece in target.marks]
    needed += [i for i, piece in enumerate(target.pieces) if _BYTE.fullmatch(piece)]
    return learn(*ids, (len(source), len(target)), needed)


_BYTE = re.compile(r"<0x[0-9A-F]{2}>")


def build(pipeline: TextPipeline, settings: Settings) -> Seq2Seq:
    """A new, compiled model, its weights drawn from `[training] seed`."""
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
    # XLA does not take the cuDNN LSTM, and gains nothing on a processor.
    model.compile(optimizer=optimizer, jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


def set_threads(threads: int) -> int:
    """Fix the number of threads that TensorFlow computes with.

    Args:
        threads: How many; 0 for as many as this process may use processors.

    Returns:
        How many it is.
    """
    threads = threads or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else [0])
    # TensorFlow refuses once it has computed something; then it keeps what it has.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    return threads


def _keep_previous(folder: Path, line: ProgressLine) -> None:
    """Set an earlier translator and checkpoint of the same name aside, so that none is lost.

    The translator keeps its own name as well, until the new one takes its place: if that never
    comes, because the disk is full, say, it still translates.
    """
    for name in (translator_file.FILE_NAME, checkpoint.FILE_NAME):
        # But the earlier checkpoint is moved: --resume must not go on with it.
        aside = set_aside(folder / name, keep=name == translator_file.FILE_NAME)
        if aside:
            line.say(f"kept the earlier {name} as {aside.name}")
