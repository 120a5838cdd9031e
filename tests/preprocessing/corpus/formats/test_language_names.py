"""The names of languages and sides in files."""

from __future__ import annotations

import pytest

from malgil.preprocessing.corpus.formats.language_names import (
    is_known_language,
    language_code,
    match_rank,
    name_words,
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ko", "ko"),
        ("KO", "ko"),
        ("ko-KR", "ko"),
        ("ko_KR", "ko"),
        ("kor", "ko"),
        ("Korean", "ko"),
        ("한국어", "ko"),
        ("\u1112\u1161\u11ab국어", "ko"),  # decomposed
        ("국문", "ko"),
        ("en-US", "en"),
        ("ENG", "en"),
        ("영문", "en"),
        ("Français", "fr"),
        ("fre", "fr"),
        ("zh-Hant-TW", "zh"),
        ("xx", "xx"),
        ("", ""),
    ],
)
def test_codes_of_languages(name: str, code: str) -> None:
    assert language_code(name) == code


def test_known_languages() -> None:
    assert is_known_language("ko") and is_known_language("fr")
    assert (
        not is_known_language("xx") and not is_known_language("") and not is_known_language("txt")
    )


class TestMatches:
    @pytest.mark.parametrize(
        ("name", "rank"),
        [
            ("ko", 0),
            (" KO ", 0),
            ("\ufeffko", 0),
            ("ko-KR", 0),
            ("한국어", 0),
            ("ko_original", 1),
            ("text.ko", 1),
            ("한국어 문장", 1),
            ("문장(국문)", 1),
            ("원문", 2),
            ("source", 2),
            ("Q", 2),
            ("source_text", 3),
            ("en", None),
            ("target", None),
            ("target_text", None),
            ("label", None),
            ("korea", None),
            ("ko.", None),
            ("이것은 한국어 문장입니다.", None),
            ("a very long name with the word ko in it somewhere", None),
            ("", None),
        ],
    )
    def test_as_the_korean_source(self, name: str, rank: int | None) -> None:
        assert match_rank(name, "ko", "source", allows_spaces=True) == rank

    @pytest.mark.parametrize(
        ("name", "rank"),
        [
            ("en", 0),
            ("영어 검수", 1),
            ("번역문", 2),
            ("A", 2),
            ("target_text", 3),
            ("source", None),
        ],
    )
    def test_as_the_english_target(self, name: str, rank: int | None) -> None:
        assert match_rank(name, "en", "target", allows_spaces=True) == rank

    def test_phrases_are_not_names_if_they_may_be_text(self) -> None:
        assert match_rank("English class", "en", "target", allows_spaces=True) == 1
        assert match_rank("English class", "en", "target", allows_spaces=False) is None
        assert name_words("a_b.c-d", allows_spaces=False) == ["a", "b", "c", "d"]

    def test_without_languages_only_sides_count(self) -> None:
        assert match_rank("ko", "", "source", allows_spaces=True) is None
        assert match_rank("질문", "", "source", allows_spaces=True) == 2
