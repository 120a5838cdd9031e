"""What a process that should train a system may do instead. It loads nothing else."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def leave(*_: object) -> None:
    """Ends without an answer."""
    os._exit(3)


def be_killed(*_: object) -> None:
    """Ends as one does that takes too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def wait(*_: object) -> None:
    """Says that it is there, and does not end by itself."""
    Path("waiting").touch()
    time.sleep(60)
