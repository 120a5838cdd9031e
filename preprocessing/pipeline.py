"""The text pipeline, which converts text of both languages to ids and back.

Training and translation use the same pipeline, and it is saved with the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text import case_markup, placeholders
from malgil.preprocessing.text.glossary import Glossary
from malgil.preprocessing.text.kept_words import find_kept_words
from malgil.preprocessing.text.normalization import SPACE, normalize, shorten_runs
from malgil.preprocessing.text.placeholder_repair import repair
from malgil.preprocessing.text.placeholders import Placeholders, Slot
from malgil.preprocessing.text.protected_spans import find_spans
from malgil.preprocessing.text.replace_unk import replace_unk
from malgil.preprocessing.text.sentence_splitting import (
    SENTENCE_ENDS,
    is_abbreviation,
    split_ids,
)
from malgil.preprocessing.text.subword import EOS, UNK, Ids, Subword
from malgil.preprocessing.text.tokenizer import Tokenizer, make_pre_tokenizer
from malgil.settings import PreprocessingSettings

if TYPE_CHECKING:
    from malgil.preprocessing.corpus import Pair
    from malgil.preprocessing.dataset.tokenize_pairs import TokenizedPair


class Segment(NamedTuple):
    """A source text, or a part of one, that the model translates at once.

    Attributes:
        ids: The ids, the end mark last.
        placeholders: The spans that the placeholders represent.
        words: For each id except the end mark the token that it belongs to.
    """

    ids: Ids
    placeholders: Placeholders
    words: tuple[str, ...] = ()


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
        marks = case_markup.MARKS * settings.lowercase + placeholders.MARKS * settings.placeholders
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
        source, target = (
            Tokenizer(make_pre_tokenizer(name), Subword(state[side]), settings.lowercase)
            for side, name in (
                ("source", settings.source_tokenizer),
                ("target", settings.target_tokenizer),
            )
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
        source, target = self.source.subword, self.target.subword
        ids = [*source.encode(pair.source), EOS], [*target.encode(pair.target), EOS]
        if pair.is_augmented and any(UNK in side_ids for side_ids in ids):
            # A small vocabulary may lack a bracket or a colon: use the pair without augmentation.
            plain_source, plain_target = pair.plain_sides()
            return [*source.encode(plain_source), EOS], [*target.encode(plain_target), EOS]
        return ids

    def encode_segments(
        self,
        texts: Sequence[str],
        limit: int | None = None,
        by_sentence: bool = False,
        keep: Sequence[str] = (),
    ) -> list[list[Segment]]:
        """Encode texts for translation, split into segments that fit the model.

        Args:
            texts: Any strings.
            limit: The maximum number of ids of a segment, including the end mark. Longer texts are
                split, at the end of a sentence if possible.
            by_sentence: Whether shorter texts are also split at the ends of sentences; see
                `sentence_splitting.split_ids`.
            keep: Words that are not translated if the translator supports placeholders.

        Returns:
            The segments of each text. A blank text has no segments.
        """
        texts = [shorten_runs(normalize(text), find_spans) for text in texts]
        slots: list[list[Slot]] = [[] for _ in texts]
        if self.settings.placeholders:
            slots = [
                placeholders.number_spans(text, find_kept_words(text, keep) if keep else ())
                for text in texts
            ]
        tokens = self.source.tokenize(texts, slots)
        return [
            list(self._segments(text, text_slots, text_tokens, limit, by_sentence))
            for text, text_slots, text_tokens in zip(texts, slots, tokens, strict=True)
        ]

    def _segments(
        self,
        text: str,
        slots: Sequence[Slot],
        tokens: Sequence[str],
        limit: int | None,
        by_sentence: bool,
    ) -> Iterator[Segment]:
        """Yield the segments of one text; see `encode_segments`.

        Args:
            text: Normalized text.
            slots: The spans of `text` that became placeholders.
            tokens: The tokens of `text`, including placeholders.
            limit: As for `encode_segments`.
            by_sentence: As for `encode_segments`.
        """
        slot_of = {slot.number: slot for slot in slots}
        ids, words = self._encode_tokens(tokens, slot_of)
        begin = 0
        for part in split_ids(ids, limit or len(ids) + 1, self._ends_sentence, by_sentence):
            for segment_ids in self._with_few_placeholders(part):
                end = begin + len(segment_ids)
                yield self._make_segment(segment_ids, words[begin:end], text, slot_of)
                begin = end

    def _with_few_placeholders(self, ids: Ids) -> Iterator[Ids]:
        """Split ids so that no part has more than `placeholders.COUNT` placeholders.

        They are split before the last word that begins before one placeholder too many.
        """
        begin, word_begin = 0, 0
        numbers: set[int] = set()
        for i, text_id in enumerate(ids):
            if text_id >= 0 and self.source.subword.pieces[text_id].startswith(SPACE):
                word_begin = i
            elif text_id < 0 and len(numbers | {text_id}) > placeholders.COUNT:
                end = word_begin if word_begin > begin else i
                yield ids[begin:end]
                begin, numbers = end, {each for each in ids[end:i] if each < 0}
            if text_id < 0:
                numbers.add(text_id)
        yield ids[begin:]

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

    def _encode_tokens(
        self, tokens: Sequence[str], numbers: Iterable[int]
    ) -> tuple[Ids, list[str]]:
        """Return the ids of tokens, and the token of each id.

        Placeholder n has the id -n here. Its final id is known after the text has been split, as
        each segment numbers its placeholders from 1 (`_make_segment`).
        """
        placeholder_ids = {placeholders.mark(number): [-number] for number in numbers}
        ids: Ids = []
        words: list[str] = []
        for token in tokens:
            token_ids = placeholder_ids.get(token) or self.source.subword.encode([token])
            ids += token_ids
            words += [token] * len(token_ids)
        return ids, words

    def _make_segment(
        self, text_ids: Ids, words: Sequence[str], text: str, slots: Mapping[int, Slot]
    ) -> Segment:
        """Make a segment with placeholders numbered from 1.

        Args:
            text_ids: Ids of a part of the text, -n for its placeholder n.
            words: The token of each id.
            text: The text.
            slots: A slot of each placeholder of the text, by its number.
        """
        positions: dict[int, list[int]] = {}  # of each placeholder of the text in the segment
        ids: Ids = []
        for i, text_id in enumerate(text_ids):
            if text_id >= 0:
                ids.append(text_id)
                continue
            positions.setdefault(-text_id, []).append(i)
            number = list(positions).index(-text_id) + 1
            ids.append(self.source.subword.marks[placeholders.mark(number)])
        known = placeholders.in_segment(slots, text, positions)
        return Segment([*ids, EOS], known, tuple(words))

    def _ends_sentence(self, ids: Sequence[int], at: int) -> bool:
        """Return whether a sentence ends with the id at an index that is not the last."""
        pieces = self.source.subword.pieces
        if ids[at] < 0 or not pieces[ids[at]].endswith(SENTENCE_ENDS):
            return False
        following = at + 1
        while following < len(ids) - 1 and pieces[ids[following]] in case_markup.MARKS:
            following += 1
        # The point of 3.5 does not end a sentence: the end is followed by a space.
        if ids[following] < 0 or not pieces[ids[following]].startswith(SPACE):
            return False
        begin = at
        while begin and ids[begin] >= 0 and not pieces[ids[begin]].startswith(SPACE):
            begin -= 1
        word = self._spelled(ids[begin : at + 1])
        if word[:-1].isdigit() and self._spelled(ids[following : following + 2])[:1].isdigit():
            return False  # 2026. 3. 14.
        return not is_abbreviation(word)

    def _spelled(self, ids: Sequence[int]) -> str:
        """Return the text of ids, without the space before it; a placeholder as digits."""
        pieces = self.source.subword.pieces
        return "".join("000" if i < 0 else pieces[i] for i in ids).removeprefix(SPACE)
