"""The training pairs as tokens, in one pass over their files: read, cleaned, tokenized."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from malgil.common.system import usable_cores
from malgil.preprocessing.corpus import cleaning, reader
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.corpus.reader import Pair
from malgil.preprocessing.dataset.pairs import PairTokenizer, TokenizedPair
from malgil.preprocessing.dataset.parallel_map import map_in_order
from malgil.preprocessing.text import case_markup
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.settings import Settings, find

BETWEEN_TOKENS = "\x1f"  # `normalize` takes control characters out: no token holds one
_CHUNK = 1000  # pairs
# Below it, starting other processes takes longer than they save.
_LEAST_BYTES_FOR_PROCESSES = 2_000_000


class Row(NamedTuple):
    """A pair on its way.

    Attributes:
        fault: Why it is left out, or None.
        source, target: Its tokens with `BETWEEN_TOKENS` between; the text itself where a rule
            of one pair alone left it out.
        plain_source, plain_target, is_augmented: The others of a `TokenizedPair`.
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

    def pair(self) -> TokenizedPair:
        """The tokens of both sides; for a row without a fault."""
        plain = tokens_of(self.plain_source), tokens_of(self.plain_target)
        return TokenizedPair(
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


class _Tokenize:
    """What each process does with a chunk of pairs: the rules of one pair alone, and tokens.

    Args:
        settings: Those of the training.
    """

    def __init__(self, settings: Settings) -> None:
        self._rules = settings.cleaning
        self._tokenize = PairTokenizer(settings.preprocessing, settings.training.seed)
        self._languages = settings.data.source_language, settings.data.target_language

    def __call__(self, pairs: list[Pair]) -> list[Row]:
        faults = [cleaning.fault(*pair, self._rules, self._languages) for pair in pairs]
        pairs = [(normalize(source), normalize(target)) for source, target in pairs]
        faults = [
            fault or (None if all(pair) else reader.EMPTY)
            for pair, fault in zip(pairs, faults, strict=True)
        ]
        fit = [pair for pair, fault in zip(pairs, faults, strict=True) if not fault]
        tokens = iter(self._tokenize(fit))
        return [
            Row(fault, *pair) if fault else self._row(pair, next(tokens))
            for pair, fault in zip(pairs, faults, strict=True)
        ]

    @staticmethod
    def _row(pair: Pair, tokens: TokenizedPair) -> Row:
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


class TokenizedPairs:
    """The pairs of `[data] train`, read on all usable_cores where that pays.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]`.
        memory: Knows what was seen before and what is held out.

    Attributes:
        statistics: What was read so far. What a rule leaves out is in it, and not in its count.
    """

    def __init__(self, settings: Settings, memory: Deduplicator) -> None:
        paths = map(find, settings.data.train)
        self.statistics = reader.stream(
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
        chunks = iter(lambda: list(islice(self.statistics, _CHUNK)), [])
        for rows in map_in_order(_Tokenize, (self._settings,), chunks, processes):
            told = [
                row._replace(fault=row.fault or self._memory.fault(row.own, row.folded))
                for row in rows
            ]
            faults = [row.fault for row in told if row.fault]
            self.statistics.left_out.update(faults)
            self.statistics.count -= len(faults)
            yield told


def _processes(settings: Settings) -> int:
    if settings.preprocessing.runs_on_java:
        return 1
    size = sum(find(name).stat().st_size for name in settings.data.train)
    threads = settings.training.threads or usable_cores()
    return threads if size > _LEAST_BYTES_FOR_PROCESSES else 1
