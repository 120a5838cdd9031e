"""Opening corpus files, and their rows one at a time."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.base import SKIPPED, RowUnit
from malgil.preprocessing.corpus.formats.reader import CorpusFile, open_corpus_files
from malgil.settings import DataSettings
from tests.preprocessing.corpus.formats.writers import csv_text, zipped

DATA = DataSettings()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.tsv").write_text("가\ta\n\n나\n", encoding="utf-8")
    (tmp_path / "b.ko").write_text("다\n", encoding="utf-8")
    (tmp_path / "b.en").write_text("b\n", encoding="utf-8")
    (tmp_path / "c.zip").write_bytes(zipped({"1": "라\tc\n", "2": csv_text([("en", "ko"), "de"])}))
    return tmp_path


def taken(files: Iterator[CorpusFile]) -> list[tuple[CorpusFile, list[object]]]:
    return [(file, list(file.rows)) for file in files]


def test_files_and_their_rows(folder: Path) -> None:
    found = taken(open_corpus_files(["a.tsv", "b.ko", folder / "b.en", "c.zip"], DATA))
    assert [rows for _, rows in found] == [
        [("가", "a"), "blank", "without a tab"],
        [("다", "b")],
        [("라", "c")],
        [SKIPPED, ("e", "d")],
    ]
    files = [file for file, _ in found]
    assert [file.position for file in files] == [0, 1, 3, 3]
    assert [file.place for file in files] == [
        "a.tsv", f"b.ko, {folder / 'b.en'}", "c.zip:1", "c.zip:2"
    ]  # fmt: skip
    assert [file.is_parallel for file in files] == [False, True, False, False]
    assert files[1].paths == (Path("b.ko"), folder / "b.en")
    assert [file.description for file in files] == [
        "",
        "parallel texts, b.ko and b.en",
        "zip, TSV",
        "zip, CSV, columns ko and en",
    ]
    assert [file.unit for file in files] == [RowUnit.LINE] * 3 + [RowUnit.ROW]
    assert files[0].name == "'a.tsv'" and files[3].name == "'2' in 'c.zip'"


def test_errors_are_raised_before_the_first_file_is_read(folder: Path) -> None:
    (folder / "d.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(UserError, match=r"'d\.pdf' is a PDF"):
        next(open_corpus_files(["a.tsv", "d.pdf"], DATA))


def test_rows_are_read_lazily(folder: Path) -> None:
    good = "가\ta\n" * 300_000
    (folder / "e.gz").write_bytes(gzip.compress(good.encode(), 1)[:-20])  # cut at its end
    files = open_corpus_files(["e.gz"], DATA)
    rows = next(files).rows
    assert [next(rows) for _ in range(1000)] == [("가", "a")] * 1000
    with pytest.raises(UserError, match="damaged or incomplete"):
        list(rows)


def test_stopping_early_leaves_nothing_open(folder: Path, recwarn: pytest.WarningsRecorder) -> None:
    for name in ("a.tsv", "b.ko", "c.zip"):
        names = ["b.ko", "b.en"] if name == "b.ko" else [name]
        files = open_corpus_files(names, DATA)
        next(next(files).rows)
        files.close()  # type: ignore[attr-defined]
    assert not [each for each in recwarn if each.category is ResourceWarning]
