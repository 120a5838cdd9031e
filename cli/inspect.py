"""The mode inspect: describes a corpus as text or JSON, and draws a picture of it."""

from __future__ import annotations

import dataclasses
import json
import logging

from malgil.cli.options import Options
from malgil.common.errors import ExitCode
from malgil.common.files import make_folder
from malgil.common.logging import messages
from malgil.evaluation.corpus_inspection import inspect
from malgil.evaluation.plotting import style
from malgil.evaluation.plotting.corpus import inspection_picture
from malgil.settings import require_files

logger = logging.getLogger(__name__)

PICTURE = "corpus.png"


def run(options: Options) -> int:
    """Describe the files that are named, or those of `[data] train`.

    Args:
        options: `text` names the files, `output` the picture; `json` asks for JSON.

    Returns:
        The exit status.

    Raises:
        UserError: If a file cannot be read, or the picture cannot be written.
    """
    settings = options.settings()
    if options.output:
        style.picture_format(options.output)
    if options.text:
        data = dataclasses.replace(settings.data, train=options.text)
        settings = dataclasses.replace(settings, data=data)
    require_files(settings, "train")
    with messages() as line:
        found = inspect(settings, line.count)
    text = (
        json.dumps(found.to_dict(), ensure_ascii=False) + "\n" if options.json else found.to_text()
    )
    print(text, end="", flush=True)
    path = options.output or make_folder(settings.folder) / PICTURE
    inspection_picture(path, found)
    logger.info("picture: %s", path)
    return ExitCode.DONE
