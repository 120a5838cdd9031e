"""What may follow a Korean noun, and what makes it another word."""

from __future__ import annotations

import pytest

from malgil.preprocessing.text.korean_particles import ends_noun, fitting_particle

AFTER_CONSONANT = (
    "은 이 을 의 에 에서 에서는 에선 에게 에겐 에게서 한테 한테는 한텐 께 께서 께선 으로 으로는 "
    "으론 으로서 으로써 으로부터 까지 까지는 까진 까지도 까지만 부터 부터는 부턴 보다 보단 처럼 "
    "만큼 뿐 만 만은 만이 도 과 과의 과는 이랑 하고 마다 밖에 조차 마저 이나 이라도 이든지 대로 들 "
    "들이 들을 들에게 쯤 이다 입니다 입니까 이에요 이었다 이었어요 이었는데 이었던 이었습니다 "
    "이었으면 이었을까요 인 인데 인데요 인가요 인지 일 일까요 일지도 임 임을 이네요 이네 이라서 "
    "이니까 이란 이면 이지 이지요 이죠 이지만 이잖아요 이거든요 이야 이군요 이구나 이래요 이라고 "
    "이라고요 이라는 이라면서요 이든 이며 이고 이자 이므로 이더라도 이겠지요 이십니다 이세요 "
    "이시죠 이기도 이기 만이라도 뿐이에요 뿐인데 까지였어요 부터예요 에서입니다 에서요 은요"
)
AFTER_VOWEL = (
    "는 가 를 로 로는 론 로서 로써 와 와의 랑 나 라도 든지 예요 였다 였어요 였는데 였던 였습니다 "
    "네요 네 라서 니까 란 면 지 지요 죠 지만 잖아요 거든요 야 군요 구나 래요 라고 라는 든 며 고 "
    "인데 인가요 입니다 이다 이었다 엔 에선 에겐 께선"
)


@pytest.mark.parametrize("ending", AFTER_CONSONANT.split())
def test_after_a_consonant(ending: str) -> None:
    assert ends_noun(f"도서관{ending}", 3)


@pytest.mark.parametrize("ending", AFTER_VOWEL.split())
def test_after_a_vowel(ending: str) -> None:
    assert ends_noun(f"학교{ending}", 2)


@pytest.mark.parametrize("word", ["서울로", "서울로서", "서울론", "서울로는", "서울이랑"])
def test_after_l(word: str) -> None:
    assert ends_noun(word, 2)


@pytest.mark.parametrize(
    ("noun", "word"),
    [
        ("서울", "서울대"),
        ("서울", "서울역에서"),
        ("서울", "서울으로"),
        ("도서관", "도서관장"),
        ("전문", "전문가"),
        ("작곡", "작곡가는"),
        ("남자", "남자아이는"),
        ("해안", "해안도로를"),
        ("문화", "문화적"),
        ("공부", "공부하다"),
        ("안내", "안내서"),
        ("날", "날씨"),
        ("학생", "학생회실"),
        ("제출", "제출일이었"),
        ("도서관", "도서관와"),
        ("학교", "학교은"),
    ],
)
def test_another_word(noun: str, word: str) -> None:
    assert not ends_noun(word, len(noun))


@pytest.mark.parametrize("word", ["KTX는", "KTX은", "KTX를", "KTX로", "KTX으로", "KTX입니다"])
def test_after_other_scripts(word: str) -> None:
    assert ends_noun(word, 3)


@pytest.mark.parametrize(
    ("particle", "noun", "expected"),
    [
        ("을", "학교", "를"),
        ("는", "도서관", "은"),
        ("로", "도서관", "으로"),
        ("으로", "서울", "로"),
        ("와", "집", "과"),
        ("이", "KTX", "이"),
        ("에서", "학교", "에서"),
        ("가", "", "가"),
    ],
)
def test_the_form_that_fits(particle: str, noun: str, expected: str) -> None:
    assert fitting_particle(particle, noun) == expected
