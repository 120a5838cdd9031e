"""The modes of the command line: a new one is a line here and a module with `run(options)`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from malgil.cli.options import Options

MODES = {
    "train": "malgil.cli.train",
    "predict": "malgil.cli.predict",
    "score": "malgil.cli.score",
    "evaluate": "malgil.cli.evaluate",
    "compare": "malgil.cli.compare",
    "inspect": "malgil.cli.inspect",
    "download": "malgil.cli.download",
    "settings": "malgil.cli.settings",
    "doctor": "malgil.cli.doctor.diagnosis",
}
"""The module of each mode. It is imported when the mode runs, so that `--help` stays fast."""


def run(options: Options) -> int:
    """Run the mode that the options name.

    Args:
        options: Those of the command line, checked.

    Returns:
        The exit status, an `ExitCode`.

    Raises:
        UserError: What a user can correct, such as a file that is missing.
    """
    status: int = importlib.import_module(MODES[options.mode]).run(options)
    return status
