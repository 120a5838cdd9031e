"""Placeholders: matching, replacing, repairing and restoring spans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.english import EnglishPreTokenizer
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.placeholder_repair import repair
from malgil.preprocessing.text.placeholders import (
    COUNT,
    MARKS,
    Placeholders,
    Slot,
    match_spans,
    number_spans,
    readable_piece,
    replace_spans,
    restore_spans,
)
from malgil.preprocessing.text.pre_tokenizer import SpacePreTokenizer, join

ENGLISH = EnglishPreTokenizer()


def covered(text: str, tokenizer: object = ENGLISH) -> list[str]:
    tokenize = tokenizer.tokenize  # type: ignore[attr-defined]
    return replace_spans(text, tokenize(text), number_spans(text), tokenize)


class TestNumbering:
    def test_equal_spans_have_the_same_number(self) -> None:
        text = "2024 and 1999, not 2024"
        assert number_spans(text) == [Slot(0, 4, 1), Slot(9, 13, 2), Slot(19, 23, 1)]

    def test_a_pair_is_numbered_by_the_order_of_the_source(self) -> None:
        source, target = match_spans("2024년 a@b.kr", "Write to a@b.kr in 2024.")
        assert source == [Slot(0, 4, 1), Slot(6, 12, 2)]
        assert target == [Slot(9, 15, 2), Slot(19, 23, 1)]

    def test_a_span_of_only_one_side_remains_text(self) -> None:
        source, target = match_spans("300명과 2024년과 😀", "three hundred in 2024, 500")
        assert [(s.begin, s.number) for s in source] == [(6, 1)]
        assert [(s.begin, s.number) for s in target] == [(17, 1)]

    def test_numbers_are_compared_by_their_value(self) -> None:
        source, target = match_spans("10,000원", "10000 won, that is 10 000")
        assert [s.number for s in source] == [1]
        assert [s.number for s in target] == [1, 1]

    def test_there_are_at_most_nine(self) -> None:
        text = " ".join(str(n) for n in range(100, 120))
        source, target = match_spans(text.replace(" ", ", "), text.replace(" ", ", "))
        assert [s.number for s in source] == [*range(1, COUNT + 1)] == [s.number for s in target]

    @pytest.mark.parametrize("pair", [("", ""), ("나는 3시에", "at 3"), ("2024년", "now")])
    def test_nothing_shared(self, pair: tuple[str, str]) -> None:
        assert match_spans(*pair) == ([], [])


class TestReplace:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("It cost 1,000 won.", "▁It ▁cost ▁ ⟦1⟧ ▁won ."),
            ("2024", "▁ ⟦1⟧"),
            ("In the 1980s", "▁In ▁the ▁ ⟦1⟧ s"),
            ("(a@b.kr)!", "▁( ⟦1⟧ ) !"),
            ("See https://a.kr/x?y=1, 500!", "▁See ▁ ⟦1⟧ , ▁ ⟦2⟧ !"),
            ("hi😀", "▁hi ⟦1⟧"),
        ],
    )
    def test_examples(self, text: str, expected: str) -> None:
        assert covered(text) == expected.split()

    def test_the_tokenizer_sees_the_span(self) -> None:
        assert covered("don't 2024") == ["▁do", "n't", "▁", "⟦1⟧"]

    def test_tokens_that_do_not_join_into_the_text(self) -> None:
        class Rewriting(SpacePreTokenizer):
            def tokenize(self, text: str) -> list[str]:
                return [SPACE + word.upper() for word in text.split()]

        assert covered("a 2024b a@b.kr", Rewriting()) == [*("▁A", "▁", "⟦1⟧", "▁B", "▁", "⟦2⟧")]

    @settings(deadline=None, max_examples=300)
    @given(
        text=st.lists(
            st.sampled_from(["2024", " ", "a@b.kr", "😀", "is", "n't", ".", ",", "(", "가"])
            | st.characters(),
            max_size=12,
        ).map(lambda parts: normalize("".join(parts)))
    )
    def test_restoring_returns_the_text(self, text: str) -> None:
        slots = number_spans(text)
        texts = {slot.number: text[slot.begin : slot.end] for slot in slots}
        known = Placeholders(tuple(texts[n] for n in sorted(texts)))
        for tokenizer in (ENGLISH, SpacePreTokenizer()):
            tokens = covered(text, tokenizer)
            assert restore_spans(join(tokens), known) == text
            assert sum(token.startswith("⟦") for token in tokens) == len(slots)


def attention(rows: int, columns: int, *looks: tuple[int, int, float]) -> np.ndarray:
    weights = np.full((rows, columns), 0.01)
    for row, column, weight in looks:
        weights[row, column] = weight
    return weights


class TestRepair:
    ONE = Placeholders(("2024",), ((3,),))
    TWO = Placeholders(("2024", "a@b.kr"), ((1,), (4,)))

    def test_a_correct_translation_is_unchanged(self) -> None:
        pieces = ["▁in", "▁", "⟦2⟧", "▁to", "▁", "⟦1⟧", "."]
        assert repair(pieces, self.TWO) == pieces

    def test_repeated_and_unknown_ones_are_removed(self) -> None:
        pieces = ["▁", "⟦1⟧", "▁a", "▁", "⟦1⟧", "▁", "⟦7⟧", "."]
        assert "".join(repair(pieces, self.ONE)) == "▁⟦1⟧▁a▁▁."

    def test_as_often_as_in_the_source(self) -> None:
        twice = Placeholders(("2024",), ((1, 5),))
        pieces = ["▁", "⟦1⟧", "▁a", "▁", "⟦1⟧", "⟦1⟧"]
        assert repair(pieces, twice) == pieces[:-1]

    def test_a_missing_one_is_inserted_at_the_end(self) -> None:
        assert repair(["▁I", "▁went", "."], self.ONE) == ["▁I", "▁went", ".", "▁", "⟦1⟧"]

    def test_or_at_the_beginning_if_it_began_the_source(self) -> None:
        assert repair(["▁I", "▁went"], self.TWO) == ["▁", "⟦1⟧", "▁I", "▁went", "▁", "⟦2⟧"]

    def test_or_before_the_word_that_attends_to_it(self) -> None:
        pieces = ["▁I", "⟦Aa⟧", "▁vis", "it", "."]
        looked = attention(6, 5, (3, 3, 0.9))
        assert repair(pieces, self.ONE, looked) == ["▁I", "▁", "⟦1⟧", *pieces[1:]]

    @pytest.mark.parametrize("look", [(2, 3, 0.1), (5, 3, 0.9), (4, 3, 0.9), (2, 2, 0.9)])
    def test_attention_that_does_not_help(self, look: tuple[int, int, float]) -> None:
        """It is too small, belongs to the end mark or punctuation, or is directed elsewhere."""
        pieces = ["▁I", "⟦Aa⟧", "▁vis", "it", "."]
        assert repair(pieces, self.ONE, attention(6, 5, look))[-2:] == ["▁", "⟦1⟧"]

    def test_a_spelled_out_span_is_not_missing(self) -> None:
        assert repair(["▁in", "▁2", "0", "24"], self.ONE) == ["▁in", "▁2", "0", "24"]

    @given(
        pieces=st.lists(st.sampled_from(["▁a", "b", "▁", ".", *MARKS]), max_size=12),
        count=st.integers(0, COUNT),
        with_attention=st.booleans(),
    )
    def test_all_are_restored(self, pieces: list[str], count: int, with_attention: bool) -> None:
        known = Placeholders(
            tuple(f"<{n}>" for n in range(count)), tuple((n + 1,) for n in range(count))
        )
        weights = attention(len(pieces) + 1, count + 2) if with_attention else None
        text = restore_spans(join(repair(pieces, known, weights)), known)
        assert "⟦" not in text
        assert [text.count(each) for each in known.texts] == [1] * count


def test_restore_and_display() -> None:
    known = Placeholders(("2024", "a\\1b"), ((0,), (1,)))
    assert restore_spans("in ⟦1⟧ ⟦2⟧ ⟦3⟧.", known) == "in 2024 a\\1b ."
    assert [readable_piece(piece, known) for piece in ("▁a", "⟦2⟧", "⟦9⟧")] == [
        "▁a",
        "a\\1b",
        "⟦9⟧",
    ]
