"""Trains and measures one system of a comparison in a separate process.

A process that fails, or is killed because memory runs out, does not end the others.
"""

from __future__ import annotations

import csv
import io
import logging
import multiprocessing
import signal
import traceback
from multiprocessing.connection import Connection
from typing import Any

from malgil.cli.streams import printable_streams, quiet_libraries, sentence_counter
from malgil.common.errors import UserError
from malgil.common.files import as_user_error, open_stored
from malgil.common.interrupts import end_signals
from malgil.common.localization import _
from malgil.common.logging import messages
from malgil.evaluation.comparison import SystemResult
from malgil.modeling.translator_file import CHECKPOINT_NAME
from malgil.settings import Settings, find

logger = logging.getLogger(__name__)


def train_in_process(settings: Settings, resume: bool, is_debug: bool) -> SystemResult | None:
    """Train and measure one system in another process.

    Args:
        settings: The settings of the system.
        resume: Whether to continue from a checkpoint, if there is one.
        is_debug: Whether the process prints the traceback of an internal error.

    Returns:
        Its result or its failure; None if Ctrl-C, SIGTERM or SIGHUP ended it.
    """
    context = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=train_and_send, args=(settings, resume, is_debug, sending))
    ended: list[int] = []

    def end(number: int, frame: Any) -> None:
        ended.append(number)
        if process.is_alive():
            process.terminate()  # it saves its progress; otherwise it would keep running

    # Ctrl-C also reaches the child, which saves its progress and reports it.
    previous = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    for number in end_signals():
        previous[number] = signal.signal(number, end)
    try:
        process.start()
        sending.close()
        try:
            result = receiving.recv()
        except EOFError:
            process.join()
            failure = _exit_reason(process.exitcode or 0)
            result = SystemResult(settings.translator.name, failure, is_fault=True)
        return None if ended else result
    finally:
        process.join()
        for number, handler in previous.items():
            signal.signal(number, handler)


def _exit_reason(status: int) -> str:
    """Return how a process ended that sent no result."""
    if status < 0:
        return _("its process was ended by signal {number}").format(number=-status)
    return _("its process ended with status {status}").format(status=status)


def train_and_send(settings: Settings, resume: bool, is_debug: bool, answer: Connection) -> None:
    """Train and measure one system, and send its `SystemResult`, or None if Ctrl-C ended it.

    Args:
        settings, resume, is_debug: As for `train_in_process`.
        answer: The connection on which to send.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with printable_streams():
        _train_and_send(settings, resume, is_debug, answer)


def _train_and_send(settings: Settings, resume: bool, is_debug: bool, answer: Connection) -> None:
    name = settings.translator.name
    try:
        with messages():
            result = _train_and_measure(settings, resume)
        answer.send(result)
    except KeyboardInterrupt:
        answer.send(None)
    except UserError as error:
        answer.send(SystemResult(name, str(error)))
    except Exception as error:
        if is_debug:
            traceback.print_exc()
        reason = " ".join(str(error).split())
        answer.send(SystemResult(name, f"{type(error).__name__}: {reason}"[:300], is_fault=True))


def _train_and_measure(settings: Settings, resume: bool) -> SystemResult | None:
    from malgil.evaluation.comparison import measure_system
    from malgil.evaluation.plotting.curves import curves_picture
    from malgil.preprocessing.corpus.reader import read_test_sets

    with quiet_libraries():
        from malgil.modeling.training import run
        from malgil.modeling.translator import Translator

    with messages() as line:
        trained = run.train(
            settings,
            resume and (settings.folder / CHECKPOINT_NAME).exists(),
            lambda folder, history: curves_picture(folder / "curves.png", history),
            line,
            overwrite=True,
        )
    if trained.is_interrupted:
        return None
    history_path = settings.folder / "history.csv"
    with as_user_error(history_path, "read"), open_stored(history_path) as file:
        rows = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
        history = [{key: float(value) for key, value in row.items()} for row in rows]
    translator = Translator.load(settings.folder, settings.inference)
    files = {name: find(name) for name in settings.data.test}
    test_sets = [(name, test.pairs) for name, test in read_test_sets(files, settings.data)]
    logger.info(_("evaluating {name} …").format(name=settings.translator.name))
    with sentence_counter(settings.translator.name) as progress:
        return measure_system(translator, history, test_sets, progress)
