"""Columns in the wrong order, or in another language than the translator's."""

from __future__ import annotations

import itertools
import json
import logging
import sys
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus import language_check
from malgil.preprocessing.corpus.language_check import identify_languages
from malgil.preprocessing.corpus.reader import read_corpus
from malgil.settings import DataSettings
from tests.preprocessing.corpus.sentences import SENTENCES, pairs_in

FR_EN = DataSettings(source_language="fr", target_language="en")
RIGHT, WRONG = pairs_in("fr", "en"), pairs_in("en", "fr")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, pairs: list[tuple[str, str]], first: str = "") -> None:
    text = first + "".join(f"{source}\t{target}\n" for source, target in pairs)
    Path(name).write_text(text, encoding="utf-8")


def mistake(*names: str, data: DataSettings = FR_EN) -> str:
    with pytest.raises(UserError) as caught:
        read_corpus(names, data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("source", "target"), itertools.permutations(SENTENCES, 2))
def test_languages_of_both_sides(source: str, target: str) -> None:
    assert identify_languages(pairs_in(source, target)) == (source, target)


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        RIGHT[:9],
        [("1", "1")] * 50,
        [("", "")] * 50,
        [("OK", "OK"), ("Menu", "Menu"), ("Zoom", "Zoom"), ("WLAN", "Wi-Fi")] * 3,
    ],
    ids=["none", "few", "numbers", "empty", "words of both languages"],
)
def test_an_uncertain_language_is_none(pairs: list[tuple[str, str]]) -> None:
    assert identify_languages(pairs) == ("", "")


def test_the_right_order(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    write("a.tsv", RIGHT)
    assert read_corpus(["a.tsv"], FR_EN).pairs == RIGHT
    assert not caplog.records


def test_the_wrong_order_is_asked_about(folder: Path) -> None:
    write("a.tsv", WRONG)
    assert mistake("a.tsv") == (
        "'a.tsv': by its first 12 pairs, the source is in 'en' and the target in 'fr'. Received: "
        "data.source_language = fr, data.target_language = en. Set the numbers of two columns, "
        "source first: --set data.columns=2,1 (1,2 to keep the order)"
    )


@pytest.mark.parametrize(("columns", "expected"), [(("2", "1"), RIGHT), (("1", "2"), WRONG)])
def test_the_answer(
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    columns: tuple[str, str],
    expected: list[tuple[str, str]],
) -> None:
    """It applies to all files: one that seems to be in the wrong order causes warnings."""
    write("a.tsv", WRONG)
    data = DataSettings(source_language="fr", target_language="en", columns=columns)
    assert read_corpus(["a.tsv"], data).pairs == expected
    assert len(caplog.records) == (0 if expected == RIGHT else 2)


@pytest.mark.parametrize(("right", "wrong"), [(300, 1_700), (1_000, 1_000), (9_000, 1_000)])
def test_the_wrong_order_in_later_rows(folder: Path, right: int, wrong: int) -> None:
    write("a.tsv", (RIGHT * right)[:right] + (WRONG * wrong)[:wrong])
    message = mistake("a.tsv")
    assert message.startswith("'a.tsv': in rows ")
    first = int(message.split()[3].replace(",", ""))
    assert right < first < right + wrong
    data = DataSettings(source_language="fr", target_language="en", columns=("1", "2"))
    assert read_corpus(["a.tsv"], data).count == right + wrong


def test_the_end_of_a_file_is_a_sample(folder: Path) -> None:
    write("a.tsv", RIGHT * 17 + WRONG)
    assert mistake("a.tsv").startswith("'a.tsv': in rows 200 to 216, the source is in 'en' and")


def test_a_header_with_the_wrong_names(folder: Path) -> None:
    write("a.tsv", WRONG, "fr\ten\n")
    message = mistake("a.tsv")
    assert "source first, even to keep the order: --set data.columns=NAME,NAME" in message
    objects = [{"fr": source, "en": target} for source, target in WRONG]
    Path("a.json").write_text(json.dumps(objects), encoding="utf-8")
    assert "data.columns=NAME,NAME" in mistake("a.json")


def test_two_parallel_texts(folder: Path) -> None:
    for side, name in enumerate(("a.txt", "b.txt")):
        Path(name).write_text("".join(f"{pair[side]}\n" for pair in WRONG), encoding="utf-8")
    assert mistake("a.txt", "b.txt").startswith("'a.txt' and 'b.txt': by its first 12 pairs")
    assert "Exchange the two texts" in mistake("a.txt", "b.txt")
    assert read_corpus(["b.txt", "a.txt"], FR_EN).pairs == RIGHT


def test_each_file_is_checked(folder: Path) -> None:
    write("a.tsv", RIGHT)
    write("b.tsv", WRONG)
    assert mistake("a.tsv", "b.tsv").startswith("'b.tsv': ")


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (pairs_in("de", "en"), "the source texts of the first 12 pairs seem to be in 'de', not"),
        (pairs_in("fr", "de"), "the target texts of the first 12 pairs seem to be in 'de', not"),
        (pairs_in("en", "en"), "the source texts of the first 12 pairs seem to be in 'en', not"),
    ],
)
def test_another_language(
    folder: Path, caplog: pytest.LogCaptureFixture, pairs: list, said: str
) -> None:
    write("a.tsv", pairs)
    with caplog.at_level(logging.WARNING):
        assert read_corpus(["a.tsv"], FR_EN).pairs == pairs
    [record] = caplog.records
    assert said in record.getMessage()


def test_languages_that_are_alike(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The identifier calls Bokmål (nb) Norwegian (no)."""
    write("a.tsv", WRONG)
    bokmal = DataSettings(source_language="nb", target_language="en")
    monkeypatch.setattr(language_check, "identify_languages", lambda _: ("no", "en"))
    assert read_corpus(["a.tsv"], bokmal).count == 12
    monkeypatch.setattr(language_check, "identify_languages", lambda _: ("en", "no"))
    assert "the source is in 'en' and the target in 'nb'" in mistake("a.tsv", data=bokmal)
    # Neither can be told from the other.
    danish = DataSettings(source_language="nb", target_language="da")
    assert read_corpus(["a.tsv"], danish).count == 12
    assert not caplog.records


@pytest.mark.parametrize("languages", [("xx", "en"), ("fr", "fr"), ("gl", "en"), ("ko", "en")])
def test_languages_that_cannot_be_judged(
    folder: Path, caplog: pytest.LogCaptureFixture, languages: tuple[str, str]
) -> None:
    """An unknown language, the same language twice, one that is alike, and Korean."""
    write("a.tsv", pairs_in("pt", "en"))
    data = DataSettings(source_language=languages[0], target_language=languages[1])
    assert read_corpus(["a.tsv"], data).count == 12
    assert not caplog.records


def test_without_the_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    language_check._identifier.cache_clear()
    try:
        write("a.tsv", WRONG)
        assert read_corpus(["a.tsv"], FR_EN).pairs == WRONG
    finally:
        language_check._identifier.cache_clear()
