"""Normalising, and tokens from which the text can be put together again."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from preprocessing.generic import SPACE, SpaceTokenizer, join, mark_spaces, normalise

# Surrogates and controls included.
odd = st.sampled_from(
    "\u2581 \t\n\r\x00\x1b\x85\u00a0\u200b\u200d\u2028\u3000\ufeff\ud83d\u0301😀각"
)
hangul = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
jamo = st.characters(min_codepoint=0x1100, max_codepoint=0x11FF)
cased = st.sampled_from("AZaziİıßſςΣΩJ\u030cT\u0308H\u0331ǅK")
anything = st.characters(exclude_categories=())
texts = st.text(odd | hangul | jamo | cased | st.sampled_from("ab,. '\"") | anything, max_size=40)


class TestNormalise:
    @settings(deadline=None, max_examples=400)
    @given(text=texts, lowercase=st.booleans())
    @example(text="a\u200b\u0301", lowercase=False)  # letters that meet where one is taken out
    @example(text="\u1100\u00ad\u1161", lowercase=False)
    @example(text="J\u030c", lowercase=True)  # composes in lower case alone
    def test_reaches_one_form(self, text: str, lowercase: bool) -> None:
        normal = normalise(text, lowercase)
        assert normalise(normal, lowercase) == normal
        assert unicodedata.is_normalized("NFC", normal)
        assert "  " not in normal and normal == normal.strip()
        assert SPACE not in normal
        assert not any(c.isspace() for c in normal if c != " ")
        assert not {unicodedata.category(c) for c in normal} & {"Cc", "Cs"}
        normal.encode("utf-8")

    @settings(deadline=None)
    @given(text=texts)
    def test_equal_texts_stay_equal(self, text: str) -> None:
        for form in ("NFC", "NFD"):
            assert normalise(unicodedata.normalize(form, text)) == normalise(text)

    @settings(deadline=None)
    @given(text=texts)
    def test_lower_case_folds(self, text: str) -> None:
        assert normalise(normalise(text), True) == normalise(text, True)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", ""),
            (" \t\n\u00a0\u3000", ""),
            ("a\u00a0\u2003b\u3000c\r\nd", "a b c d"),
            ("  a  b  ", "a b"),
            ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
            ("cafe\u0301", "café"),
            ("ㅋㅋ ㄱ", "ㅋㅋ ㄱ"),  # letters of the keyboard are not syllables in parts
            ("ａ１％", "ａ１％"),  # compatibility forms stay: NFC, not NFKC
            ("a\x00b\x07c\x7f", "abc"),
            ("a\ufeffb\u200bc\u00add\u202e", "abcd"),
            ("a\x1cb\x85c\u2028d", "a b c d"),
            ("\ud83d alone", "\ufffd alone"),
            ("a\u2581b", "a_b"),
            ("👩\u200d👧 😀", "👩\u200d👧 😀"),
            ("Ünïcode — “quotes”…", "Ünïcode — “quotes”…"),
        ],
    )
    def test_examples(self, text: str, expected: str) -> None:
        assert normalise(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"), [("KTX 타고", "ktx 타고"), ("Ça VA", "ça va"), ("J\u030c", "\u01f0")]
    )
    def test_lower_case(self, text: str, expected: str) -> None:
        assert normalise(text, lowercase=True) == expected
        assert normalise(text) == unicodedata.normalize("NFC", text)


class TestSpaceTokenizer:
    @settings(deadline=None)
    @given(text=texts)
    def test_loses_nothing(self, text: str) -> None:
        normal = normalise(text)
        tokens = SpaceTokenizer().tokenise(normal)
        assert join(tokens) == normal
        assert [token[1:] for token in tokens] == normal.split()
        assert all(token[0] == SPACE for token in tokens)

    def test_a_blank_text(self) -> None:
        assert SpaceTokenizer().tokenise("") == []


class TestMarkSpaces:
    def test_glued_and_spaced_tokens(self) -> None:
        spans = [(0, 2), (2, 3), (4, 6), (6, 7)]
        assert mark_spaces("ab, cd.", spans) == ["▁ab", ",", "▁cd", "."]

    def test_what_lies_between_spans_is_kept(self) -> None:
        assert mark_spaces("ab-cd ef gh", [(0, 2), (3, 5)]) == ["▁ab", "-", "cd", "▁ef", "▁gh"]
        assert mark_spaces("ab cd", [(3, 5)]) == ["▁ab", "▁cd"]

    def test_without_spans(self) -> None:
        # The last word is also the end of the one before it.
        assert mark_spaces("a cb b", []) == ["▁a", "▁cb", "▁b"]
        assert mark_spaces("", []) == []

    def test_an_empty_span_is_no_token(self) -> None:
        assert mark_spaces("ab", [(0, 0), (0, 1), (1, 1), (1, 2)]) == ["▁a", "b"]

    @settings(deadline=None, max_examples=300)
    @given(text=texts.map(normalise), data=st.data())
    def test_loses_nothing_whatever_the_spans(self, text: str, data: st.DataObject) -> None:
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
