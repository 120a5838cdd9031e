"""Two parallel texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats.parallel import split_language
from malgil.preprocessing.text.normalization import normalize
from tests.preprocessing.corpus.formats.conftest import MISSING_VALUES, FileReader

Mistake = Callable[..., str]
KOREAN, ENGLISH = "가자.\n\n그래.\n응.\n", "Go.\n\nYes.\n \n"
BOTH = [("가자.", "Go."), ("그래.", "Yes.")]


class TestRead:
    def test_pairs(self, read_file: FileReader) -> None:
        corpus = read_file(KOREAN, ENGLISH, names=("a.ko", "a.en"))
        assert corpus.pairs == BOTH
        assert corpus.summary() == (
            "2 pairs (left out: 1 blank, 1 with an empty side); "
            "a.ko detected as parallel texts, a.ko and a.en"
        )

    @pytest.mark.parametrize("names", [("a.en", "a.ko"), ("x", "y"), ("a.ko", "a.en")])
    def test_scripts_decide_first(self, names: tuple[str, str], read_file: FileReader) -> None:
        assert read_file(ENGLISH, KOREAN, names=names).pairs == BOTH

    def test_then_names(self, read_file: FileReader) -> None:
        contents = "Yes.\nNo.\n", "Oui.\nNon.\n"
        french = [("Oui.", "Yes."), ("Non.", "No.")]
        for names, pairs in (
            (("a.en", "a.fr"), french),
            (("a.eng.txt", "a.FRA.txt"), french),
            (("a.1", "a.2"), [pair[::-1] for pair in french]),
        ):
            assert read_file(*contents, names=names, source_language="fr").pairs == pairs

    def test_several_among_tables(self, read_file: FileReader) -> None:
        contents = "나\tb\n", KOREAN, ENGLISH, "다\tc\n", ENGLISH, KOREAN
        assert read_file(*contents).pairs == [("나", "b"), *BOTH, ("다", "c"), *BOTH]

    def test_two_encodings(self, read_file: FileReader) -> None:
        corpus = read_file(KOREAN.encode("cp949"), ENGLISH.encode("utf-16"))
        assert corpus.pairs == BOTH
        assert "parallel texts, cp949, UTF-16, file0 and file1" in corpus.summary()

    def test_a_carriage_return_within_a_line(self, read_file: FileReader) -> None:
        """Keep later lines aligned after a stray carriage return, as in subtitles."""
        assert read_file("가\r나\r\n다\r\n", "a\nb\n").pairs == [("가 나", "a"), ("다", "b")]

    def test_old_line_ends(self, read_file: FileReader) -> None:
        assert read_file("가\r나\r", "a\r\nb\r\n").pairs == [("가", "a"), ("나", "b")]

    def test_names_that_belong_together_take_precedence_over_commas(
        self, read_file: FileReader
    ) -> None:
        korean, english = "네,네\n아뇨,뭘\n", "yes,yes\nno,no\n"
        assert read_file(korean, english, names=("a.ko", "a.en")).pairs == [
            ("네,네", "yes,yes"),
            ("아뇨,뭘", "no,no"),
        ]


class TestRefused:
    @pytest.mark.parametrize(("more", "counts"), [("", (4, 3)), ("a.\nb.\n", (4, 5))])
    def test_other_numbers_of_lines(
        self, more: str, counts: tuple[int, int], mistake: Mistake
    ) -> None:
        message = mistake(KOREAN, "a.\n" * 3 + more)
        assert (
            f"'file0' has {counts[0]} lines and 'file1' has {counts[1]} lines: parallel" in message
        )

    def test_a_single_text(self, mistake: Mistake) -> None:
        for contents in ((KOREAN,), (KOREAN, "가\ta\n"), (KOREAN, ENGLISH, KOREAN)):
            message = mistake(*contents)
            assert "holds no sentence pair in 4 lines" in message
            assert "data.train = a.ko, a.en" in message

    def test_other_languages(self, mistake: Mistake) -> None:
        message = mistake(KOREAN, ENGLISH, names=("a.ko", "a.en"), source_language="fr")
        assert "'a.ko' and 'a.en' are texts in ko and en, by their names." in message
        assert "data.source_language = fr" in message


@pytest.mark.parametrize(
    ("label", "language", "stem"),
    [
        ("news.en-ko.ko", "ko", "news.en-ko"),
        ("train.ko.txt.gz", "ko", "train"),
        ("a.KOR", "ko", "a"),
        ("a.ko_KR", "ko", "a"),
        ("train", "", "train"),
        ("train.txt", "", "train"),
    ],
)
def test_endings(label: str, language: str, stem: str) -> None:
    assert split_language(label) == (language, stem)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=",;|")).filter(
    lambda text: text.strip() not in MISSING_VALUES
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=8))
def test_any_text_is_read_back(pairs: list[tuple[str, str]], read_file: FileReader) -> None:
    """There are fewer than ten pairs, so that their languages are not identified."""
    pairs = [("끝", "end"), *pairs]
    contents = ("".join(f"{pair[side]}\n" for pair in pairs) for side in (0, 1))
    expected = [tuple(map(normalize, pair)) for pair in pairs]
    read = read_file(*contents, names=("a.fr", "a.en"), source_language="fr").pairs
    assert read == list(filter(all, expected))
