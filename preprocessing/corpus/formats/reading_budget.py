"""The work that a file may cause: in proportion to its size and to the pairs found in it.

A small file can be made to unpack to terabytes, or to have a billion rows without text. Every
reader draws on the budget of its file, so that such a file of any format is refused
within seconds.
"""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _

MIB = 1 << 20


class ReadingLimits(NamedTuple):
    """The limits of one file. "Per byte" means per byte of the file as it is stored.

    Attributes:
        unpacked_bytes: Bytes that any file may unpack to.
        unpacked_per_byte: Further bytes per byte. Corpora shrink to a third or a tenth, generated
            ones to a fiftieth.
        members: Files in an archive, including those in its inner archives.
        steps: Lines, cells, elements and events of a parser that any file may have.
        steps_per_byte: Further steps per byte. A cell of a workbook takes at least two bytes.
        steps_per_pair: Further steps per pair. Wide tables have 200 columns.
        rows_without_pair: Rows without a pair that may follow each other; a sheet has 1,048,576.
        held_bytes: Bytes of texts that are held in memory, in formats that require it.
        held_per_byte: Further bytes per byte.
        seconds: Seconds of computing that may pass before the first pair, and between two pairs.
        seconds_per_mib: Further seconds per MiB of the file. A workbook needs one to two.
        seconds_per_sheet_row: Further seconds per row without a pair of a workbook, whose cells may
            be colored.
        pending_tags: XML tags of one row, unit or text; a row has up to 16,384 cells.
        part_bytes: Bytes of a part of a workbook that is read as a whole, such as its styles, and
            of a row or a text.
        part_tags: XML tags of such a part. Excel allows 64,000 styles, with two or three tags each.
        header_bytes: Bytes of the header of a member of a tar archive; a long name has a few
            hundred.
    """

    unpacked_bytes: int = 256 * MIB
    unpacked_per_byte: int = 100
    members: int = 250_000
    steps: int = 2_000_000
    steps_per_byte: int = 2
    steps_per_pair: int = 200
    rows_without_pair: int = 2_000_000
    held_bytes: int = 256 * MIB
    held_per_byte: int = 16
    seconds: float = 4.0
    seconds_per_mib: float = 2.0
    seconds_per_sheet_row: float = 5e-5
    pending_tags: int = 200_000
    part_bytes: int = 32 * MIB
    part_tags: int = 200_000
    header_bytes: int = MIB


LIMITS = ReadingLimits()


class ReadingBudget:
    """What the readers of a file may still do.

    Args:
        name: The name of the file for messages, in quotation marks.
        size: Its size in bytes.
        limits: The limits; by default `LIMITS`.
    """

    def __init__(self, name: str = "", size: int = 0, limits: ReadingLimits | None = None) -> None:
        self.limits = limits or LIMITS
        self._name = name
        self._max_unpacked = self.limits.unpacked_bytes + self.limits.unpacked_per_byte * size
        self._max_held = self.limits.held_bytes + self.limits.held_per_byte * size
        self._max_seconds = self.limits.seconds + self.limits.seconds_per_mib * size / MIB
        self._steps_left = self.limits.steps + self.limits.steps_per_byte * size
        self._unpacked = self._held = self._member_count = self._rows_without_pair = 0
        # The thread and the time of its clock at the first step after a pair.
        self._begin: tuple[int, float] | None = None

    def unpack(self, size: int) -> None:
        """Count unpacked bytes that were not read before.

        Raises:
            UserError: If there are too many, as by the other methods.
        """
        self._unpacked += size
        self.check_time()
        if self._unpacked > self._max_unpacked:
            raise UserError(
                _(
                    "{name} unpacks to more than {limit:,} MiB, which is far beyond its size. "
                    "Check where it comes from."
                ).format(name=self._name, limit=self._max_unpacked // MIB)
            )

    def add_members(self, count: int) -> None:
        """Count files in an archive."""
        self._member_count += count
        if self._member_count > self.limits.members:
            raise UserError(
                _(
                    "{name} holds {count:,} files; the maximum is {limit:,}. Join some of them."
                ).format(name=self._name, count=self._member_count, limit=self.limits.members)
            )

    def step(self, count: int = 1) -> None:
        """Count lines, cells, elements or events of a parser."""
        self._steps_left -= count
        self.check_time()
        if self._steps_left < 0:
            raise UserError(
                _(
                    "{name} has millions of elements or lines without sentence pairs. Remove them, "
                    "or save the pairs as TSV."
                ).format(name=self._name)
            )

    def hold(self, size: int) -> None:
        """Count bytes that are held in memory until the file is read."""
        self._held += size
        if self._held > self._max_held:
            raise UserError(
                _(
                    "{name} has more than {limit:,} MiB of texts that must be held in memory. "
                    "Split it, or save the pairs as TSV."
                ).format(name=self._name, limit=self._max_held // MIB)
            )

    def add_pair(self) -> None:
        """Count a pair, which allows further work and stops the clock until the next step."""
        self._rows_without_pair = 0
        self._steps_left += self.limits.steps_per_pair
        self._begin = None

    def add_row_without_pair(self, is_in_sheet: bool = False) -> None:
        """Count a row that is not a pair.

        Args:
            is_in_sheet: Whether it is a row of a workbook.
        """
        self._rows_without_pair += 1
        self._steps_left -= 1
        if is_in_sheet and self._begin is not None:
            self._begin = self._begin[0], self._begin[1] + self.limits.seconds_per_sheet_row
        if self._steps_left < 0 or not self._rows_without_pair & 0xFF:
            self.step(0)
        if self._rows_without_pair > self.limits.rows_without_pair:
            raise UserError(
                _(
                    "{name} has {count:,} rows without a sentence pair one after another. Remove "
                    "them."
                ).format(name=self._name, count=self.limits.rows_without_pair)
            )

    def check_time(self) -> None:
        """Check the seconds of computing since the last pair."""
        thread, now = threading.get_ident(), time.thread_time()
        if self._begin is None or self._begin[0] != thread:
            self._begin = thread, now
        elif now - self._begin[1] > self._max_seconds:
            raise UserError(
                _(
                    "{name} has no sentence pair in {seconds:,.0f} seconds of reading, which is "
                    "long for its size. Save its pairs as TSV."
                ).format(name=self._name, seconds=self._max_seconds)
            )
