"""English pre-tokenization: equal to NLTK, and lossless."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.common.locations import ROOT
from malgil.preprocessing.text import english
from malgil.preprocessing.text.english import EnglishPreTokenizer
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.pre_tokenizer import join, mark_spaces

# The characters of NLTK's rules: quotation marks, dots, dashes, contractions.
fragments = st.sampled_from(
    [
        *("'", '"', "''", "``", "`", "...", "--", ".", ",", " ", "$", "%", "(", "]"),
        *("can", "not", "n't", "don't", "gonna", "'tis", "wanna", "a", "3,000.5"),
        *("“", "’", "…", "—", "가", "😀", "\u0301"),
    ]
)
texts = st.lists(fragments | st.characters(exclude_categories=()), max_size=25).map("".join)


@pytest.fixture(scope="module")
def tokenizer() -> EnglishPreTokenizer:
    return EnglishPreTokenizer()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't know.", "▁I ▁do n't ▁know ."),
        ('He said, "It\'s $3.50."', '▁He ▁said , ▁" It \'s ▁$ 3.50 . "'),
        ("Mr. Kim's dog can't swim (yet)...", "▁Mr. ▁Kim 's ▁dog ▁ca n't ▁swim ▁( yet ) ..."),
        ("We'll go at 10:30 a.m. tomorrow!", "▁We 'll ▁go ▁at ▁10:30 ▁a.m. ▁tomorrow !"),
        ("naïve café — okay?", "▁naïve ▁café ▁— ▁okay ?"),
        ("", ""),
    ],
)
def test_examples(text: str, expected: str, tokenizer: EnglishPreTokenizer) -> None:
    assert tokenizer.tokenize(text) == expected.split()


@settings(deadline=None, max_examples=500)
@given(text=texts)
def test_is_lossless(text: str) -> None:
    normal = normalize(text)
    assert join(SHARED.tokenize(normal)) == normal


SHARED = EnglishPreTokenizer()  # made once: Hypothesis calls the test many times


def by_nltk(text: str) -> list[str]:
    """Return the tokens of NLTK itself, as marked tokens."""
    from nltk.tokenize.destructive import NLTKWordTokenizer

    try:
        return mark_spaces(text, NLTKWordTokenizer().span_tokenize(text))
    except ValueError:
        return mark_spaces(text, ())


words = st.sampled_from(
    [
        *("I", "you", "cannot", "Gonna", "wanna", "lemme", "more'n", "d'ye", "'tis", "'Twas"),
        *("don't", "it's", "dogs'", "U.S.", "a.m.", "Mr.", "well-known", "(yet)", "[1]", "e.g.,"),
        *("end.", "end.)", "end.'", "why?!", "so...", "3,000", "10:30", "$5", "50%", "a:", ",b"),
        *(".", "...", ")", "'", "»", "”", "--", "“no", "‘a", '"', "''", "``", '."', "gımme", "ſ"),
    ]
)


@settings(deadline=None, max_examples=1500)
@given(text=st.lists(words, max_size=8).map(" ".join) | texts.map(normalize))
def test_equals_nltk(text: str) -> None:
    assert SHARED.tokenize(text) == by_nltk(text)
    assert SHARED.tokenize(text) == by_nltk(text)  # also from the cache


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(english, "_CACHE_SIZE", 3)
    tokenizer = EnglishPreTokenizer()
    for text in ("a b's c d. e", "b's c (d) e f", "f g h."):
        assert tokenizer.tokenize(text) == by_nltk(text)
    assert max(len(tokenizer._within), len(tokenizer._last)) <= 3


def test_changing_returned_tokens_does_not_change_the_cache() -> None:
    tokenizer = EnglishPreTokenizer()
    for _ in range(2):
        tokens = tokenizer.tokenize("it's me.")
        assert tokens == ["▁it", "'s", "▁me", "."]
        tokens.clear()


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "don't " * 15_000, "." * 20_000, "'" * 3_000, '"' * 3_000, "'' \"" * 2_000],
    ids=lambda text: text[:4],
)
def test_long_and_odd_texts(text: str, tokenizer: EnglishPreTokenizer) -> None:
    normal = normalize(text)
    assert join(tokenizer.tokenize(normal)) == normal


def test_a_text_that_nltk_cannot_align(
    tokenizer: EnglishPreTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise ValueError("substring not found")

    monkeypatch.setattr(tokenizer._nltk, "span_tokenize", fail)
    assert tokenizer.tokenize('in "an an') == ["▁in", '▁"an', "▁an"]


def test_needs_no_downloaded_data(monkeypatch: pytest.MonkeyPatch) -> None:
    import nltk.data

    monkeypatch.setattr(nltk.data, "path", [])
    assert EnglishPreTokenizer().tokenize("It works.") == ["▁It", "▁works", "."]


def alone() -> Any:
    """NLTK's class as it is imported where NLTK was not; what this process has imported is kept."""
    nltk = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "nltk"}
    try:
        for name in nltk:
            del sys.modules[name]
        return english._import_only_the_class()
    finally:
        sys.modules.update(nltk)


