"""Translators by the names and paths that `--model` gives them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from malgil.cli.starters import FOLDER as STARTERS
from malgil.cli.starters import find_starter, starter_note
from malgil.cli.streams import quiet_libraries
from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.common.locations import COMMAND
from malgil.settings import Settings, load

if TYPE_CHECKING:
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)

_ENDINGS = (".safetensors", ".h5")  # of a translator's file, now and in earlier versions


def load_translators(
    settings: Settings,
    models: Sequence[str],
    config: str | None = None,
    accepts_starter: bool = False,
) -> list[Translator]:
    """Load the translators of `--model`, or the one of the settings.

    Args:
        settings: `[translator]` says where they are, `[inference]` how they search.
        models: The values of `--model`: each is one translator, or several joined by commas.
        config: The value of `--config`, for messages.
        accepts_starter: Whether a starter replaces the translator of the settings if it is missing;
            see `starters.find_starter`.

    Returns:
        A translator for each value, with different names. One if there is no value.

    Raises:
        UserError: If one is missing or named twice, or members of an ensemble do not fit together.
    """
    if not models:
        return [load_translator(settings, None, config, accepts_starter)]
    if len(models) > 1:
        _require_different([sorted(_files(settings, value, config)) for value in models])
    translators = [load_translator(settings, value, config) for value in models]
    names = [translator.name for translator in translators]
    for value, translator in zip(models, translators, strict=True):
        if names.count(translator.name) > 1:  # folders of the same name
            translator.name = value
    return translators


def load_translator(
    settings: Settings,
    names: str | None = None,
    config: str | None = None,
    accepts_starter: bool = False,
) -> Translator:
    """Load the translator of the settings, or that of one `--model`.

    Args:
        settings: `[translator]` says where it is, `[inference]` how it searches.
        names: The name or path of a translator, or several joined by commas for an ensemble.
        config: The value of `--config`, for messages.
        accepts_starter: As for `load_translators`.

    Returns:
        The translator.

    Raises:
        UserError: If one is missing or named twice, or members of an ensemble do not fit together.
    """
    starter = find_starter(settings) if accepts_starter and names is None else None
    # Before what takes time is loaded.
    files = [starter] if starter else _files(settings, names, config)
    with quiet_libraries():
        from malgil.modeling.translator import Translator

        if len(files) == 1:
            translator = Translator.load(files[0], settings.inference)
        else:
            from malgil.modeling.translator_ensemble import load_ensemble

            translator = load_ensemble(files, settings.inference)
    trained = translator.settings
    if starter:
        logger.info(starter_note(settings))
    elif (settings.model, settings.preprocessing) != (trained.model, trained.preprocessing):
        from malgil.settings.mismatch import mismatch_note

        note = mismatch_note(translator.name, settings, trained, is_named=bool(names))
        if note:
            logger.info(note)
    return translator


def resolve(settings: Settings, name: str, config: str | None = None) -> Path:
    """Return the file of a translator.

    Args:
        settings: `[translator] directory` holds the translators that have a plain name.
        name: A plain name, or the path of a folder or of a file. A plain name that is not in the
            directory may be a folder in the current folder, or a starter. A path has a separator,
            begins with `~`, is `.` or `..`, or ends in `.safetensors`.
        config: The value of `--config`, for messages.

    Raises:
        UserError: If there is no such translator. The message lists those that exist.
    """
    from malgil.modeling import translator_file

    if _is_path(name):
        # Unlike `Path.expanduser`, this keeps `~` of an unknown user, so that no file is found.
        return translator_file.require_path(os.path.expanduser(name))  # noqa: PTH111
    directory = settings.folder.parent
    return _find(settings, name, (directory / name, Path(name), STARTERS / name), config)


def _find(settings: Settings, name: str, folders: Sequence[Path], config: str | None) -> Path:
    """Return the file in the first of some folders that has one."""
    from malgil.modeling import translator_file

    for folder in folders:
        path = translator_file.find_path(folder)
        if path is not None:
            return path
    raise UserError(_missing(settings, name, config))


def _files(settings: Settings, names: str | None, config: str | None) -> list[Path]:
    """Return the files of a translator, or of the members of an ensemble."""
    if names is None:
        return [_find(settings, settings.translator.name, (settings.folder,), config)]
    files = [resolve(settings, name, config) for name in _split(names)]
    _require_different([[file] for file in files])
    return files


def _split(names: str) -> list[str]:
    """Return the names in a value of `--model`. A path that exists may contain commas."""
    parts = [names] if os.path.exists(names) else [part.strip() for part in names.split(",")]
    if not all(parts):
        raise UserError(
            _(
                "--model accepts names or paths of translators, joined by commas. Received: "
                "{value!r}."
            ).format(value=names)
        )
    return parts


def _is_path(name: str) -> bool:
    has_separator = os.sep in name or bool(os.altsep and os.altsep in name)
    is_folder = name in (".", "..") or name.startswith("~")
    return has_separator or is_folder or name.endswith(_ENDINGS)


def _require_different(groups: Sequence[Sequence[Path]]) -> None:
    """Refuse a translator, or an ensemble of the same members, that is named twice."""
    seen = set()
    for files in groups:
        key = tuple(os.path.realpath(file) for file in files)
        if key in seen:
            raise UserError(
                _("--model accepts each translator once. Received twice: {paths}.").format(
                    paths=", ".join(repr(str(file)) for file in files)
                )
            )
        seen.add(key)


def _missing(settings: Settings, name: str, config: str | None) -> str:
    """Return the message for a plain name without a translator."""
    values = {
        "name": name,
        "directory": settings.translator.directory,
        "available": ", ".join(
            dict.fromkeys((*_available(settings.folder.parent), *_available(STARTERS)))
        ),
        "command": command_to_train(settings, name, config),
    }
    if values["available"]:
        return _(
            "there is no translator {name!r} in {directory!r}. Available: {available}. To train "
            "it, type: {command}"
        ).format(**values)
    return _(
        "there is no translator {name!r} in {directory!r}, and no other one. To train it, type: "
        "{command}"
    ).format(name=name, directory=values["directory"], command=values["command"])


def _available(directory: Path) -> Iterator[str]:
    """Yield the names of the translators in a folder, sorted."""
    from malgil.modeling import translator_file

    with as_user_error(directory, "read"):
        if directory.is_dir():
            for folder in sorted(directory.iterdir()):
                if (folder / translator_file.FILE_NAME).is_file():
                    yield folder.name


def command_to_train(settings: Settings, name: str, config: str | None = None) -> str:
    """Return the command that trains a translator.

    Args:
        settings: `[translator] directory` is where it is kept.
        name: The name of the translator.
        config: The value of `--config`.
    """
    import shlex

    arguments = ["--mode", "train"]
    if config:
        arguments += ["--config", config]
    trained = load(config).translator
    wanted = {"name": name, "directory": settings.translator.directory}
    for key, value in wanted.items():
        if getattr(trained, key) != value:
            arguments += ["--set", f"translator.{key}={value}"]
    return f"{COMMAND} {shlex.join(arguments)}"
