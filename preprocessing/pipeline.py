"""The text pipeline, which converts text of both languages to ids and back.

Training and translation use the same pipeline, and it is saved with the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text import case_markup, placeholders
from malgil.preprocessing.text.affixes import Affixes, split_affixes
from malgil.preprocessing.text.glossary import Glossary
from malgil.preprocessing.text.normalization import SPACE, normalize, simplify_source
from malgil.preprocessing.text.placeholders import Placeholders
from malgil.preprocessing.text.protected_spans import find_spans
from malgil.preprocessing.text.replace_unk import replace_unk
from malgil.preprocessing.text.scripts import script_share
from malgil.preprocessing.text.sentence_splitting import cut_tokens, split_sentences
from malgil.preprocessing.text.subword import EOS, UNK, Ids, Subword
from malgil.preprocessing.text.tokenizer import Tokenizer, make_pre_tokenizers
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
        text: The text of the ids, with the spans.
        before: What precedes the translation of this segment: an untranslated prefix.
        after: What follows it.
        has_lent_mark: Whether the final mark of `ids` is not in the source, so that the translation
            must lose its final mark.
    """

    ids: Ids
    placeholders: Placeholders
    words: tuple[str, ...] = ()
    text: str = ""
    before: str = ""
    after: str = ""
    has_lent_mark: bool = False


