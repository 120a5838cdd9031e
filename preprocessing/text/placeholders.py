"""Placeholders: replace spans that keep their form before translation, and restore them after it.

⟦1⟧ represents the first such span of the source, regardless of its kind. The model learns where a
placeholder goes, and never sees the span itself (Luong et al. 2015, "Addressing the rare word
problem", section 3.1, with copies of known form in place of rare words).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text.case_markup import MARKS as CASE_MARKS
from malgil.preprocessing.text.normalization import MARK_BEGIN, MARK_END, SPACE
from malgil.preprocessing.text.pre_tokenizer import Change, insert_marks, join
from malgil.preprocessing.text.protected_spans import canonical_form, find_spans

COUNT = 9
# A missing placeholder is inserted where the attention to it is at least this large.
_MIN_ATTENTION = 0.2
_BRACES = re.compile(r"\{\{ ?([^{}]*[^{} ]) ?\}\}")
_MARK = re.compile(rf"{MARK_BEGIN}(\d+){MARK_END}")


def mark(number: int) -> str:
    """Return the placeholder of a number, which is a piece of the vocabulary up to `COUNT`."""
    return f"{MARK_BEGIN}{number}{MARK_END}"


MARKS = tuple(mark(number) for number in range(1, COUNT + 1))


@dataclass(frozen=True)
class Placeholders:
    """The spans that the placeholders of one source text, or of one segment, represent.

    Attributes:
        texts: The spans that ⟦1⟧, ⟦2⟧ … represent.
        positions: For each placeholder its indices in the source ids, one or more.
    """

    texts: tuple[str, ...] = ()
    positions: tuple[tuple[int, ...], ...] = ()


NONE = Placeholders()


class Slot(NamedTuple):
    """A span `text[begin:end]`, and the number of its placeholder."""

    begin: int
    end: int
    number: int


def number_spans(text: str, marked: Sequence[tuple[int, int]] = ()) -> list[Slot]:
    """Find the spans of a source text and number them in order. Equal spans get the same number.

    Args:
        text: Normalized text.
        marked: The begin and end of each span that the user marked, from `unwrap_braces`.

    Returns:
        The slots, in the order of the text.
    """
    unmarked = [
        (begin, end)
        for begin, end in find_spans(text)
        if all(end <= other_begin or begin >= other_end for other_begin, other_end in marked)
    ]
    numbers: dict[str, int] = {}
    return [
        Slot(begin, end, numbers.setdefault(text[begin:end], len(numbers) + 1))
        for begin, end in sorted([*unmarked, *marked])
    ]


def find_braces(text: str) -> list[tuple[int, int]]:
    """Return the begin and end of each {{span}} of a text, including its braces."""
    return [match.span() for match in _BRACES.finditer(text)] if "{{" in text else []


def unwrap_braces(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Remove the braces around spans that must not be translated: {{Malgil}} → Malgil.

    Args:
        text: Normalized text.

    Returns:
        The text without braces, and the begin and end in it of each span that was in braces.
    """
    marked: list[tuple[int, int]] = []
    parts: list[str] = []
    length = position = 0
    for match in _BRACES.finditer(text):
        before = text[position : match.start()]
        parts += [before, match[1]]
        length += len(before) + len(match[1])
        marked.append((length - len(match[1]), length))
        position = match.end()
    return "".join([*parts, text[position:]]), marked


def match_spans(source: str, target: str) -> tuple[list[Slot], list[Slot]]:
    """Find and number the spans that a source and its translation share; others remain text.

    Args:
        source: Normalized text.
        target: Its translation.

    Returns:
        The slots of both, numbered by their order in the source, at most `COUNT` numbers.
    """
    sides = find_spans(source), find_spans(target)
    if not all(sides):
        return [], []
    shared = {canonical_form(target[begin:end]) for begin, end in sides[1]}
    numbers: dict[str, int] = {}
    for begin, end in sides[0]:
        key = canonical_form(source[begin:end])
        if key in shared and len(numbers) < COUNT:
            numbers.setdefault(key, len(numbers) + 1)
    source_slots, target_slots = (
        [
            Slot(begin, end, numbers[key])
            for begin, end in spans
            if (key := canonical_form(text[begin:end])) in numbers
        ]
        for text, spans in zip((source, target), sides, strict=True)
    )
    return source_slots, target_slots


