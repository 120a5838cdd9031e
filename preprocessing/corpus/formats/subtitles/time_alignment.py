"""Pairs of cues of two subtitle files that are shown at the same time."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import BLANK, PairOrReason
from malgil.preprocessing.corpus.formats.subtitles.cues import Cue
from malgil.preprocessing.corpus.formats.subtitles.dialogue import ends_sentence, spoken_turns

_ONE_SIDED = _("without a cue at the same time")
_MANY_CUES = _("with many cues at the same time")
_OTHER_TIMES = _("in a part whose times differ")

# Two cues belong together if they overlap for this share of the shorter one.
_MIN_OVERLAP = 0.5
# If fewer cues have a counterpart, the files belong to different versions of the film.
_MIN_PAIRED = 0.5
# The begin and the end of cues that are translations differ by less: people set them by the same
# speech. Of cues that only happen to overlap, a third differs by less; of a film in two versions,
# the neighbors decide.
_TOLERANCE = 400  # milliseconds
_MIN_AGREEING = 0.55
_NEIGHBORS = 20  # groups before and after
_MAX_DURATION = 30_000  # milliseconds of a cue; a longer one is not speech
_MAX_CANDIDATES = 16  # cues that are compared with one
_MAX_GROUP_CUES = 8  # of each side
_MAX_JOINED = 5  # groups of cues of one sentence, at most
_MAX_PAUSE = 2000  # milliseconds between the parts of a sentence
# The ends of sentences count as marked if this share of the texts ends with such a mark.
_MIN_MARKED = 0.4


class CueGroup(NamedTuple):
    """Cues of both sides that are shown at the same time.

    Attributes:
        source: The cues of the source.
        target: The cues of the target.
    """

    source: list[Cue]
    target: list[Cue]


class _Utterance(NamedTuple):
    """What is spoken on both sides at the same time.

    Attributes:
        start: When it begins, in milliseconds.
        end: When it ends.
        texts: The texts of source and target.
        group_count: The number of groups of cues that it consists of.
    """

    start: int
    end: int
    texts: tuple[str, str]
    group_count: int = 1

    def joined(self, following: _Utterance) -> _Utterance:
        """Return this and the following utterance as one."""
        source, target = (
            f"{text} {other}".strip()
            for text, other in zip(self.texts, following.texts, strict=True)
        )
        return _Utterance(self.start, following.end, (source, target), self.group_count + 1)


def pair_by_time(
    source: Sequence[Cue], target: Sequence[Cue], names: Sequence[str]
) -> Iterator[PairOrReason]:
    """Yield the texts of cues that are shown at the same time, or reasons.

    A sentence that goes on in the next cues is one pair with them.

    Args:
        source: The cues of the source in the order of their times.
        target: The cues of the target.
        names: The names of both files, in quotation marks.

    Raises:
        UserError: If fewer than half of the cues of the shorter file have a counterpart.
    """
    spoken = [[cue for cue in cues if spoken_turns(cue.lines)] for cues in (source, target)]
    groups = group_cues(*spoken)
    paired = [group for group in groups if group.source and group.target]
    synchronous = [group for group, agrees in zip(paired, _agree(paired), strict=True) if agrees]
    _check_share(synchronous, min(map(len, spoken)), names)
    kept = set(map(id, synchronous))
    yield from [BLANK] * (len(source) + len(target) - sum(map(len, spoken)))
    utterances: list[_Utterance] = []
    for group in groups:
        if max(map(len, group)) > _MAX_GROUP_CUES:
            yield _MANY_CUES
        elif group.source and group.target and id(group) not in kept:
            yield _OTHER_TIMES
        else:
            utterances.extend(_utterances(group))
    yield from _join_sentences(utterances)


def group_cues(source: Sequence[Cue], target: Sequence[Cue]) -> list[CueGroup]:
    """Group cues that overlap for at least half of the shorter one, in the order of their times.

    A cue that overlaps with several belongs to all of them, so that groups have any number of cues
    on each side. A cue without a counterpart is a group of its own.

    Args:
        source: The cues of the source in the order of their times.
        target: The cues of the target.
    """
    starts = [cue.start for cue in target]
    parents = list(range(len(source) + len(target)))  # a forest: each tree is a group

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for number, cue in enumerate(source):
        end = bisect.bisect_left(starts, cue.end)
        begin = bisect.bisect_left(starts, cue.start - _MAX_DURATION)
        for other in range(max(begin, end - _MAX_CANDIDATES), end):
            if _belong_together(cue, target[other]):
                parents[root(len(source) + other)] = root(number)
    groups: dict[int, CueGroup] = {}
    for index, cue in enumerate((*source, *target)):
        group = groups.setdefault(root(index), CueGroup([], []))
        group[int(index >= len(source))].append(cue)
    return sorted(
        groups.values(), key=lambda group: min(cue.start for side in group for cue in side)
    )


def _belong_together(first: Cue, second: Cue) -> bool:
    overlap = min(first.end, second.end) - max(first.start, second.start)
    return overlap >= _MIN_OVERLAP * min(first.end - first.start, second.end - second.start)


def _agree(groups: Sequence[CueGroup]) -> list[bool]:
    """Return for each group whether most begins and ends around it agree on both sides."""
    agreeing = [
        sum(
            abs(
                edge(cue.times[index] for cue in group.source)
                - edge(cue.times[index] for cue in group.target)
            )
            <= _TOLERANCE
            for index, edge in ((0, min), (1, max))
        )
        for group in groups
    ]
    sums = [0, *itertools.accumulate(agreeing)]
    ends = [
        (max(0, index - _NEIGHBORS), min(len(groups), index + _NEIGHBORS + 1))
        for index in range(len(groups))
    ]
    return [sums[end] - sums[begin] >= _MIN_AGREEING * 2 * (end - begin) for begin, end in ends]


def _check_share(groups: Sequence[CueGroup], cue_count: int, names: Sequence[str]) -> None:
    count = min(sum(len(group[side]) for group in groups) for side in (0, 1))
    if count < _MIN_PAIRED * cue_count:
        raise UserError(
            _(
                "only {share:.0%} of the cues of {first} and {second} are shown at the same time. "
                "Adjust the times of one file to the other (they may belong to another version or "
                "frame rate), or name other files."
            ).format(share=count / cue_count, first=names[0], second=names[1])
        )


def _utterances(group: CueGroup) -> Iterator[_Utterance]:
    """Yield what is spoken in a group: one text, or one for each speaker."""
    start = min(cue.start for side in group for cue in side)
    end = max(cue.end for side in group for cue in side)
    source, target = ([turn for cue in side for turn in spoken_turns(cue.lines)] for side in group)
    is_dialogue = len(source) == len(target) > 1 and (
        all(map(ends_sentence, source)) or all(map(ends_sentence, target))
    )
    if is_dialogue:
        for texts in zip(source, target, strict=True):
            yield _Utterance(start, end, texts)
    else:
        yield _Utterance(start, end, (" ".join(source), " ".join(target)))


def _join_sentences(utterances: Sequence[_Utterance]) -> Iterator[PairOrReason]:
    """Yield the texts of utterances; a sentence that goes on in the next ones is joined."""
    marked = [
        side for side in (0, 1) if _marks_sentences([each.texts[side] for each in utterances])
    ]
    pending: _Utterance | None = None
    for utterance in utterances:
        is_one_sided = not all(utterance.texts)
        if pending:
            open_sides = [side for side in marked if not ends_sentence(pending.texts[side])]
            goes_on = (
                utterance.start - pending.end <= _MAX_PAUSE
                and pending.group_count < _MAX_JOINED
                and bool(open_sides)
            )
            if goes_on and not is_one_sided:
                pending = pending.joined(utterance)
                continue
            # What completes the sentence on one side has no counterpart on the other.
            is_cut = goes_on and any(utterance.texts[side] for side in open_sides)
            yield _ONE_SIDED if is_cut else pending.texts
            pending = None
        if is_one_sided:
            yield _ONE_SIDED
        else:
            pending = utterance
    if pending:
        yield pending.texts


def _marks_sentences(texts: Sequence[str]) -> bool:
    """Return whether the ends of sentences are marked: Korean subtitles often omit the period."""
    spoken = [text for text in texts if text]
    return sum(map(ends_sentence, spoken)) >= _MIN_MARKED * max(1, len(spoken))
