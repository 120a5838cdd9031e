"""The command line of the programs that compose the pairs included with the project."""

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
    """Write `train.tsv`, `valid.tsv` and `test.tsv`; `--seed` and `--output` change them.

    Args:
        compose: A function from the seed to the text of each part, by name.
        seed: The default seed, that of the files included with the project.
        folder: The default folder.
        description: One sentence for `--help`.
        arguments: The command line, without the program's name.

    Raises:
        UserError: If a file cannot be written.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--output", type=Path, default=folder)
    chosen = parser.parse_args(arguments)
    make_folder(chosen.output)
    for part, text in compose(chosen.seed).items():
        write_text(chosen.output / f"{part}.tsv", text)
