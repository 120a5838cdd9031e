"""The placement of terms, with a model that translates word by word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from malgil.modeling.search import Hypothesis, Request
from malgil.modeling.target_words import TargetWords
from malgil.modeling.term_placement import TermPlacer
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.subword import EOS, UNK
from malgil.preprocessing.text.tokenizer import Tokenizer
from malgil.settings import DecodingOptions

SOURCE = ["<pad>", "<unk>", "<s>", "</s>", "나무", "아래", "누나", "자다", "사과"]
PIECES = [
    *["<pad>", "<unk>", "<s>", "</s>", "▁The", "▁tree", "▁under", "▁older", "▁sister", "▁sleeps"],
    *["▁an", "▁apple", "▁a", "▁green", "▁fruit", ".", "▁thing", "▁Green", "▁is", "▁Old"],
]
DICTIONARY = {
    "나무": ["▁The", "▁tree"],
    "아래": ["▁is", "▁under"],
    "누나": ["▁older", "▁sister"],
    "자다": ["▁sleeps"],
    "사과": ["▁an", "▁apple"],
    "<unk>": ["▁a", "▁thing"],
}


class Target:
    """The part of a tokenizer that words need, with pieces that are words."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        self.subword = SimpleNamespace(
            pieces=pieces,
            spell=lambda ids: [pieces[i] for i in ids],
            encode=lambda tokens: [pieces.index(token) for token in tokens],
        )

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(self._pieces[i] for i in ids).replace(SPACE, " ").strip()

    def encode(self, text: str) -> list[int]:
        words = [SPACE + word for word in text.split()]
        return [*(self._pieces.index(word) if word in self._pieces else UNK for word in words), EOS]


def ids(text: str) -> list[int]:
    return [PIECES.index(piece) for piece in text.split()]


def search(
    sources: Sequence[list[int]], requests: Sequence[Request], options: DecodingOptions
) -> list[list[Hypothesis]]:
    """Translate word by word after the prefix; a forced translation is scored."""
    results = []
    for source, request in zip(sources, requests, strict=True):
        words = [DICTIONARY[SOURCE[token]] for token in source[:-1]]
        translation = [PIECES.index(piece) for word in words for piece in word] + ids(".")
        tokens = list(request.prefix)
        if tokens[-1:] != [EOS]:
            tokens = [*tokens, *translation[len(tokens) :], EOS]
        known = {*translation, EOS}
        scores = [math.log(0.9 if token in known else 0.01) for token in tokens]
        results.append([Hypothesis(tokens[:-1], sum(scores), sum(scores), scores, None, True)])
        assert not request.constraints, "a term has no place"
    return results


def search_that_varies(
    sources: Sequence[list[int]], requests: Sequence[Request], options: DecodingOptions
) -> list[list[Hypothesis]]:
    """Translate as `search`, but end in another way after a word that is unknown."""
    results = search(sources, requests, options)
    for source, request, [hypothesis] in zip(sources, requests, results, strict=True):
        if UNK in source and EOS not in request.prefix:
            hypothesis.ids[:] = ids("▁a ▁thing ▁is ▁a ▁fruit .")
    return results


def place(source: str, terms: dict[str, list[str]], searches: Any = search, **request: Any) -> str:
    tokens = [SOURCE.index(word) for word in source.split()]
    constraints = tuple(tuple(tuple(ids(phrase)) for phrase in terms[word]) for word in terms)
    positions = tuple((tokens.index(SOURCE.index(word)),) for word in terms)
    words = TargetWords(cast(Tokenizer, Target(PIECES)), "en")
    [[found]] = TermPlacer(searches, words, DecodingOptions()).search(
        [[*tokens, EOS]],
        [Request(20, constraints=constraints, term_positions=positions, **request)],
    )
    assert len(found.token_log_probabilities) == len(found.ids) + 1
    return " ".join(PIECES[token] for token in found.ids)


@pytest.mark.parametrize(
    ("source", "terms", "expected"),
    [
        ("나무 자다", {}, "▁The ▁tree ▁sleeps ."),
        ("나무 자다", {"나무": ["▁tree"]}, "▁The ▁tree ▁sleeps ."),
        ("나무 자다", {"나무": ["▁green ▁fruit"]}, "▁The ▁green ▁fruit ▁sleeps ."),
        ("나무 자다 누나", {"누나": ["▁green ▁fruit"]}, "▁The ▁tree ▁sleeps ▁green ▁fruit ."),
        ("누나 자다", {"누나": ["▁green ▁fruit"]}, "▁Green ▁fruit ▁sleeps ."),
        ("나무 아래 사과", {"사과": ["▁green ▁fruit"]}, "▁The ▁tree ▁is ▁under ▁a ▁green ▁fruit ."),
        (
            "나무 아래 사과",
            {"사과": ["▁thing ▁thing", "▁fruit"]},
            "▁The ▁tree ▁is ▁under ▁a ▁fruit .",
        ),
        (
            "나무 아래 사과",
            {"사과": ["▁thing"], "나무": ["▁green ▁fruit"]},
            "▁The ▁green ▁fruit ▁is ▁under ▁a ▁thing .",
        ),
    ],
)
def test_terms_take_the_place_of_the_words(
    source: str, terms: dict[str, list[str]], expected: str
) -> None:
    assert place(source, terms) == expected


def test_what_follows_the_term_is_kept() -> None:
    """Where the term is unknown, the model ends in another way: that does not show its end."""
    found = place("사과 아래 나무", {"사과": ["▁green ▁fruit"]}, search_that_varies)
    assert found == "▁a ▁green ▁fruit ▁is ▁under ▁The ▁tree ."


def test_the_beginning_that_is_required_does_not_change() -> None:
    found = place("누나 자다", {"누나": ["▁green"]}, prefix=tuple(ids("▁older ▁sister")))
    assert found.startswith("▁older ▁sister ") and "▁green" in found


class TestWords:
    def test_split(self) -> None:
        pieces = ["▁The", "▁tree", "s", ".", "▁", "⟦Aa⟧", "▁is"]
        words = TargetWords(cast(Tokenizer, Target(pieces)), "en").split(list(range(7)))
        assert words == [(0, 1, False), (1, 3, True), (5, 7, False)]

    def test_the_end_of_a_noun(self) -> None:
        words = TargetWords(cast(Tokenizer, Target(PIECES)), "en")
        sentence = ids("▁older ▁sister ▁is ▁under ▁The ▁tree .")
        assert words.content_end(sentence, 0, 7) == 2
        assert words.content_end(sentence, 0, 1) == 1
        assert words.content_end(sentence, 5, 7) == 7

    @pytest.mark.parametrize(("at", "expected"), [(1, False), (2, True), (3, True), (4, True)])
    def test_boundaries_in_korean(self, at: int, expected: bool) -> None:
        pieces = ["▁도서", "관", "에서", "▁책", "."]
        words = TargetWords(cast(Tokenizer, Target(pieces)), "ko")
        assert words.is_boundary([0, 1, 2, 3, 4], at) is expected

    def test_a_particle_fits_its_noun(self) -> None:
        pieces = ["▁학교", "는", "▁도서관", "은", "▁좋다"]
        words = TargetWords(cast(Tokenizer, Target(pieces)), "ko")
        assert words.replace([0, 1, 4], 0, 1, (2,)) == [2, 3, 4]
