"""The mode inspect: describes a corpus as text or JSON, and draws it if a picture is named."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

from malgil.cli.options import Options
from malgil.cli.output_file import reserve_output
from malgil.cli.output_format import json_line
from malgil.common.errors import ExitCode
from malgil.common.files import require_file
from malgil.common.localization import _
from malgil.common.logging import messages
from malgil.evaluation.corpus_inspection import inspect
from malgil.evaluation.plotting import style
from malgil.evaluation.plotting.corpus import inspection_picture
from malgil.settings import DataSettings, Settings, find, require_files

logger = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Describe the files in the arguments, or else those of `[data] train`.

    Args:
        options: `text` names the files; `json` asks for JSON; `output` names a picture, which is
            replaced if it exists.

    Returns:
        The exit status.

    Raises:
        UserError: If a file cannot be read, or the picture cannot be written.
    """
    settings = _with_files(options.settings(), options.text)
    if options.output:
        style.picture_format(options.output, "--output")
    with reserve_output(dataclasses.replace(options, overwrite=True)):
        return _inspect(options, settings)


def _inspect(options: Options, settings: Settings) -> int:
    """Describe the files of `[data] train`; see `run`."""
    with messages() as line:
        found = inspect(settings, line.count)
    text = json_line(found.to_dict()) + "\n" if options.json else found.to_text()
    print(text, end="", flush=True)
    if options.output:
        inspection_picture(options.output, found)
        logger.info(_("picture: {path}").format(path=options.output))
    return ExitCode.DONE


def _with_files(settings: Settings, names: tuple[str, ...]) -> Settings:
    """Return the settings with the files to inspect as `[data] train`, if they can be read.

    The default files for validation and tests have nothing to do with files in other languages.
    """
    if not names:
        require_files(settings, "train")
        return settings
    for name in names:
        require_file(find(name))
    data, default = dataclasses.replace(settings.data, train=names), DataSettings()
    if (data.source_language, data.target_language) not in {
        (default.source_language, default.target_language),
        (default.target_language, default.source_language),
    }:
        held_out: dict[str, Any] = {
            key: tuple(name for name in getattr(data, key) if name not in getattr(default, key))
            for key in ("valid", "test")
        }
        data = dataclasses.replace(data, **held_out)
    return dataclasses.replace(settings, data=data)
