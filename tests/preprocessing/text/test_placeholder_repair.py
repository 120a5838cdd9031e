"""Repair of placeholders: removing, inserting and ordering them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.text.placeholder_repair import repair
from malgil.preprocessing.text.placeholders import (
    COUNT,
    MARKS,
    Placeholders,
    Spacing,
    restore_spans,
)
from malgil.preprocessing.text.pre_tokenizer import join


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


OPENING, CLOSING = Spacing("opening", 2, False, True), Spacing("closing", 1, True, False)
# 나는 ⟦1⟧ 책 ⟦2⟧ 을 ⟦3⟧ 큰 집 ⟦4⟧ 에서: the positions of the words are 0, 2, 4, 6, 7, 9.
PAIRS = Placeholders(
    ("<b>", "</b>", "<i>", "</i>"),
    ((1,), (3,), (5,), (8,)),
    (OPENING, CLOSING, OPENING._replace(partner=4), CLOSING._replace(partner=3)),
)
# ⟦1⟧ 집 ⟦2⟧ 책 ⟦3⟧ ⟦4⟧
NESTED = Placeholders(
    ("<p>", "<b>", "</b>", "</p>"),
    ((0,), (2,), (4,), (5,)),
    (
        Spacing("opening", 4, False, True),
        Spacing("opening", 3, False, True),
        Spacing("closing", 2, True, False),
        Spacing("closing", 1, True, False),
    ),
)


def restored(text: str, known: Placeholders, weights: np.ndarray | None = None) -> str:
    """Repair a translation, whose pieces are its words, and restore its spans."""
    pieces = text.split()
    return restore_spans(join(repair(pieces, known, weights)), known)


class TestPairs:
    def test_they_enclose_the_words_that_attend_to_what_they_enclose(self) -> None:
        weights = attention(6, 10, (2, 2, 0.9), (4, 6, 0.5), (4, 7, 0.4), (5, 7, 0.8))
        text = "▁I ▁read ▁books ▁in ▁big ▁houses"
        expected = "I read <b>books</b> in <i>big houses</i>"
        assert restored(text, PAIRS, weights) == expected

    def test_without_attention_to_it_they_enclose_the_words_at_the_same_place(self) -> None:
        text = "▁I ▁read ▁books ▁in ▁big ▁houses"
        expected = "<b>I read</b> books <i>in big</i> houses"
        assert restored(text, PAIRS, attention(6, 10)) == expected

    def test_little_attention_of_one_word_is_enough(self) -> None:
        weights = np.zeros((6, 10))
        weights[2, 2], weights[:, 9] = 0.03, 0.9
        weights[4, 6], weights[5, 7] = 0.01, 0.01
        expected = "I read <b>books</b> in <i>big houses</i>"
        assert restored("▁I ▁read ▁books ▁in ▁big ▁houses", PAIRS, weights) == expected

    def test_punctuation_stays_outside(self) -> None:
        weights = attention(4, 10, (1, 2, 0.9), (2, 2, 0.9), (3, 2, 0.9), (0, 7, 0.9))
        assert restored("▁Houses ▁boo ks .", PAIRS, weights) == "<i>Houses</i> <b>books</b>."

    def test_a_word_that_the_model_placed_one_mark_of(self) -> None:
        weights = attention(4, 10, (0, 7, 0.9), (2, 2, 0.9))
        only_opening = restored("▁Houses ▁⟦1⟧ ▁books".replace("▁⟦1⟧", "▁ ⟦1⟧"), PAIRS, weights)
        assert only_opening.count("<b>") == only_opening.count("</b>") == 1
        assert only_opening.index("<b>") < only_opening.index("</b>")

    def test_without_attention_they_enclose_everything(self) -> None:
        one = Placeholders(PAIRS.texts[:2], PAIRS.positions[:2], PAIRS.spacings[:2])
        assert restored("▁I ▁read", one) == "<b>I read</b>"
        assert restored("", one) == "<b></b>"

    @pytest.mark.parametrize("marks", ["▁ ⟦1⟧ ⟦2⟧", "▁ ⟦2⟧", "▁ ⟦1⟧", "▁ ⟦2⟧ ▁ ⟦1⟧", ""])
    def test_a_pair_is_not_empty(self, marks: str) -> None:
        one = Placeholders(PAIRS.texts[:2], PAIRS.positions[:2], PAIRS.spacings[:2])
        text = f"▁I ▁read ▁books . {marks}"
        weights = attention(len(text.split()), 5, (2, 2, 0.9))
        assert restored(text, one, weights).strip() == "I read <b>books</b>."

    @pytest.mark.parametrize(
        ("translation", "expected"),
        [
            ("▁ ⟦2⟧ ▁I ⟦1⟧ ▁ ⟦3⟧ ▁a ⟦4⟧", "<b>I</b> <i>a</i>"),  # reversed
            ("▁ ⟦1⟧ ▁I ▁ ⟦3⟧ ▁a ⟦2⟧ ▁b ⟦4⟧", "<b>I</b> a<i>b</i>"),  # crossed
            ("▁ ⟦3⟧ ▁I ⟦4⟧ ▁ ⟦1⟧ ▁a ⟦2⟧", "<i>I</i> <b>a</b>"),  # in another order
            ("▁ ⟦1⟧ ▁I ▁ ⟦3⟧ ▁a ⟦4⟧ ⟦2⟧", "<b>I</b> a<i></i>"),  # nested, unlike in the source
        ],
    )
    def test_order(self, translation: str, expected: str) -> None:
        assert restored(translation, PAIRS).replace("  ", " ") == expected

    def test_nested_pairs(self) -> None:
        right = "▁ ⟦1⟧ ▁a ▁ ⟦2⟧ ▁b ⟦3⟧ ⟦4⟧"
        wrong = "▁ ⟦2⟧ ▁a ▁ ⟦1⟧ ▁b ⟦4⟧ ⟦3⟧"
        assert restored(right, NESTED) == restored(wrong, NESTED) == "<p>a <b>b</b></p>"
        assert restored("▁a ▁b", NESTED) == "<p><b>a b</b></p>"

    @given(
        pieces=st.lists(st.sampled_from(["▁a", "b", "▁", ".", *MARKS[:5]]), max_size=12),
        known=st.sampled_from([PAIRS, NESTED]),
        seed=st.none() | st.integers(0, 99),
    )
    def test_they_are_always_well_formed(
        self, pieces: list[str], known: Placeholders, seed: int | None
    ) -> None:
        weights = (
            None if seed is None else np.random.default_rng(seed).random((len(pieces) + 1, 10))
        )
        text = restore_spans(join(repair(pieces, known, weights)), known)
        opened = []
        for tag in re.findall("</?[pbi]>", text):
            if tag.startswith("</"):
                assert opened.pop() == tag[2:]
            else:
                opened.append(tag[1:])
        assert not opened
        assert [text.count(each) for each in known.texts] == [1] * 4


class TestRepeated:
    TWICE = Placeholders(("2024",), ((1, 4),))

    def test_each_occurrence_is_restored(self) -> None:
        weights = attention(4, 6, (0, 1, 0.9), (3, 4, 0.9))
        assert restored("▁in ▁ ⟦1⟧ ▁and", self.TWICE).count("2024") == 2
        pieces = ["▁", "⟦1⟧", "▁a", "▁b"]
        weights = attention(4, 6, (1, 1, 0.9), (3, 4, 0.9))
        assert restore_spans(join(repair(pieces, self.TWICE, weights)), self.TWICE) == (
            "2024 a 2024 b"
        )

    def test_one_that_is_spelled_counts(self) -> None:
        assert restored("▁2 0 2 4 ▁ ⟦1⟧", self.TWICE) == "2024 2024"
