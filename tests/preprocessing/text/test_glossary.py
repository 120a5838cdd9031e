"""Glossaries: finding terms in texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.text.glossary import Glossary, Term
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.protected_spans import find_spans


def found(text: str, *sources: str) -> list[str]:
    glossary = Glossary(Term(source, (source.upper(),)) for source in sources)
    return [term.source for term, _, _ in glossary.find(normalize(text))]


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
        "서울 에서",
        "서울이었어요!",
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
        ("C++17은 어렵다", "C++", 0),
        ("C++는 어렵다. C#도", "C", 0),
        ("C는 쉽다", "C", 1),
        ("ASP.NET은 .NET이다", ".NET", 1),
        ("Yahoo!Japan", "Yahoo!", 0),
        ("Yahoo!에서 검색", "Yahoo!", 1),
        ("(주)가온은 크다", "(주)", 1),
        ("50%가 왔다", "%", 1),
        ("인공 지능이 온다", "인공 지능", 1),
        ("서울", "서울", 1),
        ("İstanbul Train", "train", 1),
    ],
)
def test_other_scripts(text: str, term: str, times: int) -> None:
    assert found(text, term) == [term] * times


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Give us the US map of Us.", ["us", "US", "us"]),
        ("It is IT.", ["it", "IT"]),
        ("It may be May or MAY.", ["it", "may", "May", "may"]),
    ],
)
def test_terms_that_differ_only_in_case_are_different(text: str, terms: list[str]) -> None:
    assert found(text, "US", "us", "IT", "it", "May", "may") == terms


def test_a_term_in_capitals_alone_is_found_only_so() -> None:
    assert found("Give us it, may we?", "US", "IT", "May") == []


def test_translations_of_one_spelling_are_joined() -> None:
    terms = [Term("강아지", ("puppy",)), Term("강아지", ("dog", "puppy"))]
    [occurrence] = Glossary(terms).find("강아지는")
    assert occurrence.term.targets == ("puppy", "dog")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("www.naver.com에서 naver를", ["naver"]),
        ("me@naver.com으로", []),
        ("2002 월드컵은", ["2002 월드컵"]),
        ("010-2002-3456", []),
    ],
)
def test_terms_within_protected_spans(text: str, terms: list[str]) -> None:
    glossary = Glossary([Term(source, ("x",)) for source in ("naver", "2002 월드컵", "2002")])
    occurrences = list(glossary.find(text, find_spans(text)))
    assert [text[begin:end] for _, begin, end in occurrences] == terms


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_any_term_in_any_text(text: str, sources: list[str]) -> None:
    text = normalize(text)
    terms = [Term(source, ("x",)) for source in map(normalize, sources) if source]
    before = 0
    for term, begin, end in Glossary(terms).find(text):
        assert before <= begin < end
        assert text[begin:end] == term.source or text[begin:end].lower() == term.source
        before = end
