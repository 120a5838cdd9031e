"""Fuzz targets of the text path: spans, sentences, tokens, placeholders, markup, glossaries."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from malgil.preprocessing.corpus.cleaning import rejection_reason
from malgil.preprocessing.text.affixes import (
    adapt_signs,
    join_parts,
    simplify_pair,
    split_affixes,
    without_shared_affixes,
)
from malgil.preprocessing.text.case_markup import fold, unfold
from malgil.preprocessing.text.glossary import Glossary, Term
from malgil.preprocessing.text.kept_words import find_kept_words
from malgil.preprocessing.text.korean_particles import ends_noun, fitting_particle
from malgil.preprocessing.text.normalization import normalize, simplify_source
from malgil.preprocessing.text.placeholder_augmentation import augment
from malgil.preprocessing.text.placeholder_repair import repair
from malgil.preprocessing.text.placeholders import (
    COUNT,
    MARK,
    Placeholders,
    Spacing,
    in_segment,
    mark,
    match_spans,
    number_spans,
    replace_spans,
    restore_spans,
)
from malgil.preprocessing.text.pre_tokenizer import join
from malgil.preprocessing.text.protected_spans import parse_spans
from malgil.preprocessing.text.replace_unk import replace_unk
from malgil.preprocessing.text.sentence_splitting import split_sentences
from malgil.preprocessing.text.source_noise import add_noise
from malgil.preprocessing.text.span import BREAK, CLOSING, OPENING, VALUE
from malgil.preprocessing.text.tokenizer import make_pre_tokenizer
from malgil.settings import CleaningSettings, PreprocessingSettings
from tests.conftest import learn_pipeline
from tests.fuzz.mutation import mutated
from tests.fuzz.target import target

if TYPE_CHECKING:
    from malgil.preprocessing.pipeline import TextPipeline

_TEXTS = [
    "안녕하세요. 저는 학생이에요! 그는 “네.”라고 했다… ㅋㅋㅋㅋ ^^",
    "Dr. Kim said (in 2024) that U.S. prices rose 3.5%. See https://a.com/b?c=d#e. OK?",
    "Hi {name}, <b>press <i>Ctrl+S</i></b> or `rm -rf /` **now** [here](https://x.org)!",
    "전화 010-1234-5678, 1,234,567.89원, 2024-05-01 13:45, a@b.co.kr @me #tag 😀👨\u200d👩\u200d👧",
    "%1$s님이 %d개를 C:\\Users\\a\\b.txt에 저장 &amp; <br/>\\n “인용 ‘안’ 인용” (괄호 [안] 괄호)",
    "L'été, c'est l'œuvre « d'art » : 1 234,5 € ! Qu'est-ce ?",
    "McDonald's NASA iPhone ÉCOLE don't can't 'tis rock'n'roll",
]
_TOKENS = [
    *[
        "<b>",
        "</b>",
        "<!--",
        "{",
        "}",
        "{{",
        "%s",
        "%1$",
        "${",
        "**",
        "_",
        "`",
        "[",
        "](",
        "![",
        "https://",
        "www.",
        "@",
        ".com",
        "1,000",
        "3.5",
        "만",
        "억",
    ],
    *[
        "-",
        "~",
        "…",
        "...",
        "?!",
        "“",
        "”",
        "「",
        "」",
        "«",
        "»",
        "(",
        ")",
        "⟦1⟧",
        "⟦",
        "▁",
        "ㅋ",
        "ㅠㅠ",
        "😀",
        "\u200d",
        "은",
        "는",
        "https://a.b/(",
        "[1]",
        "1)",
    ],
    *("<a href='", " million", "'", '"'),
    *(". ", "다. ", "Mr. ", "\\", "\\n", "&amp;", "&#", "AM"),
]


@functools.cache
def _texts() -> st.SearchStrategy[str]:
    return mutated(_TEXTS, _TOKENS)


@functools.cache
def _pairs() -> st.SearchStrategy[tuple[str, str]]:
    return st.tuples(_texts(), mutated(_TEXTS, _TOKENS, edits=2))


def _require_in_order(spans: Sequence[tuple[int, int]], length: int) -> None:
    end = 0
    for begin, following in spans:
        assert end <= begin < following <= length, spans
        end = following


@target(_texts)
def normalization(text: str) -> None:
    """Check that normalized text stays the same, and can be written."""
    normalized = normalize(text)
    assert normalize(normalized) == normalized
    normalized.encode("utf-8")
    assert "\n" not in normalized


@target(_texts)
def protected_spans(text: str) -> None:
    text = normalize(text)
    spans = parse_spans(text)
    _require_in_order([(span.begin, span.end) for span in spans], len(text))
    for index, span in enumerate(spans):
        assert span.partner < 0 or spans[span.partner].partner == index


@target(_texts)
def sentences(text: str) -> None:
    """Check that sentences cover a text, and no span is cut."""
    text = normalize(text)
    found = split_sentences(text, parse_spans(text))
    _require_in_order(found, len(text))
    assert "".join(text[begin:end] for begin, end in found) == text


@target(_texts)
def affixes(text: str) -> None:
    text = normalize(text)
    parts = split_affixes(text, parse_spans(text))
    assert "".join(parts[:3]) == text
    for language in ("ko", "en", "fr"):
        adapt_signs(parts.prefix, language)
    join_parts(parts[:3])


@target(_pairs)
def pair_affixes(pair: tuple[str, str]) -> None:
    source, translation = map(normalize, pair)
    for found in (simplify_pair(source, translation), without_shared_affixes(source, translation)):
        assert all(isinstance(side, str) for side in found)
    simplify_source(source, lambda part: [(s.begin, s.end) for s in parse_spans(part)])
    add_noise(source, translation, 1.0, 1)
    rejection_reason(*pair, CleaningSettings(), ("ko", "en"))


@target(_pairs)
def shared_placeholders(pair: tuple[str, str]) -> None:
    """Check that the spans of both sides have the same numbers."""
    source, translation = map(normalize, pair)
    sides = match_spans(source, translation)
    for text, slots in zip((source, translation), sides, strict=True):
        _require_in_order([slot[:2] for slot in slots], len(text))
    assert {slot.number for slot in sides[0]} == {slot.number for slot in sides[1]}
    for seed in range(3):
        augment(source, translation, seed)


@target(_texts)
def placeholder_round_trip(text: str) -> None:
    """Check that no character is lost if spans are replaced and restored."""
    text = normalize(text)
    slots = number_spans(text)
    _require_in_order([slot[:2] for slot in slots], len(text))
    tokens = make_pre_tokenizer("none").tokenize(text)
    replaced = join(replace_spans(text, tokens, slots, lambda part: part.split()))
    by_number = {slot.number: slot for slot in slots}
    known = in_segment(by_number, text, {number: [number] for number in by_number})
    # Their numbers in a segment are those in the text: both count from the beginning.
    assert restore_spans(replaced, known).replace(" ", "") == text.replace(" ", "")


_SPACINGS = st.builds(
    Spacing,
    st.sampled_from([VALUE, OPENING, CLOSING, BREAK]),
    st.integers(0, COUNT),
    st.booleans(),
    st.booleans(),
)


@target(
    lambda: st.tuples(
        st.lists(
            st.sampled_from([*map(mark, range(COUNT + 2)), "▁a", "b", "▁", "", "."]), max_size=12
        ),
        st.lists(st.tuples(*[st.integers(0, 3)] * 2, st.booleans(), st.booleans()), max_size=COUNT),
        st.integers(0, 3),
    )
)
def placeholder_repair(example: tuple[list[str], list[tuple[int, int, bool, bool]], int]) -> None:
    """Check that a repaired translation has each placeholder of the source, and no other."""
    pieces, spacings, seed = example
    roles = (VALUE, OPENING, CLOSING, BREAK)
    count = len(spacings)
    known = Placeholders(
        tuple(f"<{number}>" for number in range(count)),
        tuple((number,) for number in range(count)),
        tuple(
            Spacing(roles[role], min(partner, count), before, after)
            for role, partner, before, after in spacings
        ),
    )
    random = np.random.default_rng(seed)
    attention = random.random((len(pieces) + seed % 2, count + 1)) if seed else None
    repaired = repair(pieces, known, attention)
    found = [match[1] for piece in repaired if (match := MARK.fullmatch(piece))]
    assert set(found) <= {str(number) for number in range(1, count + 1)}
    assert len(set(found)) == len(found)
    restore_spans(join(repaired), known)


@target(_texts)
def pre_tokenization(text: str) -> None:
    """Check that tokens join to their text, in each language; also in lower case with marks."""
    text = normalize(text)
    for name in ("none", "nltk", "french", "mecab"):
        tokens = make_pre_tokenizer(name).tokenize(text)
        assert join(tokens) == text, (name, tokens)
        assert join([unfold("".join(fold(tokens)))]) == text
        make_pre_tokenizer(name).typeset(text)


@target(
    lambda: st.lists(
        st.sampled_from(["⟦⇧⟧", "⟦⇪⟧", "▁", "a", "ß", "ÉA", "⟦1⟧", "ŉ", "İ"]), max_size=8
    )
)
def case_marks(pieces: list[str]) -> None:
    unfold("".join(pieces))
    fold(pieces)


_TERMS = ["서울", "C++", "New York", "AT&T", "ß", "İstanbul", "100", "대한민국", "%s", "e.g."]


@target(
    lambda: st.tuples(
        mutated(
            ["서울에서 New York까지 C++ AT&T 100% 대한민국은", *_TEXTS[:2]], [*_TERMS, *_TOKENS]
        ),
        st.lists(mutated(_TERMS, _TOKENS, edits=2), min_size=1, max_size=4),
    )
)
def glossary_and_kept_words(example: tuple[str, list[str]]) -> None:
    text, words = normalize(example[0]), example[1]
    kept = find_kept_words(text, words)
    _require_in_order(kept, len(text))
    glossary = Glossary(
        Term(source, (source, "x")) for source in filter(None, map(normalize, words))
    )
    spans = parse_spans(text, kept)
    _require_in_order([(span.begin, span.end) for span in spans], len(text))
    found = list(glossary.find(text, kept))
    _require_in_order([(each.begin, each.end) for each in found], len(text))
    ids = [1, 0] * 4
    replace_unk(ids, ["a", ""] * 4, words, np.eye(8, len(words)), glossary)
    for at in range(len(text) + 1)[:50]:
        ends_noun(text, at)
    for particle in ("을", "으로", ""):
        fitting_particle(particle, text)


@functools.cache
def _pipelines() -> list[TextPipeline]:
    pairs = [(text, other) for text, other in itertools.permutations(_TEXTS, 2)]
    common = {"vocabulary_size": 400, "max_length": 30}
    return [
        learn_pipeline(pairs, PreprocessingSettings(**common)),  # type: ignore[arg-type]
        learn_pipeline(
            pairs,
            PreprocessingSettings(placeholders=False, lowercase=True, **common),  # type: ignore[arg-type]
        ),
    ]


@target(lambda: st.tuples(_texts(), st.integers(1, 40), st.sampled_from(["", "학생", "Kim,3.5%"])))
def segments(example: tuple[str, int, str]) -> None:
    """Check that segments are not longer than the limit, and what is not translated is kept."""
    text, limit, kept = example
    keep = [word for word in kept.split(",") if word]
    for pipeline in _pipelines():
        for by_sentence in (False, True):
            [found] = pipeline.encode_segments([text], limit, by_sentence, "ko", keep)
            for segment in found:
                assert len(segment.ids) <= max(limit, 2)
                assert len(segment.placeholders.texts) <= COUNT
                assert len(segment.words) == len(segment.ids) - 1
                pipeline.decode(segment.ids[::-1], segment.placeholders, None, segment.words)
    pipeline.encode_pairs([(text, text[::-1])])
