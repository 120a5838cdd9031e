"""Tokenization of sentence pairs: normalizes, cleans and splits them in one pass over the files.

A pair is a tuple of two texts until it is tokenized, and a `TokenizedPair` until it is encoded.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from malgil.common.files import as_user_error
from malgil.common.system import usable_cores
from malgil.preprocessing.corpus import Pair, cleaning, reader
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.corpus.reader import Row
from malgil.preprocessing.corpus.statistics import ReadStatistics
from malgil.preprocessing.dataset.parallel_map import map_in_order
from malgil.preprocessing.text import case_markup, placeholders
from malgil.preprocessing.text.affixes import simplify_pair
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.placeholder_augmentation import augment
from malgil.preprocessing.text.placeholders import Slot
from malgil.preprocessing.text.source_noise import add_noise
from malgil.preprocessing.text.tokenizer import make_pre_tokenizers
from malgil.settings import PreprocessingSettings, Settings, find

Tokens = list[str]
TokenizedSides = tuple[Tokens, Tokens]

CHUNK = 1000  # pairs that are processed at once
# For smaller corpora, starting processes takes more time than it saves.
_MIN_BYTES_FOR_PROCESSES = 2_000_000


class TokenizedPair(NamedTuple):
    """A sentence pair as tokens, which is passed between processes and to a temporary file.

    Attributes:
        source, target: The tokens that the model reads and writes. If the pair was rejected before
            it was tokenized, each side is one token, the text.
        plain: The tokens of both sides without placeholders, from which the subwords are learned;
            None if there are no placeholders.
        is_augmented: Whether placeholders were added to the pair (`placeholder_augmentation`).
        rejection_reason: The reason why the pair is left out; None if it is not.
        pair_hash, folded_pair_hash: The hashes by which duplicates are found
            (`preprocessing.corpus.cleaning`).
    """

    source: Tokens
    target: Tokens
    plain: TokenizedSides | None = None
    is_augmented: bool = False
    rejection_reason: str | None = None
    pair_hash: bytes = b""
    folded_pair_hash: bytes = b""

    def plain_sides(self) -> TokenizedSides:
        """Return the tokens of both sides without placeholders."""
        return self.plain or (self.source, self.target)

    def text(self) -> Pair:
        """Return the texts of both sides, joined from their tokens."""
        source, target = (_text_of(tokens) for tokens in self.plain_sides())
        return source, target


def _text_of(tokens: Tokens) -> str:
    return case_markup.unfold("".join(tokens)).replace(SPACE, " ").strip()


class PairTokenizer:
    """Tokenizes sentence pairs: a pure function of each pair.

    Args:
        settings: `[preprocessing]`.
        seed: Chooses the training pairs to which placeholders are added
            (`placeholder_augmentation`). None adds no placeholders.

    Raises:
        UserError: If a tokenizer is not installed.
    """

    def __init__(self, settings: PreprocessingSettings, seed: int | None = None) -> None:
        self._settings = settings
        self._seed = seed
        self._pre_tokenizers = make_pre_tokenizers(settings)

    def __call__(self, pairs: Sequence[Pair]) -> list[TokenizedPair]:
        """Tokenize both sides of each pair.

        Args:
            pairs: Normalized source and target sentences.

        Returns:
            A tokenized pair for each pair, in the same order.
        """
        pairs = [simplify_pair(source, target) for source, target in pairs]
        tokens = self._pre_tokenize(pairs)
        augmented = [self._augment(*pair) for pair in pairs]
        changed = [i for i, pair in enumerate(pairs) if augmented[i] != pair]
        changed_tokens = self._pre_tokenize([augmented[i] for i in changed])
        tokens_of_changed = dict(zip(changed, changed_tokens, strict=True))
        return [
            self._insert_placeholders(
                augmented[i], tokens_of_changed.get(i, plain), plain, i in tokens_of_changed
            )
            for i, plain in enumerate(tokens)
        ]

    def _augment(self, source: str, target: str) -> Pair:
        """Add placeholders and noise to a training pair, each if the pair is drawn for it."""
        if self._seed is None:
            return source, target
        if self._settings.placeholders:
            source, target = augment(source, target, self._seed)
        return add_noise(source, target, self._settings.source_noise, self._seed), target

    def _insert_placeholders(
        self, pair: Pair, tokens: TokenizedSides, plain: TokenizedSides, is_augmented: bool
    ) -> TokenizedPair:
        """Replace the spans that both sides share with placeholders; others remain text.

        Args:
            pair: The normalized texts, augmented or not.
            tokens: The tokens of `pair`.
            plain: The tokens of the pair before it was augmented.
            is_augmented: Whether the pair was augmented.
        """
        slots: tuple[list[Slot], list[Slot]] = ([], [])
        if self._settings.placeholders:
            slots = placeholders.match_spans(*pair)
        if not slots[0] and not is_augmented:
            return TokenizedPair(*self._fold_case(*plain))
        source, target = (
            placeholders.replace_spans(
                pair[i], tokens[i], slots[i], self._pre_tokenizers[i].tokenize
            )
            for i in (0, 1)
        )
        return TokenizedPair(
            *self._fold_case(source, target), self._fold_case(*plain), is_augmented
        )

    def _pre_tokenize(self, pairs: Sequence[Pair]) -> list[TokenizedSides]:
        source, target = (
            pre_tokenizer.tokenize_all([pair[i] for pair in pairs])
            for i, pre_tokenizer in enumerate(self._pre_tokenizers)
        )
        return list(zip(source, target, strict=True))

    def _fold_case(self, source: Tokens, target: Tokens) -> TokenizedSides:
        if not self._settings.lowercase:
            return source, target
        return case_markup.fold(source), case_markup.fold(target)


def count_tokens(
    pairs: Iterable[TokenizedPair], settings: PreprocessingSettings
) -> tuple[Counter[str], Counter[str]]:
    """Count the occurrences of each token on either side, from which `TextPipeline.learn` learns.

    Counters of parts of a corpus can be added.

    Args:
        pairs: Tokenized pairs that are not rejected.
        settings: `[preprocessing]`.

    Returns:
        The counters of the source and of the target side.
    """
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for pair in pairs:
        for counter, tokens in zip(counts, pair.plain_sides(), strict=True):
            counter.update(tokens)
    if settings.placeholders:
        for counter in counts:
            if counter:
                counter[SPACE] += 1  # the token before a placeholder, which must be a piece
    return counts


class CleaningTokenizer:
    """Cleans a chunk of a corpus by the rules for single pairs, and tokenizes it.

    Each process that `TokenizedCorpus` starts creates one.

    Args:
        settings: `[data]`, `[cleaning]`, `[preprocessing]` and the seed of `[training]`.
    """

    def __init__(self, settings: Settings) -> None:
        self._rules = settings.cleaning
        self._languages = settings.data.source_language, settings.data.target_language
        self._tokenize = PairTokenizer(settings.preprocessing, settings.training.seed)

    def __call__(self, pairs: Sequence[Pair]) -> list[TokenizedPair]:
        """Clean, normalize and tokenize pairs.

        Args:
            pairs: Source and target sentences as the files contain them.

        Returns:
            A tokenized pair for each pair, in the same order, including rejected pairs.
        """
        normalized = [(normalize(source), normalize(target)) for source, target in pairs]
        reasons = [
            cleaning.rejection_reason(*pair, self._rules, self._languages)
            or (None if all(normal) else reader.EMPTY)
            for pair, normal in zip(pairs, normalized, strict=True)
        ]
        clean = [pair for pair, reason in zip(normalized, reasons, strict=True) if not reason]
        tokenized = iter(self._tokenize(clean))
        return [
            TokenizedPair([pair[0]], [pair[1]], rejection_reason=reason)
            if reason
            else next(tokenized)._replace(
                pair_hash=cleaning.pair_hash(*pair),
                folded_pair_hash=cleaning.folded_pair_hash(*pair),
            )
            for pair, reason in zip(normalized, reasons, strict=True)
        ]


class TokenizedCorpus:
    """The pairs of `[data] train`, cleaned and tokenized, by several processes for large corpora.

    Args:
        settings: `[data]`, `[cleaning]`, `[preprocessing]` and `[training]` (seed and threads).
        deduplicator: Rejects pairs seen before and held-out pairs.

    Attributes:
        statistics: The counts of the pairs read so far. Rejected pairs are counted as left out.
    """

    def __init__(self, settings: Settings, deduplicator: Deduplicator) -> None:
        paths = map(find, settings.data.train)
        self._stream = reader.PairStream(
            paths, settings.data, settings.preprocessing.max_length, normalizes=False
        )
        self.statistics: ReadStatistics = self._stream
        self._settings = settings
        self._deduplicator = deduplicator

    def __iter__(self) -> Iterator[list[tuple[Row, TokenizedPair | None]]]:
        """Read the rows in chunks, in the order of the files.

        Yields:
            Each row of a chunk, and its tokenized pair; None for a row that is left out, which has
            a reason.

        Raises:
            UserError: If a file cannot be read or contains no pair.
        """
        processes = _processes(self._settings)
        waiting: deque[list[Row]] = deque()  # the rows of the chunks that are being tokenized
        chunks = self._chunks(waiting)
        for pairs in map_in_order(CleaningTokenizer, (self._settings,), chunks, processes):
            tokenized = iter(pairs)
            # Only this process sees all pairs in order, and so knows which pairs came before.
            yield [
                (row, None) if row.reason else self._check(row, next(tokenized))
                for row in waiting.popleft()
            ]

    def _chunks(self, waiting: deque[list[Row]]) -> Iterator[list[Pair]]:
        """Yield the pairs of each chunk of rows, and append its rows to `waiting`."""
        rows = self._stream.rows()
        while chunk := list(islice(rows, CHUNK)):
            waiting.append(chunk)
            yield [row.pair for row in chunk if row.reason is None]

    def _check(self, row: Row, pair: TokenizedPair) -> tuple[Row, TokenizedPair | None]:
        """Return a row and its pair, or the row and the reason why its pair is left out."""
        reason = pair.rejection_reason or self._deduplicator.rejection_reason(
            pair.pair_hash, pair.folded_pair_hash
        )
        if not reason:
            return row, pair
        self.statistics.leave_out(reason)
        return row._replace(reason=reason), None


def _processes(settings: Settings) -> int:
    """Return the number of processes to tokenize the corpus with."""
    if settings.preprocessing.runs_on_java:
        return 1
    size = 0
    for name in settings.data.train:
        with as_user_error(name, "read"):
            size += find(name).stat().st_size
    threads = settings.training.threads or usable_cores()
    return threads if size > _MIN_BYTES_FOR_PROCESSES else 1
