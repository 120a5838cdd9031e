"""Unknown pieces: replacement with source words or their translations."""

from __future__ import annotations

import numpy as np
import pytest

from malgil.preprocessing.text.glossary import Glossary, Term
from malgil.preprocessing.text.replace_unk import replace_unk
from malgil.preprocessing.text.subword import UNK

WORDS = ("▁무스비", "를", "▁먹었다")
PIECES = ["▁I", "▁ate", "", "."]
IDS = [7, 8, UNK, 9]


def attention_to(*places: int) -> np.ndarray:
    """Return attention weights `(rows, 4)`, with the end mark in the last column."""
    weights = np.full((len(places), 4), 0.1)
    weights[np.arange(len(places)), places] = 0.7
    return weights


def test_the_word_with_the_most_attention() -> None:
    attention = attention_to(1, 2, 0, 3)
    found = replace_unk(IDS, PIECES, WORDS, attention)
    assert found == ["▁I", "▁ate", "▁무스비", "."]
    assert PIECES[2] == ""


@pytest.mark.parametrize("source", ["무스비", "무스"])
def test_a_dictionary(source: str) -> None:
    dictionary = Glossary([Term(source, ("musubi", "rice ball"))])
    found = replace_unk(IDS, PIECES, WORDS, attention_to(1, 2, 0, 3), dictionary)
    assert found[2] == ("▁musubi" if source == "무스비" else "▁무스비")


def test_consecutive_pieces_with_one_source_piece() -> None:
    ids, pieces = [UNK, UNK, 8, UNK], ["", "", "▁x", ""]
    assert replace_unk(ids, pieces, WORDS, attention_to(0, 0, 1, 0)) == [
        *("▁무스비", "", "▁x", "▁무스비")
    ]
    assert replace_unk(ids, pieces, WORDS, attention_to(0, 2, 1, 0))[1] == "▁먹었다"


def test_the_end_mark_is_not_a_word() -> None:
    attention = np.array([[0.1, 0.2, 0.1, 0.6]])
    assert replace_unk([UNK], [""], WORDS, attention) == ["▁를"]


def test_without_attention_or_words() -> None:
    assert replace_unk(IDS, PIECES, WORDS, None) == PIECES
    assert replace_unk(IDS, PIECES, (), attention_to(1, 2, 0, 3)) == PIECES


def test_placeholders_are_not_copied() -> None:
    assert replace_unk([UNK], [""], ("⟦1⟧",), np.ones((1, 2))) == [""]
