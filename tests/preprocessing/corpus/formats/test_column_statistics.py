"""Statistics of columns."""

from __future__ import annotations

import pytest

from malgil.preprocessing.corpus.formats.column_statistics import (
    are_korean,
    are_sentences,
    is_first_source,
    is_korean,
)
from malgil.settings import DataSettings


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("안녕하세요.", True),
        ("KTX를 타요", True),
        ("\u1112\u1161\u11ab", True),
        ("ㅋㅋㅋ", True),
        ("I like 김치 very much", False),
        ("bonjour", False),
        ("漢字", False),
        ("123 !?", None),
        ("", None),
    ],
)
def test_is_korean(text: str, answer: bool | None) -> None:
    assert is_korean(text) is answer


def test_a_column_is_korean_by_most_of_its_texts() -> None:
    assert are_korean(["가", "나", "a", "1", ""])
    assert not are_korean(["가", "a"])  # one very long text decides nothing
    assert not are_korean([])


@pytest.mark.parametrize(
    ("texts", "answer"),
    [
        (["밥을 먹어요.", "네"], True),
        (["word", "another"], True),
        (["1", "2", "three"], False),
        (["2020-01-01", "2020-01-02"], False),
        (["S0001", "S0002"], False),
        (["http://a.b/c", "http://a.b/d"], False),
        ([], False),
        (["뉴스"] * 99 + ["일상"], False),
        (["뉴스", "일상"], True),  # too few to tell a category
    ],
)
def test_sentences(texts: list[str], answer: bool) -> None:
    assert are_sentences(texts) is answer


def test_the_script_decides_which_is_the_source() -> None:
    data = DataSettings()
    assert is_first_source(True, False, data) is True
    assert is_first_source(False, True, data) is False
    assert is_first_source(True, True, data) is None
    assert is_first_source(True, False, DataSettings(target_language="ko")) is None
