"""An archive of comparisons that took hours: one table and one picture of several of them.

    python benchmarks/comparison_archive.py keep model/comparison FOLDER --sentence "…"
    python benchmarks/comparison_archive.py show FOLDER [MORE] --into benchmarks/compared

`keep` copies the results of `--mode compare` so far, without paths and sentences of the test sets:
each system translates the given sentence, whose attention is drawn. `show` prints one table
with a row for each system of each comparison, and writes it and the pictures into a folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from malgil.cli.compare import write_results
from malgil.cli.streams import quiet_libraries
from malgil.common.files import make_folder, write_text
from malgil.evaluation.comparison import SystemResult, attention_map, markdown_table, short_names
from malgil.modeling.translator import Translator


def keep(comparison: Path, folder: Path, sentence: str) -> None:
    """Archive each result of a comparison that is not archived yet.

    Args:
        comparison: The folder that `--mode compare` wrote; the translators are next to it.
        folder: The folder for the results, one file for each system.
        sentence: The sentence to draw the attention for.
    """
    make_folder(folder)
    for path in sorted(comparison.glob("*.json")):
        if (folder / path.name).exists():
            continue
        stored = json.loads(path.read_text(encoding="utf-8"))["result"]
        if not stored:  # in progress
            continue
        result = SystemResult.from_dict(stored)
        with quiet_libraries():
            translator = Translator.load(comparison.parent / result.name)
        names = short_names([test.test_name for test in result.tests])
        tests = [
            replace(test, test_name=name) for test, name in zip(result.tests, names, strict=True)
        ]
        result = replace(result, tests=tuple(tests), attention=attention_map(translator, sentence))
        write_text(folder / path.name, json.dumps(result.to_dict(), ensure_ascii=False) + "\n")


def show(folders: Sequence[Path], into: Path | None) -> None:
    """Print a table of archived results, the lowest validation loss first, and draw the pictures.

    Args:
        folders: Folders of `keep`; the names of several are added to the names of the systems.
        into: The folder for the table and the pictures, or None.
    """
    results = []
    for folder in folders:
        for path in folder.glob("*.json"):
            result = SystemResult.from_dict(json.loads(path.read_text(encoding="utf-8")))
            name = result.name if len(folders) == 1 else f"{result.name}, {folder.name}"
            results.append(replace(result, name=name))
    results.sort(key=lambda result: result.validation_loss or 0.0)
    print(markdown_table(results), end="")
    if into:
        write_results(make_folder(into), results)


def main() -> None:
    """Keep or show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    keeping = verbs.add_parser("keep")
    keeping.add_argument("comparison", type=Path)
    keeping.add_argument("folder", type=Path)
    keeping.add_argument("--sentence", required=True)
    showing = verbs.add_parser("show")
    showing.add_argument("folders", type=Path, nargs="+")
    showing.add_argument("--into", type=Path)
    options = parser.parse_args()
    if options.verb == "keep":
        keep(options.comparison, options.folder, options.sentence)
    else:
        show(options.folders, options.into)


if __name__ == "__main__":
    main()
