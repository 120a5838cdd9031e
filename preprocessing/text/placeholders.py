"""Placeholders: replace spans that keep their form before translation, and restore them after it.

⟦1⟧ represents the first such span of the source, regardless of its kind. The model learns where a
placeholder goes, and never sees the span itself (Luong et al. 2015, "Addressing the rare word
problem", section 3.1, with copies of known form in place of rare words).
"""

from __future__ import annotations

import bisect
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from malgil.preprocessing.text.markup import InlineMark
from malgil.preprocessing.text.normalization import MARK_BEGIN, MARK_END, SPACE
from malgil.preprocessing.text.numerals import canonical_number, without_currency
from malgil.preprocessing.text.pre_tokenizer import Change, insert_marks
from malgil.preprocessing.text.protected_spans import parse_spans
from malgil.preprocessing.text.span import (
    BREAK,
    CLOSING,
    OPENING,
    VALUE,
    Span,
    join_lists,
    tight_sides,
)

COUNT = 9
MARK = re.compile(rf"{MARK_BEGIN}(\d+){MARK_END}")


def mark(number: int) -> str:
    """Return the placeholder of a number, which is a piece of the vocabulary up to `COUNT`."""
    return f"{MARK_BEGIN}{number}{MARK_END}"


MARKS = tuple(mark(number) for number in range(1, COUNT + 1))


_Key = tuple[str, str, str]
_SpacedKey = tuple[str, str, str, bool, bool]


class Spacing(NamedTuple):
    """How a span is placed in a translation.

    Attributes:
        role: What the span does (`protected_spans.Span`).
        partner: The number of the placeholder with which it encloses words; 0 for none.
        is_tight_before, is_tight_after: Whether the source has no space before it or after it and
            the translation must have none there either.
    """

    role: str = VALUE
    partner: int = 0
    is_tight_before: bool = False
    is_tight_after: bool = False


@dataclass(frozen=True)
class Placeholders:
    """The spans that the placeholders of one source text, or of one segment, represent.

    Attributes:
        texts: The spans that ⟦1⟧, ⟦2⟧ … represent.
        positions: For each placeholder its indices in the source ids, one or more.
        spacings: For each placeholder how it is placed; empty if all are words.
    """

    texts: tuple[str, ...] = ()
    positions: tuple[tuple[int, ...], ...] = ()
    spacings: tuple[Spacing, ...] = ()

    def spacing(self, number: int) -> Spacing:
        """Return how the placeholder of a number is placed."""
        return self.spacings[number - 1] if 0 < number <= len(self.spacings) else Spacing()


NONE = Placeholders()


class Slot(NamedTuple):
    """A span `text[begin:end]`, the number of its placeholder, and how it is placed."""

    begin: int
    end: int
    number: int
    spacing: Spacing = Spacing()


def number_spans(text: str, kept: Sequence[tuple[int, int]] = ()) -> list[Slot]:
    """Find the spans of a source text and number them in order. Equal spans get the same number.

    If there are more than `COUNT`, those of a list (100, 200, 300) become one span. There may still
    be more: `TextPipeline` splits such a text.

    Args:
        text: Normalized text.
        kept: The begin and end of each word that the user wants to keep (`kept_words`), in order.

    Returns:
        The slots, in the order of the text.
    """
    spans = parse_spans(text, kept)
    keys = [_spaced_key(text, spans, span) for span in spans]
    if len(set(keys)) > COUNT:
        spans = join_lists(text, spans)
        keys = [_spaced_key(text, spans, span) for span in spans]
    numbers: dict[_SpacedKey, int] = {}
    for key in keys:
        numbers.setdefault(key, len(numbers) + 1)
    return [
        Slot(span.begin, span.end, numbers[key], _spacing_of(text, span, numbers, keys))
        for span, key in zip(spans, keys, strict=True)
    ]


def _key(text: str, spans: Sequence[Span], span: Span) -> _Key:
    """Return what equal spans have in common: their text, their role and the partner's text."""
    partner = spans[span.partner] if span.partner >= 0 else None
    return (
        text[span.begin : span.end],
        span.role,
        text[partner.begin : partner.end] if partner else "",
    )


def _spaced_key(text: str, spans: Sequence[Span], span: Span) -> _SpacedKey:
    """Return the key of a span with its spacing, as equal marks may differ in that: <b> a <b>b."""
    return *_key(text, spans, span), *tight_sides(text, span)


def _canonical_key(text: str, spans: Sequence[Span], span: Span) -> _Key:
    """Return the key by which the spans of two languages are compared."""
    form, role, partner = _key(text, spans, span)
    return canonical_number(form), role, partner


def _spacing_of(
    text: str,
    span: Span,
    numbers: Mapping[_SpacedKey, int],
    keys: Sequence[_SpacedKey],
) -> Spacing:
    partner = numbers[keys[span.partner]] if span.partner >= 0 else 0
    return Spacing(span.role, partner, *tight_sides(text, span))