class _Sentence(NamedTuple):
    """A sentence of a source text before it is cut to the length of the model.

    Attributes:
        affixes: Its text. The core is empty if there is nothing to translate.
        core: The core as the model reads it.
        ids: The ids of `core`, -n for its placeholder n, without the end mark.
        words: The token of each id.
        spans: The spans that the placeholders represent, by their numbers.
    """

    affixes: Affixes
    core: str
    ids: Ids
    words: list[str]
    spans: dict[int, str]


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
            Tokenizer(pre_tokenizer, Subword(state[side]), settings.lowercase)
            for side, pre_tokenizer in zip(
                ("source", "target"), make_pre_tokenizers(settings), strict=True
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
    ) -> list[list[Segment]]:
        """Encode texts for translation, split into segments that fit the model.

        Args:
            texts: Any strings. Text between {{ and }} is not translated if the translator supports
                placeholders.
            limit: The maximum number of ids of a segment, including the end mark; only a tenth span
                and later ones may exceed it. Longer texts are split, at the end of a sentence if
                possible.
            by_sentence: Whether shorter texts are also split at the ends of sentences.
            language: The two-letter code of the source language: a sentence without a letter of
                its script is not translated. "" for any language.

        Returns:
            The segments of each text. A text without anything to translate has no segments. If a
            text has segments, `before` and `after` contain all of it that is not translated.
        """
        normalized = [normalize(text) for text in texts]
        wholes = [[text] if text else [] for text in normalized]
        parts = list(map(_sentences, normalized)) if by_sentence else wholes
        encoded = self._encode_sentences(parts, language)
        if not by_sentence and limit:
            too_long = [i for i, [*whole] in enumerate(encoded) if _length(whole) >= limit]
            split = self._encode_sentences([_sentences(normalized[i]) for i in too_long], language)
            for i, sentences in zip(too_long, split, strict=True):
                encoded[i] = sentences
            encoded = self._join_sentences(encoded, limit - 1, language)
        return [list(self._segments(sentences, limit)) for sentences in encoded]

    def _encode_sentences(
        self, parts: Sequence[Sequence[str]], language: str
    ) -> list[list[_Sentence]]:
        """Encode the sentences of several texts; the tokenizer is called once."""
        affixes = [[split_affixes(part, _kept(part)) for part in text] for text in parts]
        translated = [
            each
            for text in affixes
            for each in text
            if each.core and (not language or script_share(each.core, language) > 0)
        ]
        cores = [simplify_source(each.core, _kept) + each.lent_mark for each in translated]
        marked: list[list[tuple[int, int]]] = [[] for _core in cores]
        slots: list[list[placeholders.Slot]] = [[] for _core in cores]
        if self.settings.placeholders:
            unwrapped = [placeholders.unwrap_braces(core) for core in cores]
            cores, marked = [core for core, _ in unwrapped], [spans for _, spans in unwrapped]
            slots = list(map(placeholders.number_spans, cores, marked))
        tokens = self.source.tokenize(cores, slots)
        encoded = iter(list(zip(cores, slots, tokens, strict=True)))
        chosen = set(map(id, translated))
        return [
            [
                self._encode_core(each, *next(encoded))
                if id(each) in chosen
                else _Sentence(Affixes("".join(each[:3]), "", ""), "", [], [], {})
                for each in text
            ]
            for text in affixes
        ]

    def _encode_core(
        self,
        affixes: Affixes,
        core: str,
        slots: Sequence[placeholders.Slot],
        tokens: Sequence[str],
    ) -> _Sentence:
        spans = {number: core[begin:end] for begin, end, number in slots}
        return _Sentence(affixes, core, *self._encode_tokens(tokens, spans), spans)

    def _join_sentences(
        self, texts: Sequence[list[_Sentence]], length: int, language: str
    ) -> list[list[_Sentence]]:
        """Join consecutive sentences of each text that have at most `length` ids together.

        Only a space may be between them: signs would be within the joined text.
        """
        parts = []
        for sentences in texts:
            groups: list[list[_Sentence]] = []
            for sentence in sentences:
                if groups and _can_be_joined(groups[-1], sentence, length):
                    groups[-1].append(sentence)
                else:
                    groups.append([sentence])
            parts.append(groups)
        joined = iter(
            self._encode_sentences(
                [
                    ["".join("".join(each.affixes[:3]) for each in group)]
                    for groups in parts
                    for group in groups
                    if len(group) > 1
                ],
                language,
            )
        )
        return [
            [group[0] if len(group) == 1 else next(joined)[0] for group in groups]
            for groups in parts
        ]

    def _segments(self, sentences: Sequence[_Sentence], limit: int | None) -> Iterator[Segment]:
        """Yield the segments of one text; see `encode_segments`.

        Args:
            sentences: The sentences of the text.
            limit: As for `encode_segments`.
        """
        segments: list[Segment] = []
        untranslated = ""
        for affixes, core, ids, words, spans in sentences:
            if not ids:
                untranslated += affixes.prefix
                continue
            cuts = list(cut_tokens(words, max(limit - 1, 1) if limit else len(ids)))
            parts = [self._make_segment(ids[i:j], words[i:j], spans) for i, j in cuts]
            if len(parts) == 1:
                parts = [parts[0]._replace(text=core)]
            parts[0] = parts[0]._replace(before=untranslated + affixes.prefix)
            parts[-1] = parts[-1]._replace(
                after=affixes.suffix, has_lent_mark=bool(affixes.lent_mark)
            )
            segments += parts
            untranslated = ""
        if segments:
            segments[-1] = segments[-1]._replace(after=segments[-1].after + untranslated)
        yield from segments

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
        pieces = placeholders.repair(pieces, known, attention)
        text = placeholders.restore_spans(self.target.join(pieces), known)
        return self.target.pre_tokenizer.typeset(text)

    def _encode_tokens(
        self, tokens: Sequence[str], spans: Mapping[int, str]
    ) -> tuple[Ids, list[str]]:
        """Return the ids of tokens, and the token of each id.

        Placeholder n has the id -n here. Its final id is known after the text has been split, as
        each segment numbers its placeholders from 1 (`_make_segment`).
        """
        placeholder_ids = {placeholders.mark(number): [-number] for number in spans}
        ids: Ids = []
        words: list[str] = []
        for token in tokens:
            token_ids = placeholder_ids.get(token) or self.source.subword.encode([token])
            ids += token_ids
            words += [token] * len(token_ids)
        return ids, words

    def _make_segment(
        self, text_ids: Ids, words: Sequence[str], spans: Mapping[int, str]
    ) -> Segment:
        """Make a segment with placeholders numbered from 1. Spans after the ninth become text.

        Args:
            text_ids: Ids of the text, -n for its placeholder n.
            words: The token of each id.
            spans: The spans that the placeholders of the text represent, by their numbers.
        """
        positions: dict[int, list[int]] = {}  # of each placeholder of the text in the segment
        ids: Ids = []
        words_of_ids: list[str] = []
        for text_id, word in zip(text_ids, words, strict=True):
            if text_id >= 0:
                new_ids = [text_id]
            elif -text_id in positions or len(positions) < placeholders.COUNT:
                positions.setdefault(-text_id, []).append(len(ids))
                number = list(positions).index(-text_id) + 1
                new_ids = [self.source.subword.marks[placeholders.mark(number)]]
            else:
                first, *rest = self.source.tokenize([spans[-text_id]])[0]
                new_ids = self.source.subword.encode([first.removeprefix(SPACE), *rest])
            ids += new_ids
            words_of_ids += [word] * len(new_ids)
        known = Placeholders(
            tuple(spans[number] for number in positions), tuple(map(tuple, positions.values()))
        )
        text = placeholders.restore_spans(self.source.decode(ids), known)
        return Segment([*ids, EOS], known, tuple(words_of_ids), text)


def _kept(text: str) -> list[tuple[int, int]]:
    """Return the spans of a text that are neither cut nor changed."""
    braces = placeholders.find_braces(text)
    spans = [
        (begin, end)
        for begin, end in find_spans(text)
        if all(end <= brace_begin or begin >= brace_end for brace_begin, brace_end in braces)
    ]
    return sorted([*spans, *braces])


def _sentences(text: str) -> list[str]:
    return [text[begin:end] for begin, end in split_sentences(text, _kept(text))]


def _length(sentences: Sequence[_Sentence]) -> int:
    return sum(len(sentence.ids) for sentence in sentences)


def _can_be_joined(group: Sequence[_Sentence], sentence: _Sentence, length: int) -> bool:
    last = group[-1].affixes
    is_plain = not (last.suffix + sentence.affixes.prefix).strip()
    return (
        is_plain
        and bool(last.core and sentence.affixes.core)
        and _length([*group, sentence]) <= length
    )
