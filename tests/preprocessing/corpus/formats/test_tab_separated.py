"""TSV, with and without quoted cells."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats import tab_separated
from malgil.preprocessing.text.normalization import normalize
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import PAIRS, READ, csv_text, lines

Mistake = Callable[..., str]


class TestTSV:
    def test_english_first_as_tatoeba_ships_it(self, read_file: FileReader) -> None:
        rows = [("Go.", "가.", "CC-BY 2.0 (France) #1"), ("Hi.", "안녕.", "CC-BY 2.0 (France) #2")]
        corpus = read_file(lines(rows))
        assert corpus.pairs == [("가.", "Go."), ("안녕.", "Hi.")]
        assert corpus.summary() == "2 pairs; file0 detected as TSV, columns 2 and 1"

    def test_with_numbers_of_sentences(self, read_file: FileReader) -> None:
        rows = [("11", "가.", "21", "Go."), ("12", "안녕.", "22", "Hi.")]
        assert read_file(lines(rows)).pairs == [("가.", "Go."), ("안녕.", "Hi.")]

    def test_rows_in_other_languages(self, read_file: FileReader) -> None:
        right = [("kor", "가.", "eng", "Go."), ("eng", "Hi.", "kor", "안녕.")]
        other = [("kor", "가.", "jpn", "行け。"), ("", "가.", "eng", "Go.")]
        for separator in "\t,":
            text = "".join(separator.join(row) + "\n" for row in right * 20 + other)
            corpus = read_file(text)
            assert corpus.pairs == [("가.", "Go."), ("안녕.", "Hi.")] * 20
            assert corpus.left_out == {"in other languages": 2}

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

    def test_a_carriage_return_within_a_row(self, read_file: FileReader) -> None:
        corpus = read_file("가\r나\ta\rb\r\n다\tc\n")
        assert corpus.pairs == [("가 나", "a b"), ("다", "c")]
        assert read_file("가\ta\r나\tb\r").pairs == [("가", "a"), ("나", "b")]

    def test_other_separators_of_lines_are_spaces(self, read_file: FileReader) -> None:
        for other in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029":
            assert read_file(f"가{other}나\ta{other}b\n다\tc\n").pairs == [
                ("가 나", "a b"),
                ("다", "c"),
            ]

    def test_half_of_a_character(self, read_file: FileReader) -> None:
        content = "가\ta".encode() + b"\xed\xa0\xbd\n" + "나\tb\n".encode()
        assert read_file(content).pairs == [("가", "a\ufffd"), ("나", "b")]

    def test_a_header_below_a_line_without_tab(self, read_file: FileReader) -> None:
        assert read_file("말뭉치\nen\tko\nGo.\t가.\n").pairs == [("가.", "Go.")]


class TestQuotedCells:
    """TSV as `csv` of Python, pandas and Excel write it."""

    @pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("header", [(), ("id", "ko", "en")])
    def test_are_read_back(
        self, header: tuple[str, ...], end: str, quoting: int, read_file: FileReader
    ) -> None:
        rows = [(n, f"{ko}\t{ko}", en) for n, (ko, en) in enumerate(PAIRS)]
        table = [header, *rows] if header else rows
        corpus = read_file(csv_text(table, "\t", quoting=quoting, lineterminator=end))
        assert corpus.pairs == [(f"{ko} {ko}", en) for ko, en in READ]
        assert "detected as TSV with quoted cells, columns" in corpus.summary()

    def test_without_a_tab_in_most_lines(self, read_file: FileReader) -> None:
        rows = [("가\n\n나\n다", "a\nb\nc"), ("라\n마\n", "d\ne")]
        assert read_file(csv_text(rows, "\t")).pairs == [("가 나 다", "a b c"), ("라 마", "d e")]

    def test_a_first_quotation_mark_far_behind(
        self, read_file: FileReader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tab_separated, "_MAX_SAMPLE_LINES", 10)
        rows = [(f"문장 {n}", f"sentence {n}") for n in range(35)]
        assert read_file(csv_text([*rows, *PAIRS], "\t")).pairs == [*rows, *READ]
        literal = ('"가" 했다', 'He "said"')
        assert read_file(lines([*rows, literal])).pairs == [*rows, literal]

    def test_a_cell_that_only_begins_with_a_quotation_mark(self, read_file: FileReader) -> None:
        rows = [(f'그는 "{n}"라고 했다', f'He said "{n}"') for n in range(30)]
        corpus = read_file(csv_text(rows, "\t") + '"가" 하다\t"a" b\n')
        assert corpus.pairs == [*rows, ('"가" 하다', '"a" b')]

    def test_as_excel_quotes_cells_with_a_comma(self, read_file: FileReader) -> None:
        text = '가자\tGo\n"네, 가요"\t"Yes, I go"\n아니요\tNo\n'
        assert read_file(text).pairs == [
            ("가자", "Go"),
            ("네, 가요", "Yes, I go"),
            ("아니요", "No"),
        ]


class TestLiteralQuotationMarks:
    @pytest.mark.parametrize(
        "rows",
        [
            [('"안녕."', '"Hello."'), ("가자", "Go"), ("네, 가요", "Yes, I go")],
            [('"안녕', '"Hello'), ('가자"', 'Go"')],
            [('"안녕" 했다', '"Hello" he said')] * 11 + [('"가?""네."', "Go? Yes.")],
        ],
    )
    def test_are_text(self, rows: list[tuple[str, str]], read_file: FileReader) -> None:
        assert read_file(lines(rows)).pairs == rows

    def test_a_mixture_is_refused(self, mistake: Mistake) -> None:
        quoted = csv_text([(f'가 "{n}"', f'a "{n}"') for n in range(5)], "\t")
        message = mistake(quoted + lines([('"나" 했다', 'b "c" d')] * 3))
        assert message == (
            "'file0' has cells that are quoted as in CSV (10), and others in which quotation marks "
            "are text (6). Save it as CSV, or as TSV that quotes no cells."
        )


TEXTS = st.text('가나ab",.\t\n ', min_size=1)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=5),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_is_written_is_read_back(
    pairs: list[tuple[str, str]], quoting: int, read_file: FileReader
) -> None:
    rows = [("ko", "en"), *pairs, ('끝 "하나"', 'end, "one"')]
    expected = [tuple(map(normalize, pair)) for pair in rows[1:]]
    read = read_file(csv_text(rows, "\t", quoting=quoting)).pairs
    assert read == list(filter(all, expected))
