"""Columns of language codes: they are no texts, and decide for each row."""

from __future__ import annotations

import pytest

from malgil.preprocessing.corpus.formats.headers import HeaderRules
from tests.preprocessing.corpus.formats.test_columns import (
    CSV,
    DRAFT,
    EN,
    FR,
    KO,
    NUMBERS,
    TSV,
    chosen,
    mistake,
    rows,
    where,
)


class TestLanguageCodes:
    @pytest.mark.parametrize("rules", [TSV, CSV])
    @pytest.mark.parametrize(
        ("korean", "english"),
        [("kor", "eng"), ("ko", "en"), ("ko-KR", "en_US"), ("국어", "영어")],
    )
    def test_are_no_texts(self, korean: str, english: str, rules: HeaderRules) -> None:
        ko, en = [korean] * 4, [english] * 4
        assert where(rows(ko, KO, en, EN), rules) == (1, 3, 0)
        assert where(rows(en, EN, ko, KO), rules) == (3, 1, 0)
        assert where(rows(KO, ko, EN, en), rules) == (0, 2, 0)
        assert where(rows(NUMBERS, ko, KO, NUMBERS, en, EN), rules) == (2, 5, 0)

    def test_of_languages_in_one_script(self) -> None:
        fr, en = ["fra"] * 4, ["eng"] * 4
        assert where(rows(en, EN, fr, FR), TSV, source_language="fr") == (3, 1, 0)
        assert where(rows(fr, FR, en, EN), TSV, source_language="fr") == (1, 3, 0)
        message = mistake(rows(en, EN, ["deu"] * 4, FR), source_language="fr")
        assert message.startswith("'f' has texts in en and de, by its columns of language codes.")

    def test_below_a_header(self) -> None:
        table = rows(*((["ko"] * 4), KO, (["en"] * 4), EN), header=("l1", "t1", "l2", "t2"))
        assert where(table, TSV) == where(table) == (1, 3, 1)
        header = ("source_lang", "source", "target_lang", "target")
        assert where(rows(["ko"] * 4, KO, ["en"] * 4, EN, header=header)) == (1, 3, 1)

    @pytest.mark.parametrize("rules", [TSV, CSV])
    def test_that_differ_from_row_to_row(self, rules: HeaderRules) -> None:
        codes = ["kor", "eng"] * 2
        table = rows(codes, KO, codes[::-1], EN)
        choice = chosen(table, rules)
        assert (choice[:3], choice.languages) == ((1, 3, 0), (0, 2, True, ("ko", "en")))
        assert choice.languages.is_in_order(["kor", "", "eng"]) is True
        assert choice.languages.is_in_order(["eng-GB", "", "ko"]) is False
        assert choice.languages.is_in_order(["kor", "", "jpn"]) is None
        table = rows(["fra"] * 200, FR * 50, ["eng"] * 200, EN * 50)
        assert where(table, rules, source_language="fr") == (1, 3, 0)

    def test_in_one_column(self) -> None:
        table = rows(["en-ko", "en-de"] * 2, EN, DRAFT, KO, header=("lp", "src", "mt", "ref"))
        choice = chosen(table, source_language="en", target_language="ko")
        assert (choice.source, choice.target) == (1, 3)
        orders = [choice.languages and choice.languages.is_in_order(row) for row in table[1:]]
        assert orders == [True, None] * 2
        choice = chosen(table)
        assert (choice.source, choice.target) == (3, 1)
        orders = [choice.languages and choice.languages.is_in_order(row) for row in table[1:]]
        assert orders == [True, None] * 2

    def test_next_to_columns_named_by_language(self) -> None:
        codes = ["ko", "en"] * 2  # the language in which a text was first written
        header = ("from", "ko", "to", "en")
        assert chosen(rows(codes, KO, codes[::-1], EN, header=header)).languages is None
