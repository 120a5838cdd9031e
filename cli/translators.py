"""Translators by the names that a command line gives them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from malgil.cli.streams import quiet_libraries
from malgil.common.errors import UserError
from malgil.settings import Settings
from malgil.settings.mismatch import mismatch_note

if TYPE_CHECKING:
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)


def load_translator(settings: Settings, names: str | None = None) -> Translator:
    """Load the translator that the settings name, or those of `--model` as one ensemble.

    Args:
        settings: `[translator]` says where they are, `[inference]` how they search.
        names: Names of translators, or paths of their folders, with commas between.

    Returns:
        The translator.

    Raises:
        UserError: If one is missing, or they do not go together.
    """
    from malgil.modeling import translator_file

    folders = [_folder(settings, name.strip()) for name in names.split(",")] if names else []
    folders = folders or [settings.folder]
    for folder in folders:
        translator_file.require_path(folder)  # before what takes time is loaded
    with quiet_libraries():
        from malgil.modeling.translator import Translator

        if len(folders) == 1:
            translator = Translator.load(folders[0], settings.inference)
        else:
            from malgil.modeling.translator_ensemble import load_ensemble

            translator = load_ensemble(folders, settings.inference)
    note = mismatch_note(translator.name, settings, translator.settings, is_named=bool(names))
    if note:
        logger.info(note)
    return translator


def _folder(settings: Settings, name: str) -> Path:
    """Return the folder of a translator by its name, or by its path where that has a folder."""
    if not name:
        raise UserError(
            "--model takes names of translators, with commas between. Received an empty one."
        )
    is_path = len(Path(name).parts) > 1
    return Path(name) if is_path else settings.folder.parent / name
