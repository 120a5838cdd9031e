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
CSV = HeaderRules(max_title_rows=4)
TSV = HeaderRules(0, False, False, defaults_to_first_columns=True)


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

    def test_other_languages(self) -> None:
        table = rows(EN, FR, header=("anglais", "français"))
        assert where(table, source_language="fr") == (1, 0, 1)  # the other one
        table = rows(EN, FR, header=("english", "français"))
        assert where(table, source_language="fr") == (1, 0, 1)

    def test_the_name_is_shown(self) -> None:
        choice = chosen(rows(EN, KO, header=(" 번역문", "\ufeff원문 ")))
        assert (choice.label, choice.width) == ("columns 원문 and 번역문", 2)


class TestByContent:
    def test_script(self) -> None:
        assert where(rows(EN, KO)) == (1, 0, 0)
        assert where(rows(KO, EN)) == (0, 1, 0)
        assert where(rows(KO, EN), source_language="en", target_language="ko") == (1, 0, 0)
        assert where(rows(NUMBERS, EN, NUMBERS, KO)) == (3, 1, 0)
        assert chosen(rows(NUMBERS, EN, KO)).label == "columns 3 and 2"

    def test_attributions_are_ignored(self) -> None:
        credit = [f"CC-BY 2.0 (France) #{n} (someone)" for n in range(4)]
        assert where(rows(EN, KO, credit), TSV) == (1, 0, 0)

    def test_a_header_of_unknown_names_is_skipped(self) -> None:
        assert where(rows(EN, KO, header=("예문", "뜻"))) == (1, 0, 1)
        assert where(rows(NUMBERS, EN, KO, header=("no", "eins", "zwei"))) == (2, 1, 1)

    def test_a_first_pair_is_not_a_header(self) -> None:
        assert where(rows(KO, EN, header=("네", "Yes"))) == (0, 1, 0)
        assert where(rows(KO, EN, header=("OK.", "OK."))) == (0, 1, 0)

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
