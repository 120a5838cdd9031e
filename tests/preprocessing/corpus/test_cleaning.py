"""The rules that exclude pairs: what each rejects and what it must accept."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.corpus import cleaning
from malgil.preprocessing.corpus.cleaning import (
    Deduplicator,
    exceeds_length_ratio,
    folded_pair_hash,
    pair_hash,
    rejection_reason,
)
from malgil.settings import CleaningSettings

RULES = CleaningSettings()
NONE = CleaningSettings(
    drop_duplicates=False,
    drop_overlap=False,
    drop_control_characters=False,
    drop_markup=False,
    drop_without_letters=False,
    min_script_share=0.0,
    max_length_ratio=0.0,
)
KO_EN = ("ko", "en")


class TestSinglePairs:
    @pytest.mark.parametrize(
        ("source", "target"),
        [
            ("저는 학생이에요.", "I am a student."),
            ("2 < 3 이고 5 > 4 예요.", "2 < 3 and 5 > 4."),
            ("AT&T와 R&D; 그리고 Q&A", "AT&T, R & D; and Q&A."),
            ("ㅋㅋㅋ ㅠㅠ 😀 <3", "lol :( 😀 <3"),
            ("2005년 5월 1일", "2005-05-01"),
            ("1", "one"),
            ("㎏", "kg"),
            ("iPhone을 USB-C로 충전해요.", "I charge my iPhone via USB-C."),
            ("줄\t바꿈\n뒤", "a tab\tand a line\u0085end"),
            ("한글", "a zero\u200bwidth space\ufeff and a soft\u00adhyphen"),
            ("{빈칸}을 {채우세요}", "Fill {in} the {blank}"),
            ("<b>책</b>과 <br/>공책&nbsp;", "A <b>book</b>&nbsp;<br/>and a notebook"),
        ],
    )
    def test_accepted(self, source: str, target: str) -> None:
        assert rejection_reason(source, target, RULES, KO_EN) is None

    @pytest.mark.parametrize(
        ("source", "target", "reason"),
        [
            ("저는\x00 학생이에요.", "I am a student.", cleaning.CONTROL),
            ("저는 학생이에요.", "I\x1bm a student.", cleaning.CONTROL),
            ("저는 학생이에요.", "I\u0092m a student.", cleaning.CONTROL),
            ("저는 학\ufffd이에요.", "I am a student.", cleaning.CONTROL),
            ("저는 <b>학생</b>이에요.", "I am a student.", cleaning.MARKUP),
            ("저는<br/>학생이에요.", "I am a student.", cleaning.MARKUP),
            ("저는 학생이에요.", '<a href="x">I am</a> a student.', cleaning.MARKUP),
            ("저는 학생이에요.", "I&#39;m a student.", cleaning.MARKUP),
            ("저는 학생이에요.", "I am&nbsp;a student.", cleaning.MARKUP),
            ("저는 학생이에요.", r"{\an8}I am a student.", cleaning.MARKUP),
            ("저는 학생이에요.", "{y:i}I am a student.", cleaning.MARKUP),
            ("저는 <b>학생</b>이에요.", "I am a <i>student</i>.", cleaning.MARKUP),
            ("저는<br>학생이에요.", "I am<br><br>a student.", cleaning.MARKUP),
            ("1", "1", cleaning.WITHOUT_LETTERS),
            ("100%", "100 %", cleaning.WITHOUT_LETTERS),
            ("10:30 ~ 11:00", "10:30–11:00", cleaning.WITHOUT_LETTERS),
            ("---", "***", cleaning.WITHOUT_LETTERS),
            ("① ½ ² Ⅳ", "① ½ ² Ⅳ", cleaning.WITHOUT_LETTERS),
            ("😊👍", ":-)", cleaning.WITHOUT_LETTERS),
            ("저는 학생이에요.", "저는 학생이에요.", cleaning.SCRIPT),
            ("I am a student.", "I am a student.", cleaning.SCRIPT),
            ("저는 학생이에요.", "Я студент.", cleaning.SCRIPT),
        ],
    )
    def test_rejected(self, source: str, target: str, reason: str) -> None:
        assert rejection_reason(source, target, RULES, KO_EN) == reason
        assert rejection_reason(source, target, NONE, KO_EN) is None

    @given(st.text(), st.text())
    def test_any_text(self, source: str, target: str) -> None:
        known = {None, cleaning.CONTROL, cleaning.MARKUP, cleaning.SCRIPT, cleaning.WITHOUT_LETTERS}
        assert rejection_reason(source, target, RULES, KO_EN) in known
        assert rejection_reason(source, target, NONE, KO_EN) is None


class TestScripts:
    @pytest.mark.parametrize(
        ("text", "language", "share"),
        [
            ("가나ab", "ko", 0.5),
            ("가나ab", "en", 0.5),
            ("ㅋㅋab", "ko", 0.5),
            ("Ça alors, déjà 12 œufs !", "fr", 1.0),
            ("12:30!", "ko", 1.0),
            ("① 가 ½ 나", "ko", 1.0),
            ("", "ko", 1.0),
            ("漢字 한자", "ko", 0.5),
            ("ひらがな", "ja", 1.0),
            ("anything", "xx", 1.0),
        ],
    )
    def test_share(self, text: str, language: str, share: float) -> None:
        assert cleaning.script_share(text, language) == pytest.approx(share)

    def test_the_minimum_share_is_accepted(self) -> None:
        rules = dataclasses.replace(RULES, min_script_share=0.5)
        assert rejection_reason("가나ab", "four", rules, KO_EN) is None
        assert rejection_reason("가나abc", "four", rules, KO_EN) == cleaning.SCRIPT


@pytest.mark.parametrize(
    ("source", "target", "ratio", "expected"),
    [(12, 2, 5.0, True), (2, 12, 5.0, True), (10, 2, 5.0, False), (10, 1, 5.0, False),
     (11, 2, 5.0, True), (15, 3, 5.0, False), (99, 1, 0.0, False)],
)  # fmt: skip
def test_length_ratio(source: int, target: int, ratio: float, expected: bool) -> None:
    assert exceeds_length_ratio(source, target, ratio) is expected


class TestDeduplicator:
    def reason(self, deduplicator: Deduplicator, *pair: str) -> str | None:
        return deduplicator.rejection_reason(pair_hash(*pair), folded_pair_hash(*pair))

    def test_duplicates(self) -> None:
        deduplicator = Deduplicator(RULES, [])
        assert self.reason(deduplicator, "가", "one") is None
        assert self.reason(deduplicator, "가", "One") is None
        assert self.reason(deduplicator, "가", "one") == cleaning.DUPLICATE
        assert self.reason(deduplicator, "one", "가") is None
        deduplicator = Deduplicator(NONE, [])
        assert [self.reason(deduplicator, "가", "one") for _ in range(2)] == [None, None]

    @pytest.mark.parametrize(
        "pair",
        [
            ("저는 학생이에요.", "I am a student."),
            ("저는 학생이에요", "i am a STUDENT!"),
            ("저는학생이에요…", "“I am — a student”"),
        ],
    )
    def test_overlap(self, pair: tuple[str, str]) -> None:
        held_out = [("저는 학생이에요.", "I am a student.")]
        assert self.reason(Deduplicator(RULES, held_out), *pair) == cleaning.OVERLAP
        assert self.reason(Deduplicator(NONE, held_out), *pair) is None
        assert self.reason(Deduplicator(RULES, held_out), pair[0], "I am a pupil.") is None

    def test_borders_count(self) -> None:
        """Distinguish pairs whose letters are the same but split differently between the sides."""
        assert folded_pair_hash("ab", "c") != folded_pair_hash("a", "bc")
        assert pair_hash("a\tb", "c") == pair_hash("a", "b\tc")  # but tabs never stand in a side