def replace_spans(
    text: str,
    tokens: Sequence[str],
    slots: Sequence[Slot],
    tokenize: Callable[[str], list[str]],
) -> list[str]:
    """Replace spans with placeholders.

    Args:
        text: Normalized text.
        tokens: The tokens of the text with its spans: a tagger needs a number to analyze the
            morphemes after it.
        slots: The spans.
        tokenize: Splits the text between spans; used for taggers that rewrite the text.

    Returns:
        The tokens with placeholders.
    """
    if not slots:
        return list(tokens)
    joined = "".join(tokens)
    if joined.replace(SPACE, "") == text.replace(" ", ""):
        # The place in `joined` of each character of the text, in which only spaces differ.
        places = [i for i, character in enumerate(joined) if character != SPACE]
        count = [0, *accumulate(character != " " for character in text)]
        changes = (
            Change(places[count[begin]], places[count[end] - 1] + 1, mark(number), "")
            for begin, end, number in slots
        )
        return insert_marks(tokens, changes)
    replaced: list[str] = []
    position = 0
    for begin, end, number in slots:
        replaced += [*tokenize(text[position:begin].strip()), SPACE, mark(number)]
        position = end
    return replaced + tokenize(text[position:].strip())


def repair(
    pieces: Sequence[str], placeholders: Placeholders, attention: NDArray[np.floating] | None = None
) -> list[str]:
    """Repair the placeholders of a translation, so that it has those of the source.

    1. Remove a placeholder that the source does not have, or that occurs more often than in the
       source.
    2. Insert a missing placeholder before the word whose attention to it is highest, if that is at
       least 0.2. Otherwise insert it at the end, or at the beginning if the source begins with it.
       A placeholder is not missing if the model spelled out its text.

    Args:
        pieces: The pieces of a translation without the end mark.
        placeholders: The placeholders of its source.
        attention: `(len(pieces), src_len)`, or one row more for the end mark: the attention weights
            of each piece.

    Returns:
        The pieces with all the placeholders of the source.
    """
    allowed = Counter(
        {mark(i + 1): len(positions) for i, positions in enumerate(placeholders.positions)}
    )
    kept: list[list[str]] = []  # the replacement of each piece
    used: Counter[str] = Counter()
    for piece in pieces:
        used[piece] += 1
        is_extra = _MARK.fullmatch(piece) and used[piece] > allowed[piece]
        kept.append([] if is_extra else [piece])
    text = join(pieces)
    beginning: list[str] = []
    end: list[str] = []
    for i, positions in enumerate(placeholders.positions):
        if used[mark(i + 1)] or placeholders.texts[i] in text:
            continue
        at = _most_attentive(attention, positions)
        if at is not None and at < len(pieces) and any(map(str.isalnum, pieces[at])):
            kept[_word_begin(pieces, at)][:0] = [SPACE, mark(i + 1)]
        elif min(positions) <= 1:
            beginning += [SPACE, mark(i + 1)]
        else:
            end += [SPACE, mark(i + 1)]
    return beginning + [piece for group in kept for piece in group] + end


def _most_attentive(attention: NDArray[np.floating] | None, positions: Iterable[int]) -> int | None:
    """Return the index of the piece with the most attention to source positions.

    Returns:
        The index; None if the largest attention is too small.
    """
    if attention is None or not len(attention):
        return None
    weights = attention[:, [p for p in positions if p < attention.shape[1]]].sum(axis=1)
    best = int(weights.argmax())
    return best if weights[best] >= _MIN_ATTENTION else None


def _word_begin(pieces: Sequence[str], at: int) -> int:
    """Return the index at which the word of a piece begins, including the marks of its case."""
    while at and not pieces[at].startswith(SPACE):
        at -= 1
    while at and pieces[at - 1] in CASE_MARKS:
        at -= 1
    return at


def restore_spans(text: str, placeholders: Placeholders) -> str:
    """Replace placeholders with the spans that they represent, and remove those without one."""
    return _MARK.sub(lambda match: _span(int(match[1]), placeholders), text)


def readable_piece(piece: str, placeholders: Placeholders) -> str:
    """Return a piece for display: the span that it represents if it is a placeholder.

    One that the source does not have, which a model may produce, represents nothing: "".
    """
    match = _MARK.fullmatch(piece)
    return _span(int(match[1]), placeholders) if match else piece


def shared_spans(source: str, target: str) -> tuple[Placeholders, Placeholders]:
    """Return the spans that the placeholders of a sentence pair represent on either side.

    Args:
        source: Normalized text.
        target: Its translation.
    """
    sides = zip((source, target), match_spans(source, target), strict=True)
    first, second = (
        Placeholders(
            tuple(
                text[slot.begin : slot.end]
                for slot in sorted({slot.number: slot for slot in slots}.values(), key=_number)
            )
        )
        for text, slots in sides
    )
    return first, second


def _number(slot: Slot) -> int:
    return slot.number


def _span(number: int, placeholders: Placeholders) -> str:
    return placeholders.texts[number - 1] if 0 < number <= len(placeholders.texts) else ""
