"""The command line of the benchmarks: errors take one line, and arguments are checked."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks.command_line import positive, read_pairs, read_sentences, run_benchmark
from malgil.common.errors import ExitCode, UserError


def test_user_error_takes_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise UserError("the corpus is too small.")

    with pytest.raises(SystemExit) as raised:
        run_benchmark(fail)
    assert raised.value.code == ExitCode.USER_ERROR
    assert capsys.readouterr().err == "error: the corpus is too small.\n"


def test_interruption_prints_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as raised:
        run_benchmark(interrupt)
    assert raised.value.code == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_internal_errors_keep_their_traceback() -> None:
    def fail() -> None:
        raise ValueError("a mistake of the programmer")

    with pytest.raises(ValueError, match="programmer"):
        run_benchmark(fail)


def test_counts_are_positive() -> None:
    assert positive("3") == 3
    for text in ("0", "-1"):
        with pytest.raises(argparse.ArgumentTypeError, match=f"Received: {text}"):
            positive(text)
    with pytest.raises(ValueError, match="invalid literal"):
        positive("many")


def test_sentences_are_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("가\tgo\n\n \n나\nda\tda\n", encoding="utf-8")
    assert read_sentences(path) == ["가", "나", "da"]
    assert read_sentences(path, 2) == ["가", "나"]


def test_pairs_are_the_first_two_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("가\tgo\tnote\n\n 나 \tna\n", encoding="utf-8")
    assert read_pairs(path) == [("가", "go"), (" 나 ", "na")]


@pytest.mark.parametrize("read", [read_sentences, read_pairs])
def test_empty_and_missing_files_are_refused(read: object, tmp_path: Path) -> None:
    assert callable(read)
    path = tmp_path / "a.tsv"
    with pytest.raises(UserError, match="No such file"):
        read(path)
    path.write_text("\n \n", encoding="utf-8")
    with pytest.raises(UserError, match=r"a\.tsv' has no sentence"):
        read(path)


def test_line_without_a_tab_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("가\tgo\n나\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 2 of .* has no tab"):
        read_pairs(path)
