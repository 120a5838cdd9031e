"""The inspection of a corpus: counts, lengths, vocabularies and sample pairs."""

from __future__ import annotations

import dataclasses
import heapq
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from malgil.common.errors import UserError
from malgil.common.localization import _, ngettext
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.dataset.tokenize_pairs import TokenizedCorpus, TokenizedPair
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.subword import UNK, Subword
from malgil.settings import Settings

SIZES = (500, 1000, 2000, 4000, 8000, 16_000, 32_000)
_SAMPLES, _LONGEST, _FREQUENT = 20, 3, 15
# Every 20th pair is held out: the vocabularies are not learned from it but evaluated on it.
_HELD_OUT = 20
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


def inspect(settings: Settings, progress: Callable[[str, int], None]) -> Inspection:
    """Compute the statistics of the files of `[data] train`.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]` as for training.
        progress: Called with a title and the number of pairs done.

    Returns:
        The statistics, which depend only on the files and the settings.

    Raises:
        UserError: If a file cannot be read, or no pair is left after cleaning.
    """
    reading = _Reading(settings)
    corpus = TokenizedCorpus(settings, Deduplicator(settings.cleaning, ()))
    done = 0
    for pairs in corpus:
        for pair in pairs:
            if not pair.rejection_reason:
                reading.add(pair)
        done += len(pairs)
        progress(_("pairs read"), done)
    summary = corpus.statistics.summary()
    if not reading.pairs:
        message = _("no pair is left after cleaning: {summary}. Relax the rules of [cleaning].")
        raise UserError(message.format(summary=summary))
    return Inspection(reading.pairs, summary, *reading.sides(progress), reading.samples())


class _Reading:
    """Collects the statistics pair by pair."""

    def __init__(self, settings: Settings) -> None:
        data, self._text = settings.data, settings.preprocessing
        self._sides = (
            Side(data.source_language, self._text.source_tokenizer),
            Side(data.target_language, self._text.target_tokenizer),
        )
        self._counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._held_out: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._longest: tuple[list[tuple[int, int, str]], ...] = ([], [])
        self._random = random.Random(settings.training.seed)
        self._drawn: list[tuple[int, TokenizedPair]] = []
        self.pairs = 0

    def add(self, pair: TokenizedPair) -> None:
        """Add one pair."""
        counted = self._counts if (self.pairs + 1) % _HELD_OUT else self._held_out
        sides = zip(pair.plain_sides(), pair.text(), strict=True)
        for i, (tokens, text) in enumerate(sides):
            words = sum(token.startswith(SPACE) for token in tokens)
            self._sides[i].words += words
            self._sides[i].tokens += len(tokens)
            lengths = self._sides[i].lengths
            lengths[words] = lengths.get(words, 0) + 1
            counted[i].update(tokens)
            # Of sentences of the same length, the first ones are kept.
            entry = (len(text), -self.pairs, text)
            if len(self._longest[i]) < _LONGEST:
                heapq.heappush(self._longest[i], entry)
            elif entry > self._longest[i][0]:
                heapq.heapreplace(self._longest[i], entry)
        # Algorithm R (Vitter 1985): each pair is drawn with the same probability.
        place = self.pairs if self.pairs < _SAMPLES else self._random.randint(0, self.pairs)
        if place < _SAMPLES:
            self._drawn[place : place + 1] = [(self.pairs, pair)]
        self.pairs += 1

    def sides(self, progress: Callable[[str, int], None]) -> tuple[Side, Side]:
        """Return the statistics of both sides, after all pairs have been added."""
        for side, counts, held_out, longest in zip(
            self._sides, self._counts, self._held_out, self._longest, strict=True
        ):
            together = counts + held_out
            side.types = len(together)
            # Equally frequent tokens are in alphabetical order.
            ranked = sorted(together.items(), key=lambda item: (-item[1], item[0]))
            side.frequent = ranked[:_FREQUENT]
            side.longest = [entry[2] for entry in sorted(longest, reverse=True)]
            side.vocabularies = _vocabularies(
                counts, held_out or counts, self._text.subword, progress
            )
        return self._sides

    def samples(self) -> list[Sample]:
        """Return the drawn pairs, in the order of the files."""
        pairs = [drawn[1] for drawn in sorted(self._drawn, key=lambda drawn: drawn[0])]
        return [
            Sample(*pair.text(), *(pair.plain_sides() if pair.is_augmented else pair[:2]))
            for pair in pairs
        ]


def _vocabularies(
    counts: Counter[str],
    held_out: Counter[str],
    kind: str,
    progress: Callable[[str, int], None],
) -> list[Vocabulary]:
    """Learn vocabularies of increasing size, up to the first that the corpus cannot fill."""
    vocabularies: list[Vocabulary] = []
    words = sum(n for token, n in held_out.items() if token.startswith(SPACE))
    for size in SIZES:
        progress(_("learning a vocabulary of size"), size)
        try:
            subword = Subword.train(counts, kind, size)
        except UserError:  # smaller than the alphabet
            continue
        encoded = [(subword.encode([token]), n) for token, n in held_out.items()]
        pieces = sum(len(ids) * n for ids, n in encoded)
        unknown = sum(ids.count(UNK) * n for ids, n in encoded)
        vocabularies.append(
            Vocabulary(len(subword), pieces / max(words, 1), unknown / max(pieces, 1))
        )
        if len(subword) < size:
            break
    return vocabularies


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
    if pairs < _HELD_OUT:
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
    return [title.format(count=_HELD_OUT), *(f"  {line}" for line in table)]


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
