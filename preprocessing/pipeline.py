"""The text pipeline, which converts text of both languages to ids and back.

Training and translation use the same pipeline, and it is saved with the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.segments import Segment, SegmentEncoder
from malgil.preprocessing.text import case_markup, placeholders
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.placeholder_repair import repair
from malgil.preprocessing.text.placeholders import Placeholders
from malgil.preprocessing.text.replace_unk import replace_unk
from malgil.preprocessing.text.subword import EOS, UNK, Ids, Subword
from malgil.preprocessing.text.tokenizer import Tokenizer, make_pre_tokenizers
from malgil.settings import PreprocessingSettings

if TYPE_CHECKING:
    from malgil.preprocessing.corpus import Pair
    from malgil.preprocessing.dataset.tokenize_pairs import TokenizedPair
    from malgil.preprocessing.text.glossary import Glossary


def required_marks(settings: PreprocessingSettings) -> tuple[str, ...]:
    """Return the marks that the vocabularies of both sides contain."""
    return case_markup.MARKS * settings.lowercase + placeholders.MARKS * settings.placeholders


class TextPipeline:
    """Encodes source texts and sentence pairs, and decodes translations. It can be pickled.

    Args:
        source: Converts text of the source language to ids and back.
        target: The same for the target language.
        settings: The `[preprocessing]` with which the subwords were learned.
    """

    def __init__(
        self, source: Tokenizer, target: Tokenizer, settings: PreprocessingSettings
    ) -> None:
        self.source = source
        self.target = target
        self.settings = settings
        self._marks = frozenset(placeholders.MARKS)

    @classmethod
    def learn(
        cls, counts: tuple[Counter[str], Counter[str]], settings: PreprocessingSettings
    ) -> TextPipeline:
        """Learn the subwords of both sides.

        Args:
            counts: The number of occurrences of each token on either side
                (`tokenize_pairs.count_tokens`).
            settings: `[preprocessing]`.

        Raises:
            UserError: If a tokenizer is not installed, or the vocabulary does not fit the corpus.
        """
        marks = required_marks(settings)
        names = {"source": settings.source_tokenizer, "target": settings.target_tokenizer}
        state = {}
        for (side, name), side_counts in zip(names.items(), counts, strict=True):
            # The French tokenizer splits off all punctuation, so that l' and -vous can be pieces.
            mixes_signs = name == "french"
            state[side] = Subword.train(
                side_counts, settings.subword, settings.vocabulary_size, marks, mixes_signs
            ).model
        return cls.from_state(state, settings)

    def to_state(self) -> dict[str, bytes]:
        """Return the two SentencePiece models, which `from_state` needs besides the settings."""
        return {"source": self.source.subword.model, "target": self.target.subword.model}

    @classmethod
    def from_state(
        cls, state: Mapping[str, bytes], settings: PreprocessingSettings
    ) -> TextPipeline:
        """Build the pipeline whose `to_state` returned `state`.

        Raises:
            UserError: If a tokenizer is not installed or a SentencePiece model is damaged.
        """
        return cls.from_subwords((Subword(state["source"]), Subword(state["target"])), settings)

    @classmethod
    def from_subwords(
        cls, subwords: tuple[Subword, Subword], settings: PreprocessingSettings
    ) -> TextPipeline:
        """Build the pipeline of the subwords of both sides, source first.

        Raises:
            UserError: If a tokenizer is not installed.
        """
        source, target = (
            Tokenizer(pre_tokenizer, subword, settings.lowercase)
            for subword, pre_tokenizer in zip(subwords, make_pre_tokenizers(settings), strict=True)
        )
        return cls(source, target, settings)

    def __reduce__(self) -> tuple[Any, ...]:
        return TextPipeline.from_state, (self.to_state(), self.settings)

    def encode_pairs(self, pairs: Sequence[Pair]) -> list[tuple[Ids, Ids]]:
        """Encode sentence pairs, each independently of the others.

        Args:
            pairs: Source and target sentences, any strings.

        Returns:
            The ids of both sides of each pair, the end marks last.
        """
        # Imported here, as translation does not need the modules that read a corpus.
        from malgil.preprocessing.dataset.tokenize_pairs import PairTokenizer

        normalized = [(normalize(source), normalize(target)) for source, target in pairs]
        return [self.encode_tokenized(pair) for pair in PairTokenizer(self.settings)(normalized)]

    def encode_tokenized(self, pair: TokenizedPair) -> tuple[Ids, Ids]:
        """Return the ids of both sides of a tokenized pair, the end marks last."""
        ids = self._ids_of_sides(pair.source, pair.target)
        if pair.is_augmented and any(UNK in side_ids for side_ids in ids):
            # A small vocabulary may lack a bracket or a colon: use the pair without augmentation.
            return self._ids_of_sides(*pair.plain_sides())
        return ids

    def _ids_of_sides(self, source: Sequence[str], target: Sequence[str]) -> tuple[Ids, Ids]:
        return [*self.source.subword.encode(source), EOS], [
            *self.target.subword.encode(target),
            EOS,
        ]

    def encode_segments(
        self,
        texts: Sequence[str],
        limit: int | None = None,
        by_sentence: bool = False,
        language: str = "",
        keep: Sequence[str] = (),
    ) -> list[list[Segment]]:
        """Encode texts for translation, split into segments that fit the model.

        Args:
            texts: Any strings.
            limit: The maximum number of ids of a segment, including the end mark. Longer texts are
                split, at the end of a sentence if possible.
            by_sentence: Whether shorter texts are also split at the ends of sentences.
            language: The two-letter code of the source language: a sentence without a letter of
                its script is not translated. "" for any language.
            keep: Words that are not translated if the translator supports placeholders.

        Returns:
            The segments of each text. A text without anything to translate has no segments. If a
            text has segments, `before` and `after` contain all of it that is not translated.
        """
        encoder = SegmentEncoder(self.source, self.settings.placeholders, limit, language, keep)
        return encoder.encode(texts, by_sentence)

    def decode(
        self,
        ids: Sequence[int],
        known: Placeholders = placeholders.NONE,
        attention: NDArray[np.floating[Any]] | None = None,
        words: Sequence[str] = (),
        dictionary: Glossary | None = None,
    ) -> str:
        """Return the text of a translation.

        Args:
            ids: The ids of the translation, with or without the end mark.
            known: The placeholders of the source segment, all of which are restored.
            attention: `(len(ids), src_len)`, the attention weights of each id.
            words: The token of each source id. If given, unknown pieces are replaced with the
                words that they attend to.
            dictionary: Translations of such words. A word that it does not contain is copied.

        Returns:
            The text, without special pieces. Without `words`, unknown pieces are left out as well.
        """
        body = list(ids[:-1] if ids and ids[-1] == EOS else ids)
        pieces = self.target.spell(body)
        if UNK in body:
            pieces = replace_unk(body, pieces, words, attention, dictionary)
        if known.texts or not self._marks.isdisjoint(pieces):
            pieces = repair(pieces, known, attention)
        text = placeholders.restore_spans(self.target.join(pieces), known)
        return self.target.pre_tokenizer.typeset(text)
