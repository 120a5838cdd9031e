"""Reading sentence pairs: what is kept, what is left out, and the errors for broken files."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.reader import (
    Corpus,
    PairStream,
    read_corpus,
    read_test_sets,
)
from malgil.settings import DataSettings
from tests.preprocessing.corpus.formats.writers import xlsx

DATA = DataSettings()
KOREAN = "저는 오늘 학교에 갑니다.\tI go to school today.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read_bytes(folder: Path, content: bytes | str, max_length: int = 60) -> Corpus:
    (folder / "pairs.tsv").write_bytes(
        content if isinstance(content, bytes) else content.encode("utf-8")
    )
    return read_corpus(["pairs.tsv"], DATA, max_length)


def mistake(folder: Path, content: bytes | str) -> str:
    with pytest.raises(UserError) as caught:
        read_bytes(folder, content)
    message = str(caught.value)
    assert "'pairs.tsv'" in message and len(message.splitlines()) == 1
    return message


class TestKept:
    def test_pairs_in_the_order_of_the_files(self, folder: Path) -> None:
        (folder / "a.tsv").write_text("1\tone\n2\ttwo\n")
        (folder / "b.tsv").write_text("3\tthree\n1\tone")
        corpus = read_corpus(["b.tsv", folder / "a.tsv"], DATA)
        assert corpus.pairs == [("3", "three"), ("1", "one"), ("1", "one"), ("2", "two")]
        assert corpus.summary() == "4 pairs"

    def test_columns_after_the_second_are_ignored(self, folder: Path) -> None:
        assert read_bytes(folder, "a\tb\tc\td\n").pairs == [("a", "b")]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, end: str, folder: Path) -> None:
        assert read_bytes(folder, f"a\tb{end}c\td{end}").pairs == [("a", "b"), ("c", "d")]

    def test_a_last_line_without_an_end(self, folder: Path) -> None:
        assert read_bytes(folder, "a\tb\nc\td").pairs == [("a", "b"), ("c", "d")]

    @pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
    def test_other_separators_do_not_end_a_line(self, character: str, folder: Path) -> None:
        assert read_bytes(folder, f"a{character}b\tc\n").pairs == [("a b", "c")]

    def test_a_byte_order_mark_is_not_text(self, folder: Path) -> None:
        assert read_bytes(folder, b"\xef\xbb\xbfa\tb\n").pairs == [("a", "b")]

    def test_nul_bytes_are_removed(self, folder: Path) -> None:
        assert read_bytes(folder, b"a\0b\t\0c\0\n").pairs == [("ab", "c")]

    def test_emoji_and_both_hangul_forms(self, folder: Path) -> None:
        decomposed = "\u1112\u1161\u11ab"
        assert read_bytes(folder, f"{decomposed}😀\t👩\u200d👧 ok\n").pairs == [
            ("한😀", "👩\u200d👧 ok")
        ]

    def test_text_is_normalized(self, folder: Path) -> None:
        assert read_bytes(folder, " a \u00a0 b \t\u200bc  \n").pairs == [("a b", "c")]

    def test_case_is_kept(self, folder: Path) -> None:
        assert read_bytes(folder, "KTX\tKim\n").pairs == [("KTX", "Kim")]


class TestLeftOut:
    def test_each_reason_is_counted(self, folder: Path) -> None:
        content = "a\tb\n\n   \nno tab\nc\t\n\td\n \u200b\te\n" + "x" * 1201 + "\ty\nf\tg\n"
        corpus = read_bytes(folder, content, max_length=60)
        assert corpus.pairs == [("a", "b"), ("f", "g")]
        assert corpus.left_out == {
            "blank": 2,
            "without a tab": 1,
            "with an empty side": 3,
            "far too long": 1,
        }
        assert corpus.summary() == (
            "2 pairs (left out: 3 with an empty side, 2 blank, 1 without a tab, 1 far too long)"
        )

    def test_counts_add_up_over_files(self, folder: Path) -> None:
        (folder / "a.tsv").write_text("a\tb\n\n\n")
        (folder / "b.tsv").write_text("\nc\td\nnone\n")
        assert read_corpus(["a.tsv", "b.tsv"], DATA).left_out == {"blank": 3, "without a tab": 1}

    def test_large_counts_are_readable(self, folder: Path) -> None:
        assert read_bytes(folder, "a\tb\n" * 1234 + "\n" * 1001).summary() == (
            "1,234 pairs (left out: 1,001 blank)"
        )

    @pytest.mark.parametrize("side", [0, 1])
    def test_a_line_of_100_000_characters(self, side: int, folder: Path) -> None:
        columns = ["short", "short"]
        columns[side] = "가" * 100_000
        corpus = read_bytes(folder, "\t".join(columns) + "\na\tb\n")
        assert corpus.pairs == [("a", "b")]
        assert corpus.left_out == {"far too long": 1}

    def test_a_long_third_column_does_not_matter(self, folder: Path) -> None:
        assert read_bytes(folder, "a\tb\t" + "c" * 100_000).pairs == [("a", "b")]

    def test_the_limit_grows_with_max_length(self, folder: Path) -> None:
        assert len(read_bytes(folder, "x" * 1201 + "\ty\n", max_length=61).pairs) == 1


class TestMistakes:
    @pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
    def test_an_empty_file(self, content: bytes, folder: Path) -> None:
        assert "is empty" in mistake(folder, content)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("one\ntwo\nthree\n", "in 3 lines (3 without a tab)"),
            ("   \n \n", "in 2 lines (2 blank)"),
            ("\n\n\n\n", "in 4 lines (4 blank)"),
            ("a\t\n\tb\n", "in 2 lines (2 with an empty side)"),
            ("a,b\n\n", "in 2 lines (1 without a tab, 1 blank)"),
        ],
    )
    def test_a_file_without_pairs(self, content: str, reason: str, folder: Path) -> None:
        message = mistake(folder, content)
        assert "holds no sentence pair" in message and reason in message
        assert "Each line must be source, tab, target." in message

    def test_reasons_are_those_of_the_file_that_is_named(self, folder: Path) -> None:
        (folder / "a.tsv").write_text("a\tb\n\n\n\n")
        (folder / "b.tsv").write_text("none\n")
        with pytest.raises(UserError, match=r"'b\.tsv' .* in 1 line \(1 without a tab\)"):
            read_corpus(["a.tsv", "b.tsv"], DATA)

    def test_a_missing_file(self, folder: Path) -> None:
        with pytest.raises(UserError, match=r"cannot read 'gone\.tsv': No such file"):
            read_corpus(["gone.tsv"], DATA)

    def test_a_missing_file_that_an_option_names(self, folder: Path) -> None:
        expected = (
            "--input: cannot read 'gone.tsv': No such file or directory. Name a file that exists."
        )
        for read in (
            lambda: read_corpus(["gone.tsv"], DATA, origin="--input"),
            lambda: read_test_sets({"gone": Path("gone.tsv")}, DATA, origin="--input"),
            lambda: next(PairStream(["gone.tsv"], DATA, origin="--input")),
        ):
            with pytest.raises(UserError) as caught:
                read()
            assert str(caught.value) == expected

    def test_a_folder(self, folder: Path) -> None:
        with pytest.raises(UserError, match=r"cannot read .* Name a file, not a folder"):
            read_corpus([folder], DATA)


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "shown"),
        [
            ("cp949", "cp949"),
            ("utf-16", "UTF-16"),
            ("utf-16-le", "UTF-16"),
            ("utf-16-be", "UTF-16"),
        ],
    )
    def test_others_are_detected_and_reported(
        self, encoding: str, shown: str, folder: Path
    ) -> None:
        corpus = read_bytes(folder, (KOREAN * 20).encode(encoding))
        assert corpus.pairs == [("저는 오늘 학교에 갑니다.", "I go to school today.")] * 20
        assert corpus.summary() == f"20 pairs; pairs.tsv detected as TSV, {shown}"

    def test_another_encoding_is_not_guessed(self, folder: Path) -> None:
        message = mistake(
            folder, "café\tcoffee shop, as it is called elsewhere\n".encode("latin-1")
        )
        assert "Save it as UTF-8." in message

    @pytest.mark.parametrize("good", [0, 1, 7, 5000])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_the_message_gives_the_line(self, good: int, end: str, folder: Path) -> None:
        content = KOREAN.replace("\n", end).encode() * good
        message = mistake(folder, content + b"caf\xe9\tcoffee" + end.encode() * 9)
        assert f"(near line {good + 1:,})" in message


class TestStream:
    @pytest.fixture
    def names(self, folder: Path) -> list[str]:
        (folder / "a.tsv").write_text("가\ta\n\n나\tb\n", encoding="utf-8")
        (folder / "b.csv").write_text("en,ko\nc,다\n", encoding="utf-8")
        (folder / "c.ko").write_text("라\n\n", encoding="utf-8")
        (folder / "c.en").write_text("d\n\n", encoding="utf-8")
        return ["a.tsv", "b.csv", "c.ko", "c.en"]

    def test_the_statistics_grow_as_pairs_are_read(self, names: list[str]) -> None:
        pairs = PairStream(names, DATA)
        assert pairs.summary() == "0 pairs"
        assert next(pairs) == ("가", "a") and pairs.summary() == "1 pair"
        assert next(pairs) == ("나", "b")
        assert pairs.summary() == "2 pairs (left out: 1 blank)"
        assert list(pairs) == [("다", "c"), ("라", "d")]
        assert pairs.summary() == (
            "4 pairs (left out: 2 blank); b.csv detected as CSV, columns ko and en; "
            "c.ko detected as parallel texts, c.ko and c.en"
        )

    def test_yields_the_pairs_of_read_corpus(self, names: list[str]) -> None:
        corpus, pairs = read_corpus(names, DATA), PairStream(names, DATA)
        assert list(pairs) == corpus.pairs
        assert pairs.summary() == corpus.summary()

    def test_is_lazy(self, folder: Path) -> None:
        (folder / "a.tsv").write_bytes(b"a\tb\n" * 300_000 + b"\xff\n")
        pairs = PairStream(["a.tsv"], DATA)
        assert next(pairs) == ("a", "b")
        with pytest.raises(UserError, match="near line 300,001"):
            list(pairs)

    def test_memory_does_not_grow(self, folder: Path) -> None:
        def peak(lines: int) -> int:
            (folder / "a.tsv").write_text(("가나다" * 30 + "\tabc\n") * lines, encoding="utf-8")
            tracemalloc.start()
            assert sum(1 for _ in PairStream(["a.tsv"], DATA)) == lines
            size = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return size

        peak(1000)  # what is made once
        assert peak(20_000) < 1.2 * peak(5_000)  # 5.5 MB of text, and 1.4

    def test_a_test_set_is_left_as_it_is(self, folder: Path) -> None:
        rows = [
            ("가  나", "“A”\u00a0Ｂ  cafe\u0301 "),
            ("\u200b", "b"),
            ("다", "\u200b"),
            ("라", "c"),
        ]
        (folder / "a.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in rows), encoding="utf-8")
        [(_name, corpus)] = read_test_sets({"a": folder / "a.tsv"}, DATA)
        assert corpus.pairs == [rows[0], rows[3]]
        assert corpus.left_out == read_corpus(["a.tsv"], DATA).left_out == {"with an empty side": 2}

    def test_each_set_is_separate(self, names: list[str], folder: Path) -> None:
        files = {f"data/{name}": folder / name for name in names}
        assert [(name, corpus.pairs) for name, corpus in read_test_sets(files, DATA)] == [
            ("data/a.tsv", [("가", "a"), ("나", "b")]),
            ("data/b.csv", [("다", "c")]),
            ("data/c.ko + data/c.en", [("라", "d")]),
        ]


class TestRows:
    """The numbers of rows are those that an editor or Excel shows."""

    def numbers(self, content: bytes | str) -> list[tuple[int, str | None]]:
        Path("a").write_bytes(content.encode() if isinstance(content, str) else content)
        return [(row.number, row.reason) for row in PairStream(["a"], DATA).rows()]

    def test_of_lines(self, folder: Path) -> None:
        assert self.numbers("ko\ten\n가요.\tgo.\n\n나\n와요.\tcome.\n") == [
            (2, None),
            (3, "blank"),
            (4, "without a tab"),
            (5, None),
        ]

    def test_of_pairs_side_by_side_in_a_sheet(self, folder: Path) -> None:
        header = ["ko", "en", None, "ko", "en"]
        rows = [header, *([f"가 {n}", f"a {n}", None, f"나 {n}", f"b {n}"] for n in range(2, 5))]
        rows[2] = [None, None, "note", None, None]
        assert self.numbers(xlsx({"s": rows})) == [(n, None) for n in (2, 2, 4, 4)]

    def test_of_each_sheet(self, folder: Path) -> None:
        pairs = [["가요.", "go."], ["와요.", "come."]]
        content = xlsx({"a": [["ko", "en"], *pairs], "b": [["ko", "en"], [], *pairs]})
        assert self.numbers(content) == [(2, None), (3, None), (2, "blank"), (3, None), (4, None)]
