"""TextPipeline: the one path from text to ids and back, saved inside the translator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.dataset.pairs import PairTokenizer, TokenizedPair, count_tokens, shortened
from malgil.preprocessing.text import case_markup, placeholders
from malgil.preprocessing.text.glossary import Glossary
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.placeholders import Placeholders, Slot
from malgil.preprocessing.text.replace_unk import replace_unknown
from malgil.preprocessing.text.sentence_splitting import SENTENCE_ENDS, cut, is_abbreviation
from malgil.preprocessing.text.subword import EOS, UNK, Subword
from malgil.preprocessing.text.tokenizer import Ids, Tokenizer, make_pre_tokenizer
from malgil.settings import PreprocessingSettings, Settings


class Segment(NamedTuple):
    """A source text, or as much of it as the model takes at a time.

    Attributes:
        ids: Its ids, the end mark last.
        placeholders: What its placeholders stand for.
        words: The token that each id belongs to, but for the end mark.
    """

    ids: Ids
    placeholders: Placeholders
    words: tuple[str, ...] = ()


class TextPipeline:
    """Both sides of a translator's text path. It can be pickled, to encode in other processes.

    Args:
        source: Text ↔ ids of the source language.
        target: Text ↔ ids of the target language.
        settings: What it was learned with.
    """

    def __init__(
        self, source: Tokenizer, target: Tokenizer, settings: PreprocessingSettings
    ) -> None:
        self.source = source
        self.target = target
        self.settings = settings
        marks = set(placeholders.MARKS)
        self.has_placeholders = settings.placeholders and all(
            marks <= set(side.subword.marks) for side in (source, target)
        )

    @classmethod
    def fit(cls, pairs: Sequence[Pair], settings: Settings) -> TextPipeline:
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
        return cls.learn(count_tokens(PairTokenizer(text)(pairs), text), text)

    @classmethod
    def learn(
        cls, counts: tuple[Counter[str], Counter[str]], settings: PreprocessingSettings
    ) -> TextPipeline:
        """Learn the pieces of both sides from what `count_tokens` counted, sums of it included."""
        marks = case_markup.MARKS * settings.lowercase + placeholders.MARKS * settings.placeholders
        names = {"source": settings.source_tokenizer, "target": settings.target_tokenizer}
        state = {}
        for (side, name), of_side in zip(names.items(), counts, strict=True):
            # The French tokenizer parts all punctuation, so that l' and -vous can be pieces.
            mixes_signs = name == "french"
            state[side] = Subword.train(
                of_side, settings.subword, settings.vocabulary_size, marks, mixes_signs
            ).model
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

    def encode_pairs(self, pairs: Sequence[Pair], seed: int | None = None) -> list[tuple[Ids, Ids]]:
        """Ids of sentence pairs, the end marks last: a pure function of each pair.

        Args:
            pairs: Source and target sentences.
            seed: For training: fixes which pairs get placeholders that they did not have
                (`preprocessing.text.placeholder_augmentation`). None leaves the pairs as they are.

        Returns:
            The ids of both sides of each pair.
        """
        if self.source.loses_case:
            return [(self.source.encode(a), self.target.encode(b)) for a, b in pairs]
        settings = replace(self.settings, placeholders=self.has_placeholders)
        return [self.ids(pair) for pair in PairTokenizer(settings, seed)(pairs)]

    def ids(self, pair: TokenizedPair) -> tuple[Ids, Ids]:
        """Ids of a tokenized pair, the end marks last."""
        source, target = self.source.subword, self.target.subword
        ids = [*source.encode(pair.source), EOS], [*target.encode(pair.target), EOS]
        if pair.is_augmented and any(UNK in of_side for of_side in ids):
            # A bracket or a colon may be unknown to a small vocabulary: the pair as it was.
            return self.ids(TokenizedPair(*pair.counted()))
        return ids

    def encode_source(self, text: str) -> Segment:
        """A source text in one part, however long; see `encode_parts`."""
        [parts] = self.encode_parts([text])
        return parts[0] if parts else Segment([EOS], placeholders.NONE)

    def encode_parts(
        self, texts: Sequence[str], limit: int | None = None, by_sentence: bool = False
    ) -> list[list[Segment]]:
        """Encode texts for translation.

        Args:
            texts: Any strings. What stands between {{ and }} comes through as it is, where the
                translator knows placeholders.
            limit: The most ids of a part, the end mark included, but for those of a span beyond
                the ninth. Longer texts are cut, at the end of a sentence where there is one.
            by_sentence: Whether shorter texts too are cut at the ends of sentences; see
                `parts.cut`.

        Returns:
            The parts of each text; none of a blank text.
        """
        texts = [shortened(normalize(text)) for text in texts]
        slots: list[list[Slot]] = [[] for _ in texts]
        if self.has_placeholders:
            unmarked = [placeholders.take_marks(text) for text in texts]
            slots = [placeholders.number_spans(*each) for each in unmarked]
            texts = [text for text, _ in unmarked]
        parts = []
        for tokens, of_text, text in zip(
            self.source.tokens(texts, slots), slots, texts, strict=True
        ):
            spans = {number: text[begin:end] for begin, end, number in of_text}
            ids, words = self._open_ids(tokens, spans)
            of_text_parts = []
            begin = 0
            for body in cut(ids, limit or len(ids) + 1, self._ends_sentence, by_sentence):
                end = begin + len(body)
                of_text_parts.append(self._numbered(body, words[begin:end], spans))
                begin = end
            parts.append(of_text_parts)
        return parts

    def decode(
        self,
        ids: Sequence[int],
        known: Placeholders = placeholders.NONE,
        attention: NDArray[np.floating[Any]] | None = None,
        words: Sequence[str] = (),
        dictionary: Glossary | None = None,
    ) -> str:
        """The translation that target ids stand for, ready to be read.

        Args:
            ids: Those of the translation, with or without the end mark.
            known: The placeholders of the source, all of which come back: `placeholders.settle`.
            attention: `(len(ids), src_len)`, the weights with which each id was chosen.
            words: The source token that each source id belongs to: what stands for unknown pieces.
            dictionary: How such words are translated; the others are taken as they are.

        Returns:
            The text. Special pieces are left out, and unknown ones without `words`.
        """
        body = list(ids[:-1] if ids and ids[-1] == EOS else ids)
        spelled = replace_unknown(body, self.target.spell(body), words, attention, dictionary)
        pieces = placeholders.settle(spelled, known, attention)
        text = placeholders.fill(self.target.join(pieces), known)
        return self.target.pre_tokenizer.typeset(text)

    def _open_ids(self, tokens: Sequence[str], spans: Mapping[int, str]) -> tuple[Ids, list[str]]:
        """Ids of tokens, and the token of each; for the placeholder of number n it is -n, as parts
        have their own.
        """
        open_ids = {placeholders.mark(number): [-number] for number in spans}
        ids: Ids = []
        words: list[str] = []
        for token in tokens:
            some = open_ids.get(token) or self.source.subword.encode([token])
            ids += some
            words += [token] * len(some)
        return ids, words

    def _numbered(self, body: Ids, words: Sequence[str], spans: Mapping[int, str]) -> Segment:
        """A part with its own numbers, from 1. Beyond the ninth a span is spelled out."""
        positions: dict[int, list[int]] = {}
        ids: Ids = []
        of_ids: list[str] = []
        for i, word in zip(body, words, strict=True):
            if i >= 0:
                some = [i]
            elif -i in positions or len(positions) < placeholders.COUNT:
                positions.setdefault(-i, []).append(len(ids))
                number = list(positions).index(-i) + 1
                some = [self.source.subword.marks[placeholders.mark(number)]]
            else:
                first, *rest = self.source.tokens([spans[-i]])[0]
                some = self.source.subword.encode([first.removeprefix(SPACE), *rest])
            ids += some
            of_ids += [word] * len(some)
        known = Placeholders(
            tuple(spans[i] for i in positions), tuple(map(tuple, positions.values()))
        )
        return Segment([*ids, EOS], known, tuple(of_ids))

    def _ends_sentence(self, ids: Sequence[int], at: int) -> bool:
        pieces = self.source.subword.pieces
        if ids[at] < 0 or not pieces[ids[at]].endswith(SENTENCE_ENDS):
            return False
        following = at + 1
        while following < len(ids) - 1 and pieces[ids[following]] in case_markup.MARKS:
            following += 1
        # The point of 3.5 ends nothing: a sentence's end is followed by a space.
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
        """What ids spell, without the space before it; a placeholder as digits."""
        pieces = self.source.subword.pieces
        return "".join("000" if i < 0 else pieces[i] for i in ids).removeprefix(SPACE)
