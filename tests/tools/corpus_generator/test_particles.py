"""Particles against a table written by hand, and against the Unicode names of the syllables."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.corpus_generator.hangul import final_consonant, join_syllable, split_syllable, with_final
from tools.corpus_generator.particles import FORMS, attach, particle, spoken_final

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
NOUNS = st.text(alphabet=SYLLABLES, min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ("은/는", "책은 사과는 물은 서울은 의사는 값은 커피는"),
        ("이/가", "책이 사과가 물이 서울이 의사가 값이 커피가"),
        ("을/를", "책을 사과를 물을 서울을 의사를 값을 커피를"),
        ("과/와", "책과 사과와 물과 서울과 의사와 값과 커피와"),
        ("이랑/랑", "책이랑 사과랑 물이랑 서울이랑 의사랑 값이랑 커피랑"),
        ("으로/로", "책으로 사과로 물로 서울로 의사로 값으로 커피로"),
        ("이나/나", "책이나 사과나 물이나 서울이나 의사나 값이나 커피나"),
        ("이라고/라고", "책이라고 사과라고 물이라고 서울이라고 의사라고 값이라고 커피라고"),
        ("아/야", "책아 사과야 물아 서울아 의사야 값아 커피야"),
        ("이에요/예요", "책이에요 사과예요 물이에요 서울이에요 의사예요 값이에요 커피예요"),
        ("이야/야", "책이야 사과야 물이야 서울이야 의사야 값이야 커피야"),
    ],
)
def test_attach_hand_written(pair: str, expected: str) -> None:
    nouns = ["책", "사과", "물", "서울", "의사", "값", "커피"]
    assert [attach(noun, pair) for noun in nouns] == expected.split()


@pytest.mark.parametrize(
    ("word", "topic", "direction"),
    [
        ("1", "1은", "1로"),  # 일
        ("2", "2는", "2로"),  # 이
        ("3", "3은", "3으로"),  # 삼
        ("6", "6은", "6으로"),  # 육
        ("8", "8은", "8로"),  # 팔
        ("0", "0은", "0으로"),  # 영
        ("10", "10은", "10으로"),  # 십
        ("2024", "2024는", "2024로"),  # 사
        ("500", "500은", "500으로"),  # 백
        ("30000", "30000은", "30000으로"),  # 만
        ("TV", "TV는", "TV로"),  # 브이
        ("PM", "PM은", "PM으로"),  # 엠
        ("URL", "URL은", "URL로"),  # 엘
    ],
)
def test_attach_digits_and_letters(word: str, topic: str, direction: str) -> None:
    assert attach(word, "은/는") == topic
    assert attach(word, "으로/로") == direction


@pytest.mark.parametrize("word", ["", "cafe", "책!", "ㄱ", "책 ", "100000000", "日"])
def test_unknown_sound_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="Received"):
        attach(word, "은/는")


def test_unknown_pair_is_refused() -> None:
    with pytest.raises(ValueError, match=r"은/는.*Received: '는/은'"):
        particle("책", "는/은")


def has_final(syllable: str) -> bool:
    """By another way than arithmetic: canonical decomposition gives three letters, not two."""
    return len(unicodedata.normalize("NFD", syllable)) == 3


@given(NOUNS)
def test_particle_agrees_with_final_consonant(noun: str) -> None:
    for pair, (after_consonant, after_vowel) in FORMS.items():
        ends_in_l = unicodedata.normalize("NFD", noun)[-1] == "ᆯ"
        takes_first = has_final(noun[-1]) and not (pair == "으로/로" and ends_in_l)
        assert particle(noun, pair) == (after_consonant if takes_first else after_vowel)
        assert attach(noun, pair).startswith(noun)


@given(SYLLABLES)
def test_syllable_round_trip(syllable: str) -> None:
    assert join_syllable(*split_syllable(syllable)) == syllable
    assert bool(final_consonant(syllable)) == has_final(syllable)
    assert with_final(with_final(syllable, "ㄴ"), final_consonant(syllable)) == syllable


def test_spoken_final() -> None:
    sounds = {"닭": "ㄺ", "배": "", "7": "ㄹ", "R": "ㄹ", "20": "ㅂ"}
    assert {word: spoken_final(word) for word in sounds} == sounds
