"""The command line of what composes the pairs that ship with the project."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from malgil.common.files import make_folder, write_text


def write_parts(
    compose: Callable[[int], Mapping[str, str]],
    seed: int,
    folder: Path,
    description: str,
    arguments: list[str] | None = None,
) -> None:
    """Write `train.tsv`, `valid.tsv` and `test.tsv`; ``--seed`` and ``--output`` choose others.

    Args:
        compose: gives for a seed the text of each part, by its name.
        seed: the seed of the files that ship with the project.
        folder: where these are.
        description: one sentence for ``--help``.
        arguments: the command line, without the program's name.

    Raises:
        UserError: a file cannot be written.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--output", type=Path, default=folder)
    chosen = parser.parse_args(arguments)
    make_folder(chosen.output)
    for part, text in compose(chosen.seed).items():
        write_text(chosen.output / f"{part}.tsv", text)
