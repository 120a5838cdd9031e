"""The file of rejected pairs and rows, `[cleaning] rejected_file`."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, write_atomically
from malgil.common.localization import _
from malgil.common.locations import find
from malgil.common.locks import exclusive
from malgil.preprocessing.corpus.reader import Row
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import Settings

_COLUMNS = ("reason", "file", "row", "source", "target")
_HEADER = ("\t".join(_COLUMNS) + "\n").encode()
_SEPARATORS = re.compile(r"[\t\r\n]+")
_SETTING = "cleaning.rejected_file"


class RejectedPairs:
    """Writes the rows that are left out of training to a file, if the settings name one.

    The file gets its name when the corpus is complete. It replaces the file of an earlier training,
    which it recognizes by the header, and no other file.

    Args:
        settings: All settings.
        stack: Closes the file.

    Raises:
        UserError: If the file is an input of the training, exists and is of another kind, is being
            written by another process, or cannot be written.
    """

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        name = settings.cleaning.rejected_file
        self._file: IO[bytes] | None = None
        if name:
            _require_free(name, settings)
            stack.enter_context(exclusive(name))
            self._file = stack.enter_context(write_atomically(name))
            self._file.write(_HEADER)

    @property
    def is_wanted(self) -> bool:
        """Whether the settings name a file."""
        return self._file is not None

    def add(self, row: Row) -> None:
        """Write a row and the reason why it is left out.

        Args:
            row: The row. Its texts are written as `normalize` returns them, in one line.
        """
        if self._file:
            place = _SEPARATORS.sub(" ", row.place)
            cells = (str(row.reason), place, str(row.number), *map(normalize, row.pair))
            # A name on the disk need not be UTF-8.
            self._file.write(("\t".join(cells) + "\n").encode("utf-8", "surrogateescape"))


def _require_free(name: str, settings: Settings) -> None:
    """Check that no file of the user would be replaced."""
    with as_user_error(name, "read", _SETTING):
        if not Path(name).exists():
            return
        for key in ("train", "valid", "test"):
            inputs = [os.path.realpath(find(each)) for each in getattr(settings.data, key)]
            if os.path.realpath(name) in inputs:
                message = _(
                    "{setting} accepts a new file. Received: {name!r}, a file of data.{key}."
                )
                raise UserError(message.format(setting=_SETTING, name=name, key=key))
        if Path(name).is_file():  # else the error of writing says what it is
            with open(name, "rb") as file:
                first = file.read(len(_HEADER))
            if first not in (b"", _HEADER):
                message = _(
                    "{setting}: {name!r} exists, and is not a file of rejected pairs. Remove it, "
                    "or choose another file."
                )
                raise UserError(message.format(setting=_SETTING, name=name))
