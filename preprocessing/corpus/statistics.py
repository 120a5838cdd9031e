"""Counts of what was read from corpus files and what was left out."""

from __future__ import annotations

from collections import Counter


class ReadStatistics:
    """Counts of the pairs that were read and of those that were left out.

    Attributes:
        count: The number of pairs that were read.
        left_out: The number of lines (rows, objects, units) that were left out, by reason.
        formats: The number of files by name and format; plain TSV files are not in it.
    """

    def __init__(self) -> None:
        self.count = 0
        self.left_out: Counter[str] = Counter()
        self.formats: Counter[str] = Counter()

    def summary(self) -> str:
        """Return one line with the pairs read, what was left out, and the formats of the files."""
        text = f"{self.count:,} pair{'s' * (self.count != 1)}"
        if self.left_out:
            text += f" (left out: {list_reasons(self.left_out)})"
        for name, count in self.formats.items():
            text += f"; {f'{count:,} in ' if count > 1 else ''}{name}"
        return text


def list_reasons(left_out: Counter[str], limit: int | None = None) -> str:
    """Return reasons and their counts as text, the most frequent first.

    Args:
        left_out: The counts by reason.
        limit: The number of reasons at most; all of them if None.
    """
    return ", ".join(f"{count:,} {reason}" for reason, count in left_out.most_common(limit))
