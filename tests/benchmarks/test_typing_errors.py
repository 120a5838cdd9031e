"""Typing errors: neighboring keys of the two-set layout and of QWERTY."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.typing_errors import neighbors, typos, with_typo


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("ㅁ", "ㄴㅂㅋ"),
        ("ㄲ", "ㄷㅅㄹ"),  # Shift and ㄱ
        ("ㅓ", "ㅗㅏㅕㅡ"),
        ("ㅔ", "ㅐ"),  # nothing below it
        ("g", "fhtb"),
        ("ㄳ", ""),
        ("1", ""),
    ],
)
def test_neighbors(key: str, found: str) -> None:
    assert set(neighbors(key)) == set(found) and len(neighbors(key)) == len(found)


def test_a_syllable_stays_a_syllable() -> None:
    # ㅁ: ㄴ, and ㅂ and ㅋ above and below it. ㅏ: ㅓ and ㅣ, and ㅑ above it.
    assert set(typos("마")) == {*"나바카", *"머미먀"}
    assert set(typos("각")) >= {*"닥삭락", *"갇갓갈"}  # the first and the last consonant
    assert typos("ㅋ") == typos("!") == typos("漢") == typos("é") == []
    assert set(typos("Q")) == {*"WA"}


@given(text=st.text(st.sampled_from("가닭쀏의 aZé.漢1"), max_size=20), seed=st.integers(0, 99))
def test_one_character_changes(text: str, seed: int) -> None:
    changed = with_typo(text, random.Random(seed))
    differences = [new for old, new in zip(text, changed, strict=True) if old != new]
    assert len(differences) == any(typos(character) for character in text)


@given(syllable=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3))
def test_one_jamo_changes(syllable: str) -> None:
    """The jamo are compared in the decomposition of Unicode, which the typos do not use."""
    parts = unicodedata.normalize("NFD", syllable)
    for changed in typos(syllable):
        others = unicodedata.normalize("NFD", changed)
        assert len(parts) == len(others)
        assert sum(a != b for a, b in zip(parts, others, strict=True)) == 1


def test_decomposed_text_is_composed_first() -> None:
    decomposed = unicodedata.normalize("NFD", "마음")
    assert with_typo(decomposed, random.Random(1)) == with_typo("마음", random.Random(1))
