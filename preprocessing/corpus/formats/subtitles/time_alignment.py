"""Pairs of cues of two subtitle files that are shown at the same time."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import BLANK, PairOrReason
from malgil.preprocessing.corpus.formats.subtitles.cues import Cue
from malgil.preprocessing.corpus.formats.subtitles.dialogue import ends_sentence, spoken_turns

_ONE_SIDED = _("without a cue at the same time")
_MANY_CUES = _("with many cues at the same time")

# Two cues belong together if they overlap for this share of the shorter one.
_MIN_OVERLAP = 0.5
# If fewer cues have a counterpart, the files belong to different versions of the film.
_MIN_PAIRED = 0.5
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
    groups = group_cues(source, target)
    _check_share(groups, min(len(source), len(target)), names)
    utterances: list[_Utterance] = []
    for group in groups:
        if not group.source or not group.target:
            yield _ONE_SIDED
        elif max(map(len, group)) > _MAX_GROUP_CUES:
            yield _MANY_CUES
        else:
            spoken = list(_utterances(group))
            utterances.extend(spoken)
            if not spoken:
                yield BLANK
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


def _check_share(groups: Sequence[CueGroup], cue_count: int, names: Sequence[str]) -> None:
    paired = [group for group in groups if group.source and group.target]
    count = min(sum(len(group[side]) for group in paired) for side in (0, 1))
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
    elif source or target:
        yield _Utterance(start, end, (" ".join(source), " ".join(target)))


def _join_sentences(utterances: Sequence[_Utterance]) -> Iterator[PairOrReason]:
    """Yield the texts of utterances; a sentence that goes on in the next ones is joined."""
    marked = [
        side for side in (0, 1) if _marks_sentences([each.texts[side] for each in utterances])
    ]
    pending: _Utterance | None = None
    for utterance in utterances:
        if pending:
            is_complete = all(ends_sentence(pending.texts[side]) for side in marked)
            is_close = utterance.start - pending.end <= _MAX_PAUSE
            if not is_complete and is_close and pending.group_count < _MAX_JOINED:
                pending = pending.joined(utterance)
                continue
            yield pending.texts
        pending = utterance
    if pending:
        yield pending.texts


def _marks_sentences(texts: Sequence[str]) -> bool:
    """Return whether the ends of sentences are marked: Korean subtitles often omit the period."""
    spoken = [text for text in texts if text]
    return sum(map(ends_sentence, spoken)) >= _MIN_MARKED * max(1, len(spoken))
