"""Segments: the parts of source texts that the model translates at once, and their encoding."""

from __future__ import annotations

import bisect
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from malgil.preprocessing.text import placeholders
from malgil.preprocessing.text.affixes import Affixes, split_affixes
from malgil.preprocessing.text.case_markup import MARKS as CASE_MARKS
from malgil.preprocessing.text.markup import InlineMark, without_marks
from malgil.preprocessing.text.normalization import SPACE, normalize, simplify_source
from malgil.preprocessing.text.placeholders import Placeholders, Slot
from malgil.preprocessing.text.protected_spans import parse_spans
from malgil.preprocessing.text.scripts import script_share
from malgil.preprocessing.text.sentence_splitting import cut_tokens, split_sentences
from malgil.preprocessing.text.span import Span, text_outside, within
from malgil.preprocessing.text.subword import EOS, Ids
from malgil.preprocessing.text.tokenizer import Tokenizer

# Markup in the text between two sentences: they are joined as in the source, without a space.
_MARKUP = re.compile(r"[<>\\|&]|\*|~~|__|==")


class Segment(NamedTuple):
    """A source text, or a part of one, that the model translates at once.

    Attributes:
        ids: The ids, the end mark last.
        placeholders: The spans that the placeholders represent.
        words: For each id except the end mark the token that it belongs to.
        text: The text of the ids, with the spans.
        before: What precedes the translation of this segment: a space, an untranslated prefix.
        after: What follows it.
        has_lent_mark: Whether the final mark of `ids` is not in the source, so that the translation
            must lose its final mark.
        follows_space: Whether it begins the source text, or a space is before it or before the
            signs that precede it.
    """

    ids: Ids
    placeholders: Placeholders
    words: tuple[str, ...] = ()
    text: str = ""
    before: str = ""
    after: str = ""
    has_lent_mark: bool = False
    follows_space: bool = True


class _Part(NamedTuple):
    """A part of a source text, and its protected spans."""

    text: str
    spans: Sequence[Span]


class _Sentence(NamedTuple):
    """A sentence of a source text before it is cut to the length of the model.

    Attributes:
        affixes: Its text. The core is empty if there is nothing to translate.
        core: The core as the model reads it.
        ids: The ids of `core`, -n for its placeholder n, without the end mark.
        words: The token of each id.
        slots: A slot of each placeholder, by its number.
        marks: The marks of markup that the core had; `at` is the index of an id.
    """

    affixes: Affixes
    core: str
    ids: Ids
    words: list[str]
    slots: dict[int, Slot]
    marks: Sequence[InlineMark] = ()


