"""Repair of the placeholders of a translation, so that it has those of its source."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text.case_markup import MARKS as CASE_MARKS
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.placeholders import MARK, Placeholders, mark
from malgil.preprocessing.text.pre_tokenizer import join
from malgil.preprocessing.text.span import CLOSING, OPENING, VALUE

# A missing placeholder is inserted where the attention to it is at least this large.
_MIN_ATTENTION = 0.2
# Marks enclose the word that has at least this share of all attention to what they enclose.
_MIN_SHARE = 0.5


def repair(
    pieces: Sequence[str], placeholders: Placeholders, attention: NDArray[np.floating] | None = None
) -> list[str]:
    """Repair the placeholders of a translation, so that it has those of the source.

    1. Remove a placeholder that the source does not have, or that occurs more often than in the
       source.
    2. Insert a missing placeholder before the word whose attention to it is highest, if that is at
       least 0.2. Otherwise insert it at the end, or at the beginning if the source begins with it.
       A placeholder is not missing if the model spelled out its text. Marks that enclose words,
       such as <b> and </b>, are inserted around the words that attend to those (`_enclosed`).
    3. Put such marks into the order of the source if they are crossed or reversed.

    Args:
        pieces: The pieces of a translation without the end mark.
        placeholders: The placeholders of its source.
        attention: `(len(pieces), src_len)`, or one row more for the end mark: the attention weights
            of each piece.

    Returns:
        The pieces with all the placeholders of the source.
    """
    return _in_pairs(_Insertion(pieces, placeholders, attention).complete(), placeholders)


class _Insertion:
    """Removes and inserts placeholders; see `repair` for the arguments."""

    def __init__(
        self,
        pieces: Sequence[str],
        placeholders: Placeholders,
        attention: NDArray[np.floating] | None,
    ) -> None:
        self._pieces = pieces
        self._placeholders = placeholders
        has_rows = attention is not None and len(attention) > 0
        self._attention = attention if has_rows else None
        # What is inserted before each piece, and after the last one.
        self._before: list[list[str]] = [[] for _ in range(len(pieces) + 1)]
        # What is inserted after each piece, directly.
        self._after: list[list[str]] = [[] for _ in pieces]

    def complete(self) -> list[str]:
        """Return the pieces without extra placeholders and with the missing ones."""
        allowed = {mark(i + 1): len(p) for i, p in enumerate(self._placeholders.positions)}
        used: Counter[str] = Counter()
        kept: list[str | None] = []
        for piece in self._pieces:
            used[piece] += 1
            is_extra = MARK.fullmatch(piece) and used[piece] > allowed.get(piece, 0)
            kept.append(None if is_extra else piece)
        self._remove_empty_pairs(kept, used)
        missing = {
            i + 1: count
            for i, positions in enumerate(self._placeholders.positions)
            if (count := len(positions) - used[mark(i + 1)] - self._spelled(i)) > 0
        }
        for number in list(missing):
            self._insert(number, missing)
        complete: list[str] = []
        for before, kept_piece, after in zip(
            self._before, [*kept, None], [*self._after, []], strict=True
        ):
            complete += [*before, *([] if kept_piece is None else [kept_piece]), *after]
        return complete

    def _remove_empty_pairs(self, kept: list[str | None], used: Counter[str]) -> None:
        """Remove a mark without its partner, and two that enclose nothing: they are missing.

        Marks that occur several times are unchanged.
        """
        for number, positions in enumerate(self._placeholders.positions, 1):
            spacing = self._placeholders.spacing(number)
            if spacing.role != OPENING or not spacing.partner:
                continue
            if len(positions) + len(self._placeholders.positions[spacing.partner - 1]) > 2:
                continue
            pair = mark(number), mark(spacing.partner)
            places = [at for at, piece in enumerate(kept) if piece in pair]
            enclosed = kept[places[0] + 1 : places[-1]] if places else []
            if len(places) < 2 or not any(map(str.isalnum, "".join(filter(None, enclosed)))):
                for at in places:
                    kept[at] = None
                used[pair[0]] = used[pair[1]] = 0

    def _spelled(self, index: int) -> int:
        """Return how often the model spelled out a word that a placeholder represents."""
        if self._placeholders.spacing(index + 1).role != VALUE:
            return 0
        return join(self._pieces).count(self._placeholders.texts[index])

    def _insert(self, number: int, missing: dict[int, int]) -> None:
        """Insert a missing placeholder as often as it is missing."""
        spacing = self._placeholders.spacing(number)
        positions = self._placeholders.positions[number - 1]
        for position in self._unused(number, missing.pop(number, 0)):
            if spacing.role == OPENING and missing.get(spacing.partner):
                missing[spacing.partner] -= 1
                closings = self._placeholders.positions[spacing.partner - 1]
                end = min((p for p in closings if p > position), default=max(closings))
                self._enclose(number, spacing.partner, position, end)
            else:
                self._insert_one(number, position, position == min(positions))

    def _unused(self, number: int, count: int) -> list[int]:
        """Return the source positions of the missing occurrences of a placeholder."""
        left = list(self._placeholders.positions[number - 1])
        for at, piece in enumerate(self._pieces):
            if piece == mark(number) and len(left) > count:
                weights = None if self._attention is None else self._attention[at]
                left.remove(
                    left[0]
                    if weights is None
                    else max(left, key=lambda p: weights[p] if p < len(weights) else 0.0)
                )
        return left[len(left) - count :]

    def _insert_one(self, number: int, position: int, is_first: bool) -> None:
        role = self._placeholders.spacing(number).role
        if role != VALUE and self._pieces:
            # A break, or a mark without a partner, has the position of the word next to it.
            first, last = self._enclosed(position - 1, position + 1)
            if role == CLOSING:
                self._after[last].append(mark(number))
            else:
                self._before[first] += [SPACE, mark(number)]
            return
        at = self._most_attentive([position])
        if at is not None and at < len(self._pieces) and any(map(str.isalnum, self._pieces[at])):
            self._before[self._word_begin(at)] += [SPACE, mark(number)]
        elif is_first and position <= 1:
            self._before[0] += [SPACE, mark(number)]
        else:
            self._before[-1] += [SPACE, mark(number)]

    def _enclose(self, opening: int, closing: int, begin: int, end: int) -> None:
        """Insert two marks around the words that attend to what they enclose in the source.

        Args:
            opening, closing: The numbers of their placeholders.
            begin, end: Their positions in the source.
        """
        first, last = self._enclosed(begin, end)
        self._before[first] += [SPACE, mark(opening)]
        if last < len(self._pieces):
            self._after[last].insert(0, mark(closing))
        else:
            self._before[-1].insert(0, mark(closing))

    def _enclosed(self, begin: int, end: int) -> tuple[int, int]:
        """Return the first and last piece of the words that attend to a part of the source most.

        Without attention to it these are the words at the same place, and all pieces if the model
        has no attention.
        """
        everything = 0, max(len(self._pieces) - 1, 0)
        if self._attention is None or begin + 1 >= end or not self._pieces:
            return everything
        weights = self._attention[: len(self._pieces)]
        within = weights[:, begin + 1 : end].sum(axis=1)
        is_word = np.array([any(map(str.isalnum, piece)) for piece in self._pieces])
        is_word &= np.array([not MARK.fullmatch(piece) for piece in self._pieces])
        within = np.where(is_word[: len(within)], within, 0.0)
        best = int(within.argmax())
        # Recurrent models attend to the final mark most. Where the little attention to a word goes
        # still tells its translation.
        share_of_word = within / max(float(within.sum()), 1e-12)
        if within[best] < _MIN_ATTENTION and share_of_word[best] < _MIN_SHARE:
            # The words at the same place, in proportion: pairs of marks stay apart.
            words = [int(at) for at in np.flatnonzero(is_word)]
            if not words:
                return everything
            share = len(words) / self._attention.shape[1]
            last = max(math.ceil(end * share) - 1, 0)
            first = min(int(begin * share), last)
            return self._word_begin(words[first]), self._word_end(words[last])
        attends = (within >= 0.5) | (share_of_word >= _MIN_SHARE / 2)
        first = last = best
        while first > 0 and (attends[first - 1] or not is_word[first - 1]):
            first -= 1
        while last + 1 < len(within) and (attends[last + 1] or not is_word[last + 1]):
            last += 1
        while first < best and not is_word[first]:
            first += 1
        while last > best and not is_word[last]:
            last -= 1
        return self._word_begin(first), self._word_end(last)

    def _most_attentive(self, positions: Iterable[int]) -> int | None:
        """Return the index of the piece with the most attention to source positions.

        Returns:
            The index; None if the largest attention is too small.
        """
        if self._attention is None:
            return None
        columns = [p for p in positions if 0 <= p < self._attention.shape[1]]
        weights = self._attention[:, columns].sum(axis=1)
        best = int(weights.argmax())
        return best if weights[best] >= _MIN_ATTENTION else None

    def _word_begin(self, at: int) -> int:
        """Return the index at which the word of a piece begins, including the marks of its case."""
        while at and not self._pieces[at].startswith(SPACE):
            at -= 1
        while at and self._pieces[at - 1] in CASE_MARKS:
            at -= 1
        return at

    def _word_end(self, at: int) -> int:
        """Return the index at which the word of a piece ends, without the punctuation after it."""
        while at + 1 < len(self._pieces):
            following = self._pieces[at + 1]
            if following.startswith(SPACE) or not any(map(str.isalnum, following)):
                break
            if following in CASE_MARKS or MARK.fullmatch(following):
                break
            at += 1
        return at


def _in_pairs(pieces: list[str], placeholders: Placeholders) -> list[str]:
    """Return pieces whose marks that enclose words are nested as in the source.

    If they are not, they get the order of the source.
    """
    marks = [
        (at, int(match[1]))
        for at, piece in enumerate(pieces)
        if (match := MARK.fullmatch(piece)) and placeholders.spacing(int(match[1])).partner
    ]
    numbers = [number for _, number in marks]
    in_source = [
        number
        for _, number in sorted(
            (position, number)
            for number, positions in enumerate(placeholders.positions, 1)
            if placeholders.spacing(number).partner
            for position in positions
        )
    ]
    if len(numbers) != len(in_source):
        return pieces
    nesting = _nesting(in_source, placeholders)
    if nesting is None or _nesting(numbers, placeholders) == nesting:
        return pieces
    repaired = list(pieces)
    for (at, _), number in zip(marks, in_source, strict=True):
        repaired[at] = mark(number)
    return repaired


def _nesting(numbers: Sequence[int], placeholders: Placeholders) -> Counter[tuple[int, int]] | None:
    """Count the marks that open by their number and the number of the mark that encloses them.

    Args:
        numbers: The numbers of the marks in the order of a text.
        placeholders: All placeholders.

    Returns:
        The counts; 0 stands for no enclosing mark. None if a mark lacks its partner.
    """
    nesting: Counter[tuple[int, int]] = Counter()
    opened = [0]
    for number in numbers:
        spacing = placeholders.spacing(number)
        if spacing.role == OPENING:
            nesting[number, opened[-1]] += 1
            opened.append(number)
        elif opened[-1] and placeholders.spacing(opened[-1]).partner == number:
            opened.pop()
        else:
            return None
    return nesting if len(opened) == 1 else None
