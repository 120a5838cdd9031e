"""The files of `[data] valid` and `test`, whose pairs are held out of training."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.reader import read_corpus
from malgil.settings import Settings, find

logger = logging.getLogger(__name__)

_KEYS = ("valid", "test")


def existing_files(settings: Settings, key: str, warns: bool = False) -> list[Path]:
    """Return the files of `[data] valid` or `test` that exist: others have no pairs to hold out.

    Args:
        settings: `[data]`.
        key: "valid" or "test".
        warns: Whether to warn about each file that does not exist.

    Raises:
        UserError: If it cannot be found out whether a file exists.
    """
    files = []
    for path in map(find, getattr(settings.data, key)):
        with as_user_error(path, "read", f"data.{key}"):
            exists = path.exists()
        if exists:
            files.append(path)
        elif warns:
            message = _(
                "data.{key}: {path!r} does not exist, so its pairs are not kept out of data.train."
            )
            logger.warning(message.format(key=key, path=str(path)))
    return files


def check_files(settings: Settings) -> None:
    """Warn about files that `data.train` and `data.valid` or `data.test` share.

    Args:
        settings: `[data]` and `[cleaning]`.

    Raises:
        UserError: If no file of `data.train` is left for training.
    """
    if not settings.cleaning.drop_overlap:
        return
    train = _real_paths(settings.data.train)
    for key in _KEYS:
        names = getattr(settings.data, key)
        shared = [name for name in names if os.path.realpath(find(name)) in train]
        if shared and train <= _real_paths(shared):
            message = _(
                "data.train and data.{key} contain the same pairs: both name {path!r}. Pairs of "
                "data.{key} are kept out of training. Move a part of them to another file, and "
                "name that file for data.{key}."
            )
            raise UserError(message.format(key=key, path=shared[0]))
        for name in shared:
            message = _(
                "data.train and data.{key} both name {path!r}, so its pairs are kept out of "
                "training."
            )
            logger.warning(message.format(key=key, path=name))


def read_if_possible(settings: Settings) -> list[Pair]:
    """Return the pairs that training would hold out, for files that may belong to other settings.

    Files that cannot be read are left out with a warning. Files that `data.train` names are left
    out as well.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]`.
    """
    pairs: list[Pair] = []
    train = _real_paths(settings.data.train)
    for key in _KEYS if settings.cleaning.drop_overlap else ():
        try:
            files = existing_files(settings, key, warns=True)
            files = [path for path in files if os.path.realpath(path) not in train]
            if files:
                limit = settings.preprocessing.max_length
                pairs += read_corpus(files, settings.data, limit, f"data.{key}").pairs
        except UserError as error:
            message = _("pairs that are also in data.{key} are not counted: {error}")
            logger.warning(message.format(key=key, error=error))
    return pairs


def _real_paths(names: Iterable[str]) -> set[str]:
    return {os.path.realpath(find(name)) for name in names}
