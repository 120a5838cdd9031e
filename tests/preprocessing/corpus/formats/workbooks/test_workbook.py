"""XLSX: as Excel, openpyxl and AI-Hub write it, and damaged or malicious files."""

from __future__ import annotations

import datetime
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats import reading_budget
from malgil.preprocessing.text.normalization import normalize
from tests.preprocessing.corpus.formats.conftest import MISSING_VALUES, FileReader
from tests.preprocessing.corpus.formats.writers import PAIRS, READ, excel_parts, xlsx, zipped

Mistake = Callable[..., str]
HEADER = ["ID", "분류", "원문", "번역문"]
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def aihub() -> list[list[Any]]:
    return [HEADER, *([number, "뉴스", *pair] for number, pair in enumerate(PAIRS, 1))]


def workbook(rows: list[list[Any]]) -> openpyxl.Workbook:
    """Return a workbook of one sheet that can still be changed."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class TestRead:
    def test_aihub(self, read_file: FileReader) -> None:
        corpus = read_file(xlsx({"Sheet1": aihub()}), names=("1_구어체.xlsx",))
        assert corpus.pairs == READ
        assert (
            corpus.summary() == "5 pairs; 1_구어체.xlsx detected as XLSX, columns 원문 and 번역문"
        )

    def test_english_to_korean(self, read_file: FileReader) -> None:
        languages = {"source_language": "en", "target_language": "ko"}
        corpus = read_file(xlsx({"s": aihub()}), **languages)
        assert corpus.pairs == [(english, korean) for korean, english in READ]

    def test_texts_in_a_separate_table(self, read_file: FileReader) -> None:
        assert read_file(zipped(excel_parts([("ko", "en"), *PAIRS]))).pairs == READ

    def test_titles_merged_above_the_header_and_empty_rows(self, read_file: FileReader) -> None:
        rows = [["번역 말뭉치 2024", None, None], [], ["번호", "영어", "한국어"], []]
        rows += [[1, "Go.", "가."], [None, None, None], [2, "Hi.", "안녕."], []]
        corpus = read_file(xlsx({"s": rows}, merged="A1:C1"))
        assert corpus.pairs == [("가.", "Go."), ("안녕.", "Hi.")]
        assert set(corpus.left_out) == {"blank"}

    def test_numbers_dates_and_booleans(self, read_file: FileReader) -> None:
        day = datetime.date(2024, 5, 1)
        rows = [["ko", "en"], ["셋", 3], ["반", 2.5], ["넷", 4.0], [day, "May Day"], ["참", True]]
        assert read_file(xlsx({"s": rows})).pairs == [
            ("셋", "3"),
            ("반", "2.5"),
            ("넷", "4"),
            ("2024-05-01", "May Day"),
            ("참", "TRUE"),
        ]

    def test_error_values_are_no_text(self, read_file: FileReader) -> None:
        rows = [
            ["ko", "en"],
            ["가", "#N/A"],
            ["#REF!", "b"],
            ["다", "#DIV/0!"],
            ["#1 곡", "#1 hit"],
        ]
        corpus = read_file(xlsx({"s": rows}))
        assert corpus.pairs == [("#1 곡", "#1 hit")]
        assert corpus.left_out == {"with an empty side": 3}

    def test_numbers_as_the_sheet_shows_them(self, read_file: FileReader) -> None:
        cells = [(0.256, "0%"), (1234567, "#,##0"), (1500, '"₩"#,##0'), (12, "00000")]
        sheet = workbook([["ko", "en"], *(["값", value] for value, __ in cells)])
        for number, (__, code) in enumerate(cells, 2):
            sheet.active.cell(number, 2).number_format = code
        texts = [english for __, english in read_file(saved(sheet)).pairs]
        assert texts == ["26%", "1,234,567", "₩1,500", "00012"]

    def test_merged_cells(self, read_file: FileReader) -> None:
        """Repeat a value down the rows of its area, not across source and target."""
        rows = [
            ["ko", "en"],
            ["가요.", "He goes."],
            [None, "She goes."],
            ["제목", None],
            ["끝", "End"],
        ]
        book = workbook(rows)
        for area in ("A2:A3", "A4:B4"):
            book.active.merge_cells(area)
        corpus = read_file(saved(book))
        assert corpus.pairs == [("가요.", "He goes."), ("가요.", "She goes."), ("끝", "End")]
        assert sum(corpus.left_out.values()) == 1

    def test_repeated_headers(self, read_file: FileReader) -> None:
        rows = [
            ["한국어", "영어"],
            ["가", "a"],
            ["한국어", "영어"],
            ["나", "b"],
            ["영어", "English"],
        ]
        corpus = read_file(xlsx({"s": rows}))
        assert corpus.pairs == [("가", "a"), ("나", "b"), ("영어", "English")]
        assert corpus.left_out == {"repeating the header": 1}

    @pytest.mark.parametrize(
        ("hidden", "is_filtered", "label"),
        [
            ([2], False, "columns ko and en, 1 hidden row read"),
            ([2, 3], True, "columns ko and en, 2 filtered rows not read"),
        ],
    )
    def test_hidden_rows(
        self, hidden: list[int], is_filtered: bool, label: str, read_file: FileReader
    ) -> None:
        book = workbook([["ko", "en"], ["가", "a"], ["나", "b"], ["다", "c"]])
        for number in hidden:
            book.active.row_dimensions[number].hidden = True
        if is_filtered:
            book.active.auto_filter.ref = "A1:B4"
            book.active.auto_filter.add_filter_column(0, ["다"])
        corpus = read_file(saved(book))
        assert len(corpus.pairs) == (1 if is_filtered else 3)
        assert corpus.summary().endswith(f"XLSX, {label}")

    def test_hidden_sheets_and_columns(self, read_file: FileReader) -> None:
        book = workbook([["ko", "en"], ["가", "a"]])
        book.active.column_dimensions["B"].hidden = True
        other = book.create_sheet("초안")
        other.append(["ko", "en"])
        other.append(["나", "b"])
        other.sheet_state = "hidden"
        corpus = read_file(saved(book))
        assert corpus.pairs == [("가", "a")]
        assert corpus.summary().endswith(
            "columns ko and en, in a hidden column; hidden sheet '초안' not read"
        )

    @pytest.mark.parametrize(
        "header", [["번호", "한국어", "영어", None, "번호", "한국어", "영어"], []]
    )
    def test_pairs_side_by_side(self, header: list[str], read_file: FileReader) -> None:
        rows: list[list[Any]] = [header] if header else []
        rows += [[n, f"가 {n}", f"a {n}", None, n, f"나 {n}", f"b {n}"] for n in range(1, 5)]
        rows[-1] = rows[-1][:3]
        corpus = read_file(xlsx({"s": rows}))
        assert sorted(corpus.pairs) == [
            *((f"가 {n}", f"a {n}") for n in range(1, 5)),
            *((f"나 {n}", f"b {n}") for n in range(1, 4)),
        ]
        assert "2 pairs of columns side by side" in corpus.summary()

    def test_a_glossary_is_not_read(self, read_file: FileReader) -> None:
        terms = [["ko", "en"], ["도서관", "library"], ["학교", "school"]]
        sheets = {"문장": [["ko", "en"], ["갑니다.", "I go."]], "용어집": terms}
        corpus = read_file(xlsx(sheets))
        assert corpus.pairs == [("갑니다.", "I go.")]
        assert corpus.summary().endswith("; glossary sheet '용어집' not read")
        assert len(read_file(xlsx(sheets), columns=("ko", "en")).pairs) == 3
        sentences = [["ko", "en"], ["도서관에 갑니다.", "I go to the library."]]
        assert read_file(xlsx({"용어 예문": sentences})).pairs == [tuple(sentences[1])]

    def test_formulas_without_results(self, read_file: FileReader) -> None:
        rows = [["ko", "en"], ["가", "a"], ["나", '=UPPER("b")'], ["다", "=A1"]]
        corpus = read_file(xlsx({"s": rows}))
        assert corpus.pairs == [("가", "a")]
        assert corpus.summary().endswith("2 formulas without saved results")

    def test_carriage_returns_as_excel_writes_them(self, read_file: FileReader) -> None:
        assert read_file(xlsx({"s": [["ko", "en"], ["가_x000D_\n나", "a"]]})).pairs == [
            ("가 나", "a")
        ]

    def test_without_a_header(self, read_file: FileReader) -> None:
        rows = [[english, korean] for korean, english in PAIRS]
        assert read_file(xlsx({"s": rows})).pairs == READ

    def test_sheets(self, read_file: FileReader) -> None:
        sheets = {
            "설명": [["이 파일은 번역 말뭉치입니다."], ["만든 곳", "어디"]],
            "가": [["ko", "en"], ["가", "a"]],
            "빈": [],
            "나": [["EN", "KO"], ["b", "나"]],
        }
        corpus = read_file(xlsx(sheets))
        assert corpus.pairs == [("가", "a"), ("나", "b")]
        assert corpus.summary().endswith(
            "XLSX, sheet '가', columns ko and en; sheet '나', columns KO and EN; "
            "sheet '설명' without a header not read"
        )

    def test_sheets_that_are_left_out_are_named(self, read_file: FileReader) -> None:
        sheets = {
            "a": [["ko", "en"], ["가", "a"]],
            "b": [["나", "b"], ["다", "c"]],
            "README": [["이 파일은 번역 말뭉치입니다."]],
        }
        corpus = read_file(xlsx(sheets))
        assert corpus.pairs == [("가", "a")]
        assert corpus.summary().endswith(
            "sheet 'a', columns ko and en; sheet 'README' not read; "
            "sheet 'b' without a header not read"
        )

    def test_columns_that_are_set(self, read_file: FileReader) -> None:
        rows = [["a", "b", "c"], *(["x", english, korean] for korean, english in PAIRS)]
        assert read_file(xlsx({"s": rows}), columns=("c", "b")).pairs == READ
        assert read_file(xlsx({"s": rows}), columns=("3", "2")).pairs == READ

    def test_in_a_zip(self, read_file: FileReader) -> None:
        content = zipped({"말뭉치/a.xlsx": xlsx({"s": aihub()}), "말뭉치/읽어보기.pdf": b"%PDF-"})
        corpus = read_file(content)
        assert corpus.pairs == READ
        assert corpus.summary().endswith("zip, XLSX, columns 원문 and 번역문")

    def test_a_wrong_size_in_the_file(self, read_file: FileReader) -> None:
        """Ignore the dimensions in the file: some programs write A1 only."""
        parts = excel_parts([("ko", "en"), *PAIRS])
        assert '<dimension ref="A1"/>' in parts["xl/worksheets/sheet1.xml"]
        assert len(read_file(zipped(parts)).pairs) == len(PAIRS)


class TestRefused:
    def test_only_a_glossary(self, mistake: Mistake) -> None:
        message = mistake(xlsx({"용어집": [["ko", "en"], ["도서관", "library"]]}))
        assert "holds no sheet of sentence pairs (glossary sheet '용어집' not read)." in message

    def test_entities(self, mistake: Mistake) -> None:
        for name in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"):
            parts = excel_parts([("ko", "en"), ("가", "a")])
            parts[name] = BOMB + parts[name].replace(">가<", ">&i;<")
            assert f"'file0' declares XML entities ({name!r})" in mistake(zipped(parts))

    def test_entities_after_a_long_comment(self, mistake: Mistake) -> None:
        """Refuse entities that only the parser can find."""
        parts = excel_parts([("ko", "en"), ("가", "a")])
        strings = parts["xl/sharedStrings.xml"].replace(">가<", ">&i;<")
        parts["xl/sharedStrings.xml"] = f"<!--{'x' * 100_000}-->{BOMB}{strings}"
        assert "'file0' declares XML entities, which a workbook does not need" in mistake(
            zipped(parts)
        )

    def test_what_would_fill_the_memory(
        self, mistake: Mistake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parts = excel_parts([("ko", "en"), ("가", "a" * 3_000_000)])
        for name, message in (
            ("unpacked_bytes", "'file0' unpacks to more than "),
            ("held_bytes", "of texts that must be held in memory"),
        ):
            limits = reading_budget.ReadingLimits()._replace(**{name: 1 << 20})
            monkeypatch.setattr(reading_budget, "LIMITS", limits)
            assert message in mistake(zipped(parts))

    def test_without_pairs(self, mistake: Mistake) -> None:
        assert "'file0' is empty: no cell has text." in mistake(xlsx({"s": []}))
        assert "has one column. Put source and target into two columns." in mistake(
            xlsx({"s": [["a"], ["b"]]})
        )
        assert "holds no sentence pair in 2 rows (2 with an empty side)" in mistake(
            xlsx({"s": [["ko", "en"], ["가"], [None, "b"]]})
        ).replace("1 with too few columns, 1", "2")

    def test_a_header_that_is_not_understood(self, mistake: Mistake) -> None:
        rows = [["id", "a", "b"], *([n, f"phrase {n} est", f"sentence {n} is"] for n in range(9))]
        message = mistake(xlsx({"s": rows}), source_language="fr")
        assert "Its first row: id, a, b." in message

    @pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "[Content_Types].xml"])
    @pytest.mark.parametrize("content", ["", "<x", "<x/>", "\0\0", None])
    def test_damaged_parts(self, name: str, content: str | None, mistake: Mistake) -> None:
        parts = excel_parts([("ko", "en"), *PAIRS])
        if content is None:
            del parts[name]
        else:
            parts[name] = content
        assert "'file0'" in mistake(zipped(parts))

    @pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
    def test_cut_or_changed(self, at: float, mistake: Mistake) -> None:
        content = xlsx({"s": aihub()})
        place = int(at * len(content))
        assert "'file0'" in mistake(content[:place])

    @pytest.mark.parametrize(
        ("members", "kind"),
        [
            ({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}, "a Word document"),
            ({"[Content_Types].xml": "<Types/>", "a.xml": "<x/>"}, "an office document"),
        ],
    )
    def test_other_documents(self, members: dict[str, str], kind: str, mistake: Mistake) -> None:
        assert f"'file0' is {kind}, not a workbook (.xlsx)." in mistake(zipped(members))

    def test_an_old_workbook(self, mistake: Mistake) -> None:
        content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
        assert "(.xls, .hwp)" in mistake(content) and "Save it as .xlsx" in mistake(content)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=20,
).filter(
    lambda text: (
        not text.startswith("=") and "_x" not in text and text.strip() not in MISSING_VALUES
    )
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_any_text_is_read_back(pairs: list[tuple[str, str]], read_file: FileReader) -> None:
    expected = [tuple(map(normalize, pair)) for pair in pairs]
    content = xlsx({"s": [("ko", "en"), *pairs, ("끝", "end")]})
    assert read_file(content).pairs == [*filter(all, expected), ("끝", "end")]


def test_plain_files_import_no_readers_of_other_formats(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("가\ta\n", encoding="utf-8")
    code = (
        "import sys; from malgil.preprocessing.corpus.reader import read_corpus; "
        "from malgil.settings import DataSettings; "
        f"read_corpus([{str(tmp_path / 'a.tsv')!r}], DataSettings()); "
        "print({'openpyxl', 'ijson', 'defusedxml', 'tarfile', 'zipfile'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
