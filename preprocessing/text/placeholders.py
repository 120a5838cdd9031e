"""Placeholders: what keeps its form in a translation is set aside, and comes back at its end.

⟦1⟧ stands for the first such stretch of the source, whatever its kind; the model learns where a
placeholder goes, and never sees what it stands for (Luong et al. 2015, "Addressing the rare word
problem", section 3.1, with copies of known form in place of rare words).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text.case_markup import MARKS as CASE_MARKS
from malgil.preprocessing.text.normalization import MARK_BEGIN, MARK_END, SPACE
from malgil.preprocessing.text.pre_tokenizer import Change, join, rewrite
from malgil.preprocessing.text.protected_spans import find_spans, value

COUNT = 9
# A placeholder that a translation lacks goes where the model looked at it with this weight or more.
_CLEAR_LOOK = 0.2
_KEPT = re.compile(r"\{\{ ?([^{}]*[^{} ]) ?\}\}")
_MARK = re.compile(rf"{MARK_BEGIN}(\d+){MARK_END}")


def mark(number: int) -> str:
    """The placeholder of a number: a piece of the vocabulary up to `COUNT`."""
    return f"{MARK_BEGIN}{number}{MARK_END}"


MARKS = tuple(mark(number) for number in range(1, COUNT + 1))


@dataclass(frozen=True)
class Placeholders:
    """What the placeholders of one source text, or one part of it, stand for.

    Attributes:
        texts: What ⟦1⟧, ⟦2⟧ … stand for.
        positions: At which of the source's ids each of them stands, once or more.
    """

    texts: tuple[str, ...] = ()
    positions: tuple[tuple[int, ...], ...] = ()


NONE = Placeholders()


class Slot(NamedTuple):
    """A stretch `text[begin:end]`, and the number of its placeholder."""

    begin: int
    end: int
    number: int


def number_spans(text: str, kept: Sequence[tuple[int, int]] = ()) -> list[Slot]:
    """Number the spans of a source text in their order; the same text has the same number.

    Args:
        text: Normalized text.
        kept: Begin and end of what its writer wants kept as well, from `take_marks`.
    """
    found = [
        (begin, end)
        for begin, end in find_spans(text)
        if all(end <= other or begin >= other_end for other, other_end in kept)
    ]
    numbers: dict[str, int] = {}
    return [
        Slot(begin, end, numbers.setdefault(text[begin:end], len(numbers) + 1))
        for begin, end in sorted([*found, *kept])
    ]


def take_marks(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the marks away that say what must not be translated: {{Malgil}} → Malgil.

    Args:
        text: Normalized text.

    Returns:
        The text without marks; begin and end in it of what they stood around.
    """
    kept: list[tuple[int, int]] = []
    parts: list[str] = []
    length = position = 0
    for match in _KEPT.finditer(text):
        before = text[position : match.start()]
        parts += [before, match[1]]
        length += len(before) + len(match[1])
        kept.append((length - len(match[1]), length))
        position = match.end()
    return "".join([*parts, text[position:]]), kept


def match_spans(source: str, target: str) -> tuple[list[Slot], list[Slot]]:
    """Number the spans that a source and its translation share; the others stay text.

    Args:
        source: Normalized text.
        target: Its translation.

    Returns:
        The slots of both, numbered by their order in the source, at most `COUNT` numbers.
    """
    sides = find_spans(source), find_spans(target)
    if not all(sides):
        return [], []
    shared = {value(target[begin:end]) for begin, end in sides[1]}
    numbers: dict[str, int] = {}
    for begin, end in sides[0]:
        key = value(source[begin:end])
        if key in shared and len(numbers) < COUNT:
            numbers.setdefault(key, len(numbers) + 1)
    source_slots, target_slots = (
        [
            Slot(begin, end, numbers[key])
            for begin, end in spans
            if (key := value(text[begin:end])) in numbers
        ]
        for text, spans in zip((source, target), sides, strict=True)
    )
    return source_slots, target_slots


