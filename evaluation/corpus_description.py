"""The description of a corpus: its statistics, as text for people and as JSON values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from malgil.common.localization import _, ngettext

# Every 20th pair is held out: the vocabularies are not learned from it but evaluated on it.
HELD_OUT = 20
_MAX_CHARACTERS = 160  # of a sentence that is printed


@dataclass(frozen=True)
class Vocabulary:
    """The statistics of a vocabulary on held-out pairs.

    Attributes:
        pieces: The number of its subwords.
        pieces_per_word: The mean number of subwords per word between spaces.
        unknown_rate: The share of subwords that are unknown.
    """

    pieces: int
    pieces_per_word: float
    unknown_rate: float


@dataclass
class Side:
    """The statistics of one side of a corpus.

    Attributes:
        language: The code of the language.
        tokenizer: The name of the tokenizer.
        words: The number of words between spaces.
        tokens: The number of tokens.
        types: The number of different tokens.
        lengths: The number of sentences by number of words.
        frequent: The most frequent tokens and their counts.
        longest: The longest sentences.
        vocabularies: The statistics of vocabularies, the smallest first.
    """

    language: str
    tokenizer: str
    words: int = 0
    tokens: int = 0
    types: int = 0
    lengths: dict[int, int] = field(default_factory=dict)
    frequent: list[tuple[str, int]] = field(default_factory=list)
    longest: list[str] = field(default_factory=list)
    vocabularies: list[Vocabulary] = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    """A pair and the tokens of both sides."""

    source: str
    target: str
    source_tokens: list[str]
    target_tokens: list[str]


@dataclass(frozen=True)
class Inspection:
    """The result of `inspect`.

    Attributes:
        pairs: The number of pairs that training would use.
        summary: A line that says how many pairs were read and left out.
        source, target: The statistics of the two sides.
        samples: Randomly drawn pairs.
    """

    pairs: int
    summary: str
    source: Side
    target: Side
    samples: list[Sample]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return dataclasses.asdict(self)

    def to_text(self) -> str:
        """Return the inspection as text for people, ending in a line break."""
        lines = [self.summary, ""]
        for side in (self.source, self.target):
            lines += _side_lines(side, self.pairs)
        lines.append(_("Random pairs and their tokens:"))
        for sample in self.samples:
            lines += ["", f"  {sample.source}", f"  {sample.target}"]
            lines += ["    " + " ".join(sample.source_tokens)]
            lines += ["    " + " ".join(sample.target_tokens)]
        return "\n".join(lines) + "\n"


def _side_lines(side: Side, pairs: int) -> list[str]:
    words = ngettext("{count:,} word", "{count:,} words", side.words)
    tokens = ngettext("{count:,} token", "{count:,} tokens", side.tokens)
    types = ngettext("{count:,} different token", "{count:,} different tokens", side.types)
    counts = (
        words.format(count=side.words),
        tokens.format(count=side.tokens),
        types.format(count=side.types),
    )
    lengths = _("words per sentence: mean {mean:.1f}, median {median:,}, maximum {maximum:,}")
    frequent = ", ".join(f"{token} {count:,}" for token, count in side.frequent)
    lines = [
        ", ".join(counts),
        lengths.format(
            mean=side.words / pairs,
            median=length_quantile(side.lengths, 0.5),
            maximum=max(side.lengths),
        ),
        *_vocabulary_lines(side.vocabularies, pairs),
        _("most frequent tokens: {tokens}").format(tokens=frequent),
        _("longest sentences:"),
        *(f"  {_shorten(text)}" for text in side.longest),
    ]
    return [f"{side.language} ({side.tokenizer})", *(f"  {line}" for line in lines), ""]


def _vocabulary_lines(vocabularies: Sequence[Vocabulary], pairs: int) -> list[str]:
    """Return a table of the vocabularies, with a title that says how they were evaluated."""
    if pairs < HELD_OUT:
        title = _("vocabularies, evaluated on the pairs from which they were learned:")
    else:
        title = _("vocabularies, evaluated on every {count}th pair, which was held out:")
    rows = [(_("vocabulary size"), _("subwords per word"), _("unknown subwords"))]
    rows += [
        (f"{each.pieces:,}", f"{each.pieces_per_word:.2f}", f"{each.unknown_rate:.2%}")
        for each in vocabularies
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = (
        "   ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return [title.format(count=HELD_OUT), *(f"  {line}" for line in table)]


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_CHARACTERS else text[: _MAX_CHARACTERS - 1] + "…"


def length_quantile(lengths: Mapping[int, int], share: float) -> int:
    """Return the smallest length that at least a share of the sentences does not exceed.

    Args:
        lengths: The number of sentences by length.
        share: The share, above 0 and at most 1.
    """
    remaining = share * sum(lengths.values())
    for length in sorted(lengths):
        remaining -= lengths[length]
        if remaining <= 0:
            break
    return length
