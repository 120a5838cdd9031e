"""CSV, with the quirks of real files."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest

from malgil.preprocessing.corpus.formats.delimited import sniff_delimiter
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import PAIRS, READ, csv_text

Mistake = Callable[..., str]
MORE = [("나는 간다", "I go")] * 9


class TestCSV:
    @pytest.mark.parametrize("delimiter", [",", ";", "|"])
    @pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    def test_delimiters(self, delimiter: str, quoting: int, read_file: FileReader) -> None:
        text = csv_text([("id", "en", "ko"), *((i, e, k) for i, (k, e) in enumerate(PAIRS))],
                        delimiter, quoting=quoting)  # fmt: skip
        corpus = read_file(text)
        assert corpus.pairs == READ
        how = "" if delimiter == "," else f" with {delimiter!r}"
        assert corpus.summary() == f"5 pairs; file0 detected as CSV{how}, columns ko and en"

    def test_a_chatbot(self, read_file: FileReader) -> None:
        text = "Q,A,label\n안녕!,반가워요.,0\n배고파,뭐 좀 드세요.,1\n"
        corpus = read_file(text, target_language="ko")
        assert corpus.pairs == [("안녕!", "반가워요."), ("배고파", "뭐 좀 드세요.")]

    def test_without_a_header(self, read_file: FileReader) -> None:
        assert read_file("안녕,Hello\n가자,Let's go\n").pairs == [
            ("안녕", "Hello"),
            ("가자", "Let's go"),
        ]
        assert read_file("Hello,안녕\nGo,가자\n").pairs[0] == ("안녕", "Hello")

    def test_trailing_empty_columns_and_blank_rows(self, read_file: FileReader) -> None:
        corpus = read_file("ko,en,,\n가,a,,\n,,,\n\n나,b\n")
        assert corpus.pairs == [("가", "a"), ("나", "b")]
        assert corpus.left_out == {"blank": 2}

    def test_a_byte_order_mark_before_a_quotation_mark(self, read_file: FileReader) -> None:
        text = '\ufeff"ko",\ufeff"en"\r\n"가, 나","a"\r\n'
        assert read_file(text.encode("utf-8-sig")).pairs == [("가, 나", "a")]

    def test_a_space_before_a_quotation_mark(self, read_file: FileReader) -> None:
        assert read_file('ko, en\n"가", "a, b"\n').pairs == [("가", "a, b")]

    def test_rows_that_do_not_fit_are_left_out(self, read_file: FileReader) -> None:
        corpus = read_file("ko,en\n가,a\n나,b, c\n다\n라,\n")
        assert corpus.pairs == [("가", "a")]
        assert corpus.left_out == {
            "with too many columns": 1,
            "with too few columns": 1,
            "with an empty side": 1,
        }

    def test_a_very_long_field(self, read_file: FileReader) -> None:
        corpus = read_file("ko,en\n" + "가" * 200_000 + ",a\n나,b\n")
        assert (corpus.pairs, corpus.left_out) == ([("나", "b")], {"far too long": 1})

    @pytest.mark.parametrize("rows", [3, 50_000])
    def test_a_quotation_mark_that_is_not_closed(self, rows: int, mistake: Mistake) -> None:
        message = mistake('ko,en\n가,a\n"나,b\n' + "다,c\n" * rows)
        assert "'file0' opens a quotation mark in line 3 that is not closed." in message

    def test_inches_within_a_field(self, read_file: FileReader) -> None:
        assert read_file('ko,en\n화면,a 5" screen\n').pairs == [("화면", 'a 5" screen')]

    def test_a_cell_that_begins_with_a_quotation_mark_keeps_it(self, read_file: FileReader) -> None:
        text = 'ko,en\n"안녕" 하고 말했다,"Hello" he said\n"가, 나" 라고,"a, b" said\n"다","c"\n'
        assert read_file(text).pairs == [
            ('"안녕" 하고 말했다', '"Hello" he said'),
            ('"가, 나" 라고', '"a, b" said'),
            ("다", "c"),
        ]

    def test_marks_that_do_not_match_in_a_cell_with_a_line_break(
        self, read_file: FileReader
    ) -> None:
        corpus = read_file('ko,en\n가,"He said\n"no" and left"\n나,b\n')
        assert corpus.pairs == [("나", "b")]
        assert corpus.left_out == {"with quotation marks that do not match": 1}

    def test_commas_in_quoted_cells_do_not_make_prose(self, read_file: FileReader) -> None:
        rows = [(f"Oui, {n}", f"Yes, {n}") for n in range(30)] + [("Non", "No")] * 20
        assert read_file(csv_text(rows), source_language="fr").pairs == rows

    def test_old_line_ends(self, read_file: FileReader) -> None:
        """Read CSV as Excel for old Macs writes it, with line feeds within cells."""
        text = csv_text([("ko", "en"), *PAIRS], lineterminator="\r", quoting=csv.QUOTE_ALL)
        assert "\n" in text and read_file(text).pairs == READ

    def test_a_carriage_return_within_a_row(self, read_file: FileReader) -> None:
        assert read_file("ko,en\n가\r나,a\rb\n다,c\r\n").pairs == [("가 나", "a b"), ("다", "c")]

    def test_half_of_a_character(self, read_file: FileReader) -> None:
        assert read_file(b"ko,en\n\xea\xb0\x80,a\xed\xa0\xbd\n").pairs == [("가", "a\ufffd")]

    def test_columns_that_are_set(self, read_file: FileReader, mistake: Mistake) -> None:
        text = csv_text([("no", "first", "second"), *((i, e, k) for i, (k, e) in enumerate(PAIRS))])
        assert read_file(text, columns=("second", "first")).pairs == READ
        assert read_file(text, columns=("3", "2")).pairs == READ
        assert "no columns with these names: a, b. Its first row: no, first, second" in mistake(
            text, columns=("a", "b")
        )

    def test_columns_that_are_set_for_a_text_like_prose(
        self, read_file: FileReader, mistake: Mistake
    ) -> None:
        text = "a, b\n" + "Il pleut, It rains\nOui, oui, Yes, yes\nIl part, He leaves\n" * 5
        assert "To read CSV, set its columns: --set data.columns=1,2." in mistake(
            text, source_language="fr"
        )
        corpus = read_file(text, source_language="fr", columns=("1", "2"))
        assert corpus.pairs == [("Il pleut", "It rains"), ("Il part", "He leaves")] * 5
        assert corpus.left_out == {"with too many columns": 5}
        corpus = read_file(text, source_language="en", target_language="fr", columns=("b", "a"))
        assert corpus.pairs[0] == ("It rains", "Il pleut")

    def test_missing_values_and_repeated_headers(self, read_file: FileReader) -> None:
        text = "ko,en\n가,a\n나,NaN\nnan,c\nko,en\n다,d\n"
        for content in (text, text.replace(",", "\t")):
            corpus = read_file(content)
            assert corpus.pairs == [("가", "a"), ("다", "d")]
            assert corpus.left_out == {"with an empty side": 2, "repeating the header": 1}

    def test_a_header_that_is_not_understood(self, mistake: Mistake) -> None:
        rows = [(n, f"Une phrase {n}", f"A sentence {n}") for n in range(9)]
        message = mistake(csv_text([("id", "alpha", "beta"), *rows]), source_language="fr")
        assert "Its first row: id, alpha, beta" in message and "--set data.columns=" in message

    def test_prose_is_not_csv(self, mistake: Mistake) -> None:
        message = mistake("안녕, 반가워.\n저는, 학생이에요.\n" * 9)
        assert "(18 without a tab)" in message and "data.train = a.ko, a.en" in message


def test_delimiters_are_detected_from_regular_rows() -> None:
    def none(_: object) -> bool:
        return False

    assert sniff_delimiter(["a;b", "c;d"], none, "") == ";"
    assert sniff_delimiter(["a,b,c", '"d,e",f,g'], none, "") == ","
    assert sniff_delimiter(["a,b"], none, "") is None
    assert sniff_delimiter(["a, b", "c, d"], none, "") is None
    assert sniff_delimiter(["a,b", "c", "d,e,f"], none, "") is None
    assert sniff_delimiter(["a", "b"], none, "") is None
