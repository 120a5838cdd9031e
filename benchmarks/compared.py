"""Comparisons that took hours, kept as figures: one table and one picture of several of them.

    python benchmarks/compared.py keep model/comparison benchmarks/compared/seed-1 --sentence "…"
    python benchmarks/compared.py show benchmarks/compared/seed-1 [MORE] --into docs

`keep` takes what `--mode compare` has measured so far, without paths and without the test sets' own
sentences: each system translates another one, whose attention is drawn. `show` prints a table, a
value for each comparison that a system took part in, and draws the pictures of the first.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evaluation.comparison import Looked, SystemResult
from evaluation.comparison_pictures import attentions_picture, comparison_picture
from files import make_folder, write_text
from modeling.translator import Translator
from serving.streams import quiet_libraries


def keep(comparison: Path, folder: Path, sentence: str) -> None:
    """Write each result of a comparison, unless it has been kept already.

    Args:
        comparison: What `--mode compare` wrote; the translators stand beside it.
        folder: Where to keep the results, one file for each system.
        sentence: What to draw the attention of.
    """
    make_folder(folder)
    for path in sorted(comparison.glob("*.json")):
        if (folder / path.name).exists():
            continue
        result = SystemResult.from_dict(json.loads(path.read_text(encoding="utf-8"))["result"])
        with quiet_libraries():
            translator = Translator.load(comparison.parent / result.name)
        found = translator.translate([sentence])[0]
        weights = None if found.attention is None else found.attention.astype(float)
        rounded = None if weights is None else weights.round(4).tolist()
        result = dataclasses.replace(
            result,
            tests=tuple(
                dataclasses.replace(test, test_name=Path(test.test_name).stem)
                for test in result.tests
            ),
            looked=Looked(found.source_tokens, found.target_tokens, rounded),
        )
        write_text(folder / path.name, json.dumps(result.to_dict(), ensure_ascii=False) + "\n")
        print(f"{result.name}: {found.text}", flush=True)


def read(folder: Path) -> dict[str, SystemResult]:
    """The results that were kept in a folder, by the systems' names."""
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return {values["name"]: SystemResult.from_dict(values) for values in stored}


def rows(comparisons: Sequence[dict[str, SystemResult]]) -> list[list[str]]:
    """The lines of a table, its head first; the lowest validation loss first."""
    names = {name for results in comparisons for name in results}
    of = {name: [each[name] for each in comparisons if name in each] for name in names}
    first = next(iter(of.values()))[0]
    columns: list[tuple[str, Callable[[SystemResult], str]]] = [
        ("weights", lambda one: f"{one.parameters / 1e6:.1f} M"),
        ("tokens/s", lambda one: f"{one.tokens_per_s:,.0f}"),
        ("epochs", lambda one: f"{one.history[-1]['epoch']:.1f}"),
        ("validation loss", lambda one: f"{one.validation_loss:.3f}"),
    ]
    for i, test in enumerate(first.tests):
        columns.append(
            (
                f"BLEU / chrF {test.test_name}",
                lambda one, i=i: f"{one.tests[i].bleu:.1f} / {one.tests[i].chrf:.1f}",
            )
        )
    columns.append(("ms a sentence", lambda one: f"{one.milliseconds:.0f}"))
    told = [["system", *(title for title, _ in columns)]]
    for name in sorted(names, key=lambda name: of[name][0].validation_loss or 0.0):
        # A value that all comparisons share, such as the number of weights, stands once.
        cells = [dict.fromkeys(tell(one) for one in of[name]) for _, tell in columns]
        told.append([f"`{name}`", *("; ".join(cell) for cell in cells)])
    return told


def show(comparisons: Sequence[dict[str, SystemResult]], folder: Path | None) -> None:
    """Print the table, and draw the pictures of the first comparison into a folder."""
    head, *others = rows(comparisons)
    for line in (head, ["---", *["---:"] * (len(head) - 1)], *others):
        print(f"| {' | '.join(line)} |")
    if folder:
        results = sorted(comparisons[0].values(), key=lambda one: one.validation_loss or 0.0)
        comparison_picture(folder / "comparison.png", results)
        looked = [(one.name, one.looked) for one in results if one.looked]
        attentions_picture(folder / "attentions.png", looked)


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
        show([read(folder) for folder in options.folders], options.into)


if __name__ == "__main__":
    main()
