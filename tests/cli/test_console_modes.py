"""Evaluate and train through `app.main`."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from malgil.modeling.training.checkpoint import TrainingState

EVALUATE = ("--mode", "evaluate")
TRAIN = ("--mode", "train")


class TestEvaluate:
    def test_text_of_the_test_files(self, run_app: Any, tiny_corpus: Path) -> None:
        ran = run_app(*EVALUATE)
        name = str(tiny_corpus / "valid.tsv")
        assert ran.status == 0
        assert ran.err == f"{name}: 8 pairs\n"
        assert ran.out.startswith(f"Translator  tiny\nTest set    {name}\n\nScores\n")
        for part in ("BLEU, sacrebleu", "chrF", "Perplexity", "(8 in ", "Sentence 8\n"):
            assert part in ran.out

    def test_two_parallel_texts(
        self, run_app: Any, tiny_pairs: list[tuple[str, str]], tmp_path: Path
    ) -> None:
        for side, name in enumerate(("t.ko", "t.en")):
            text = "".join(f"{pair[side]}\n" for pair in tiny_pairs[:5])
            (tmp_path / name).write_text(text, encoding="utf-8")
        korean, english = str(tmp_path / "t.ko"), str(tmp_path / "t.en")
        account = "5 pairs; {}: parallel texts, t.ko and t.en"
        for arguments in (
            ("--input", f"{korean},{english}"),
            ("--set", f"data.test={korean}, {english}"),
            ("--input", f"{english}, {korean}"),
        ):
            ran = run_app(*EVALUATE, "--json", *arguments)
            report = json.loads(ran.out)
            assert report["scores"]["sentences"] == 5
            first = "t.en" if arguments[1].startswith(english) else "t.ko"
            assert ran.err == f"{report['test_name']}: {account.format(first)}\n"
            assert " + " in report["test_name"]

    def test_a_workbook_with_columns_that_are_set(
        self, run_app: Any, tiny_pairs: list[tuple[str, str]], tmp_path: Path
    ) -> None:
        book = openpyxl.Workbook()
        for row in [("나", "가"), *(pair[::-1] for pair in tiny_pairs[:4])]:
            book.active.append(row)
        book.save(tmp_path / "t.xlsx")
        name = str(tmp_path / "t.xlsx")
        ran = run_app(*EVALUATE, "--input", name, "--json", "--set", "data.columns=가,나")
        assert ran.err == f"{name}: 4 pairs; t.xlsx: XLSX, columns 가 and 나\n"
        assert json.loads(ran.out)["scores"]["sentences"] == 4

    def test_json_is_a_line_for_each_file(self, run_app: Any, tiny_corpus: Path) -> None:
        names = [str(tiny_corpus / name) for name in ("valid.tsv", "train.tsv")]
        ran = run_app(*EVALUATE, "--json", "--set", f"data.test={', '.join(names)}")
        assert ran.status == 0
        reports = [json.loads(line) for line in ran.out.splitlines()]
        assert [report["test_name"] for report in reports] == names
        assert [report["scores"]["sentences"] for report in reports] == [8, 52]
        for report in reports:
            assert report["translator"] == "tiny"
            assert report["scores"]["chrf"] > 30  # it has learned its corpus
            assert report["scores"]["perplexity"] < 50

    def test_a_file_of_ones_own(self, run_app: Any, tiny_pairs: Any, tmp_path: Path) -> None:
        source, _ = tiny_pairs[0]
        target = run_app("--mode", "predict", source).out.rstrip("\n")
        (tmp_path / "own.tsv").write_text(f"{source}\t{target}\tmore\n\n", encoding="utf-8")
        ran = run_app(*EVALUATE, "--json", "--input", tmp_path / "own.tsv")
        assert (ran.status, ran.err) == (
            0,
            f"{tmp_path / 'own.tsv'}: 1 pair (left out: 1 blank)\n",
        )
        report = json.loads(ran.out)
        assert report["scores"]["exact_match"] == 1.0
        assert report["examples"] == [
            {"number": 1, "source": source, "reference": target, "translation": target}
        ]

    def test_every_file_is_read_before_any_is_translated(
        self, run_app: Any, tiny_corpus: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "bad.tsv").write_text("one column\n")
        names = f"data.test={tiny_corpus / 'valid.tsv'}, {tmp_path / 'bad.tsv'}"
        ran = run_app(*EVALUATE, "--set", names)
        assert (ran.status, ran.out) == (2, "")
        assert "holds no sentence pair" in ran.err and ran.err.count("\n") == 1


class TestTrain:
    @pytest.fixture
    def ends(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Replaces the training by one that ends at once; gives what it was called with."""
        from malgil.modeling.training import run

        def replace(is_interrupted: bool) -> list[Any]:
            calls: list[Any] = []

            def train(*arguments: Any) -> Any:
                calls.append(arguments)
                state = TrainingState(epoch=2, best_loss=1.23456)
                return SimpleNamespace(
                    folder=Path("model/tiny"), state=state, is_interrupted=is_interrupted
                )

            monkeypatch.setattr(run, "train", train)
            return calls

        return replace

    def test_done(self, run_app: Any, ends: Any, tmp_path: Path) -> None:
        calls = ends(is_interrupted=False)
        ran = run_app(*TRAIN, "--set", "training.epochs=3")
        assert (ran.status, ran.out) == (0, "")
        assert ran.err.startswith("done: ") and "(validation loss 1.235)" in ran.err
        ((settings, resume, draw, _),) = calls
        assert settings.training.epochs == 3 and resume is False
        row = {"epoch": 1.0, "loss": 3.0, "val_loss": 2.0, "learning_rate": 0.01}
        draw(tmp_path, [row | {"tokens_per_s": 9.0, "minutes": 0.5}])
        assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")

    def test_interrupted(self, run_app: Any, ends: Any) -> None:
        calls = ends(is_interrupted=True)
        ran = run_app(*TRAIN, "--resume")
        assert (ran.status, ran.out) == (130, "")
        assert ran.err.startswith("interrupted in epoch 3; all is saved.")
        assert "--resume" in ran.err
        assert calls[0][1] is True

    @pytest.mark.parametrize("key", ["train", "valid"])
    def test_files_that_are_not_there(self, run_app: Any, ends: Any, key: str) -> None:
        calls = ends(is_interrupted=False)
        ran = run_app(*TRAIN, "--set", f"data.{key}=no.tsv")
        assert ran.status == 2 and f"data.{key} names 'no.tsv'" in ran.err
        assert calls == []

    def test_nothing_to_resume(self, run_app: Any, tmp_path: Path) -> None:
        ran = run_app(*TRAIN, "--resume", "--set", f"translator.directory={tmp_path}")
        assert (ran.status, ran.out) == (2, "")
        assert "there is no training to resume" in ran.err and ran.err.count("\n") == 1
