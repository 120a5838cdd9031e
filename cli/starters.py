"""The starters: the translators that ship with the program, for those who have trained none yet."""

from __future__ import annotations

from pathlib import Path

from malgil.common.localization import _
from malgil.common.locations import COMMAND, ROOT
from malgil.settings import Settings

FOLDER = ROOT / "model"
"""The folder of the starters, `starter-SOURCE-TARGET/`."""

_REPLACED_NAMES = ("ko-en", "en-ko")
"""The names of translators that a starter can replace: those of the default settings."""


def find_starter(settings: Settings) -> Path | None:
    """Return the file of the starter that replaces the translator of the settings.

    Only a translator with a name of the default settings is replaced, so that a misspelled name
    is not answered by another translator.

    Args:
        settings: `[translator]` names the translator; `[data]` has the languages.

    Returns:
        The file; None if the translator exists, or if there is no starter for it.

    Raises:
        UserError: As `translator_file.find_path`.
    """
    from malgil.modeling import translator_file

    if settings.translator.name not in _REPLACED_NAMES:
        return None
    if translator_file.find_path(settings.folder) is not None:
        return None
    data = settings.data
    name = starter_name(data.source_language, data.target_language)
    return translator_file.find_path(FOLDER / name)


def starter_name(source_language: str, target_language: str) -> str:
    """Return the name of the starter of two languages."""
    return f"starter-{source_language}-{target_language}"


def starter_note(settings: Settings) -> str:
    """Return the note that a starter is used, in one line."""
    data = settings.data
    return _(
        "using the translator {starter}, which ships with Malgil, since {name!r} has not been "
        "trained. To train it, type: {command} --mode train"
    ).format(
        starter=starter_name(data.source_language, data.target_language),
        name=settings.translator.name,
        command=COMMAND,
    )
