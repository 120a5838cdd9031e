"""Splitting of texts: lossless, at the ends of sentences, and within the limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.protected_spans import find_spans, parse_spans
from malgil.preprocessing.text.sentence_splitting import cut_tokens, split_sentences

_PARTS = [
    "저는 ",
    "가요",
    "요",
    ".",
    "?",
    "…",
    "。",
    '"',
    "“",
    "”",
    "(",
    ")",
    " ",
    "ㅋㅋ",
    "~",
    "^^",
]
TEXTS = st.lists(
    st.sampled_from([*_PARTS, "😊", "[1]", "1.", "A", "He ", "3.5", "www.a.com", "a@b.kr", ":)"])
).map("".join) | st.text(max_size=30)


def split(text: str) -> list[str]:
    return [text[begin:end].strip() for begin, end in split_sentences(text, parse_spans(text))]


class TestAnyText:
    @given(TEXTS)
    def test_the_sentences_are_the_text(self, text: str) -> None:
        text = normalize(text)
        sentences = split_sentences(text, parse_spans(text))
        assert "".join(text[begin:end] for begin, end in sentences) == text
        assert all(begin < end for begin, end in sentences)

    @given(TEXTS)
    def test_no_span_is_cut(self, text: str) -> None:
        text = normalize(text)
        spans = find_spans(text)
        ends = [end for _, end in split_sentences(text, parse_spans(text))]
        assert not any(begin < end < span_end for begin, span_end in spans for end in ends)

    def test_a_blank_text_has_no_sentences(self) -> None:
        assert split_sentences("") == []


KOREAN = ("제 친구는 학생이에요", "제 동생은 의사예요", "오늘은 비가 와요")


@pytest.mark.parametrize(
    "decorated",
    [
        *(
            "{}.",
            "{}!",
            "{}?!",
            "{}…",
            "{}...",
            "{}。",
            '"{}."',
            "“{}.”",
            "‘{}.’",
            "({}.)",
            "「{}.」",
        ),
        *("«{}.»", "« {}. »", "{}.)", "{}.]", "{}.”", "{}.」", "{}.»", "{}.›", "{}. )", "„{}.“"),
        *("{}.😊", "{}. 😊", "{}😊", "{}.👨‍👩‍👧", "{}. ❤️", "{}.[1]", "{}. [1]", "{}.[주1]", "{}.¹"),
        *(
            "{}.~",
            "{}~",
            "{}~!",
            "{}.ㅋㅋ",
            "{}. ㅋㅋ",
            "{}ㅋㅋ",
            "{} ㅋㅋㅋ",
            "{}ㅠㅠ",
            "{}.ㅜㅜ",
            "{}ㅎㅎ",
        ),
        *("{}.^^", "{}^^", "{} ^^", "{}. :)", "{};;", '"{}".', "- {}.", "① {}.", "{}.) 😊 ㅋㅋ"),
        *("{} *^^*", "{} >_<", "{}. (^o^)", "{} ㅡ.ㅡ", "{}? -_-", "{}. *^^*"),
    ],
)
def test_signs_at_the_end(decorated: str) -> None:
    sentences = [decorated.format(sentence) for sentence in KOREAN]
    assert split(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    "text",
    [
        *(
            "학생이에요.|제 동생은 의사예요.",
            "뭐예요?|제 동생은",
            "있다!|3명이",
            "조심해 줘라.|그는 갔다.",
        ),
        *(
            "학생이에요.)|제 동생은",
            "학생이에요.😊|제 동생은",
            "학생이에요😊|제 동생은",
            "갔어요...|저는",
        ),
        *("I go home.|He is ill.", "Really?|I see.", "你好。|我是学生。", "元気ですか。|はい。"),
        *("Je suis là.|Tu viens ?", "어제 갔다.|My friend"),
    ],
)
def test_ends_without_a_space(text: str) -> None:
    assert split(text.replace("|", "")) == text.split("|")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "U.S.A에 갔다.",
            "값은 3.5도다.",
            "1.2.3을 깔았다.",
            "www.a.com은 좋다.",
            "file.txt를 열어요.",
        ),
        *("I like e.g. apples.", "Mr. Kim is here.", "J. K. 롤링은 작가다.", "See fig. 3 now."),
        *(
            "2026. 3. 14. 서울에서 만나요.",
            "3. 14.에 만나요.",
            "1. 제목",
            "We met at 5 p.m. in Paris.",
        ),
        *("왼쪽.오른쪽 모두", "초.중.고 학생", "한국어.영어 수업", "System.out.Print is it."),
        *('"학생이에요."라고 말했어요.', "‘가요?’ 하고 물었다.", '그는 "가자. 빨리."라고 말했다.'),
        *('He said "Go." and left.', "Elle dit « Viens. » et part.", "그는 (정말!) 좋아요."),
        *('"가자. 빨리."라고 말했다.', "Yahoo!는 좋다.", "저는… 학생이에요.", "Well... maybe."),
        *(
            "저는요~ 학생이에요.",
            "서울~부산은 멀어요.",
            "바다😊가 보여요.",
            "고양이가🙂 잡니다",
            "No. 5 is here.",
            "가. 목적은 이것이다.",
        ),
        *("「今日は。」と言った。", '그가 "네."는 대답이라고 했다.'),
    ],
)
def test_one_sentence(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Is it? No.|He left.",
            '그가 말했다.|"가자."|그리고 떠났다.',
            'He said, "Go."|Then he left.',
        ),
        *(
            "(오늘은 갔다.|내일도 간다.)|그래요.",
            "1. 첫째입니다.|2. 둘째입니다.",
            "저는 A다.|값은 1998.|He",
        ),
        *("갔어ㅋㅋ|나도 갔어ㅠㅠ|그래", "We met in 1998.|It was late.", "Oh!|Really?|Yes."),
    ],
)
def test_several_sentences(text: str) -> None:
    text = text.replace("Is it? No.", "Is it?|No.")
    assert split(text.replace("|", " ")) == text.split("|")


@pytest.mark.parametrize("unit", ["! ", "a.", "!-", "(", '"가. ', "가요ㅋㅋ ", "ㅋ", "...a", "가 "])
def test_the_time_grows_with_the_length(unit: str) -> None:
    """A quadratic method takes minutes for these texts."""
    text = unit * 20_000
    assert "".join(text[begin:end] for begin, end in split_sentences(text)) == text


class TestCutTokens:
    @given(
        st.lists(st.sampled_from(["▁가", "나", ",", "▁고", "고"]), max_size=60), st.integers(1, 12)
    )
    def test_no_token_is_lost(self, tokens: list[str], limit: int) -> None:
        parts = list(cut_tokens(tokens, limit))
        assert [token for begin, end in parts for token in tokens[begin:end]] == tokens
        assert all(0 < end - begin <= limit for begin, end in parts)

    @pytest.mark.parametrize(
        ("text", "limit", "parts"),
        [
            ("▁비 가 ▁와서 , ▁저는 ▁집에 ▁가요", 6, ["비 가 와서 ,", "저는 집에 가요"]),
            ("▁비 가 ▁오 고 ▁저는 ▁집에 ▁가요", 6, ["비 가 오 고", "저는 집에 가요"]),
            ("▁비 ▁가 ▁와 ▁저 는 ▁집", 4, ["비 가 와", "저 는 집"]),
            ("▁가 나 다 라 마", 3, ["가 나 다", "라 마"]),
        ],
    )
    def test_at_clauses_and_spaces(self, text: str, limit: int, parts: list[str]) -> None:
        tokens = text.split()
        cuts = [" ".join(tokens[begin:end]) for begin, end in cut_tokens(tokens, limit)]
        assert [cut.replace("▁", "") for cut in cuts] == parts


@pytest.mark.parametrize(
    "text",
    [
        "<p>저는 학생이에요.</p>|<p>친구는 의사예요.</p>",
        "**저는 학생이에요.**| 친구는 의사예요.",
        "**저는 학생이에요.| 친구는 의사예요.**",
        "학교에 갔어요?<br>|저는 집에 갔어요.",
        "학교에 갔어요!\\n|저는 집에 갔어요.",
        "문을 여세요.| -v를 쓰세요.",
        "<ul>|<li>사과</li>|<li>우유</li>|</ul>",
        "<td>학교</td>|<td>300</td>|<td>병원</td>",
        "저는 <b>학생</b>이에요.",
        "제 친구가 집에서<br>책을 읽습니다.",
        "제목<br><br>|본문",
    ],
)
def test_markup(text: str) -> None:
    whole = text.replace("|", "")
    parts = (whole[begin:end] for begin, end in split_sentences(whole, parse_spans(whole)))
    assert "|".join(parts) == text


def test_cells() -> None:
    text = "| 학교 | `a|b` | 병원 |"
    parts = [text[begin:end] for begin, end in split_sentences(text, parse_spans(text))]
    assert parts == ["|", " 학교 |", " `a|b` |", " 병원 |"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "학교에 갔어요ㅠㅠ | 이 책을 읽어요.",
            "갔어요.ㅋㅋ | 같이 가요.",
            "갔어요~ | 이 책을 봐요.",
        ),
        *("좋아요.[1] | 이 책을 봐요.", "좋아요.¹ | 이 책을 봐요.", "좋았어요 😊 | 이 집이 커요."),
        *(
            '그는 "갔어요."라고 했어요.',
            '"갔어요." 라고 했어요.',
            "(갔어요.)라고 썼다.",
            "갔어요ㅋㅋ라고 했어요.",
        ),
    ],
)
def test_a_particle_does_not_follow_a_space(text: str) -> None:
    assert split(text.replace("| ", "")) == [part.strip() for part in text.split("|")]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "저는 ... 학생이에요.",
            "그래서... 학교에 갔어요.",
            "그런데… 비가 와요.",
            "어제... 비가 왔어요.",
        ),
        *(
            "어머니... 학교에 갔어요.",
            "영화는 ... 심플하면서도 복잡하다.",
            "갔어요... | 저는 집에 있었어요.",
        ),
        *("좋다 … | 정말 좋다.", "비가 왔어… | 그래서 안 갔어."),
    ],
)
def test_an_ellipsis_ends_a_sentence_only_after_an_ending(text: str) -> None:
    assert split(text.replace("| ", "")) == [part.strip() for part in text.split("|")]
