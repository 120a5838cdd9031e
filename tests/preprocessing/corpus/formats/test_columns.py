"""The choice of columns: by setting, by name, by script, by order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.columns import ColumnChoice, choose_columns
from malgil.preprocessing.corpus.formats.headers import HeaderRules
from malgil.settings import DataSettings

KO = ["저는 학생이에요.", "비가 옵니다.", "밥 먹었어요?", "네, 좋아요."]
EN = ["I am a student.", "It is raining.", "Have you eaten?", "Yes, fine."]
FR = ["Je suis étudiant.", "Il pleut.", "As-tu mangé?", "Oui, bien."]
NUMBERS = ["1", "2", "3", "4"]
DRAFT = ["I student.", "It rain.", "You ate?", "Yes, good."]
HEADER_BELOW = ("원문", "비고", "번역", "비고")
TITLES = ["학교", "날씨", "식사", "대답"]
CSV = HeaderRules(max_title_rows=4)
TSV = HeaderRules(allows_spaces=False, defaults_to_first_columns=True)


def rows(*columns: Sequence[str], header: Sequence[str] = ()) -> list[list[str]]:
    body = [list(row) for row in zip(*columns, strict=True)]
    return [list(header), *body] if header else body


def chosen(table: list[list[str]], rules: HeaderRules = CSV, **data: Any) -> ColumnChoice:
    return choose_columns(table, DataSettings(**data), rules, "'f'")


def where(table: list[list[str]], rules: HeaderRules = CSV, **data: Any) -> tuple[int, int, int]:
    return chosen(table, rules, **data)[:3]


def mistake(table: list[list[str]], **data: Any) -> str:
    with pytest.raises(UserError) as caught:
        chosen(table, **data)
    return str(caught.value)


class TestByName:
    @pytest.mark.parametrize(
        ("header", "at"),
        [
            (("ko", "en", "x"), (0, 1)),
            (("EN", "ko-KR", "x"), (1, 0)),
            (("영어 검수", "id", "한국어 문장"), (2, 0)),
            (("국문", "영문", "원문"), (0, 1)),
            (("ko_original", "ko", "en"), (1, 2)),
            (("source", "en", "ko"), (2, 1)),  # where a sentence comes from
            (("원문", "x", "en"), (0, 2)),
            (("Source", "Target", "x"), (0, 1)),
            (("trg", "src", "x"), (1, 0)),
            (("target_text", "source_text", "x"), (1, 0)),
        ],
    )
    def test_headers(self, header: tuple[str, ...], at: tuple[int, int]) -> None:
        texts = [KO if index == at[0] else EN for index in range(3)]
        assert where(rows(*texts, header=header)) == (*at, 1)

    @pytest.mark.parametrize("rules", [TSV, CSV])
    def test_names_of_several_words(self, rules: HeaderRules) -> None:
        assert where(rows(KO, EN, header=("한국어 원문", "영어 번역문")), rules) == (0, 1, 1)
        header = ("Title", "Korean (KR)", "English (US)")
        assert where(rows(TITLES, KO, EN, header=header), rules) == (1, 2, 1)
        header = ("Korean Word", "English Word", "Korean Sentence", "English Sentence")
        words = ["school", "weather", "meal", "yes"]
        assert where(rows(TITLES, words, KO, EN, header=header), rules) == (2, 3, 1)
        header = ("French (original)", "English (draft)", "English (final)")
        assert where(rows(FR, DRAFT, EN, header=header), rules, source_language="fr") == (0, 2, 1)
        header = ("한국어-영어 사전", "Korean-English dictionary")  # a pair
        assert where(rows(KO, EN, header=header), TSV) == (0, 1, 0)

    def test_counts_are_not_taken_for_texts(self) -> None:
        table = rows(NUMBERS, KO, NUMBERS, EN, header=("ko_count", "text_ko", "en_count", "x_en"))
        assert where(table) == (1, 3, 1)

    def test_sides_give_way_to_languages(self) -> None:
        table = rows(KO, EN, header=("원문", "번역문"))
        assert where(table) == (0, 1, 1)
        assert where(table, source_language="en", target_language="ko") == (1, 0, 1)
        table = rows(KO, EN, header=("ko", "en"))
        assert where(table, source_language="en", target_language="ko") == (1, 0, 1)

    def test_one_language_on_both_sides_needs_sides(self) -> None:
        table = rows(NUMBERS, KO[::-1], KO, header=("label", "A", "Q"))
        assert where(table, target_language="ko") == (2, 1, 1)
        table = rows(KO, KO[::-1], header=("반말", "존댓말"))
        assert where(table, target_language="ko") == (1, 0, 1)

    def test_a_header_below_titles(self) -> None:
        table = [["번역 말뭉치"], ["2024", "", ""], *rows(EN, KO, header=("번역문", "원문"))]
        assert where(table) == (1, 0, 3)

    def test_a_header_of_two_rows(self) -> None:
        table = [["한국어", "", "영어", ""], *rows(KO, NUMBERS, EN, NUMBERS, header=HEADER_BELOW)]
        assert where(table) == (0, 2, 2)
        table = rows(KO, EN, header=("한국어", "영어"))
        table.insert(1, ["원문", "source"])  # a pair
        assert where(table) == (0, 1, 1)

    def test_languages_in_rows_are_refused(self) -> None:
        table = [["한국어", *KO], ["영어", *EN]]
        assert mistake(table) == (
            "'f' has a row for each language. Transpose it, so that each language has a column."
        )
        assert where([["한국어", "Korean"], ["영어", "English"]]) == (0, 1, 0)

    def test_other_languages(self) -> None:
        table = rows(EN, FR, header=("anglais", "français"))
        assert where(table, source_language="fr") == (1, 0, 1)  # the other one
        table = rows(EN, FR, header=("english", "français"))
        assert where(table, source_language="fr") == (1, 0, 1)

    @pytest.mark.parametrize("rules", [TSV, CSV])
    def test_another_language_is_refused(self, rules: HeaderRules) -> None:
        japanese = ["私は学生です。", "雨が降っています。", "食べましたか。", "はい、いいですよ。"]
        for header in (("ko", "ja"), ("한국어", "일본어"), ("Korean", "Japanese")):
            with pytest.raises(UserError, match="cannot decide which columns"):
                chosen(rows(KO, japanese, header=header), rules)
        assert where(rows(KO, japanese, EN, header=("ko", "ja", "en")), rules) == (0, 2, 1)

    def test_the_name_is_shown(self) -> None:
        choice = chosen(rows(EN, KO, header=(" 번역문", "\ufeff원문 ")))
        assert (choice.label, choice.width) == ("columns 원문 and 번역문", 2)


class TestReviewedColumns:
    """Later versions of a translation before earlier ones, as in AI-Hub's files."""

    @pytest.mark.parametrize(
        "name", ["영어검수", "영어 검수", "영어_검수", "영문(최종)", "EN final"]
    )
    def test_of_a_language(self, name: str) -> None:
        table = rows(NUMBERS, KO, DRAFT, EN, header=("관리번호", "한국어", "영어", name))
        assert where(table) == (1, 3, 1)
        table = rows(EN, KO, DRAFT, header=(name, "한국어", "영어"))
        assert where(table) == (1, 0, 1)

    def test_of_machine_translations(self) -> None:
        header = ("ID", "지자체", "제목", "URL", "원문", "NMT", "PE", "Review")
        urls = [f"http://a.kr/{n}" for n in NUMBERS]
        post_edited = ["I am student.", "It is raining.", "Have you ate?", "Yes, good."]
        columns = (NUMBERS, ["서울"] * 4, TITLES, urls, KO, DRAFT, post_edited, EN)
        assert where(rows(*columns, header=header)) == (4, 7, 1)
        assert where(rows(*columns[:7], header=header[:7])) == (4, 6, 1)
        assert where(rows(*columns[:6], header=header[:6])) == (4, 5, 1)
        assert chosen(rows(*columns, header=header)).label == "columns 원문 and Review"
        swapped = {"source_language": "en", "target_language": "ko"}
        assert where(rows(*columns, header=header), **swapped) == (7, 4, 1)

    @pytest.mark.parametrize(
        ("header", "at"),
        [
            (("ko", "mt", "en"), 2),
            (("ko", "en", "mt"), 1),
            (("원문", "기계번역", "번역문"), 2),
            (("원문", "초벌", "최종번역문"), 2),
            (("원문", "번역문", "번역문 감수"), 2),
            (("ko", "en_mt", "en_post_edited"), 2),
            (("ko", "enMT", "enFinal"), 2),
            (("src", "mt", "ref"), 2),
            (("src", "ref", "mt"), 1),
            (("source", "hypothesis", "reference"), 2),
            (("source", "reference", "translation"), 1),
            (("한국어", "Google", "Human"), 2),
            (("원문", "기계번역", "사람번역"), 2),
            (("Korean", "English (draft)", "English (final)"), 2),
            (("한국어", "영어", "영어 수정"), 2),
        ],
    )
    @pytest.mark.parametrize("rules", [TSV, CSV])
    def test_names_of_stages(self, header: tuple[str, ...], at: int, rules: HeaderRules) -> None:
        drafts = [DRAFT, DRAFT]
        drafts[at - 1] = EN
        assert where(rows(KO, *drafts, header=header), rules) == (0, at, 1)

    def test_a_reference_is_preferred_to_a_different_machine_translation(self) -> None:
        other = ["He works.", "Go away now.", "Cats?", "Nobody."]
        for header in ("src", "mt", "ref"), ("source", "output", "reference"):
            for rules in TSV, CSV:
                assert where(rows(KO, other, EN, header=header), rules) == (0, 2, 1)
        pages = ["p. 1", "p. 2", "p. 3", "ibid"]
        assert where(rows(KO, EN, pages, header=("source", "translation", "reference"))) == (
            0,
            1,
            1,
        )

    @pytest.mark.parametrize(
        "review",
        [
            ["Y", "N", "Y", "Y"],
            ["", "", "", "Yes, fine."],
            ["a good one", "too literal", "see above", "none of it"],
            ["홍길동", "김철수", "홍길동", "김철수"],
        ],
    )
    def test_reviews_that_are_not_texts(self, review: list[str]) -> None:
        assert where(rows(KO, EN, review, header=("한국어", "영어", "영어 검수"))) == (0, 1, 1)

    def test_the_original_is_not_forgotten(self) -> None:
        columns = (NUMBERS, TITLES, KO, EN)
        assert where(rows(*columns, header=("ID", "제목", "원문", "Text2"))) == (2, 3, 1)
        assert where(rows(*columns, header=("ID", "제목", "원문", "Text2")), TSV) == (2, 3, 1)
        table = rows(NUMBERS, KO, EN, DRAFT, header=("ID", "원문", "갑", "을"))
        assert "Its first row: ID, 원문, 갑, 을." in mistake(table)
        longer = [text * 3 for text in EN], [text * 3 for text in FR]
        table = rows(NUMBERS, NUMBERS, *longer, header=("id", "no", "x", "source"))
        assert where(table, source_language="fr") == (3, 2, 1)

    def test_other_columns_of_aihub(self) -> None:
        header = ("대분류", "소분류", "상황", "Set Nr.", "발화자", "원문", "번역문")
        kind = ["일상"] * 4
        table = rows(kind, kind, TITLES, NUMBERS, kind, KO, EN, header=header)
        assert where(table) == (5, 6, 1)
        header = ("ID", "날짜", "자동분류1", "자동분류2", "언론사", "원문", "번역문")
        assert where(rows(NUMBERS, NUMBERS, kind, kind, kind, KO, EN, header=header)) == (5, 6, 1)