def cover(
    text: str,
    tokens: Sequence[str],
    slots: Sequence[Slot],
    tokenize: Callable[[str], list[str]],
) -> list[str]:
    """Put placeholders in the place of spans.

    Args:
        text: Normalized text.
        tokens: Its tokens, which were found with the spans in their places: a number tells a
            tagger what follows it.
        slots: The spans.
        tokenize: Splits a stretch of text, for taggers whose tokens do not join into the text.

    Returns:
        The tokens with placeholders.
    """
    if not slots:
        return list(tokens)
    if join(tokens) == text:
        # A token begins the text with `SPACE`: joined tokens are one character ahead of the text.
        return rewrite(tokens, (Change(b + 1, e + 1, mark(n), "") for b, e, n in slots))
    covered: list[str] = []
    position = 0
    for begin, end, number in slots:
        covered += [*tokenize(text[position:begin].strip()), SPACE, mark(number)]
        position = end
    return covered + tokenize(text[position:].strip())


def settle(
    pieces: Sequence[str], placeholders: Placeholders, attention: NDArray[np.floating] | None = None
) -> list[str]:
    """Mend the placeholders of a translation, so that what the source had comes back once.

    1. A placeholder that the source did not have, or that comes more often than it did there, is
       left out.
    2. One that is lacking goes before the word at whose choice the model looked at it most, if it
       clearly did; else to the end, or to the beginning where it began the source. But a text that
       the model spelled out by itself is not lacking.

    Args:
        pieces: A translation's pieces without the end mark.
        placeholders: Those of its source.
        attention: `(len(pieces), src_len)` or a row more for the end mark: the weights with which
            each piece was chosen.

    Returns:
        The pieces of a translation with all the placeholders of the source.
    """
    allowed = Counter(
        {mark(i + 1): len(positions) for i, positions in enumerate(placeholders.positions)}
    )
    kept: list[list[str]] = []
    used: Counter[str] = Counter()
    for piece in pieces:
        used[piece] += 1
        is_extra = _MARK.fullmatch(piece) and used[piece] > allowed[piece]
        kept.append([] if is_extra else [piece])
    plain = join(pieces)
    beginning: list[str] = []
    end: list[str] = []
    for i, positions in enumerate(placeholders.positions):
        if used[mark(i + 1)] or placeholders.texts[i] in plain:
            continue
        at = _looked_at(attention, positions)
        if at is not None and at < len(pieces) and any(map(str.isalnum, pieces[at])):
            kept[_word_begin(pieces, at)][:0] = [SPACE, mark(i + 1)]
        elif min(positions) <= 1:
            beginning += [SPACE, mark(i + 1)]
        else:
            end += [SPACE, mark(i + 1)]
    return beginning + [piece for some in kept for piece in some] + end


def _looked_at(attention: NDArray[np.floating] | None, positions: Iterable[int]) -> int | None:
    """The place of the translation at which the model clearly looked at some of the source."""
    if attention is None or not len(attention):
        return None
    weights = attention[:, [p for p in positions if p < attention.shape[1]]].sum(axis=1)
    best = int(weights.argmax())
    return best if weights[best] >= _CLEAR_LOOK else None


def _word_begin(pieces: Sequence[str], at: int) -> int:
    """Where the word begins that a piece belongs to, the marks of its case included."""
    while at and not pieces[at].startswith(SPACE):
        at -= 1
    while at and pieces[at - 1] in CASE_MARKS:
        at -= 1
    return at


def fill(text: str, placeholders: Placeholders) -> str:
    """Put back what placeholders stand for; one that stands for nothing is left out."""
    return _MARK.sub(lambda found: _meant(int(found[1]), placeholders), text)


def show(piece: str, placeholders: Placeholders) -> str:
    """A piece as people read it: what a placeholder stands for."""
    found = _MARK.fullmatch(piece)
    return (_meant(int(found[1]), placeholders) or piece) if found else piece


def _meant(number: int, placeholders: Placeholders) -> str:
    return placeholders.texts[number - 1] if 0 < number <= len(placeholders.texts) else ""
