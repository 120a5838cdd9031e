"""Normalization: one form for every text, with examples."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.normalization import (
    MARK_BEGIN,
    MARK_END,
    SPACE,
    normalize,
    shorten_runs,
    simplify_source,
)

# Including surrogates and control characters.
odd = st.sampled_from(
    "\u2581 \t\n\r\x00\x1b\x85\u00a0\u200b\u200d\u2028\u3000\ufeff\ud83d\u0301😀각"
)
hangul = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
jamo = st.characters(min_codepoint=0x1100, max_codepoint=0x11FF)
old_jamo = st.sampled_from("\ua960\ud7b0\ud7fb\u115f\u1160\u3164\uffa0")
widths = st.characters(min_codepoint=0xFF00, max_codepoint=0xFFEF)
marks = st.sampled_from("⟦⟧1Aa🏴\U000e0067\U000e007f👩")
letters = st.sampled_from("ab,. '\"ㅋㅠ漢")
anything = st.characters(exclude_categories=())
texts = st.text(odd | hangul | jamo | old_jamo | widths | marks | letters | anything, max_size=40)


class TestNormalize:
    @settings(deadline=None, max_examples=600)
    @given(text=texts)
    @example(text="a\u200b\u0301")  # letters that become neighbors when one is removed
    @example(text="\u1100\u00ad\u1161")
    @example(text="\uff76\uff9e")
    @example(text="🏴\u200b\U000e0067\U000e007f")
    def test_every_text_gets_the_normal_form(self, text: str) -> None:
        normal = normalize(text)
        assert normalize(normal) == normal
        assert unicodedata.is_normalized("NFC", normal)
        assert "  " not in normal and normal == normal.strip()
        assert not {SPACE, MARK_BEGIN, MARK_END} & set(normal)
        assert not any(c.isspace() for c in normal if c != " ")
        assert not {unicodedata.category(c) for c in normal} & {"Cc", "Cs"}
        assert not any(
            unicodedata.decomposition(c).startswith(("<wide>", "<narrow>")) for c in normal
        )
        normal.encode("utf-8")

    @settings(deadline=None)
    @given(text=texts)
    def test_equal_texts_stay_equal(self, text: str) -> None:
        for form in ("NFC", "NFD"):
            assert normalize(unicodedata.normalize(form, text)) == normalize(text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", ""),
            (" \t\n\u00a0\u3000", ""),
            ("a\u00a0\u2003b\u3000c\r\nd", "a b c d"),
            ("  a  b  ", "a b"),
            ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
            ("cafe\u0301", "café"),
            ("ㅋㅋ ㄱ", "ㅋㅋ ㄱ"),  # compatibility jamo are not parts of syllables
            ("ＡＢＣ１２３！？", "ABC123!?"),
            ("ｶﾅ ｶﾞ ￦ ＄", "カナ ガ ₩ $"),
            ("ﾡﾢ ￂ", "ㄱㄲ ㅏ"),  # half-width jamo
            ("㎏ ① Ⅲ ﬁ", "㎏ ① Ⅲ ﬁ"),  # other compatibility forms are unchanged: NFC, not NFKC
            ("ㅋㅋㅋ ㅠㅠ ㄱㅏ", "ㅋㅋㅋ ㅠㅠ ㄱㅏ"),
            ("\u110f\u110f \u1172", "ㅋㅋ ㅠ"),  # single conjoining jamo
            ("각\u11ab", "각ㄴ"),
            ("\u1140\u1161\u11ab", "\u1140\u1161\u11ab"),  # an archaic syllable has no other form
            ("漢\uf91d字", "漢\u6b04字"),
            ("a\u3164b\uffa0c", "a b c"),
            ("⟦1⟧ ⟦Aa⟧", "[1] [Aa]"),
            ("👍🏽 🇰🇷 ❤\ufe0f 1\ufe0f\u20e3", "👍🏽 🇰🇷 ❤\ufe0f 1\ufe0f\u20e3"),
            ("a\U000e0067b 🏴\U000e0067\U000e007f", "ab 🏴\U000e0067\U000e007f"),
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
        assert normalize(text) == expected


class TestShortenRuns:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ㅋㅋㅋㅋㅋㅋ 정말!!!!!", "ㅋㅋㅋ 정말!!!"),
            ("ㅠㅠ 아... !!! ~~", "ㅠㅠ 아... !!! ~~"),
            ("가가가가가 aaaaa 11111", "가가가가가 aaaaa 11111"),  # words and numbers
            ("____ ----", "___ ---"),
            ("", ""),
        ],
    )
    def test_examples(self, text: str, expected: str) -> None:
        assert shorten_runs(text, lambda _: ()) == expected

    def test_given_spans_are_unchanged(self) -> None:
        text = "!!!!! a----b !!!!"
        assert shorten_runs(text, lambda _: [(6, 12)]) == "!!! a----b !!!"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“가” ‘나’ „다‟ «라» 「마」 『바』 《사》", '"가" \'나\' "다" "라" "마" "바" "사"'),
        ("« oui »", '"oui"'),
        ("''가''", '"가"'),
        ("가‐나‑다‒라–마−바", "가-나-다-라-마-바"),
        ("He came—and left", "He came - and left"),
        ("3〜5 ∼", "3~5 ~"),
        ("영국·미국ㆍ일본・중국", "영국, 미국, 일본, 중국"),
        ("3·1절 3ㆍ1절", "3·1절 3·1절"),
        ("가…", "가..."),
        ("가……", "가..."),
        ("我是学生。你好、我。", "我是学生. 你好, 我."),
        ("it’s", "it's"),
        ("plain - 'a' \"b\" ...", "plain - 'a' \"b\" ..."),
        ("ㅋㅋㅋㅋㅋ", "ㅋㅋㅋ"),
    ],
)
def test_simplified_sources(text: str, expected: str) -> None:
    assert simplify_source(text, lambda _: ()) == expected


def test_kept_spans_are_not_simplified() -> None:
    assert simplify_source("“010–1234”", lambda _: [(1, 9)]) == '"010–1234"'


@given(st.text())
def test_simplifying_twice_changes_nothing(text: str) -> None:
    once = simplify_source(normalize(text), lambda _: ())
    assert normalize(once) == once
