"""The tokens of sentence pairs: normalized, tokenized, placeholders and marks of case put in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.text import case_markup, placeholders
from malgil.preprocessing.text.normalization import SPACE, normalize, shorten_runs
from malgil.preprocessing.text.placeholder_augmentation import augment
from malgil.preprocessing.text.protected_spans import find_spans
from malgil.preprocessing.text.tokenizer import make_pre_tokenizer
from malgil.settings import PreprocessingSettings

Tokens = list[str]
Sides = tuple[Tokens, Tokens]


class TokenizedPair(NamedTuple):
    """A pair on its way to ids.

    Attributes:
        source, target: What the model is to read and to write.
        plain: The tokens of both sides without placeholders, which pieces are learned from; None
            where they are the same.
        is_augmented: Whether placeholders were added that the pair did not have.
    """

    source: Tokens
    target: Tokens
    plain: Sides | None = None
    is_augmented: bool = False

    def counted(self) -> Sides:
        """The tokens of both sides that pieces are learned from."""
        return self.plain or (self.source, self.target)


class PairTokenizer:
    """Tokens of sentence pairs: a pure function of each pair.

    Args:
        settings: `[preprocessing]`.
        seed: For training: fixes which pairs get placeholders that they did not have
            (`preprocessing.text.placeholder_augmentation`). None leaves the pairs as they are.

    Raises:
        UserError: If a tokenizer is missing.
    """

    def __init__(self, settings: PreprocessingSettings, seed: int | None = None) -> None:
        self._settings = settings
        self._seed = seed
        self._tokenizers = (
            make_pre_tokenizer(settings.source_tokenizer),
            make_pre_tokenizer(settings.target_tokenizer),
        )

    def __call__(self, pairs: Sequence[Pair]) -> list[TokenizedPair]:
        """The tokens of both sides of each pair."""
        texts = [(shortened(normalize(source)), normalize(target)) for source, target in pairs]
        tokens = self._tokens(texts)
        if not self._settings.placeholders:
            return [TokenizedPair(*self._folded(*pair)) for pair in tokens]
        changed = [pair if self._seed is None else augment(*pair, self._seed) for pair in texts]
        places = [i for i, pair in enumerate(texts) if changed[i] != pair]
        again = dict(zip(places, self._tokens([changed[i] for i in places]), strict=True))
        return [
            self._covered(changed[i], again.get(i, plain), plain, i in again)
            for i, plain in enumerate(tokens)
        ]

    def _covered(
        self, texts: Pair, tokens: Sides, plain: Sides, is_augmented: bool
    ) -> TokenizedPair:
        """A pair with placeholders for the spans that its sides share; the others stay text."""
        slots = placeholders.match_spans(*texts)
        if not slots[0]:
            return TokenizedPair(*self._folded(*plain))
        covered = (
            placeholders.cover(texts[i], tokens[i], slots[i], self._tokenizers[i].tokenize)
            for i in (0, 1)
        )
        return TokenizedPair(*self._folded(*covered), self._folded(*plain), is_augmented)

    def _tokens(self, texts: Sequence[Pair]) -> list[Sides]:
        source, target = (
            tokenizer.tokenize_all([pair[i] for pair in texts])
            for i, tokenizer in enumerate(self._tokenizers)
        )
        return list(zip(source, target, strict=True))

    def _folded(self, source: Tokens, target: Tokens) -> Sides:
        if not self._settings.lowercase:
            return source, target
        return case_markup.fold(source), case_markup.fold(target)


def count_tokens(
    pairs: Iterable[TokenizedPair], settings: PreprocessingSettings
) -> tuple[Counter[str], Counter[str]]:
    """How often each token occurs on either side: what `TextPipeline.learn` learns from.

    Counters of parts of a corpus can be added up.

    Args:
        pairs: Of a `PairTokenizer`.
        settings: `[preprocessing]`.
    """
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for pair in pairs:
        for counter, tokens in zip(counts, pair.counted(), strict=True):
            counter.update(tokens)
    if settings.placeholders:
        for counter in counts:
            if counter:
                counter[SPACE] += 1  # what stands before a placeholder must be a piece
    return counts


def shortened(source: str) -> str:
    """A source text with long runs of a character, such as ㅋㅋㅋㅋ, made short."""
    return shorten_runs(source, find_spans)
