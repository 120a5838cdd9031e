"""Templates of Korean sentences against what a table written by hand says."""

from __future__ import annotations

import pytest

from tools.corpus_generator.summaries.template import add_ending, field_names, fill

FACTS = {"day": "월요일", "place": "회의실", "who": "지영", "other": "민수", "act": "감자를 썰다"}


@pytest.mark.parametrize(
    ("template", "formal", "polite", "casual", "plain"),
    [
        ("{day:으로/로} [past 미루다].", "월요일로 미뤘습니다.", "월요일로 미뤘어요.",
         "월요일로 미뤘어.", "월요일로 미뤘다."),
        ("{place}[이다].", "회의실입니다.", "회의실이에요.", "회의실이야.", "회의실이다."),
        ("날이 [adjective 춥다].", "날이 춥습니다.", "날이 추워요.", "날이 추워.", "날이 춥다."),
        ("[{act}].", "감자를 썹니다.", "감자를 썰어요.", "감자를 썰어.", "감자를 썬다."),
        ("[future 돕다].", "도울 겁니다.", "도울 거예요.", "도울 거야.", "도울 것이다."),
        ("[must {act}].", "감자를 썰어야 합니다.", "감자를 썰어야 해요.", "감자를 썰어야 해.",
         "감자를 썰어야 한다."),
        ("[promise 돕다].", "돕겠습니다.", "도울게요.", "도울게.", "돕겠다."),
        ("[propose 걷다].", "걸읍시다.", "걸어요.", "걷자.", "걷자."),
        ("{I} [쓰다].", "제가 씁니다.", "제가 써요.", "내가 써.", "내가 쓴다."),
        ("{me:은/는} {who!씨:과/와} [가다].", "저는 지영 씨와 갑니다.", "저는 지영 씨와 가요.",
         "나는 지영이와 가.", "나는 지영이와 간다."),
        ("{who!야}, {other!야}!", "지영 씨, 민수 씨!", "지영 씨, 민수 씨!", "지영아, 민수야!",
         "지영아, 민수야!"),
        ("{who!이:이/가} {other!이:이/가}", *["지영이가 민수가"] * 4),
        ("[{act} +고] [past 춥다 +지만]", *["감자를 썰고 추웠지만"] * 4),
    ],
)  # fmt: skip
def test_styles(template: str, formal: str, polite: str, casual: str, plain: str) -> None:
    made = [fill(template, FACTS, style) for style in ("formal", "polite", "casual", "plain")]
    assert made == [formal, polite, casual, plain]


def test_requests() -> None:
    made = [fill("[request 알리다].", {}, style) for style in ("formal", "polite", "casual")]
    assert made == ["알려 주시기 바랍니다.", "알려 주세요.", "알려 줘."]


@pytest.mark.parametrize(
    ("lemma", "ending", "expected"),
    [
        ("보내다", "아 달라고", "보내 달라고"),
        ("이가 아프다", "아서", "이가 아파서"),
        ("할인 상품이다", "아서", "할인 상품이어서"),
        ("길다", "은", "긴"),
        ("썰다", "은", "썬"),
        ("부서지다", "을", "부서질"),
        ("굽다", "으면", "구우면"),
        ("멀다", "으니까", "머니까"),
        ("자르다", "고", "자르고"),
        ("썰다", "는", "써는"),
        ("가볍다", "다는", "가볍다는"),
    ],
)
def test_endings(lemma: str, ending: str, expected: str) -> None:
    assert add_ending(lemma, ending) == expected


def test_field_names() -> None:
    assert field_names("{b} {a:을/를} [past {c!이} +고] {b:은/는}") == ("b", "a", "c")


def test_mistakes() -> None:
    with pytest.raises(KeyError, match="when"):
        fill("{when}에", FACTS, "plain")
    with pytest.raises(ValueError, match=r"polite, formal, casual, plain. Received: 'rude'"):
        fill("{day}에", FACTS, "rude")
    with pytest.raises(ValueError, match="dictionary form"):
        fill("[past 먹]", FACTS, "plain")
    with pytest.raises(ValueError, match="particle accepts"):
        fill("{day:은}", FACTS, "plain")
