"""Counts of the pairs that were read from corpus files, and of those that were left out."""

from __future__ import annotations

from collections import Counter

from malgil.common.localization import _, ngettext


class ReadStatistics:
    """Counts of the pairs that were read and of those that were left out.

    Attributes:
        count: The number of pairs that were read.
        left_out: The number of lines (rows, objects, units) that were left out, by reason.
        formats: The number of files by name and format, without plain TSV files.
    """

    def __init__(self) -> None:
        self.count = 0
        self.left_out: Counter[str] = Counter()
        self.formats: Counter[str] = Counter()

    def leave_out(self, reason: str) -> None:
        """Count a pair that was read as left out."""
        self.count -= 1
        self.left_out[reason] += 1

    def summary(self) -> str:
        """Return one line: the number of pairs, what was left out, and the detected formats."""
        pairs = ngettext("{count:,} pair", "{count:,} pairs", self.count).format(count=self.count)
        if self.left_out:
            pairs = _("{pairs} (left out: {reasons})").format(
                pairs=pairs, reasons=list_reasons(self.left_out)
            )
        return "; ".join([pairs, *map(_format_label, self.formats, self.formats.values())])


def list_reasons(left_out: Counter[str], limit: int | None = None) -> str:
    """Return reasons and their counts as text, the most frequent first.

    Args:
        left_out: The counts by reason.
        limit: The maximum number of reasons; None for all of them.
    """
    return ", ".join(f"{count:,} {reason}" for reason, count in left_out.most_common(limit))


def _format_label(name: str, count: int) -> str:
    if count == 1:
        return name
    return ngettext("{count:,} file in {name}", "{count:,} files in {name}", count).format(
        count=count, name=name
    )
