"""The command line that all benchmarks share: one-line errors and checked arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from malgil.common.errors import ExitCode, UserError
from malgil.common.text_lines import read_lines


def run_benchmark(main: Callable[[], None]) -> None:
    """Run a benchmark and exit; an error that the user can correct takes one line.

    Args:
        main: The benchmark, which reads `sys.argv`.
    """
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(ExitCode.USER_ERROR)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)


def positive(text: str) -> int:
    """Read an argument that must be an integer of at least 1; for `type=` of argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected an integer of at least 1. Received: {text}")
    return number


def read_sentences(path: Path, count: int | None = None) -> list[str]:
    """Read the first column of the lines of a file; blank lines are skipped.

    Args:
        path: Sentences, one per line. Other columns follow a tab.
        count: Maximum number of sentences. None for all.

    Raises:
        UserError: If the file cannot be read or has no sentence.
    """
    columns = (line.split("\t")[0] for line in read_lines(path))
    sentences = [column for column in columns if column.strip()][:count]
    if not sentences:
        raise UserError(f"{str(path)!r} has no sentences. Name a file with one sentence per line.")
    return sentences


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Read the first two columns of the lines of a file; blank lines are skipped.

    Raises:
        UserError: If the file cannot be read, has no pair, or a line has one column.
    """
    pairs = []
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) < 2:
            raise UserError(
                f"line {number:,} of {str(path)!r} has no tab. Separate source and target by a tab."
            )
        pairs.append((columns[0], columns[1]))
    if not pairs:
        raise UserError(
            f"{str(path)!r} has no sentence pairs. Name a file with source, tab, target per line."
        )
    return pairs
