"""The catalogue that ships, and errors in a catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from malgil import settings
from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.preprocessing.corpus.download import catalogue
from malgil.preprocessing.corpus.download.catalogue import (
    Dataset,
    Quantity,
    find_dataset,
    load_catalogue,
)

SECTION = """
[mine]
about = words
languages = ko, en
pairs = 12
license = CC0
terms = none
source = https://a.org/
citation = Me
files =
    train https://a.org/b/mine.zip 1000
"""
SHIPPED = load_catalogue()


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Dataset]:
    """Return a function that loads a catalogue of one section with replaced parts."""

    def make(*changes: tuple[str, str]) -> Dataset:
        text = SECTION
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "catalogue.ini").write_text(text, encoding="utf-8")
        (dataset,) = load_catalogue(tmp_path / "catalogue.ini").values()
        return dataset

    return make


class TestShipped:
    def test_datasets(self) -> None:
        assert {name.split("-")[0] for name in SHIPPED} == {"tatoeba", "korean", "opus"}
        assert {each.languages for each in SHIPPED.values()} == {("ko", "en"), ("fr", "en")}

    @pytest.mark.parametrize("dataset", SHIPPED.values(), ids=SHIPPED)
    def test_each_dataset(self, dataset: Dataset) -> None:
        for file in dataset.files:
            assert file.url.startswith("https://") and file.url.endswith(f"/{file.name}")
            assert file.name.endswith((".zip", ".tar.gz"))  # each byte of these is checked
            assert not file.sha256  # no publisher names one
        assert dataset.source.startswith("https://")
        assert dataset.size.value < 10**8  # what is larger does not fit the program
        data = settings.load(ROOT / dataset.recipe if dataset.recipe else None).data
        assert (data.source_language, data.target_language) == dataset.languages

    def test_quantities_from_the_comments(self) -> None:
        text = catalogue.CATALOGUE.read_text(encoding="utf-8")
        for name in SHIPPED:
            before = text[: text.index(f"[{name}]")]
            assert before.rstrip().splitlines()[-1].startswith("# "), name


class TestRead:
    def test_all_of_it(self, loaded: Callable[..., Dataset]) -> None:
        dataset = loaded(
            ("1000\n", f"~1,000 {'ab' * 32}\n    test http://b.org/t.tar.gz 2_000\n"),
            ("about = words", "about = words\n    and more"),
        )
        assert dataset.about == "words and more" and dataset.languages == ("ko", "en")
        assert dataset.pairs == Quantity(12) and str(dataset.pairs) == "12"
        train, test = dataset.files
        assert (train.role, train.name, train.sha256) == ("train", "mine.zip", "ab" * 32)
        assert (test.role, test.name, test.sha256) == ("test", "t.tar.gz", "")
        assert dataset.size == Quantity(3000, True) and str(dataset.size) == "~3,000"

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("about = words", "", r"\[mine\] has no 'about'"),
            ("about =", "abuot =", "Did you mean 'about'"),
            ("[mine]", "[../mine]", "a dataset name accepts letters, digits"),
            ("[mine]", "[.mine]", "a dataset name accepts letters, digits"),
            ("= 12", "= many", "mine.pairs accepts a whole number.*'many'"),
            ("= 12", "= 0", "mine.pairs accepts a whole number"),
            ("= 12", "= ٣", "mine.pairs accepts a whole number"),
            ("1000", "-1", "mine.files accepts a whole number"),
            ("1000", "", "mine.files accepts lines of"),
            ("1000", "1000 abc", "accepts a SHA-256 .* Received: abc"),
            ("1000", f"1000 {'AB' * 32}", "accepts a SHA-256"),
            ("1000", f"1000 {'ab' * 32} x", "mine.files accepts lines of"),
            ("train", "training", "mine.files accepts lines of train | valid | test"),
            ("https://a.org/b/", "ftp://a.org/b/", "mine.files accepts https"),
            ("https://a.org/\n", "a.org\n", "mine.source accepts https"),
            ("mine.zip", "", "does not end in a plain file name"),
            ("mine.zip", "..", "does not end in a plain file name"),
            ("mine.zip", "%2e%2e%2fmine.zip", "does not end in a plain file name"),
            ("mine.zip", "?file=mine.zip", "does not end in a plain file name"),
            ("mine.zip", "a\\b.zip", "does not end in a plain file name"),
            ("mine.zip", "mine.zip.part", "does not end in a plain file name"),
            ("mine.zip", "mine.json", "does not end in a plain file name"),
            ("1000", "1000\n    test https://b.org/mine.zip 5", "has two files with the same name"),
        ],
    )
    def test_refused(
        self, loaded: Callable[..., Dataset], old: str, new: str, message: str
    ) -> None:
        with pytest.raises(UserError, match=message):
            loaded((old, new))

    def test_an_unknown_name(self) -> None:
        with pytest.raises(UserError, match="no dataset 'tatoeba-kor'. Did you mean 'tatoeba-kor-"):
            find_dataset("tatoeba-kor", SHIPPED)

    def test_the_comment_describes_every_key(self) -> None:
        head = catalogue.CATALOGUE.read_text(encoding="utf-8").split("\n[")[0]
        for key in catalogue._Section.__dataclass_fields__:
            assert key == "about" or re.search(rf"\b{key}\b", head), key