class TestByContent:
    def test_script(self) -> None:
        assert where(rows(EN, KO)) == (1, 0, 0)
        assert where(rows(KO, EN)) == (0, 1, 0)
        assert where(rows(KO, EN), source_language="en", target_language="ko") == (1, 0, 0)
        assert where(rows(NUMBERS, EN, NUMBERS, KO)) == (3, 1, 0)
        assert chosen(rows(NUMBERS, EN, KO)).label == "columns 3 and 2"

    @pytest.mark.parametrize("labels", [["인사", "날씨", "식사", "대답"], ["민수", "영희"] * 2])
    @pytest.mark.parametrize("rules", [TSV, CSV])
    def test_labels_are_no_sentences(self, labels: list[str], rules: HeaderRules) -> None:
        assert where(rows(labels, KO, EN), rules) == (1, 2, 0)
        assert where(rows(EN, labels, KO), rules) == (2, 0, 0)
        assert where(rows(labels * 9, KO * 9, EN * 9), rules) == (1, 2, 0)

    def test_labels_in_the_same_script(self) -> None:
        names = ["Bob", "Ann"] * 2
        assert where(rows(names, FR, EN), TSV, source_language="fr") == (1, 2, 0)
        assert where(rows(FR, EN, names), TSV, source_language="fr") == (0, 1, 0)

    def test_attributions_are_ignored(self) -> None:
        credit = [f"CC-BY 2.0 (France) #{n} (someone)" for n in range(4)]
        assert where(rows(EN, KO, credit), TSV) == (1, 0, 0)

    def test_a_header_of_unknown_names_is_skipped(self) -> None:
        assert where(rows(EN, KO, header=("예문", "뜻"))) == (1, 0, 1)
        assert where(rows(NUMBERS, EN, KO, header=("no", "eins", "zwei"))) == (2, 1, 1)

    def test_a_first_pair_is_not_a_header(self) -> None:
        assert where(rows(KO, EN, header=("네", "Yes"))) == (0, 1, 0)
        assert where(rows(KO, EN, header=("OK.", "OK."))) == (0, 1, 0)

    @pytest.mark.parametrize(
        "header",
        [("question_text", "answer_text"), ("예문", "뜻"), ("sentence1", "sentence2"), ("0", "1"),
         ("Korean text", "English text"), ("text_a", "text_b")],
    )  # fmt: skip
    def test_an_unknown_header_of_tsv(self, header: tuple[str, str]) -> None:
        longer = [text * 3 for text in KO], [text * 3 for text in EN]
        assert where(rows(*longer, header=header), TSV) == (0, 1, 1)

    @pytest.mark.parametrize(
        "first",
        [("원본", "Origin"), ("TV", "TV"), ("ABCD 버튼", "ABCD button"), ("요약", "Abstract"),
         ("네", "Yes"), ("안녕하세요", "Hello"), ("문서 수정", "Document modification"),
         ("USB 3.0", "USB 3.0"), ("API", "Application interface")],
    )  # fmt: skip
    def test_a_first_pair_of_tsv_is_not_lost(self, first: tuple[str, str]) -> None:
        assert where(rows(KO, EN, header=first), TSV) == (0, 1, 0)
        longer = [text * 9 for text in KO], [text * 9 for text in EN]
        assert where(rows(*longer, header=first), TSV) == (0, 1, 0)

    def test_words_of_one_script_above_tsv(self) -> None:
        longer = [text * 3 for text in FR], [text * 3 for text in EN]
        for first, skipped in (("oui", "yes"), 0), (("premise", "hypothesis"), 1), (("a", "b"), 1):
            table = rows(*longer, header=first)
            assert where(table, TSV, source_language="fr") == (0, 1, skipped)
        table = rows(["0", "1", "2", "3"], *longer, header=("", "one", "two"))
        assert where(table, TSV, source_language="fr") == (1, 2, 1)

    def test_order_if_nothing_else_decides(self) -> None:
        assert where(rows(FR, EN), source_language="fr") == (0, 1, 0)
        assert where(rows(KO, KO), target_language="ko") == (0, 1, 0)
        assert where(rows(EN, EN)) == (0, 1, 0)
        assert chosen(rows(FR, EN), source_language="fr").is_plain

    def test_an_unknown_header_is_refused(self) -> None:
        table = rows(NUMBERS, FR, EN, header=("id", "phrase", "satz"))
        message = mistake(table, source_language="fr")
        assert "cannot decide which columns of 'f' are fr and en. Its first row: id, phrase, " in (
            message
        )
        assert "--set data.columns=NAME,NAME" in message

    def test_several_texts_without_header(self) -> None:
        assert "cannot decide which columns" in mistake(rows(FR, EN, EN), source_language="fr")
        assert where(rows(FR, EN, EN), TSV, source_language="fr") == (0, 1, 0)
        assert where(rows(NUMBERS, FR, EN), source_language="fr") == (1, 2, 0)

    def test_nothing_at_all(self) -> None:
        assert where([], TSV) == (0, 1, 0)


