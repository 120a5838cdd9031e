"""The mode evaluate: reports the scores of a translator on test files."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.streams import sentence_counter
from malgil.common.errors import ExitCode, UserError
from malgil.common.files import as_user_error
from malgil.settings import Settings, find, require_files

logger = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Report the scores on a file of sentence pairs, or on those of `[data] test`.

    Args:
        options: `input` names the file, or two parallel texts; `model` the translator; `json` asks
            for a line of JSON for each file.

    Returns:
        The exit status.

    Raises:
        UserError: If a file or the translator cannot be read.
    """
    from malgil.evaluation.report import evaluate_translator
    from malgil.preprocessing.corpus.reader import read_test_sets

    settings = options.settings()
    files = _test_files(options, settings)
    translator = translators.load_translator(settings, options.model)
    # The languages are the translator's, whatever the settings of this command say.
    data = dataclasses.replace(translator.settings.data, columns=settings.data.columns)
    for name, corpus in read_test_sets(files, data):
        logger.info("%s: %s", name, corpus.summary())
        with sentence_counter() as progress:
            report = evaluate_translator(
                translator, corpus.pairs, test_name=name, progress=progress
            )
        line = (
            json.dumps(report.to_dict(), ensure_ascii=False) if options.json else report.to_text()
        )
        print(line, flush=True)
    return ExitCode.DONE


def _test_files(options: Options, settings: Settings) -> dict[str, Path]:
    """Return the test files by the names that reports give them."""
    if options.input is None:
        require_files(settings, "test")
        return {name: find(name) for name in settings.data.test}
    files = {name: Path(name) for name in _split_names(options.input)}
    for path in files.values():
        _require_content(path)
    return files


def _split_names(value: str) -> Sequence[str]:
    """Return the file that `--input` names; or two, parallel texts, with a comma between."""
    parts = [part.strip() for part in value.split(",")]
    is_list = len(parts) == 2 and not Path(value).exists() and all(map(os.path.exists, parts))
    return parts if is_list else (value,)


def _require_content(path: Path) -> None:
    """Refuse a missing or empty file before a translator is loaded, which takes longer."""
    with as_user_error(path, "read"):
        is_empty = path.stat().st_size == 0 and path.is_file()  # a pipe has no size
    if is_empty:
        raise UserError(f"{str(path)!r} is empty. Name a file of sentence pairs.")