def match_spans(source: str, target: str) -> tuple[list[Slot], list[Slot]]:
    """Find and number the spans that a source and its translation share; others remain text.

    Args:
        source: Normalized text.
        target: Its translation.

    Returns:
        The slots of both, numbered by their order in the source, at most `COUNT` numbers.
    """
    sides = [(text, parse_spans(text)) for text in (source, target)]
    if not all(spans for _, spans in sides):
        return [], []
    keys = [[_canonical_key(text, spans, span) for span in spans] for text, spans in sides]
    for side in (0, 1):
        _leave_out_currency(*sides[side], keys[side], set(keys[1 - side]))
    shared = set(keys[1])
    numbers: dict[_Key, int] = {}
    for key in keys[0]:
        if key in shared and len(numbers) < COUNT:
            numbers.setdefault(key, len(numbers) + 1)
    source_slots, target_slots = (
        [
            Slot(span.begin, span.end, numbers[key])
            for span, key in zip(spans, side_keys, strict=True)
            if key in numbers
        ]
        for (_, spans), side_keys in zip(sides, keys, strict=True)
    )
    return source_slots, target_slots


def _leave_out_currency(
    text: str,
    spans: list[Span],
    keys: list[_Key],
    others: set[_Key],
) -> None:
    """Leave the sign of a currency out of a span if the other side has only the amount.

    500달러 and $500 share 500. $500 and $500 share $500, and the model does not see the sign.
    """
    for i, (span, key) in enumerate(zip(spans, keys, strict=True)):
        begin, end = without_currency(text[span.begin : span.end])
        amount = Span(span.begin + begin, span.begin + end, span.kind)
        if key not in others and (amount.begin, amount.end) != (span.begin, span.end):
            without = _canonical_key(text, spans, amount)
            if without in others:
                spans[i], keys[i] = amount, without


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
            for begin, end, number, _spacing in slots
        )
        return insert_marks(tokens, changes)
    replaced: list[str] = []
    position = 0
    for begin, end, number, _spacing in slots:
        replaced += [*tokenize(text[position:begin].strip()), SPACE, mark(number)]
        position = end
    return replaced + tokenize(text[position:].strip())


def in_segment(
    slots: Mapping[int, Slot], text: str, positions: Mapping[int, Sequence[int]]
) -> Placeholders:
    """Return the placeholders of a segment of a text, which are numbered from 1.

    Args:
        slots: A slot of each placeholder of the text, by its number.
        text: The text.
        positions: For each placeholder in the segment, by its number in the text, its indices in
            the ids of the segment.
    """
    number_in_segment = {number: i for i, number in enumerate(positions, 1)}
    chosen = [slots[number] for number in positions]
    spacings = tuple(
        slot.spacing._replace(partner=number_in_segment.get(slot.spacing.partner, 0))
        for slot in chosen
    )
    return Placeholders(
        tuple(text[slot.begin : slot.end] for slot in chosen),
        tuple(tuple(indices) for indices in positions.values()),
        spacings if any(spacing != Spacing() for spacing in spacings) else (),
    )


def with_marks(
    known: Placeholders, marks: Sequence[InlineMark], begin: int, end: int
) -> Placeholders:
    """Add the marks of a segment, which are not among its ids, so that they are inserted.

    Args:
        known: The placeholders of the segment.
        marks: The marks of the sentence in their order; `at` is the index of an id.
        begin, end: The ids of the segment.
    """
    numbers: dict[int, int] = {}
    place = operator.attrgetter("at")
    first = bisect.bisect_left(marks, begin, key=place)
    for i in range(first, bisect.bisect_right(marks, max(end, 1), first, key=place)):
        each = marks[i]
        if begin < each.at <= end if each.role == CLOSING else begin <= each.at < max(end, 1):
            numbers[i] = len(known.texts) + len(numbers) + 1
    if not numbers:
        return known
    texts, positions = list(known.texts), list(known.positions)
    spacings = list(known.spacings or [Spacing()] * len(texts))
    for i in numbers:
        each = marks[i]
        partner = numbers.get(each.partner, 0)
        # The positions of a pair are those next to the ids that it encloses; one without a partner
        # has the position of its neighbor.
        before = (each.role == OPENING) == bool(partner) and each.role != BREAK
        texts.append(each.text)
        positions.append((each.at - begin - before,))
        spacings.append(Spacing(each.role, partner, each.is_tight_before, each.is_tight_after))
    return Placeholders(tuple(texts), tuple(positions), tuple(spacings))


def restore_spans(text: str, placeholders: Placeholders) -> str:
    """Replace placeholders with the spans that they represent, and remove those without one.

    Marks are followed or preceded by a space as in the source: <b>책</b>을 → <b>book</b>.
    """
    parts: list[str] = []
    position = 0
    for match in MARK.finditer(text):
        number = int(match[1])
        before = text[position : match.start()]
        spacing = placeholders.spacing(number)
        if spacing.is_tight_before and (position or before.strip()):
            before = before.rstrip(" ")
        parts += [before, _span(number, placeholders)]
        position = match.end()
        if spacing.is_tight_after and text[position:].strip():
            position += text.startswith(" ", position)
    return "".join([*parts, text[position:]])


def readable_piece(piece: str, placeholders: Placeholders) -> str:
    """Return a piece for display: the span that it represents if it is a placeholder.

    One that the source does not have, which a model may produce, represents nothing: "".
    """
    match = MARK.fullmatch(piece)
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
