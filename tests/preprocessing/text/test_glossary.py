"""Glossaries: finding terms in texts, and reading files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.text.glossary import Glossary, Term
from malgil.preprocessing.text.normalization import normalize


def found(text: str, *sources: str) -> list[str]:
    glossary = Glossary(Term(source, (source.upper(),)) for source in sources)
    return [found.term.source for found in glossary.find(normalize(text))]


@pytest.mark.parametrize(
    "text",
    [
        "서울",
        "서울에서 왔어요.",
        "나는 서울은 좋아해요",
        "(서울)",
        "서울까지만 가요",
        "서울, 부산",
        "서울이다.",
    ],
)
def test_korean_over_particles(text: str) -> None:
    assert found(text, "서울") == ["서울"]


@pytest.mark.parametrize("text", ["서울대에 갔다", "남서울", "서울역에서", "서울시청", "세울"])
def test_not_within_other_words(text: str) -> None:
    assert found(text, "서울") == []


def test_the_longer_term_wins_and_each_counts() -> None:
    text = "서울역에서 서울까지, 다시 서울역으로"
    assert found(text, "서울", "서울역") == ["서울역", "서울", "서울역"]


@pytest.mark.parametrize(
    ("text", "term", "times"),
    [
        ("KTX는 빠르다. KTX 타자", "KTX", 2),
        ("ktx는 빠르다", "KTX", 0),
        ("KTX는 빠르다", "ktx", 1),
        ("KTX2 빠르다", "KTX", 0),
        ("The Train trains", "train", 1),
        ("café-bar", "café", 1),
        ("C++는 어렵다", "C++", 1),
        ("인공 지능이 온다", "인공 지능", 1),
        ("서울", "서울", 1),
    ],
)
def test_other_scripts(text: str, term: str, times: int) -> None:
    assert found(text, term) == [term] * times


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_any_term_in_any_text(text: str, sources: list[str]) -> None:
    terms = [source for source in map(normalize, sources) if source]
    for term in found(text, *terms):
        assert term.lower() in normalize(text).lower()
