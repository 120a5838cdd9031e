"""The mode train: trains a translator on the files of `[data]`."""

from __future__ import annotations

import logging

from malgil.cli.options import Options
from malgil.cli.streams import quiet_libraries
from malgil.common.errors import ExitCode
from malgil.common.logging import messages
from malgil.settings import require_files

logger = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Train a translator; see `modeling.training.run.train`.

    Args:
        options: `resume` continues an earlier training.

    Returns:
        The exit status.

    Raises:
        UserError: If a file, a setting or the disk stands in the way.
    """
    settings = options.settings()
    require_files(settings, "train", "valid")
    with quiet_libraries():
        from malgil.modeling.training import run as training
    from malgil.evaluation.plotting.curves import curves_picture

    with messages() as line:
        result = training.train(
            settings,
            options.resume,
            lambda folder, history: curves_picture(folder / "curves.png", history),
            line,
        )
    state = result.state
    if result.is_interrupted:
        logger.info(
            "interrupted in epoch %d; all is saved. Go on with the same command and --resume",
            state.epoch + 1,
        )
        return ExitCode.INTERRUPTED
    logger.info(
        "done: %s holds the translator (validation loss %.3f), history.csv and curves.png",
        result.folder,
        state.best_loss,
    )
    return ExitCode.DONE
