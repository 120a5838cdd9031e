"""JSON and YAML with the texts of a program in one language."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.normalization import normalize
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import json_text

Mistake = Callable[..., str]
ENGLISH: dict[str, Any] = {
    "menu": {"open": "Open", "items": ["First", "Second"], "new": "New"},
    "title": "The library",
    "count": 3,
}
KOREAN: dict[str, Any] = {
    "title": "도서관",
    "menu": {"open": "열기", "items": ["첫째", "둘째"], "old": "옛날"},
    "count": 3,
}
PAIRS = [("도서관", "The library"), ("열기", "Open"), ("첫째", "First"), ("둘째", "Second")]
LEFT_OUT = {"not text": 2, "without ko": 1, "without en": 1}


class TestJson:
    @pytest.mark.parametrize("names", [("en.json", "ko.json"), ("a", "b")])
    def test_pairs(self, names: tuple[str, str], read_file: FileReader) -> None:
        corpus = read_file(json_text(ENGLISH, indent=2), json_text(KOREAN), names=names)
        assert (corpus.pairs, corpus.left_out) == (PAIRS, LEFT_OUT)

    def test_the_language_as_the_root(self, read_file: FileReader) -> None:
        corpus = read_file(json_text({"ko": KOREAN}), json_text({"en": ENGLISH}))
        assert corpus.pairs == PAIRS

    def test_latin_languages_by_their_names(self, read_file: FileReader) -> None:
        contents = json_text({"a": "Open"}), json_text({"a": "Ouvrir"})
        names = "locales_en.json", "locales_fr.json"
        assert read_file(*contents, names=names, source_language="fr").pairs == [("Ouvrir", "Open")]

    def test_notes_of_flutter(self, read_file: FileReader) -> None:
        english = {"@@locale": "en", "open": "Open", "@open": {"description": "a verb"}}
        korean = {"@@locale": "ko", "open": "열기", "@open": {"description": "동사"}}
        assert read_file(json_text(english), json_text(korean)).pairs == [("열기", "Open")]

    def test_two_corpora_are_not_paired(self, read_file: FileReader) -> None:
        rows = [[{"ko": f"{word} 하나", "en": f"{word} one"}] for word in ("가", "나")]
        corpus = read_file(*({"data": row} and json_text({"data": row}) for row in rows))
        assert corpus.pairs == [("가 하나", "가 one"), ("나 하나", "나 one")]

    def test_deep_nesting(self, mistake: Mistake) -> None:
        deep = '{"a":' * 300 + '"b"' + "}" * 300
        assert "more than 200 levels deep" in mistake(deep.replace("b", "나"), deep)


class TestYaml:
    def test_pairs(self, read_file: FileReader) -> None:
        contents = [
            yaml.safe_dump({code: value}, allow_unicode=True)
            for code, value in (("en", ENGLISH), ("ko", KOREAN))
        ]
        corpus = read_file(*contents, names=("en.yml", "ko.yml"))
        assert sorted(corpus.pairs) == sorted(PAIRS)
        assert corpus.left_out == LEFT_OUT
        assert "detected as YAML, ko.yml and en.yml" in corpus.summary()

    def test_values_that_are_not_text(self, read_file: FileReader) -> None:
        english = "a: yes\nb: 'yes'\nc: ~\nd: 1.5\ne: |\n  two\n  lines\nf:\n"
        korean = "a: 예\nb: 네\nc: 다\nd: 라\ne: >-\n  두\n  줄\nf: 바\n"
        corpus = read_file(english, korean, names=("en.yaml", "ko.yaml"))
        assert corpus.pairs == [("네", "yes"), ("두 줄", "two lines")]

    def test_aliases(self, read_file: FileReader) -> None:
        """Leave aliases out: they may refer to each other and repeat without limit."""
        bomb = "a: &a [x, x]\n" + "".join(
            f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        cyclic = "l: &l\n  - *l\n"
        english = f"{bomb}{cyclic}t: one\n"
        corpus = read_file(english, "t: 하나\n", names=("en.yml", "ko.yml"))
        assert (corpus.pairs, corpus.left_out["a YAML alias"]) == ([("하나", "one")], 73)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("a: [b\nc: d\n", "is not valid YAML"),
            ("a: " + "[" * 300 + "]" * 300, "more than 200 levels deep"),
        ],
    )
    def test_refused(self, content: str, message: str, mistake: Mistake) -> None:
        assert message in mistake(content, "a: 나\n", names=("en.yml", "ko.yml"))

    def test_no_object_is_created(self, mistake: Mistake) -> None:
        content = 'a: !!python/object/apply:os.system ["false"]\nb: c\n'
        message = mistake(content, "b.x: 나\n", names=("en.yml", "ko.yml"))
        assert "holds no sentence pair" in message


KEYS = st.text("abcdefg_", min_size=1, max_size=5)
TEXTS = st.text("abc가나다 .'\":#-", min_size=1, max_size=9).filter(normalize)
TREES = st.recursive(TEXTS, lambda part: st.dictionaries(KEYS, part, min_size=1, max_size=3))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=st.dictionaries(KEYS, TREES, min_size=1, max_size=3))
def test_any_tree_is_paired_with_itself(tree: dict[str, Any], read_file: FileReader) -> None:
    def texts(value: Any) -> list[str]:
        parts = value.values() if isinstance(value, dict) else [value]
        return [value] if isinstance(value, str) else [t for part in parts for t in texts(part)]

    # Keys are sorted by neither of the writers.
    expected = [(normalize(text), normalize(text)) for text in texts(tree)]
    content = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, default_style='"')
    names = "ko.yml", "en.yml"
    assert read_file(content, content, names=names).pairs == expected
    assert json.loads(json_text(tree)) == tree
