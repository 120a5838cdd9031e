"""String Catalogs of Apple's Xcode."""

from __future__ import annotations

from typing import Any

from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import json_text


def unit(value: str, state: str = "translated") -> dict[str, Any]:
    return {"stringUnit": {"state": state, "value": value}}


def catalog(strings: dict[str, Any], language: str = "en") -> str:
    return json_text({"sourceLanguage": language, "strings": strings, "version": "1.0"})


def test_the_keys_are_texts(read_file: FileReader) -> None:
    strings = {
        "I am a student.": {"localizations": {"ko": unit("저는 학생이에요.")}},
        "See you.": {"comment": "on leaving", "localizations": {"ko": unit("또 봐요.")}},
        "Old.": {"localizations": {"ko": unit("낡은.", "needs_review")}},
        "%lld files": {
            "localizations": {"ko": {"variations": {"plural": {"other": unit("파일 %lld개")}}}}
        },
        "In French": {"localizations": {"fr": unit("En français")}},
    }
    corpus = read_file(catalog(strings))
    assert corpus.pairs == [("저는 학생이에요.", "I am a student."), ("또 봐요.", "See you.")]
    assert corpus.left_out == {
        "not reviewed or fuzzy": 1,
        "with plural forms": 1,
        "not translated": 1,
    }
    assert "detected as .xcstrings" in corpus.summary()


def test_the_keys_are_identifiers(read_file: FileReader) -> None:
    strings = {"k1": {"localizations": {"en": unit("See you."), "ko": unit("또 봐요.")}}}
    assert read_file(catalog(strings)).pairs == [("또 봐요.", "See you.")]


def test_korean_is_the_source(read_file: FileReader) -> None:
    strings = {"또 봐요.": {"localizations": {"en": unit("See you.")}}}
    assert read_file(catalog(strings, "ko")).pairs == [("또 봐요.", "See you.")]
