"""The mode train: train a translator on the files of `[data]`."""

from __future__ import annotations

import logging

from malgil.cli.options import Options
from malgil.cli.streams import quiet_libraries
from malgil.common.errors import ExitCode
from malgil.common.interrupts import interrupt_at_end
from malgil.common.localization import _
from malgil.common.logging import messages
from malgil.settings import require_files

logger = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Train a translator; see `modeling.training.run.train`.

    Args:
        options: `resume` continues an earlier training; `overwrite` replaces an old translator
            even if the new one is not better.

    Returns:
        The exit status.

    Raises:
        UserError: As `modeling.training.run.train`.
    """
    settings = options.settings()
    require_files(settings, "train", "valid")
    with quiet_libraries():
        from malgil.modeling.training import run as training
    from malgil.evaluation.plotting.curves import curves_picture
    from malgil.modeling.training_record import shown_loss

    with messages() as line, interrupt_at_end():
        result = training.train(
            settings,
            options.resume,
            lambda folder, history: curves_picture(folder / "curves.png", history),
            line,
            overwrite=options.overwrite,
        )
    state = result.state
    if result.is_interrupted:
        message = _(
            "interrupted in epoch {epoch}; progress is saved. To continue, run the same command "
            "with --resume."
        )
        logger.info(message.format(epoch=state.epoch + 1))
        return ExitCode.INTERRUPTED
    if result.waiting:
        message = _(
            "done: the new translator is not better than the one in use, which stays in use. "
            "Validation loss per character: {loss} (new), {loss_in_use} (in use). To use the new "
            "one, run the same command with --resume --overwrite."
        )
        loss, loss_in_use = map(shown_loss, result.waiting)
        logger.info(message.format(loss=loss, loss_in_use=loss_in_use))
        return ExitCode.DONE
    message = _("done: the translator (validation loss {loss:.3f}) is in {folder}")
    logger.info(message.format(loss=state.best_loss, folder=result.folder))
    return ExitCode.DONE
