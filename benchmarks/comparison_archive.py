"""Archive the results of long comparisons, and show several of them in one table and one picture.

    python benchmarks/comparison_archive.py keep model/comparison FOLDER --sentence "…"
    python benchmarks/comparison_archive.py show FOLDER [MORE] --into benchmarks/compared

`keep` copies the current results of `--mode compare`, without the paths, texts and translations of
the test sets: each system translates the given sentence instead, whose attention is drawn. `show`
prints a table with a row for each system of each comparison, and writes it and the pictures into a
folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command_line import run_benchmark
from malgil.cli.compare import write_results
from malgil.cli.streams import quiet_libraries
from malgil.common.errors import UserError
from malgil.common.files import as_user_error, make_folder, write_text
from malgil.evaluation.comparison import SystemResult, attention_map
from malgil.evaluation.comparison_tables import comparison_markdown, short_names
from malgil.modeling.translator import Translator


def keep(comparison: Path, folder: Path, sentence: str) -> None:
    """Archive each result of a comparison that is not in the archive yet.

    Args:
        comparison: The folder that `--mode compare` wrote. The translators are next to it.
        folder: The folder for the results, one file for each system.
        sentence: The sentence whose attention is drawn.

    Raises:
        UserError: If there is no result, or a file cannot be read or written.
    """
    paths = _results_in(comparison, "Run `python app.py --mode compare` first.")
    make_folder(folder)
    for path in paths:
        if (folder / path.name).exists():
            continue
        result = _read_result(path, "result")
        if result is None:  # in progress
            continue
        with quiet_libraries():
            translator = Translator.load(comparison.parent / result.name)
        names = short_names([test.test_name for test in result.tests])
        tests = [
            replace(test, test_name=name, translations=())
            for test, name in zip(result.tests, names, strict=True)
        ]
        result = replace(result, tests=tuple(tests), attention=attention_map(translator, sentence))
        write_text(folder / path.name, json.dumps(result.to_dict(), ensure_ascii=False) + "\n")


def show(folders: Sequence[Path], into: Path | None) -> None:
    """Print a table of archived results, the lowest validation loss first, and draw the pictures.

    Args:
        folders: Folders that `keep` wrote. If there are several, the names of the systems include
            the names of the folders.
        into: The folder for the table and the pictures, or None.

    Raises:
        UserError: If there is no result, or a file cannot be read or written.
    """
    results = []
    for folder in folders:
        for path in _results_in(folder, "Name a folder that `keep` wrote."):
            result = _read_result(path)
            if result is None:
                continue
            name = result.name if len(folders) == 1 else f"{result.name}, {folder.name}"
            results.append(replace(result, name=name))
    results.sort(key=lambda result: result.validation_loss or 0.0)
    print(comparison_markdown(results), end="")
    if into:
        write_results(make_folder(into), results)


def _results_in(folder: Path, advice: str) -> list[Path]:
    """Return the result files of a folder, sorted by name.

    Raises:
        UserError: If there is none.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UserError(f"{str(folder)!r} has no results. {advice}")
    return paths


def _read_result(path: Path, key: str = "") -> SystemResult | None:
    """Read the result of one system.

    Args:
        path: A JSON file.
        key: The key of the result in the file. "" if the file holds nothing else.

    Returns:
        The result, or None if the system is not finished.

    Raises:
        UserError: If the file cannot be read or does not hold a result.
    """
    try:
        with as_user_error(path, "read"):
            stored = json.loads(path.read_text(encoding="utf-8"))
        stored = stored[key] if key else stored
        return SystemResult.from_dict(stored) if stored else None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{str(path)!r} is not a result of `--mode compare`. Remove or replace it."
        ) from error


def main() -> None:
    """Archive results, or show archived results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    keeping = verbs.add_parser("keep", help="archive the results of a comparison")
    keeping.add_argument("comparison", type=Path, help="folder that --mode compare wrote")
    keeping.add_argument("folder", type=Path, help="folder for the results")
    keeping.add_argument("--sentence", required=True, help="sentence whose attention is drawn")
    showing = verbs.add_parser("show", help="print a table of archived results")
    showing.add_argument("folders", type=Path, nargs="+", help="folders that keep wrote")
    showing.add_argument("--into", type=Path, help="folder for the table and the pictures")
    options = parser.parse_args()
    if options.verb == "keep":
        keep(options.comparison, options.folder, options.sentence)
    else:
        show(options.folders, options.into)


if __name__ == "__main__":
    run_benchmark(main)
