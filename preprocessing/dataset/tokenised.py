"""The training pairs as tokens, in one pass over their files: read, cleaned, tokenised."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from malgil.preprocessing.corpus import cleaning, reader
from malgil.preprocessing.corpus.cleaning import Memory
from malgil.preprocessing.corpus.reader import Pair
from malgil.preprocessing.dataset.pairs import PairTokeniser, TokenisedPair
from malgil.preprocessing.dataset.parallel_map import map_in_order, processors
from malgil.preprocessing.text import case_markup
from malgil.preprocessing.text.normalization import SPACE, normalise
from malgil.settings import Settings, find

BETWEEN_TOKENS = "\x1f"  # `normalise` takes control characters out: no token holds one
_CHUNK = 1000  # pairs
# Below it, starting other processes takes longer than they save.
_LEAST_BYTES_FOR_PROCESSES = 2_000_000


class Row(NamedTuple):
    """A pair on its way.

    Attributes:
        fault: Why it is left out, or None.
        source, target: Its tokens with `BETWEEN_TOKENS` between; the text itself where a rule
            of one pair alone left it out.
        plain_source, plain_target, is_augmented: The others of a `TokenisedPair`.
        own, folded: By which the same pair is known (`preprocessing.corpus.cleaning`).
    """

    fault: str | None
    source: str
    target: str
    plain_source: str = ""
    plain_target: str = ""
    is_augmented: bool = False
    own: bytes = b""
    folded: bytes = b""

    def text(self) -> Pair:
        """The texts of both sides."""
        if not self.own:
            return self.source, self.target
        return text_of(self.plain_source or self.source), text_of(self.plain_target or self.target)

    def pair(self) -> TokenisedPair:
        """The tokens of both sides; for a row without a fault."""
        plain = tokens_of(self.plain_source), tokens_of(self.plain_target)
        return TokenisedPair(
            tokens_of(self.source),
            tokens_of(self.target),
            plain if self.plain_source else None,
            self.is_augmented,
        )


def tokens_of(side: str) -> list[str]:
    """The tokens of a side of a `Row`."""
    return side.split(BETWEEN_TOKENS)


def text_of(side: str) -> str:
    """The text of a side of a `Row`."""
    return case_markup.unfold(side.replace(BETWEEN_TOKENS, "")).replace(SPACE, " ").strip()


class _Tokenise:
    """What each process does with a chunk of pairs: the rules of one pair alone, and tokens.

    Args:
        settings: Those of the training.
    """

    def __init__(self, settings: Settings) -> None:
        self._rules = settings.cleaning
        self._tokenise = PairTokeniser(settings.preprocessing, settings.training.seed)
        self._languages = settings.data.source_language, settings.data.target_language

    def __call__(self, pairs: list[Pair]) -> list[Row]:
        faults = [cleaning.fault(*pair, self._rules, self._languages) for pair in pairs]
        pairs = [(normalise(source), normalise(target)) for source, target in pairs]
        faults = [
            fault or (None if all(pair) else reader.EMPTY)
            for pair, fault in zip(pairs, faults, strict=True)
        ]
        fit = [pair for pair, fault in zip(pairs, faults, strict=True) if not fault]
        tokens = iter(self._tokenise(fit))
        return [
            Row(fault, *pair) if fault else self._row(pair, next(tokens))
            for pair, fault in zip(pairs, faults, strict=True)
        ]

    @staticmethod
    def _row(pair: Pair, tokens: TokenisedPair) -> Row:
        source, target, plain_source, plain_target = (
            BETWEEN_TOKENS.join(side)
            for side in (tokens.source, tokens.target, *(tokens.plain or ("", "")))
        )
        return Row(
            None,
            source,
            target,
            plain_source,
            plain_target,
            tokens.is_augmented,
            cleaning.identity(*pair),
            cleaning.folded_identity(*pair),
        )


class TokenisedPairs:
    """The pairs of `[data] train`, read on all processors where that pays.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]`.
        memory: Knows what was seen before and what is held out.

    Attributes:
        account: What was read so far. What a rule leaves out is in it, and not in its count.
    """

    def __init__(self, settings: Settings, memory: Memory) -> None:
        paths = map(find, settings.data.train)
        self.account = reader.stream(
            paths, settings.data, settings.preprocessing.max_length, as_read=True
        )
        self._settings = settings
        self._memory = memory

    def __iter__(self) -> Iterator[list[Row]]:
        """The pairs in the order of the files, some at a time, those with a fault included.

        Raises:
            UserError: If a file cannot be read or holds no pair.
        """
        processes = _processes(self._settings)
        chunks = iter(lambda: list(islice(self.account, _CHUNK)), [])
        for rows in map_in_order(_Tokenise, (self._settings,), chunks, processes):
            told = [
                row._replace(fault=row.fault or self._memory.fault(row.own, row.folded))
                for row in rows
            ]
            faults = [row.fault for row in told if row.fault]
            self.account.left_out.update(faults)
            self.account.count -= len(faults)
            yield told


def _processes(settings: Settings) -> int:
    if settings.preprocessing.runs_on_java:
        return 1
    size = sum(find(name).stat().st_size for name in settings.data.train)
    threads = settings.training.threads or processors()
    return threads if size > _LEAST_BYTES_FOR_PROCESSES else 1
