"""TSV and CSV, with the quirks of real files."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats.delimited import read_csv_rows, sniff_delimiter
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import PAIRS, READ, csv_text, lines

Mistake = Callable[..., str]
MORE = [("나는 간다", "I go")] * 9


class TestTSV:
    def test_english_first_as_tatoeba_ships_it(self, read_file: FileReader) -> None:
        rows = [("Go.", "가.", "CC-BY 2.0 (France) #1"), ("Hi.", "안녕.", "CC-BY 2.0 (France) #2")]
        corpus = read_file(lines(rows))
        assert corpus.pairs == [("가.", "Go."), ("안녕.", "Hi.")]
        assert corpus.summary() == "2 pairs; file0 detected as TSV, columns 2 and 1"

    def test_with_numbers_of_sentences(self, read_file: FileReader) -> None:
        rows = [("11", "가.", "21", "Go."), ("12", "안녕.", "22", "Hi.")]
        assert read_file(lines(rows)).pairs == [("가.", "Go."), ("안녕.", "Hi.")]

    def test_a_header(self, read_file: FileReader) -> None:
        corpus = read_file("\ufeffen\t\ufeffko\r\nGo.\t가.\r\n")
        assert corpus.pairs == [("가.", "Go.")]
        corpus = read_file("id\ten\tko\n1\tGo.\t가.\n\nx\n2\tHi.\n")
        assert corpus.pairs == [("가.", "Go.")]
        assert corpus.left_out == {"blank": 1, "without a tab": 1, "with too few columns": 1}

    def test_quotation_marks_are_text(self, read_file: FileReader) -> None:
        assert read_file('"가\t"a\n나"\tb""\n').pairs == [('"가', '"a'), ('나"', 'b""')]

    def test_commas_do_not_make_a_csv(self, read_file: FileReader) -> None:
        assert read_file("가,나\ta,b\n다,라\tc,d\n").pairs == [("가,나", "a,b"), ("다,라", "c,d")]


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

    def test_columns_that_are_set(self, read_file: FileReader, mistake: Mistake) -> None:
        text = csv_text([("no", "first", "second"), *((i, e, k) for i, (k, e) in enumerate(PAIRS))])
        assert read_file(text, columns=("second", "first")).pairs == READ
        assert read_file(text, columns=("3", "2")).pairs == READ
        assert "no columns with these names: a, b. Its first row: no, first, second" in mistake(
            text, columns=("a", "b")
        )

    def test_a_header_that_is_not_understood(self, mistake: Mistake) -> None:
        rows = [(n, f"Une phrase {n}", f"A sentence {n}") for n in range(9)]
        message = mistake(csv_text([("id", "alpha", "beta"), *rows]), source_language="fr")
        assert "Its first row: id, alpha, beta" in message and "--set data.columns=" in message

    def test_prose_is_not_csv(self, mistake: Mistake) -> None:
        message = mistake("안녕, 반가워.\n저는, 학생이에요.\n" * 9)
        assert "(18 without a tab)" in message and "data.train = a.ko, a.en" in message


FIELDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])) | st.sampled_from(
    ['"', ",", 'a "b", c', " x", '""']
)


@given(st.lists(st.tuples(FIELDS, FIELDS)), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_records_are_those_of_an_independent_writer(
    rows: list[tuple[str, str]], quoting: int
) -> None:
    text = csv_text(rows, quoting=quoting)
    read = [tuple(row) for row in read_csv_rows(text.split("\r\n")[:-1], ",", "'f'")]
    # A mark of byte order is no text, nor are spaces before a field.
    assert [tuple(map(str.strip, row)) for row in read] == [
        tuple(field.replace("\ufeff", "").strip() for field in row) for row in rows
    ]


def test_delimiters_are_detected_from_regular_rows() -> None:
    def none(_: object) -> bool:
        return False

    assert sniff_delimiter(["a;b", "c;d"], none, "") == ";"
    assert sniff_delimiter(["a,b,c", '"d,e",f,g'], none, "") == ","
    assert sniff_delimiter(["a,b"], none, "") is None
    assert sniff_delimiter(["a, b", "c, d"], none, "") is None
    assert sniff_delimiter(["a,b", "c", "d,e,f"], none, "") is None
    assert sniff_delimiter(["a", "b"], none, "") is None
