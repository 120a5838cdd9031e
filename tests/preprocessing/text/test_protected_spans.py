"""Protected spans: addresses, emoji and numbers, and text that looks like them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.protected_spans import find_spans, parse_spans
from malgil.preprocessing.text.span import BREAK, CLOSING, OPENING, VALUE


def spans(text: str) -> list[str]:
    """Return the spans of a text, which must be normalized."""
    assert normalize(text) == text
    return [text[begin:end] for begin, end in find_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "보세요: https://example.com/a/b?c=1&d=%20#e 입니다",
            ["https://example.com/a/b?c=1&d=%20#e"],
        ),
        ("www.example.org에서 봤다", ["www.example.org"]),
        ("HTTP://A.KR로 오세요", ["HTTP://A.KR"]),
        ("See http://a.kr/x_(y), ok (www.b.org/path).", ["http://a.kr/x_(y)", "www.b.org/path"]),
        ("http://a.kr:8080/? 'http://b.kr'", ["http://a.kr:8080/", "http://b.kr"]),
        ("https://ko.wikipedia.org/wiki/한국어에서 봤다", ["https://ko.wikipedia.org/wiki/한국어"]),
        ("http://a.kr/ko/에서 http://a.kr/을 봤다", ["http://a.kr/ko/", "http://a.kr/"]),
        ("http://a.kr/마을을", ["http://a.kr/마을을"]),  # a word may have this end
        ("example.com이나 a.b.co.kr/c를", ["example.com", "a.b.co.kr/c"]),
        ("fear.She up.The Mr.Kim end.", []),
        ("https:// www. .com", []),
        ("https://{host}/a/${id}를", ["https://{host}/a/${id}"]),
        ("mailto:a@b.kr ftp://a.kr/b", ["mailto:a@b.kr", "ftp://a.kr/b"]),
    ],
)
def test_urls(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kim.min+a@mail.example.kr로 보내세요.", ["kim.min+a@mail.example.kr"]),
        ("Write to a_b@c-d.org.", ["a_b@c-d.org"]),
        ("a@b kim@ @ 3", []),
    ],
)
def test_mail(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@kim님이 @minsu_kim을 봤다.", ["@kim", "@minsu_kim"]),
        ("#서울여행 #travel은 #2024년 #123", ["#서울여행", "#travel", "#2024년", "#123"]),
        ("#서울#여행#맛집 좋아요", ["#서울#여행#맛집"]),
        # A number, a heading, a language, and the signs with which some corpora enclose names
        ("#1 #2번 # 제목 C# F#", ["C#", "F#"]),
        ("#프라하#까지 #인천 공항#에서", []),
    ],
)
def test_mentions_and_hashtags(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("좋아요😀", ["😀"]),
        ("👍🏽👍🏽 네", ["👍🏽👍🏽"]),
        ("👨\u200d👩\u200d👧 가족", ["👨\u200d👩\u200d👧"]),
        ("🏃🏽\u200d♀\ufe0f 뛴다", ["🏃🏽\u200d♀\ufe0f"]),
        ("🇰🇷 한국 🇫🇷🇺🇸", ["🇰🇷", "🇫🇷🇺🇸"]),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!", None),
        ("1\ufe0f\u20e3 먼저", ["1\ufe0f\u20e3"]),
        ("❤\ufe0f ☕", ["❤\ufe0f", "☕"]),
        ("ㅋㅋ ㅠㅠ ^^ :) ① → ©", []),
    ],
)
def test_emoji(text: str, expected: list[str] | None) -> None:
    assert normalize(text) == text
    assert spans(text) == ([text[:-1]] if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-v를 쓰세요.", ["-v"]),
        ("C:\\Program Files\\Malgil\\app.exe를", ["C:\\Program Files\\Malgil\\app.exe"]),
        ("~/문서/a.txt를 \\\\서버\\공유\\파일.txt를", ["~/문서/a.txt", "\\\\서버\\공유\\파일.txt"]),
        (
            "youtu.be/abc123 t.me/kim으로 bit.ly/3abC",
            ["youtu.be/abc123", "t.me/kim", "bit.ly/3abC"],
        ),
        ("http://한국.kr에서", ["http://한국.kr"]),
        ("key.sub_key=값 fe80::1에 {\\an8}", ["key.sub_key", "fe80::1", "{\\an8}"]),
        ('console.log("가"); foo.bar(x, y)', ['console.log("가");', "foo.bar(x, y)"]),
        ("<%= user %>님 C++와 C#을", ["<%= user %>", "C++", "C#"]),
        ("{count, plural, one {# 개} other {# 개}}", ["{count, plural, one {# 개} other {# 개}}"]),
        ("<0>학생</0> [b]책[/b]", ["<0>", "</0>", "[b]", "[/b]"]),
        ("&lt;b&gt;책&lt;/b&gt; &quot;책&quot;", ["&lt;b&gt;", "&lt;/b&gt;", "&quot;", "&quot;"]),
        # Quotations, titles, dashes, sounds, and lengthened vowels
        ("`사랑과 영혼`을 <USA 투데이> I`ll go if I don`t", []),
        ("--Yes,they do. P.E.class word(s)", []),
        ("/ng/소리가", ["/ng/"]),
        ("재밌네요~~~ 좋아요~~~ 아~~주 좋아요~~", []),
    ],
)
def test_codes_within_prose(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


PARTS = st.sampled_from(
    [
        *("https://", "www.", "a.com", "/", "a@b.kr", "😀", "\u200d", "12", "345", ",", ".", ":"),
        *("가", " ", "{a}", "{{", "<b>", "</b>", "<br>", "%s", "`", "**", "_", "~~", "[", "]("),
        *(")", "#", "@", "\\n", "a_b", "B2", "만", "$", "-", "(02) ", "보고서", ".pdf", "C:\\"),
    ]
)
TEXTS = st.lists(PARTS | st.characters(), max_size=15).map(lambda parts: normalize("".join(parts)))


@settings(deadline=None, max_examples=300)
@given(text=TEXTS)
def test_spans_are_in_order_and_do_not_overlap(text: str) -> None:
    position = 0
    for begin, end in find_spans(text):
        assert position <= begin < end <= len(text)
        assert text[begin] != " " != text[end - 1]
        position = end


@settings(deadline=None, max_examples=300)
@given(text=TEXTS)
def test_partners_enclose_words(text: str) -> None:
    found = parse_spans(text)
    for i, span in enumerate(found):
        if span.partner >= 0:
            partner = found[span.partner]
            assert partner.partner == i
            assert {span.role, partner.role} == {OPENING, CLOSING}
            assert (span.role == OPENING) == (span.begin < partner.begin)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{first}{last}님", [("{first}{last}", VALUE)]),
        ("끝\\n\\n시작", [("\\n\\n", BREAK)]),
        (
            "끝.<br/>시작 <hr> <img src='a.png'>",
            [("<br/>", BREAK), ("<hr>", BREAK), ("<img src='a.png'>", VALUE)],
        ),
        ("<b>책</b>을", [("<b>", OPENING), ("</b>", CLOSING)]),
        ("<b>{name}</b>님", [("<b>{name}</b>", VALUE)]),
        (
            "<b><i>책</i></b>",
            [("<b>", OPENING), ("<i>", OPENING), ("</i>", CLOSING), ("</b>", CLOSING)],
        ),
        ("**{name}** **<b>1,000</b>**", [("**{name}**", VALUE), ("**<b>1,000</b>**", VALUE)]),
        ("<user>님 책</b>", [("<user>", VALUE), ("</b>", CLOSING)]),
    ],
)
def test_roles_and_joined_spans(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[span.begin : span.end], span.role) for span in parse_spans(text)] == expected


def test_kept_words_go_before_spans() -> None:
    text = "소라 2024는 2025년 소라"
    kept = [(0, 7), (14, 16)]
    assert [(s.begin, s.end) for s in parse_spans(text, kept)] == [(0, 7), (9, 13), (14, 16)]


UNITS = (
    *("{", "<", "-", "1", "_", "a.", "1.", "a-", "a_", "a/", "/a", "<a ", "{{", "`", "*", "**a"),
    *("[", "[a](b) ", "&a", "%", "%s", "#a", "#가 ", "@a", "a@", "\\", "~", "1,", "1 ", "+1 "),
    *("가_", "😀", "http://a)", "Ctrl+", "<b><i>"),
)


@pytest.mark.parametrize("unit", UNITS)
def test_the_time_is_linear(unit: str) -> None:
    """Eight times the text takes eight times as long; 64 times if a pattern backtracks."""
    seconds = []
    for size in (2_000, 16_000):
        text = unit * (size // len(unit))
        best = float("inf")
        for _attempt in range(3):
            begin = time.process_time()
            find_spans(text)
            best = min(best, time.process_time() - begin)
        seconds.append(best)
    assert seconds[1] < 24 * seconds[0] + 0.1
