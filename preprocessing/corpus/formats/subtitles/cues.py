"""The cues of subtitle files: SubRip (.srt), and WebVTT (W3C 2019)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _

# `00:01:02,500 --> 00:01:04,000`, with what some programs change: a point, no hours, no spaces.
CUE_TIMES = re.compile(
    r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*"
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?=\s|$)"
)
_MAX_CUES = 200_000  # all cues of a file are held in memory; a film has 2,000
_MAX_CUE_LINES = 100


class Cue(NamedTuple):
    """A text that is shown for some time.

    Attributes:
        start: When it appears, in milliseconds.
        end: When it disappears.
        lines: The lines of its text, with their markup.
    """

    start: int
    end: int
    lines: tuple[str, ...]

    @property
    def times(self) -> tuple[int, int]:
        """The start and the end."""
        return self.start, self.end


def read_cues(lines: Iterable[str], name: str) -> list[Cue]:
    """Return the cues of an SRT or WebVTT file in the order of their times.

    Numbers, identifiers, comments and styles are ignored. An empty line ends a cue.

    Args:
        lines: The lines of the file without their ends.
        name: The name of the file, in quotation marks.

    Raises:
        UserError: If there are more than 200,000 cues.
    """
    cues: list[Cue] = []
    times: tuple[int, int] | None = None
    text: list[str] = []

    def end_cue() -> None:
        if times and times[1] > times[0]:
            cues.append(Cue(*times, tuple(text)))
        if len(cues) > _MAX_CUES:
            raise UserError(
                _("{name} has more than {limit:,} cues. Split it.").format(
                    name=name, limit=_MAX_CUES
                )
            )

    for line in lines:
        match = CUE_TIMES.match(line) if "-->" in line else None
        if match:
            if text and text[-1].strip().isdecimal():
                text.pop()  # the number of this cue; there is no empty line before it
            end_cue()
            times, text = (
                (_milliseconds(*match.groups()[:4]), _milliseconds(*match.groups()[4:])),
                [],
            )
        elif not line.strip():
            end_cue()
            times, text = None, []
        elif times and len(text) < _MAX_CUE_LINES:
            text.append(line)
    end_cue()
    return sorted(cues, key=lambda cue: cue.start)


def _milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> int:
    total = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return 1000 * total + int(fraction.ljust(3, "0"))