class SegmentEncoder:
    """Encodes source texts, split into segments.

    Args:
        tokenizer: Converts text of the source language to ids and back.
        uses_placeholders: `[preprocessing] placeholders`.
        limit: The maximum number of ids of a segment, including the end mark; None for no limit.
        language: The two-letter code of the source language: a sentence without a letter of its
            script is not translated. "" for any language.
        keep: Words that are not translated if the translator supports placeholders.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        uses_placeholders: bool,
        limit: int | None = None,
        language: str = "",
        keep: Sequence[str] = (),
    ) -> None:
        self._tokenizer = tokenizer
        self._uses_placeholders = uses_placeholders
        self._limit = limit
        self._language = language
        self._keep = keep

    def encode(self, texts: Sequence[str], by_sentence: bool) -> list[list[Segment]]:
        """Encode texts; see `TextPipeline.encode_segments`."""
        normalized = [normalize(text) for text in texts]
        split = self._split if by_sentence else self._whole
        encoded = self._encode_sentences(list(map(split, normalized)))
        limit = self._limit
        if not by_sentence and limit:
            too_long = [i for i, [*whole] in enumerate(encoded) if _length(whole) >= limit]
            parts = self._encode_sentences([self._split(normalized[i]) for i in too_long])
            for i, sentences in zip(too_long, parts, strict=True):
                encoded[i] = sentences
            encoded = self._join_sentences(encoded, limit - 1)
        return [list(self._segments(sentences)) for sentences in encoded]

    def _whole(self, text: str) -> list[_Part]:
        """Return a text as one part."""
        return [_Part(text, self._parse(text))] if text else []

    def _split(self, text: str) -> list[_Part]:
        """Split a text into sentences."""
        spans = self._parse(text)
        return [
            _Part(text[begin:end], within(spans, begin, end) if spans else ())
            for begin, end in split_sentences(text, spans)
        ]

    def _parse(self, text: str) -> list[Span]:
        """Return the spans of a text that are neither cut nor changed."""
        return parse_spans(text, self._find_words(text))

    def _find_kept(self, text: str) -> list[tuple[int, int]]:
        return [(span.begin, span.end) for span in self._parse(text)]

    def _find_words(self, text: str) -> Sequence[tuple[int, int]]:
        if not self._keep:
            return ()
        # Imported here, as most translations keep no words.
        from malgil.preprocessing.text.kept_words import find_kept_words

        return find_kept_words(text, self._keep)

    def _encode_sentences(self, texts: Sequence[Sequence[_Part]]) -> list[list[_Sentence]]:
        """Encode the sentences of several texts; the tokenizer is called once."""
        affixes = [[split_affixes(*part) for part in text] for text in texts]
        chosen = [
            (each, part)
            for text, parts in zip(affixes, texts, strict=True)
            for each, part in zip(text, parts, strict=True)
            if each.core and self._is_in_language(part)
        ]
        taken = {id(each): self._take_marks(each, part) for each, part in chosen}
        cores = [
            simplify_source(taken[id(each)][0], self._find_kept) + each.lent_mark
            for each, _part in chosen
        ]
        slots: list[list[Slot]] = [[] for _core in cores]
        if self._uses_placeholders:
            slots = [placeholders.number_spans(core, self._find_words(core)) for core in cores]
        tokens = self._tokenizer.tokenize(cores, slots)
        encoded = iter(list(zip(cores, slots, tokens, strict=True)))
        return [
            [
                self._encode_core(each, *next(encoded), taken[id(each)][1])
                if id(each) in taken
                else _Sentence(Affixes("".join(each[:3]), "", ""), "", [], [], {})
                for each in text
            ]
            for text in affixes
        ]

    def _is_in_language(self, part: _Part) -> bool:
        """Return whether a part has a letter of the source language outside its spans."""
        words = text_outside(*part, 0, len(part.text)) if part.spans else part.text
        return not self._language or script_share(words, self._language) > 0

    def _take_marks(self, affixes: Affixes, part: _Part) -> tuple[str, Sequence[InlineMark]]:
        """Return a core without the marks within it, and these marks."""
        if not self._uses_placeholders or not part.spans:
            return affixes.core, ()
        begin = len(affixes.prefix)
        return without_marks(affixes.core, within(part.spans, begin, begin + len(affixes.core)))

    def _encode_core(
        self,
        affixes: Affixes,
        core: str,
        slots: Sequence[Slot],
        tokens: Sequence[str],
        marks: Sequence[InlineMark],
    ) -> _Sentence:
        """Return a sentence with the ids of its tokens.

        Placeholder n has the id -n here. Its final id is known after the sentence has been cut, as
        each segment numbers its placeholders from 1 (`_make_segment`).
        """
        by_number = {slot.number: slot for slot in slots}
        placeholder_ids = {placeholders.mark(number): [-number] for number in by_number}
        ids: Ids = []
        words: list[str] = []
        begins: list[tuple[int, int]] = []  # for each token the ids and the characters before it
        length = 0
        for token in tokens:
            begins.append((len(ids), length))
            length += self._length_of(token, core, by_number)
            token_ids = placeholder_ids.get(token) or self._tokenizer.subword.encode([token])
            ids += token_ids
            words += [token] * len(token_ids)
        if not marks:
            return _Sentence(affixes, core, ids, words, by_number)
        begins.append((len(ids), length))
        total = len(core.replace(" ", ""))
        # Taggers may rewrite the text: then the place is in proportion.
        placed = [
            each._replace(at=_nearest(begins, each.at * length / max(total, 1))) for each in marks
        ]
        return _Sentence(affixes, core, ids, words, by_number, placed)

    @staticmethod
    def _length_of(token: str, core: str, slots: Mapping[int, Slot]) -> int:
        """Return how many characters of a core, without spaces, a token stands for."""
        if match := placeholders.MARK.fullmatch(token):
            slot = slots[int(match[1])]
            return len(core[slot.begin : slot.end].replace(" ", ""))
        return 0 if token in CASE_MARKS else len(token.replace(SPACE, ""))

    def _join_sentences(
        self, texts: Sequence[list[_Sentence]], length: int
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
                    self._whole("".join("".join(each.affixes[:3]) for each in group))
                    for groups in parts
                    for group in groups
                    if len(group) > 1
                ]
            )
        )
        return [
            [group[0] if len(group) == 1 else next(joined)[0] for group in groups]
            for groups in parts
        ]

    def _segments(self, sentences: Sequence[_Sentence]) -> Iterator[Segment]:
        """Yield the segments of the sentences of one text."""
        segments: list[Segment] = []
        untranslated = ""
        gap = " "  # the text between the cores of two sentences
        for sentence in sentences:
            affixes = sentence.affixes
            gap += affixes.prefix
            if not sentence.ids:
                untranslated += affixes.prefix
                continue
            parts = list(self._cut(sentence))
            before = untranslated + affixes.prefix
            if segments and not _has_space(segments[-1].after, before) and not _MARKUP.search(gap):
                before = " " + before
            parts[0] = parts[0]._replace(before=before, follows_space=" " in gap)
            gap = affixes.suffix
            parts[-1] = parts[-1]._replace(
                after=affixes.suffix, has_lent_mark=bool(affixes.lent_mark)
            )
            segments += parts
            untranslated = ""
        if segments:
            segments[-1] = segments[-1]._replace(after=segments[-1].after + untranslated)
        yield from segments

    def _cut(self, sentence: _Sentence) -> Iterator[Segment]:
        """Yield a sentence in segments that are not too long and have few placeholders."""
        length = max(self._limit - 1, 1) if self._limit else len(sentence.ids)
        cuts = [
            cut
            for begin, end in cut_tokens(sentence.words, length)
            for cut in self._with_few_placeholders(sentence.ids, begin, end)
        ]
        if len(cuts) == 1:
            yield self._make_segment(sentence, *cuts[0])._replace(text=sentence.core)
            return
        rest = sentence.core
        for begin, end in cuts:
            segment = self._make_segment(sentence, begin, end)
            known = segment.placeholders
            pieces = self._tokenizer.readable_pieces(segment.ids[:-1], known, rest)
            text = self._tokenizer.join(pieces)
            before = "" if rest is sentence.core else " "
            yield segment._replace(text=text, before=before, follows_space=rest.startswith(" "))
            rest = rest[max(rest.find(text), 0) + len(text) :]

    def _with_few_placeholders(
        self, ids: Sequence[int], begin: int, end: int
    ) -> Iterator[tuple[int, int]]:
        """Split ids so that no part has more than `placeholders.COUNT` placeholders.

        They are split before the last word that begins before one placeholder too many.
        """
        word_begin = begin
        numbers: set[int] = set()
        for i in range(begin, end):
            text_id = ids[i]
            if text_id >= 0 and self._tokenizer.subword.pieces[text_id].startswith(SPACE):
                word_begin = i
            elif text_id < 0 and len(numbers | {text_id}) > placeholders.COUNT:
                cut = word_begin if word_begin > begin else i
                yield begin, cut
                begin, numbers = cut, {each for each in ids[cut:i] if each < 0}
            if text_id < 0:
                numbers.add(text_id)
        yield begin, end

    def _make_segment(self, sentence: _Sentence, begin: int, end: int) -> Segment:
        """Make a segment of the ids `begin` to `end`, with placeholders numbered from 1."""
        positions: dict[int, list[int]] = {}  # of each placeholder of the sentence in the segment
        ids: Ids = []
        for i, text_id in enumerate(sentence.ids[begin:end]):
            if text_id >= 0:
                ids.append(text_id)
                continue
            positions.setdefault(-text_id, []).append(i)
            number = list(positions).index(-text_id) + 1
            ids.append(self._tokenizer.subword.marks[placeholders.mark(number)])
        slots: Mapping[int, Slot] = sentence.slots
        known = placeholders.in_segment(slots, sentence.core, positions)
        known = placeholders.with_marks(known, sentence.marks, begin, end)
        return Segment([*ids, EOS], known, tuple(sentence.words[begin:end]))


def _has_space(first: str, second: str) -> bool:
    """Return whether a space is between two texts."""
    return first[-1:].isspace() or second[:1].isspace()


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


def _nearest(begins: Sequence[tuple[int, int]], at: float) -> int:
    """Return the number of ids before the token that begins nearest to a place.

    Args:
        begins: The ids and the characters before each token, in order. The first of several tokens
            that are equally near counts.
        at: The characters before the place.
    """
    index = bisect.bisect_left(begins, at, key=operator.itemgetter(1))
    if index and (index == len(begins) or at - begins[index - 1][1] <= begins[index][1] - at):
        before = begins[index - 1][1]
        index = bisect.bisect_left(begins, before, key=operator.itemgetter(1))
    return begins[index][0]
