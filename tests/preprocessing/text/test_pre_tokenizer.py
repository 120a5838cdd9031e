"""Pre-tokenization: tokens join back into the text for any spans and marks."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.pre_tokenizer import (
    Change,
    SpacePreTokenizer,
    insert_marks,
    join,
    mark_as_in_text,
    mark_spaces,
)
from tests.preprocessing.text.test_normalization import texts


class TestSpacePreTokenizer:
    @settings(deadline=None)
    @given(text=texts)
    def test_is_lossless(self, text: str) -> None:
        normal = normalize(text)
        tokens = SpacePreTokenizer().tokenize(normal)
        assert join(tokens) == normal
        assert [token[1:] for token in tokens] == normal.split()
        assert all(token[0] == SPACE for token in tokens)

    def test_a_blank_text(self) -> None:
        assert SpacePreTokenizer().tokenize("") == []

    def test_many_texts(self) -> None:
        assert SpacePreTokenizer().tokenize_all(["a b", "", "c"]) == [["▁a", "▁b"], [], ["▁c"]]
        assert SpacePreTokenizer().typeset("Qui ?") == "Qui ?"


class TestMarkAsInText:
    def test_spaces_of_the_text(self) -> None:
        pieces = ["▁저", "는", "▁어", "제", "▁", "2024", "▁번", "."]
        assert mark_as_in_text(pieces, "저는어제 2024번 .") == [
            "▁저", "는", "어", "제", "▁", "2024", "번", "▁.",
        ]  # fmt: skip

    def test_pieces_that_are_not_in_the_text_are_unchanged(self) -> None:
        assert mark_as_in_text(["<unk>", "▁나", "", "는", "</s>"], "나 는") == [
            "<unk>", "▁나", "", "▁는", "</s>",
        ]  # fmt: skip

    @settings(deadline=None)
    @given(text=texts, seed=st.randoms(use_true_random=False))
    def test_restores_any_marks(self, text: str, seed: Random) -> None:
        tokens = SpacePreTokenizer().tokenize(normalize(text))
        pieces = [part for token in tokens for part in (token[:2], token[2:]) if part]
        mixed = [seed.choice(["", SPACE]) + piece.removeprefix(SPACE) for piece in pieces]
        assert mark_as_in_text(mixed, normalize(text)) == pieces


class TestMarkSpaces:
    def test_glued_and_spaced_tokens(self) -> None:
        spans = [(0, 2), (2, 3), (4, 6), (6, 7)]
        assert mark_spaces("ab, cd.", spans) == ["▁ab", ",", "▁cd", "."]

    def test_text_between_spans_is_kept(self) -> None:
        assert mark_spaces("ab-cd ef gh", [(0, 2), (3, 5)]) == ["▁ab", "-", "cd", "▁ef", "▁gh"]
        assert mark_spaces("ab cd", [(3, 5)]) == ["▁ab", "▁cd"]

    def test_without_spans(self) -> None:
        # The last word is also the end of the one before it.
        assert mark_spaces("a cb b", []) == ["▁a", "▁cb", "▁b"]
        assert mark_spaces("", []) == []

    def test_an_empty_span_is_no_token(self) -> None:
        assert mark_spaces("ab", [(0, 0), (0, 1), (1, 1), (1, 2)]) == ["▁a", "b"]

    @settings(deadline=None, max_examples=300)
    @given(text=texts.map(normalize), data=st.data())
    def test_is_lossless_for_any_spans(self, text: str, data: st.DataObject) -> None:
        ends = st.lists(st.integers(0, len(text)), unique=True, max_size=12).map(sorted)
        borders = data.draw(ends)
        spans = [
            (begin, end)
            for begin, end in zip(borders[::2], borders[1::2], strict=False)
            if " " not in text[begin:end]
        ]
        tokens = mark_spaces(text, spans)
        assert join(tokens) == text
        assert all(token.replace(SPACE, "") for token in tokens)


def test_join() -> None:
    assert join([]) == ""
    assert join(["▁I", "▁do", "n't", "."]) == "I don't."
    assert join(["▁학교", "에", "▁갔", "다"]) == "학교에 갔다"
    assert join(["▁p", "ie", "ces▁may", "▁", "be"]) == "pieces may be"


class TestInsertMarks:
    def test_marks_and_spellings(self) -> None:
        tokens = ["▁The", "▁ca", "t"]
        changes = [Change(0, 4, "X", "▁the"), Change(5, 8, "Y", "CAT")]
        assert insert_marks(tokens, changes) == ["X", "▁the", "▁", "Y", "CA", "T"]

    def test_a_mark_replaces_a_span(self) -> None:
        assert insert_marks(["▁ab", "cd"], [Change(2, 4, "X", "")]) == ["▁a", "X", "d"]
        assert insert_marks(["▁ab"], [Change(0, 3, "X", "")]) == ["X"]

    def test_no_tokens(self) -> None:
        assert insert_marks([], []) == []
        assert insert_marks(["▁a", "b"], []) == ["▁a", "b"]
