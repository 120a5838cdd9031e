"""Locations of the files that ship with the program, and of the files that it writes.

In a checkout all of them are below its root. An installed copy reads the files that ship with it
from its package folder, and writes below the current folder, or below `MALGIL_HOME` if that
environment variable is set.
"""

from __future__ import annotations

import os
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.localization import _

ROOT = Path(__file__).resolve().parents[1]
"""The folder of the files that ship with the program: `config.ini`, `recipes/`, `data/`."""

IS_CHECKOUT = (ROOT / "malgil" / "__init__.py").is_file()
"""Whether this is a checkout; in an installed copy `ROOT` is the package `malgil` itself."""

COMMAND = "python app.py" if IS_CHECKOUT else "malgil"
"""The command that starts the program, for messages that suggest a command."""

INSTALL = "pip install -r requirements.txt" if IS_CHECKOUT else 'pip install "malgil[train]"'
"""The command that installs all packages."""


def current_folder() -> Path:
    """Return the current folder as an absolute path.

    Raises:
        UserError: If it has been deleted, or cannot be accessed.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise UserError(
            _("cannot read the current folder: {reason}. Change to another folder.").format(
                reason=error.strerror
            )
        ) from error


def workspace() -> Path:
    """Return the folder below which models, caches and downloads are stored.

    Returns:
        The root of a checkout. For an installed copy `MALGIL_HOME`, or else the current folder.

    Raises:
        UserError: If `MALGIL_HOME` is not a folder, or the current folder has been deleted.
    """
    if IS_CHECKOUT:
        return ROOT
    return _malgil_home() or current_folder()


def config_file() -> Path:
    """Return the path of the `config.ini` that is used.

    Returns:
        The file of the checkout. For an installed copy the file in the current folder, or else the
        one that ships with the program.
    """
    # A relative path: it also works if the current folder has been deleted.
    is_own = not IS_CHECKOUT and os.path.isfile("config.ini")
    return Path("config.ini") if is_own else ROOT / "config.ini"


def find(name: str | os.PathLike[str]) -> Path:
    """Find a file in the current folder, the workspace, or the files that ship with the program.

    Args:
        name: A relative or absolute path.

    Returns:
        The first existing path of the three; `name` itself if there is none.

    Raises:
        UserError: As `workspace`.
    """
    for folder in (Path(), workspace(), ROOT):
        if os.path.exists(folder / name):
            return folder / name
    return Path(name)


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return a path as messages show it: relative if it is below the current folder."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (OSError, ValueError):
        return os.fspath(path)


def _malgil_home() -> Path | None:
    """Return `MALGIL_HOME` as an absolute path; None if it is not set."""
    value = os.environ.get("MALGIL_HOME", "")
    if not value:
        return None
    try:
        path = Path(value).expanduser()
    except RuntimeError as error:  # ~ of an unknown user
        raise UserError(
            _(
                "MALGIL_HOME accepts a folder. Received: {value!r}, the home folder of an unknown "
                "user. Set it to another folder."
            ).format(value=value)
        ) from error
    if os.path.exists(path) and not os.path.isdir(path):
        raise UserError(
            _(
                "MALGIL_HOME accepts a folder. Received: {value!r}, which is a file. Set it to "
                "another folder."
            ).format(value=value)
        )
    return path if path.is_absolute() else current_folder() / path
