"""Placeholders: numbering, matching, replacing and restoring spans."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.english import EnglishPreTokenizer
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.placeholders import (
    COUNT,
    Placeholders,
    Slot,
    Spacing,
    in_segment,
    match_spans,
    number_spans,
    readable_piece,
    replace_spans,
    restore_spans,
    shared_spans,
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

    def test_the_sign_of_a_currency_is_left_out_if_only_one_side_has_it(self) -> None:
        source, target = match_spans("500달러와 $300", "$500 and $300")
        assert source == [Slot(0, 3, 1), Slot(7, 11, 2)]
        assert target == [Slot(1, 4, 1), Slot(9, 13, 2)]
        assert match_spans("500", "$500 $500")[1] == [Slot(1, 4, 1), Slot(6, 9, 1)]

    def test_marks_in_pairs(self) -> None:
        source, target = match_spans("**나는** <b>책</b>을", "**I** read a <b>book</b>")
        assert [slot.number for slot in source] == [1, 2, 3, 4] == [slot.number for slot in target]
        # ** that encloses nothing on the other side is no mark there.
        assert match_spans("**나는**", "I ** am") == ([], [])

    def test_equal_marks_with_other_partners_have_other_numbers(self) -> None:
        slots = number_spans("[가](u) [나](v) <b>다</b> <b>라</b>")
        assert [slot.number for slot in slots] == [1, 2, 3, 4, 5, 6, 5, 6]
        assert [slot.spacing.partner for slot in slots] == [2, 1, 4, 3, 6, 5, 6, 5]

    def test_numbers_with_the_same_value_keep_their_forms(self) -> None:
        assert [slot.number for slot in number_spans("1,000과 1000")] == [1, 2]

    def test_a_long_list_is_one_span(self) -> None:
        numbers = ", ".join(str(n) for n in range(100, 112))
        text = f"<b>이것은 {numbers}</b> 그리고 200"
        slots = number_spans(text)
        assert [text[slot.begin : slot.end] for slot in slots] == ["<b>", numbers, "</b>", "200"]
        assert [slot.spacing.partner for slot in slots] == [3, 0, 1, 0]
        assert len(number_spans(", ".join(str(n) for n in range(100, 109)))) == 9

    def test_spacing_is_that_of_the_source(self) -> None:
        slots = number_spans("<b>책</b>을 <i> 책 </i> 2024년<br>끝 <hr> 끝")
        tight = [(s.spacing.is_tight_before, s.spacing.is_tight_after) for s in slots]
        assert tight == [
            *[(False, True), (True, False)],  # <b>, </b>
            *[(False, False), (False, False)],  # <i> and </i>, with spaces inside
            (False, False),  # a number has the spacing of the target language
            *[(True, True), (False, False)],  # <br>, <hr>
        ]

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
            st.sampled_from(
                [
                    "{x}",
                    "<b>",
                    "</b>",
                    "**",
                    "[",
                    "](u)",
                    "2024",
                    " ",
                    "a@b.kr",
                    "😀",
                    "is",
                    "n't",
                    ".",
                    ",",
                    "(",
                    "가",
                ]
            )
            | st.characters(),
            max_size=12,
        ).map(lambda parts: normalize("".join(parts)))
    )
    @example("{x} </b></b>")
    def test_restoring_returns_the_text(self, text: str) -> None:
        slots = number_spans(text)
        texts = {slot.number: text[slot.begin : slot.end] for slot in slots}
        spacings = {slot.number: slot.spacing for slot in slots}
        known = Placeholders(
            tuple(texts[n] for n in sorted(texts)), (), tuple(spacings[n] for n in sorted(texts))
        )
        for tokenizer in (ENGLISH, SpacePreTokenizer()):
            tokens = covered(text, tokenizer)
            assert restore_spans(join(tokens), known) == text
            assert sum(token.startswith("⟦") for token in tokens) == len(slots)


def test_restore_and_display() -> None:
    known = Placeholders(("2024", "a\\1b"), ((0,), (1,)))
    assert restore_spans("in ⟦1⟧ ⟦2⟧ ⟦3⟧.", known) == "in 2024 a\\1b ."
    assert [readable_piece(piece, known) for piece in ("▁a", "⟦2⟧", "⟦9⟧")] == [
        "▁a",
        "a\\1b",
        "",
    ]


def test_spacing_is_restored() -> None:
    known = Placeholders(
        ("<b>", "</b>", "<br>"),
        ((0,), (2,), (4,)),
        (
            Spacing("opening", 2, False, True),
            Spacing("closing", 1, True, False),
            Spacing("break", 0, True, True),
        ),
    )
    assert restore_spans("a ⟦1⟧ book ⟦2⟧ is ⟦3⟧ red", known) == "a <b>book</b> is<br>red"
    assert restore_spans("⟦3⟧ ⟦1⟧ ⟦2⟧ .", known) == "<br><b></b> ."


def test_spans_of_a_pair_on_either_side() -> None:
    source, target = shared_spans("3.5와 98,6과 3.5", "98.6 and 3.5")
    assert source.texts == ("3.5", "98,6")
    assert target.texts == ("3.5", "98.6")
    assert shared_spans("가 12.5", "b")[0].texts == ()


def test_placeholders_of_a_segment() -> None:
    text = "[가](u) [나](v)"
    slots = {slot.number: slot for slot in number_spans(text)}
    known = in_segment(slots, text, {3: [0], 4: [2]})
    assert known.texts == ("[", "](v)") and known.positions == ((0,), (2,))
    assert [spacing.partner for spacing in known.spacings] == [2, 1]
    alone = in_segment(slots, text, {3: [0]})
    assert alone.spacings[0].partner == 0
    assert in_segment({1: Slot(0, 3, 1)}, "123", {1: [0]}) == Placeholders(("123",), ((0,),))
