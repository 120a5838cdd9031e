"""English tokens: the Treebank's, and the text comes back."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.english import EnglishTokenizer
from preprocessing.generic import join, normalise

# What NLTK's rules look at: quotation marks, dots, dashes, contractions.
fragments = st.sampled_from(
    [
        *("'", '"', "''", "``", "`", "...", "--", ".", ",", " ", "$", "%", "(", "]"),
        *("can", "not", "n't", "don't", "gonna", "'tis", "wanna", "a", "3,000.5"),
        *("“", "’", "…", "—", "가", "😀", "\u0301"),
    ]
)
texts = st.lists(fragments | st.characters(exclude_categories=()), max_size=25).map("".join)


@pytest.fixture(scope="module")
def tokenizer() -> EnglishTokenizer:
    return EnglishTokenizer()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't know.", "▁I ▁do n't ▁know ."),
        ('He said, "It\'s $3.50."', '▁He ▁said , ▁" It \'s ▁$ 3.50 . "'),
        ("Mr. Kim's dog can't swim (yet)...", "▁Mr. ▁Kim 's ▁dog ▁ca n't ▁swim ▁( yet ) ..."),
        ("We'll go at 10:30 a.m. tomorrow!", "▁We 'll ▁go ▁at ▁10:30 ▁a.m. ▁tomorrow !"),
        ("naïve café — okay?", "▁naïve ▁café ▁— ▁okay ?"),
        ("", ""),
    ],
)
def test_examples(text: str, expected: str, tokenizer: EnglishTokenizer) -> None:
    assert tokenizer.tokenise(text) == expected.split()


@settings(deadline=None, max_examples=500)
@given(text=texts)
def test_loses_nothing(text: str) -> None:
    normal = normalise(text)
    assert join(SHARED.tokenise(normal)) == normal


SHARED = EnglishTokenizer()  # made once: Hypothesis calls the test many times


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "don't " * 15_000, "." * 20_000, "'" * 3_000, '"' * 3_000, "'' \"" * 2_000],
    ids=lambda text: text[:4],
)
def test_long_and_odd_texts(text: str, tokenizer: EnglishTokenizer) -> None:
    normal = normalise(text)
    assert join(tokenizer.tokenise(normal)) == normal


def test_a_text_that_nltk_cannot_align(
    tokenizer: EnglishTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise ValueError("substring not found")

    monkeypatch.setattr(tokenizer._tokenizer, "span_tokenize", fail)
    assert tokenizer.tokenise('in "an an') == ["▁in", '▁"an', "▁an"]


def test_needs_no_downloaded_data(monkeypatch: pytest.MonkeyPatch) -> None:
    import nltk.data

    monkeypatch.setattr(nltk.data, "path", [])
    assert EnglishTokenizer().tokenise("It works.") == ["▁It", "▁works", "."]


def test_nltk_is_imported_late() -> None:
    assert "nltk" in sys.modules
    import preprocessing.english

    assert "nltk" not in vars(preprocessing.english)
