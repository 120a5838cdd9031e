"""Times of two subtitle files: the shift and the rate of frames between them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.subtitles.cues import Cue

# A film of 24 or 23.976 frames per second is shown at 25 on European television, and so on.
_FRAME_RATES = (24000 / 1001, 24.0, 25.0)
_RATES = (1.0, *(a / b for a, b in itertools.permutations(_FRAME_RATES, 2)))
_MAX_SHIFT = 120_000  # milliseconds; a longer one means another version of the film
_BIN = 100  # milliseconds
_EXAMINED_CUES = 2000
_MAX_CANDIDATES = 200  # cues that are compared with one
# Among thousands of shifts, one fits a few cues by chance: about 15 of 25 without pauses.
_MIN_CUES = 20
_MIN_AGREEING, _CHANCE = 0.3, 9
# Times that fit hardly better than the given ones are not trusted more than those.
_MIN_GAIN = 1.3
_NO_SHIFT = 200  # milliseconds


class Timing(NamedTuple):
    """How the times of one file become those of the other.

    Attributes:
        rate: What they are multiplied by.
        shift: The milliseconds that are added then.
    """

    rate: float = 1.0
    shift: float = 0.0

    def adjust(self, cues: Iterable[Cue]) -> list[Cue]:
        """Return cues at the times of the other file."""
        return [
            cue._replace(
                start=round(cue.start * self.rate + self.shift),
                end=round(cue.end * self.rate + self.shift),
            )
            for cue in cues
        ]

    def describe(self) -> str:
        """Return the adjustment for messages; empty if there is none."""
        if self == Timing():
            return ""
        shift = _("moved by {seconds:+.1f} s").format(seconds=self.shift / 1000)
        rate = _("times multiplied by {rate:.4f}").format(rate=self.rate)
        return shift if self.rate == 1 else f"{rate}, {shift}"


def find_timing(source: Sequence[Cue], target: Sequence[Cue]) -> Timing:
    """Return how the times of the target become those of the source.

    Two files of one film may differ in their rate of frames, and by a constant time: an intro, or a
    delay. The rate and the shift are those at which most begins and ends of cues agree. The times
    are unchanged if no others agree clearly better, and better than by chance.

    Args:
        source: The cues of the source in the order of their times.
        target: The cues of the target.
    """
    count = min(len(source), len(target), _EXAMINED_CUES)
    if count < _MIN_CUES:
        return Timing()
    size = min(len(source), _EXAMINED_CUES)
    examined = [source[index * len(source) // size] for index in range(size)]
    shifts = np.arange(-_MAX_SHIFT, _MAX_SHIFT + _BIN, _BIN)
    given, most, timing = 0.0, 0.0, Timing()
    for rate in _RATES:
        differences = np.concatenate(
            [
                _differences(
                    [cue.times[edge] for cue in examined],
                    [cue.times[edge] * rate for cue in target],
                )
                for edge in (0, 1)
            ]
        )
        counts, __ = np.histogram(differences, shifts)
        agreeing = np.convolve(counts, np.ones(5), "same") / 2  # each cue has a begin and an end
        if rate == 1:
            given = float(agreeing[np.abs(shifts[:-1]) <= _NO_SHIFT].max())
        peak = int(agreeing.argmax())
        if agreeing[peak] > most:
            most = float(agreeing[peak])
            shift = shifts[peak] + 0.5 * _BIN
            close = differences[np.abs(differences - shift) <= 2.5 * _BIN]
            timing = Timing(rate, float(np.median(close)))
    is_better = most >= max(_MIN_AGREEING * count + _CHANCE, _MIN_GAIN * given)
    return timing if is_better else Timing()


def _differences(times: Sequence[float], others: Sequence[float]) -> np.ndarray:
    """Return the differences between times and all others that are at most `_MAX_SHIFT` away."""
    ordered = np.sort(np.array(others))
    first = np.searchsorted(ordered, np.array(times) - _MAX_SHIFT)
    last = np.minimum(
        np.searchsorted(ordered, np.array(times) + _MAX_SHIFT), first + _MAX_CANDIDATES
    )
    return np.concatenate(
        [time - ordered[begin:end] for time, begin, end in zip(times, first, last, strict=True)]
    )
