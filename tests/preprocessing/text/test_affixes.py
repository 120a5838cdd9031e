"""Affixes: what is removed around a sentence, and how it comes back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.affixes import (
    adapt_signs,
    join_parts,
    split_affixes,
    without_final_mark,
    without_shared_affixes,
)
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.protected_spans import parse_spans
from tests.preprocessing.text.test_sentence_splitting import TEXTS


@settings(deadline=None)
@given(TEXTS)
def test_the_parts_are_the_text(text: str) -> None:
    text = normalize(text)
    parts = split_affixes(text, parse_spans(text))
    assert parts.prefix + parts.core + parts.suffix == text
    assert parts.core == parts.core.strip()
    assert any(map(str.isalpha, parts.core)) or not parts.core


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["L", "Cs"])))
def test_a_text_without_letters_has_no_core(text: str) -> None:
    text = normalize(text)
    assert split_affixes(text, parse_spans(text)) == (text, "", "", "")


@pytest.mark.parametrize(
    "text",
    [
        *(
            '"|저는 학생이에요.|"',
            "“|학생이에요.|” 😊",
            "|학생이에요.|)",
            '"|저는 학생입니다.|',
            "(|네.|)",
        ),
        *(
            "- |학생이에요.|",
            "1. |제목|",
            "1) |제목은 이것|",
            "(1) |제목|",
            "가. |목적|",
            "① |제목|",
        ),
        *(
            "• |가요.|",
            "※ |가요.|",
            "— |가요.|",
            "-|가요.|",
            "> |가요.|",
            "# |가요.|",
            "[ ] |가요.|",
        ),
        *(
            "🙂 |가요.|",
            "|학생이에요.|[1]",
            "|학생이에요.|¹",
            "|학생이에요.| ㅎㅎ",
            "|나마스|;;",
            "ㆍ |항목|",
        ),
        *(
            "|ㅇㅋ|",
            "ㅋㅋㅋ||",
            "25%||",
            "→||",
            "3️⃣ |고양이|",
            "**|굵은 글씨|**",
            "|नमस्ते| 😊",
            "« |Oui.| »",
        ),
        # The counterpart of a bracket is within the text, so both stay there.
        *(
            '|"A"와 "B"|',
            '|"가요."라고 말했다.|',
            '|그는 "가자."라고 했다.|',
            "|(주)삼성|",
            "|《책》을 읽었다|",
        ),
        *(
            "|(02) 123-4567로 전화하세요.|",
            "|**굵은** 글씨|",
            "|네 (웃음)|",
            '|그는 "A".|',
            "|'사과'가 좋아|",
        ),
        # Signs that belong to a word
        *(
            "|-12.5도예요.|",
            "|#태그 좋아요|",
            "|$5예요|",
            "|.NET은 좋다|",
            "|¿Qué?|",
        ),
        *(
            "|…그래요|",
            "|3. 14.은 원주율|",
            "|the U.S.|",
            "|Oui !|",
            "|무게 100㎏|",
            "|a[1]|",
            "|그의 것,|",
        ),
    ],
)
def test_parts(text: str) -> None:
    whole = text.replace("|", "")
    assert "|".join(split_affixes(whole, parse_spans(whole))[:3]) == text


@pytest.mark.parametrize(
    ("text", "core", "mark"),
    [
        ("안녕하세요~", "안녕하세요", "."),
        ("안녕하세요~!", "안녕하세요", "!"),
        ("누구예요ㅋㅋ", "누구예요", "?"),
        ("갔어요...", "갔어요", "."),
        ('"학생이에요".', "학생이에요", "."),
        ("학생이에요[1]?", "학생이에요", "?"),
        ("강아지😊", "강아지", ""),
        ("갔는데...", "갔는데...", ""),
        ("갔어요", "갔어요", ""),
        ("갔어요.😊", "갔어요.", ""),
    ],
)
def test_a_mark_is_lent(text: str, core: str, mark: str) -> None:
    parts = split_affixes(text)
    assert (parts.core, parts.lent_mark) == (core, mark)


@pytest.mark.parametrize("unit", ["! ", "(", "(a", "b)", '"가', "ㅋ", "- ", " -", "[1]", ";:)"])
def test_the_time_grows_with_the_length(unit: str) -> None:
    for text in (unit * 20_000, unit * 20_000 + "a", "a" + unit * 20_000):
        parts = split_affixes(text)
        assert parts.prefix + parts.core + parts.suffix == text


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (('"가요."', "“I go.”"), ("가요.", "I go.")),
        (("- 가요.", "- I go."), ("가요.", "I go.")),
        (("가요ㅋㅋ", "I goㅋㅋ"), ("가요.", "I go.")),
        (("- 가요.", "I go."), ("가요.", "I go.")),
        (("가요.", '"I go."'), ("가요.", '"I go."')),
        (("- 가요.", '"I go."'), ("- 가요.", '"I go."')),
        (("가요.", "I go."), ("가요.", "I go.")),
        (("1.", "1."), ("1.", "1.")),
    ],
)
def test_training_pairs(pair: tuple[str, str], expected: tuple[str, str]) -> None:
    assert without_shared_affixes(*pair) == expected


@pytest.mark.parametrize(
    ("affix", "language", "expected"),
    [
        ("「", "en", "“"),
        (" 』)", "en", " ”)"),
        ("「", "ko", "「"),
        ("« ", "en", "“"),
        (" »", "ko", "”"),
        ("« ", "fr", "« "),
        ("“", "en", "“"),
        ('- "', "en", '- "'),
        ("„", "en", "“"),
        ("„", "de", "„"),
    ],
)
def test_signs_of_the_target_language(affix: str, language: str, expected: str) -> None:
    assert adapt_signs(affix, language) == expected


def test_joining() -> None:
    assert join_parts(['"A."', ' "B."', " ", " C.", " D. ", " E."]) == '"A." "B." C. D. E.'
    assert join_parts([]) == ""
    assert [without_final_mark(text) for text in ("A.", "A ?", "A")] == ["A", "A", "A"]


@pytest.mark.parametrize(
    "text",
    [
        *("#맛집", "보고서.txt", "@홍길동", "{이름}", "${이름}", "`한국어`", "C:\\자료"),
        *("https://ko.wikipedia.org/wiki/한국어", "<!-- 주석 -->", '<?php echo "…"; ?>'),
        *("{{인용문|가}}", "#맛집 @홍길동", "<td>{이름}</td>"),
    ],
)
def test_spans_alone_have_no_core(text: str) -> None:
    assert split_affixes(text, parse_spans(text)) == (text, "", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "<p>|저는 학생이에요.|</p>",
        "~~|저는 학생이에요.|~~",
        "&lt;b&gt;|저는 학생이에요.|&lt;/b&gt;",
        "<p>|저는 <b>학생</b>이에요.|</p>",
        "|<b>학생</b>이에요.|",
        "{\\an8}|저는 학생이에요.|",
        "{0}: |저는 학생이에요.|",
        "[10:30] |저는 학생이에요.|",
        "- [x] |저는 학생이에요.|",
        "“|저는 학생이에요.|” 😊 {name}",
        "(|저는 학생이에요.|) {name}",
        "“|저는 학생이에요.|” https://a.kr",
        "|저는 학생이에요.| #맛집",
        "|안녕하세요| {name}.",
        # Values of a phrase stay in it.
        "|이것은 {name}.|",
        "|{name}님이 왔어요.|",
        "|2024 백서|",
        "|아~~주 좋아요|~~",
    ],
)
def test_spans_around_a_sentence(text: str) -> None:
    whole = text.replace("|", "")
    assert "|".join(split_affixes(whole, parse_spans(whole))[:3]) == text
