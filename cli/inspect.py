"""The mode inspect: what is in a corpus, as text or JSON, and a picture of it."""

from __future__ import annotations

import dataclasses
import json
import sys
from argparse import Namespace

from malgil.common.files import make_folder
from malgil.common.progress import ProgressLine
from malgil.evaluation.corpus_inspection import inspect
from malgil.evaluation.plotting import style
from malgil.evaluation.plotting.corpus import inspection_picture
from malgil.settings import Settings, require_files

PICTURE = "corpus.png"


def run(settings: Settings, options: Namespace) -> int:
    """Look at the files that are named, or at those of `[data] train`. Returns the exit status.

    Args:
        settings: As for training.
        options: `text`, `output` (the picture) and `json` of the command line.

    Raises:
        UserError: If a file cannot be read, or the picture cannot be written.
    """
    if options.output:
        style.picture_format(options.output)
    if options.text:
        data = dataclasses.replace(settings.data, train=tuple(options.text))
        settings = dataclasses.replace(settings, data=data)
    require_files(settings, "train")
    line = ProgressLine()
    try:
        found = inspect(settings, line.count)
    finally:
        line.clear()
    text = (
        json.dumps(found.to_dict(), ensure_ascii=False) + "\n" if options.json else found.to_text()
    )
    print(text, end="", flush=True)
    path = options.output or make_folder(settings.folder) / PICTURE
    inspection_picture(path, found)
    print(f"picture: {path}", file=sys.stderr)
    return 0
