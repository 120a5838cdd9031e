"""Glossaries: finding terms in texts, and reading files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.preprocessing.text.glossary import Glossary, Term, read_glossary
from malgil.preprocessing.text.normalization import normalize


def found(text: str, *sources: str) -> list[str]:
    glossary = Glossary(Term(source, (source.upper(),)) for source in sources)
    return [term.source for term in glossary.find(normalize(text))]


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


def test_a_carriage_return_within_a_line(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_bytes("서울\r특별시\tSeoul\rCity\r\n한강\tHan River\n".encode())
    assert [(term.source, term.targets) for term in read_glossary(path).terms.values()] == [
        ("서울 특별시", ("Seoul City",)),
        ("한강", ("Han River",)),
    ]


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(
        "# places\n서울\tSeoul\n\n대통령\tpresident | President\n한강\tHan River\tfrom a map\n",
        encoding="utf-8",
    )
    glossary = read_glossary(path)
    assert [term.targets for term in glossary.find("대통령은 서울의 한강에서")] == [
        ("president", "President"),
        ("Seoul",),
        ("Han River",),
    ]


@pytest.mark.parametrize("line", ["서울", "서울\t", "\tSeoul", "서울\t|"])
def test_a_line_without_two_columns(tmp_path: Path, line: str) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(f"부산\tBusan\n{line}\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_glossary(path, "inference.glossary")
    message = str(caught.value)
    assert message.startswith(f"inference.glossary: line 2 of {str(path)!r} accepts a term, a tab")
    assert f"Received: {line!r}." in message and "\n" not in message


@pytest.mark.parametrize("content", ["", "# nothing\n"])
def test_a_file_without_terms(tmp_path: Path, content: str) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(content)
    with pytest.raises(UserError, match="has no terms"):
        read_glossary(path)


def test_a_missing_file(tmp_path: Path) -> None:
    """Every missing file has the same sentence, which begins with the setting."""
    for path, reason in ((tmp_path / "none.tsv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(UserError) as caught:
            read_glossary(path, "inference.glossary")
        expected = f"inference.glossary: cannot read {str(path)!r}: {reason}"
        assert str(caught.value).startswith(expected)
