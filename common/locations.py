"""Where things lie: what ships with the program, and what it writes.

In a checkout everything lies below its root. An installed copy reads what ships from its own
package folder and writes below the current folder, or below `MALGIL_HOME` where that is set.
"""

from __future__ import annotations

import os
from pathlib import Path

from malgil.common.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
"""What ships lies here: `config.ini`, `recipes/`, `data/`."""

IS_CHECKOUT = (ROOT / "malgil" / "__init__.py").is_file()
"""Whether this is a checkout; in an installed copy `ROOT` is the package `malgil` itself."""

COMMAND = "python app.py" if IS_CHECKOUT else "malgil"
"""How the command line is called here, for messages that name a command."""

INSTALL = "pip install -r requirements.txt" if IS_CHECKOUT else 'pip install "malgil[train]"'
"""How all packages are installed here."""


def workspace() -> Path:
    """Return the folder below which models, caches and downloads live.

    Returns:
        The root of a checkout. For an installed copy `MALGIL_HOME`, else the current folder.
    """
    if IS_CHECKOUT:
        return ROOT
    return _malgil_home() or Path.cwd()


def config_file() -> Path:
    """Return the `config.ini` in force.

    Returns:
        That of the checkout. For an installed copy that of the current folder, else the one that
        ships.
    """
    own = Path.cwd() / "config.ini"
    return own if not IS_CHECKOUT and own.is_file() else ROOT / "config.ini"


def find(name: str | os.PathLike[str]) -> Path:
    """Find a file as people name it: from the current folder, the workspace, or what ships.

    Args:
        name: A relative or absolute path.

    Returns:
        The first of the three that exists; the name itself where none does.
    """
    for folder in (Path(), workspace(), ROOT):
        if os.path.exists(folder / name):
            return folder / name
    return Path(name)


def _malgil_home() -> Path | None:
    """Return `MALGIL_HOME` as an absolute path; None where it is not set."""
    value = os.environ.get("MALGIL_HOME", "")
    try:
        return Path(value).expanduser().absolute() if value else None
    except RuntimeError as error:  # ~ of an unknown user
        raise UserError(f"MALGIL_HOME accepts a folder. Received: {value!r} ({error}).") from error
