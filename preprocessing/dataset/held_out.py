"""The pairs of `[data] valid` and `test`, which are held out of training."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.reader import read_corpus
from malgil.settings import Settings, find

logger = logging.getLogger(__name__)

_KEYS = ("valid", "test")


def test_files(settings: Settings) -> list[Path]:
    """Return the files of `[data] test` that exist: a missing one has no pairs to hold out."""
    files = []
    for path in map(find, settings.data.test):
        with as_user_error(path, "read", "data.test"):
            if path.exists():
                files.append(path)
    return files


def check_files(settings: Settings) -> None:
    """Warn about files from which pairs are held out unexpectedly, or not at all.

    Args:
        settings: `[data]` and `[cleaning]`.

    Raises:
        UserError: If no file of `data.train` is left for training.
    """
    for path in set(map(find, settings.data.test)) - set(test_files(settings)):
        message = _(
            "data.test: {path!r} does not exist, so its pairs are not kept out of data.train."
        )
        logger.warning(message.format(path=str(path)))
    if not settings.cleaning.drop_overlap:
        return
    train = {os.path.realpath(find(name)) for name in settings.data.train}
    for key in _KEYS:
        shared = [
            name for name in getattr(settings.data, key) if os.path.realpath(find(name)) in train
        ]
        train_left = train - {os.path.realpath(find(name)) for name in shared}
        if shared and not train_left:
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

    Files that cannot be read are left out with a warning, as are files that `data.train` names.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]`.
    """
    pairs: list[Pair] = []
    train = {os.path.realpath(find(name)) for name in settings.data.train}
    for key in _KEYS if settings.cleaning.drop_overlap else ():
        names = getattr(settings.data, key)
        files = [path for path in map(find, names) if os.path.realpath(path) not in train]
        try:
            if files:
                limit = settings.preprocessing.max_length
                pairs += read_corpus(files, settings.data, limit, f"data.{key}").pairs
        except UserError as error:
            message = _("pairs that are also in data.{key} are not counted: {error}")
            logger.warning(message.format(key=key, error=error))
    return pairs
