"""Tags, entities and the marks of Markdown, and text that looks like them."""

from __future__ import annotations

import pytest

from malgil.preprocessing.text.markup import element_name, emphasis_pairs, link_begin
from tests.preprocessing.text.test_protected_spans import spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>책</b>을", ["<b>", "</b>"]),
        ('<a href="https://a.kr/x?y=1">여기</a>', ['<a href="https://a.kr/x?y=1">', "</a>"]),
        ("<ns:tag-name attr='값'/>는", ["<ns:tag-name attr='값'/>"]),
        (
            "앞<!-- 주석 -->뒤 <!DOCTYPE html> <?xml version='1.0'?>",
            ["<!-- 주석 -->", "<!DOCTYPE html>", "<?xml version='1.0'?>"],
        ),
        ("&nbsp;책 &#8217; &#x20; A&B; R&D", ["&nbsp;", "&#8217;", "&#x20;"]),
        ("a < b > c, x <- y, <제목> <3", []),
    ],
)
def test_tags_and_entities(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[문서](https://a.kr/x_(y))를", ["[", "](https://a.kr/x_(y))"]),
        ('![그림](a.png "제목")', ["![", '](a.png "제목")']),
        ("[가](b)와 [나](c)", ["[", "](b)", "[", "](c)"]),
        ("[문서][ref] [1] [주]", ["[", "][ref]"]),
        ("**굵게** __밑줄 글__ *강조*는 _기울임_은", ["**", "**", "__", "__", "*", "*", "_", "_"]),
        ("~~취소~~ ==표시== ***둘***", ["~~", "~~", "==", "==", "***", "***"]),
        ("**[링크](u)**", ["**", "[", "](u)", "**"]),
        ("2 * 3 * 4, 2*3*4, f***ing ****, a ** b **", []),
        ("*참고: 이것은 ~~", []),
    ],
)
def test_markdown(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


def test_element_name() -> None:
    assert [element_name(tag) for tag in ("<b>", "</b>", '<a href="x">')] == ["b", "b", "a"]
    assert not any(map(element_name, ("<br>", "<x/>", "<!-- b -->", "&lt;")))


def test_link_begin() -> None:
    assert link_begin("[a [b] c](d)", 8, 0) == (0, 1)
    assert link_begin("![a](d)", 3, 0) == (0, 2)
    assert link_begin("![a](d)", 3, 2) is None
    assert link_begin("a](d)", 1, 0) is None


def test_emphasis_pairs() -> None:
    text = "*a **b** c*"
    assert emphasis_pairs(text, [(0, len(text))]) == [((3, 5), (6, 8)), ((0, 1), (10, 11))]
    assert emphasis_pairs(text, [(0, 4)]) == []