def test_a_name_in_all_rows_is_no_header() -> None:
    for names in (("source", "target"), ("원문", "번역문"), ("ko", "en")):
        first, second = ([name] * 4 for name in names)
        assert where(rows(first, KO, second, EN), TSV) == (1, 3, 0)


class TestBySetting:
    TABLE = rows(NUMBERS, FR, KO, EN, header=("id", "Alpha", "베타", "en"))

    def test_names(self) -> None:
        assert where(self.TABLE, columns=("베타", "alpha")) == (2, 1, 1)

    def test_names_below_titles(self) -> None:
        assert where([["제목"], *self.TABLE], columns=("ALPHA", "id")) == (1, 0, 2)

    def test_numbers(self) -> None:
        assert where(self.TABLE, columns=("4", "2")) == (3, 1, 1)
        assert where(rows(KO, EN), columns=("2", "1")) == (1, 0, 0)
        assert where(rows(KO, EN, header=("en", "ko")), columns=("1", "2")) == (0, 1, 1)

    def test_missing_columns(self) -> None:
        message = mistake(self.TABLE, columns=("en", "gamma"))
        assert (
            "'f' has no columns with these names: en, gamma. Its first row: id, Alpha, 베타, en."
            in message
        )
        message = mistake(self.TABLE, columns=("1", "5"))
        assert message == "data.columns accepts column numbers from 1 to 4 for 'f'. Received: 1, 5."
