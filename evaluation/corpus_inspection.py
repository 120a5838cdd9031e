"""What is in a corpus: counts, lengths, vocabularies, and pairs to look at."""

from __future__ import annotations

import dataclasses
import heapq
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.dataset.tokenize_pairs import TokenizedCorpus, TokenizedPair
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.subword import UNK, Subword
from malgil.settings import Settings

SIZES = (500, 1000, 2000, 4000, 8000, 16_000, 32_000)
_SAMPLES, _LONGEST, _FREQUENT = 20, 3, 15
# Each so manieth pair is kept from the vocabularies, and measures them.
_HELD_OUT = 20
_SHOWN = 160  # characters of a sentence


@dataclass(frozen=True)
class Vocabulary:
    """What a vocabulary of some size would do, on pairs that it was not learned from.

    Attributes:
        pieces: How many it has.
        pieces_per_word: The mean number that a word between spaces is cut into.
        unknown_rate: The share of pieces that are unknown.
    """

    pieces: int
    pieces_per_word: float
    unknown_rate: float


@dataclass
class Side:
    """One side of a corpus.

    Attributes:
        language: Its code.
        tokenizer: What it was split with.
        words: Words between spaces, in all.
        tokens: Tokens in all.
        types: Different tokens.
        lengths: For a number of words how many sentences have it.
        frequent: The most frequent tokens, and how often each occurs.
        longest: The longest sentences.
        vocabularies: The smallest first.
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
    """A pair, and the tokens of either side."""

    source: str
    target: str
    source_tokens: list[str]
    target_tokens: list[str]


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found.

    Attributes:
        pairs: Pairs that training would learn from.
        summary: What was read and left out.
        source, target: The sides.
        samples: Pairs drawn at random.
    """

    pairs: int
    summary: str
    source: Side
    target: Side
    samples: list[Sample]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dataclasses.asdict(self)

    def to_text(self) -> str:
        """As people read it; ends in a line break."""
        lines = [self.summary, ""]
        for side in (self.source, self.target):
            lines += _side_lines(side, self.pairs)
        lines.append("Pairs drawn at random, with their tokens:")
        for sample in self.samples:
            lines += ["", f"  {sample.source}", f"  {sample.target}"]
            lines += ["    " + " ".join(sample.source_tokens)]
            lines += ["    " + " ".join(sample.target_tokens)]
        return "\n".join(lines) + "\n"


def inspect(settings: Settings, progress: Callable[[str, int], None]) -> Inspection:
    """Look at the files of `[data] train`.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]` as for training.
        progress: Called with what goes on and the pairs behind.

    Returns:
        What was found; the same for the same files and settings.

    Raises:
        UserError: If a file cannot be read, or no pair is left.
    """
    reading = _Reading(settings)
    corpus = TokenizedCorpus(settings, Deduplicator(settings.cleaning, ()))
    done = 0
    for pairs in corpus:
        for pair in pairs:
            if not pair.rejection_reason:
                reading.add(pair)
        done += len(pairs)
        progress("pairs read", done)
    summary = corpus.statistics.summary()
    if not reading.pairs:
        raise UserError(f"there is no pair to look at: {summary}. See [cleaning].")
    return Inspection(reading.pairs, summary, *reading.sides(progress), reading.samples())


class _Reading:
    """Counts pairs as they come."""

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
        """Count one pair."""
        counted = self._counts if (self.pairs + 1) % _HELD_OUT else self._held_out
        sides = zip(pair.plain_sides(), pair.text(), strict=True)
        for i, (tokens, text) in enumerate(sides):
            words = sum(token.startswith(SPACE) for token in tokens)
            self._sides[i].words += words
            self._sides[i].tokens += len(tokens)
            lengths = self._sides[i].lengths
            lengths[words] = lengths.get(words, 0) + 1
            counted[i].update(tokens)
            # Of two sentences of a length, the first.
            entry = (len(text), -self.pairs, text)
            if len(self._longest[i]) < _LONGEST:
                heapq.heappush(self._longest[i], entry)
            elif entry > self._longest[i][0]:
                heapq.heapreplace(self._longest[i], entry)
        # Algorithm R (Vitter 1985): each pair has the same chance to be among those drawn.
        place = self.pairs if self.pairs < _SAMPLES else self._random.randint(0, self.pairs)
        if place < _SAMPLES:
            self._drawn[place : place + 1] = [(self.pairs, pair)]
        self.pairs += 1

    def sides(self, progress: Callable[[str, int], None]) -> tuple[Side, Side]:
        """Both sides, once all pairs were counted."""
        for side, counts, held_out, longest in zip(
            self._sides, self._counts, self._held_out, self._longest, strict=True
        ):
            together = counts + held_out
            side.types = len(together)
            # Of tokens as frequent, the first in the alphabet.
            ranked = sorted(together.items(), key=lambda item: (-item[1], item[0]))
            side.frequent = ranked[:_FREQUENT]
            side.longest = [text for _, _, text in sorted(longest, reverse=True)]
            side.vocabularies = _vocabularies(
                counts, held_out or counts, self._text.subword, progress
            )
        return self._sides

    def samples(self) -> list[Sample]:
        """The pairs that were drawn, in the order of the files."""
        pairs = [pair for _, pair in sorted(self._drawn, key=lambda drawn: drawn[0])]
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
    """What vocabularies of the usual sizes do; up to the first that takes all of the corpus."""
    found: list[Vocabulary] = []
    words = sum(n for token, n in held_out.items() if token.startswith(SPACE))
    for size in SIZES:
        progress("learning a vocabulary of", size)
        try:
            subword = Subword.train(counts, kind, size)
        except UserError:  # it does not hold the alphabet
            continue
        ids = [(subword.encode([token]), n) for token, n in held_out.items()]
        pieces = sum(len(cut) * n for cut, n in ids)
        unknown = sum(cut.count(UNK) * n for cut, n in ids)
        found.append(Vocabulary(len(subword), pieces / max(words, 1), unknown / max(pieces, 1)))
        if len(subword) < size:
            break
    return found


def _side_lines(side: Side, pairs: int) -> list[str]:
    middle, most = length_of_share(side.lengths, 0.5), max(side.lengths)
    lines = [
        f"{side.language} ({side.tokenizer})",
        f"  {side.words:,} words, {side.tokens:,} tokens, {side.types:,} different",
        f"  {side.words / pairs:.1f} words a sentence; half have {middle} or fewer, the longest "
        f"{most}",
        "  vocabulary   pieces a word   unknown",
        *(
            f"  {each.pieces:>10,}   {each.pieces_per_word:>13.2f}   {each.unknown_rate:>7.2%}"
            for each in side.vocabularies
        ),
        "  most frequent: " + ", ".join(f"{token} {n:,}" for token, n in side.frequent),
        "  longest:",
        *(f"    {_cut(text)}" for text in side.longest),
        "",
    ]
    return lines


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def length_of_share(lengths: Mapping[int, int], share: float) -> int:
    """The length that at least a share of the sentences does not exceed.

    Args:
        lengths: For a length how many sentences have it.
        share: Above 0, up to 1.
    """
    wanted = share * sum(lengths.values())
    for length in sorted(lengths):
        wanted -= lengths[length]
        if wanted <= 0:
            break
    return length
