"""Compose the parallel sentences with names and numbers that are included with the project.

`python -m tools.corpus_generator.compose_details` writes `data/details/train.tsv`, `valid.tsv` and
`test.tsv`, one pair per line: Korean, a tab, English. The same seed gives the same bytes. No given
name of valid or test is in train, and of the numbers only those of which there are few, such as
those of floors, in other sentences.
"""

from __future__ import annotations

from pathlib import Path

from tools.corpus_generator import frames_names, frames_numbers
from tools.corpus_generator.command import write_parts
from tools.corpus_generator.compose import Frame, compose, to_tsv

FOLDER = Path(__file__).parents[2] / "data" / "details"
SEED = 20261
SIZES = {"train": 8_000, "valid": 200, "test": 200}
# Each frame and its share of the sentences; the shares sum to 100, which divides every size.
FRAMES: tuple[tuple[Frame, int], ...] = (
    (frames_numbers.numbered, 50),
    (frames_names.doing, 26),
    (frames_names.introducing, 6),
    (frames_names.calling, 6),
    (frames_names.inquiring, 6),
    (frames_names.addressing, 2),
    (frames_names.joining, 4),
)
MIN_WORDS = 2  # Hi, Tom!


def to_files(seed: int) -> dict[str, str]:
    """Return the text of the file of each part."""
    parts = compose(seed, SIZES, FRAMES, MIN_WORDS)
    return {split: to_tsv(pairs) for split, pairs in parts.items()}


def main(arguments: list[str] | None = None) -> None:
    """Write the three files.

    Args:
        arguments: The command line, without the program's name.
    """
    description = "Compose Korean-English sentence pairs with names and numbers."
    write_parts(to_files, SEED, FOLDER, description, arguments)


if __name__ == "__main__":
    main()