ALONE = alone()


class TestImportingNltk:
    @staticmethod
    def run(program: str) -> str:
        """Run a program in a process that has not imported NLTK; return what it prints."""
        program = (
            "import sys\n"
            "from malgil.preprocessing.text.english import EnglishPreTokenizer\n"
            "from malgil.preprocessing.text.english import nltk_word_tokenizer\n"
            "assert 'nltk' not in sys.modules\n"
        ) + program
        run = [sys.executable, "-B", "-W", "error", "-c", program]
        ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def test_all_of_nltk_can_be_imported_later(self) -> None:
        program = """
tokens = EnglishPreTokenizer().tokenize('I can\\'t say (yet): "No."')
assert [name for name in sys.modules if name.split(".")[0] == "nltk"] == []
import nltk
from nltk.translate.bleu_score import sentence_bleu
whole = nltk.NLTKWordTokenizer().tokenize('I can\\'t say (yet): "No."')
assert nltk.tokenize.NLTKWordTokenizer is nltk.NLTKWordTokenizer is not nltk_word_tokenizer()
assert isinstance(nltk.NLTKWordTokenizer(), nltk.tokenize.api.TokenizerI)
assert nltk_word_tokenizer()().tokenize('I can\\'t say (yet): "No."') == whole
assert EnglishPreTokenizer().tokenize('I can\\'t say (yet): "No."') == tokens
print(*tokens)
"""
        assert self.run(program) == '▁I ▁ca n\'t ▁say ▁( yet ) : ▁" No . "'

    def test_falls_back_to_all_of_nltk(self) -> None:
        for before in (
            "import nltk\n",
            "import malgil.preprocessing.text.english as english\n"
            "def fail(): raise ImportError\n"
            "english._import_only_the_class = fail\n",
        ):
            program = (
                "found = nltk_word_tokenizer()\nimport nltk\nprint(found is nltk.NLTKWordTokenizer)"
            )
            assert self.run(before + program) == "True"

    def test_without_nltk(self) -> None:
        program = """
import importlib.util
importlib.util.find_spec = lambda _: None
sys.modules.pop("nltk", None)
class Finder:
    def find_spec(self, name, *_):
        if name == "nltk": raise ModuleNotFoundError("No module named 'nltk'", name="nltk")
sys.meta_path.insert(0, Finder())
try:
    EnglishPreTokenizer().tokenize("it's")
except ModuleNotFoundError as error:
    print(error)
"""
        assert self.run(program) == "No module named 'nltk'"

    @settings(deadline=None, max_examples=500)
    @given(text=st.lists(words, max_size=8).map(" ".join) | texts.map(normalize))
    def test_gives_the_same_tokens(self, text: str) -> None:
        from nltk.tokenize.destructive import NLTKWordTokenizer

        assert ALONE().tokenize(text) == NLTKWordTokenizer().tokenize(text)
