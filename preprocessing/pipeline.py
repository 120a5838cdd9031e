"""TextPipeline: the one path from text to ids and back, saved inside the translator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from preprocessing.english import EnglishTokenizer
from preprocessing.generic import SpaceTokenizer, Tokenizer, normalise
from preprocessing.korean import KoreanTokenizer
from preprocessing.subword import EOS, Subword
from settings import PreprocessingSettings, Settings


def make_tokenizer(name: str) -> Tokenizer:
    """The tokenizer of a name in `settings.TOKENIZERS`. Raises `UserError` if it is missing."""
    if name == "none":
        return SpaceTokenizer()
    return EnglishTokenizer() if name == "nltk" else KoreanTokenizer(name)


class PairTokeniser:
    """Tokens of sentence pairs, before they are cut into pieces.

    Args:
        settings: `[preprocessing]`.
    """

    def __init__(self, settings: PreprocessingSettings) -> None:
        self._lowercase = settings.lowercase
        self._tokenizers = tuple(
            make_tokenizer(name) for name in (settings.source_tokenizer, settings.target_tokenizer)
        )

    def __call__(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[list[str], list[str]]]:
        """The tokens of both sides of each pair."""
        source, target = self._tokenizers
        return [
            (
                source.tokenise(normalise(pair[0], self._lowercase)),
                target.tokenise(normalise(pair[1], self._lowercase)),
            )
            for pair in pairs
        ]


class TextSide:
    """Text ↔ ids of one language: normalise, tokenise, cut into pieces, and back.

    Args:
        tokenizer: Splits normalised text into marked tokens.
        subword: The learnt pieces.
        lowercase: Whether text is folded to lower case first.
    """

    def __init__(self, tokenizer: Tokenizer, subword: Subword, lowercase: bool) -> None:
        self.tokenizer = tokenizer
        self.subword = subword
        self.lowercase = lowercase

    def encode(self, text: str) -> list[int]:
        """Ids of a text, the end mark last. A blank text gives the end mark alone."""
        tokens = self.tokenizer.tokenise(normalise(text, self.lowercase))
        return [*self.subword.encode(tokens), EOS]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; marks and unknown pieces are left out."""
        return self.subword.decode(ids)

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """The piece of each id, as people read it: `▁` where a space comes before it."""
        return [self.subword.pieces[i] for i in ids]


class TextPipeline:
    """Both sides of a translator's text path.

    Args:
        source: Text ↔ ids of the source language.
        target: Text ↔ ids of the target language.
    """

    def __init__(self, source: TextSide, target: TextSide) -> None:
        self.source = source
        self.target = target

    @classmethod
    def fit(cls, pairs: Sequence[tuple[str, str]], settings: Settings) -> TextPipeline:
        """Learn the pieces of both sides from sentence pairs.

        Args:
            pairs: Source and target sentences.
            settings: `[preprocessing]` says how.

        Returns:
            The pipeline.

        Raises:
            UserError: If a tokenizer is missing or the vocabulary does not fit the corpus.
        """
        text = settings.preprocessing
        counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        for tokens in PairTokeniser(text)(pairs):
            for side, count in zip(tokens, counts, strict=True):
                count.update(side)
        return cls.from_counts(*counts, text)

    @classmethod
    def from_counts(
        cls,
        source: Mapping[str, int],
        target: Mapping[str, int],
        settings: PreprocessingSettings,
    ) -> TextPipeline:
        """Learn the pieces of both sides from how often each token occurs.

        Raises:
            UserError: As `fit`.
        """
        kind, size = settings.subword, settings.vocabulary_size
        state = {
            "source": Subword.train(source, kind, size).model,
            "target": Subword.train(target, kind, size).model,
        }
        return cls.from_state(state, settings)

    def to_state(self) -> dict[str, bytes]:
        """What `from_state` needs beside the settings: the two SentencePiece models."""
        return {"source": self.source.subword.model, "target": self.target.subword.model}

    @classmethod
    def from_state(
        cls, state: Mapping[str, bytes], settings: PreprocessingSettings
    ) -> TextPipeline:
        """Build the pipeline that `to_state` described.

        Raises:
            UserError: If a tokenizer is missing or a SentencePiece model is damaged.
        """
        names = {"source": settings.source_tokenizer, "target": settings.target_tokenizer}
        return cls(
            *(
                TextSide(make_tokenizer(name), Subword(state[side]), settings.lowercase)
                for side, name in names.items()
            )
        )
