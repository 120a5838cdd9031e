"""Glossary files: texts with tabs, CSV and XLSX."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import openpyxl
import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.text.glossary import Glossary
from malgil.preprocessing.text.glossary_file import read_glossary
from malgil.settings import DataSettings

DATA = DataSettings()


def read(path: Path, content: str, encoding: str = "utf-8") -> Glossary:
    path.write_bytes(content.encode(encoding))
    return read_glossary(path, DATA)


def targets(glossary: Glossary, text: str) -> list[tuple[str, ...]]:
    return [term.targets for term, _, _ in glossary.find(text)]


def test_a_text(tmp_path: Path) -> None:
    glossary = read(
        tmp_path / "terms.tsv",
        "# places\n서울\tSeoul\n\n대통령\tpresident | President\n한강\tHan River\tfrom a map\n",
    )
    assert targets(glossary, "대통령은 서울의 한강에서") == [
        ("president", "President"),
        ("Seoul",),
        ("Han River",),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_a_text_as_excel_writes_it(tmp_path: Path, encoding: str) -> None:
    """Excel quotes a cell with a comma or a quotation mark, and doubles the mark."""
    content = '한국어\t영어\r\n"도서관, 공공"\t"library, ""public"""\r\n서울\tSeoul\r\n'
    glossary = read(tmp_path / "terms.txt", content, encoding)
    assert targets(glossary, "도서관, 공공은") == [('library, "public"',)]
    assert targets(glossary, "서울 한국어") == [("Seoul",)]


@pytest.mark.parametrize(
    "content",
    [
        "번호,영어,한국어\n1,library | public library,도서관\n2,Seoul,서울\n",
        "en;ko\nlibrary|public library;도서관\n\n# notes;x\nSeoul;서울\n",
        "원문,번역\n도서관,library | public library\n서울,Seoul\n",
        "도서관,library|public library\n서울,Seoul\n",
        '도서관,"library | public library"\n서울,Seoul\n',
    ],
)
def test_csv(tmp_path: Path, content: str) -> None:
    glossary = read(tmp_path / "terms.csv", content)
    assert targets(glossary, "서울 도서관에서") == [("Seoul",), ("library", "public library")]
    assert targets(glossary, "한국어 원문") == []


@pytest.mark.parametrize("name", ["terms.tsv", "terms.csv"])
def test_a_term_is_no_header(tmp_path: Path, name: str) -> None:
    separator = "," if name.endswith("csv") else "\t"
    content = f"한국어 문법{separator}English grammar\n서울{separator}Seoul\n"
    assert targets(read(tmp_path / name, content), "한국어 문법은") == [("English grammar",)]


def test_a_csv_of_one_row(tmp_path: Path) -> None:
    assert targets(read(tmp_path / "terms.csv", "서울,Seoul\n"), "서울") == [("Seoul",)]


def workbook(path: Path, *sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for i, rows in enumerate(sheets):
        sheet = book.active if i == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_xlsx(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "terms.xlsx",
        [["English", "Korean", "note"], ["library", "도서관", "a"], ["# c"], ["Seoul", "서울"]],
        [["도시", "city"]],
    )
    glossary = read_glossary(path, DATA)
    assert targets(glossary, "서울 도서관 도시") == [("Seoul",), ("library",), ("city",)]


def test_a_row_of_a_table_without_a_translation(tmp_path: Path) -> None:
    path = workbook(tmp_path / "terms.xlsx", [["ko", "en"], ["도서관", "library"], ["서울", None]])
    with pytest.raises(UserError) as caught:
        read_glossary(path, DATA, "inference.glossary")
    assert str(caught.value).startswith(
        f"inference.glossary: row 3 of {str(path)!r} accepts a term"
    )
    two = workbook(tmp_path / "two.xlsx", [["도서관", "library"]], [["서울", ""]])
    with pytest.raises(UserError, match="row 1 of sheet 'Sheet1' of "):
        read_glossary(two, DATA)
    (tmp_path / "terms.csv").write_text("ko,en\n도서관,library\n서울,\n", encoding="utf-8")
    with pytest.raises(UserError, match="row 3 of "):
        read_glossary(tmp_path / "terms.csv", DATA)


@pytest.mark.parametrize("line", ["서울", "서울\t", "\tSeoul", "서울\t|"])
def test_a_line_without_two_columns(tmp_path: Path, line: str) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(f"부산\tBusan\n{line}\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_glossary(path, DATA, "inference.glossary")
    message = str(caught.value)
    assert message.startswith(f"inference.glossary: line 2 of {str(path)!r} accepts a term and")
    assert f"Received: {line!r}." in message and "\n" not in message


def test_a_term_that_is_given_twice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "terms.tsv"
    with caplog.at_level(logging.WARNING):
        glossary = read(path, "강아지\tpuppy\n서울\tSeoul\n강아지\tdog\n")
    assert targets(glossary, "강아지는") == [("puppy", "dog")]
    name = repr(str(path))
    assert caplog.messages == [
        f"1 term is given more than once, and each of its translations is accepted: '강아지' in "
        f"line 1 of {name} and in line 3 of {name}."
    ]


@pytest.mark.parametrize("content", ["", "# nothing\n"])
def test_a_file_without_terms(tmp_path: Path, content: str) -> None:
    with pytest.raises(UserError, match="has no terms"):
        read(tmp_path / "terms.tsv", content)


def test_a_missing_file(tmp_path: Path) -> None:
    """Every missing file has the same sentence, which begins with the setting."""
    for path, reason in ((tmp_path / "none.tsv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(UserError) as caught:
            read_glossary(path, DATA, "inference.glossary")
        expected = f"inference.glossary: cannot read {str(path)!r}: {reason}"
        assert str(caught.value).startswith(expected)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("서울\tSeoul\n", encoding="utf-8"))
    writer.start()
    assert targets(read_glossary(pipe, DATA), "서울은") == [("Seoul",)]
    writer.join()


@pytest.mark.parametrize(
    "content",
    [
        "no,용어,대역어\n1,학생,pupil\n2,의사,physician\n",
        "pupil,학생\nphysician,의사\n",
        "비고,term,용어\n,pupil,학생\n병원,physician,의사\n",
    ],
    ids=["a header of other names", "the wrong way round", "a third column"],
)
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_columns_by_their_letters(
    tmp_path: Path, content: str, delimiter: str, caplog: pytest.LogCaptureFixture
) -> None:
    glossary = read(tmp_path / "terms.csv", content.replace(",", delimiter))
    assert targets(glossary, "학생과 의사의 1 병원 번호") == [("pupil",), ("physician",)]
    [message] = caplog.messages
    assert "by their letters, the terms are in column" in message


def test_latin_terms_of_a_korean_source_are_in_the_first_column(tmp_path: Path) -> None:
    glossary = read(tmp_path / "terms.tsv", "AI\tartificial intelligence\n서울시\tSeoul\n")
    assert targets(glossary, "서울시의 AI 학교") == [("Seoul",), ("artificial intelligence",)]
