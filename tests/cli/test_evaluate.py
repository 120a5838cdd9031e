"""The mode evaluate, through the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from malgil.cli import evaluate
from malgil.cli.options import Options
from malgil.common.errors import UserError
from malgil.preprocessing.corpus import reader

EVALUATE = ("--mode", "evaluate")


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
        account = "5 pairs; {} detected as parallel texts, t.ko and t.en"
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

    def test_references_are_scored_as_they_are(
        self, run_app: Any, tiny_pairs: list[tuple[str, str]], tmp_path: Path
    ) -> None:
        """Wide letters differ from the translation's, unless they are normalized."""
        wide = {code: code + 0xFEE0 for code in range(ord("!"), ord("~"))}
        text = "".join(f"{a}\t{b.translate(wide)}\n" for a, b in tiny_pairs[:5])
        (tmp_path / "t.tsv").write_text(text, encoding="utf-8")
        plain, normalized = (
            json.loads(run_app(*EVALUATE, "--json", "--input", tmp_path / "t.tsv", *more).out)
            for more in ((), ("--normalize",))
        )
        assert plain["scores"]["exact_match"] == 0 and plain["scores"]["chrf"] < 10
        assert normalized["scores"]["exact_match"] > 0.5
        assert plain["examples"] == normalized["examples"]
        assert plain["examples"][0]["reference"] == tiny_pairs[0][1].translate(wide)

    def test_a_workbook_with_columns_that_are_set(
        self, run_app: Any, tiny_pairs: list[tuple[str, str]], tmp_path: Path
    ) -> None:
        book = openpyxl.Workbook()
        for row in [("나", "가"), *(pair[::-1] for pair in tiny_pairs[:4])]:
            book.active.append(row)
        book.save(tmp_path / "t.xlsx")
        name = str(tmp_path / "t.xlsx")
        ran = run_app(*EVALUATE, "--input", name, "--json", "--set", "data.columns=가,나")
        assert ran.err == f"{name}: 4 pairs; t.xlsx detected as XLSX, columns 가 and 나\n"
        assert json.loads(ran.out)["scores"]["sentences"] == 4

    def test_json_has_a_line_for_each_file(self, run_app: Any, tiny_corpus: Path) -> None:
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

    def test_a_file_of_your_own(self, run_app: Any, tiny_pairs: Any, tmp_path: Path) -> None:
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

    def test_settings_are_printed_once(self, run_app: Any, tiny_corpus: Path) -> None:
        names = ", ".join(str(tiny_corpus / name) for name in ("valid.tsv", "train.tsv"))
        out = run_app(*EVALUATE, "--set", f"data.test={names}").out
        assert out.count("Test set    ") == 2
        assert out.count("\nSettings\n") == 1 and out.count("inference.beam_size") == 1
        assert out.index("Settings") < out.index("train.tsv")

    @pytest.mark.parametrize(
        ("content", "error"),
        [
            (
                None,
                "--input: cannot read {!r}: No such file or directory. Name a file that exists.",
            ),
            ("", "--input: {!r} is empty. Name a file of sentence pairs."),
        ],
    )
    def test_a_file_without_content(
        self, run_app: Any, tmp_path: Path, content: str | None, error: str
    ) -> None:
        path = tmp_path / "t.tsv"
        if content is not None:
            path.write_text(content)
        ran = run_app(*EVALUATE, "--input", path)
        assert (ran.status, ran.out, ran.err) == (2, "", f"error: {error.format(str(path))}\n")

    def test_one_of_two_parallel_texts_is_missing(self, run_app: Any, tmp_path: Path) -> None:
        (tmp_path / "t.ko").write_text("문장\n", encoding="utf-8")
        ran = run_app(*EVALUATE, "--input", f"{tmp_path / 't.ko'},{tmp_path / 't.en'}")
        assert ran.status == 2
        assert f"--input: cannot read {str(tmp_path / 't.en')!r}: No such file" in ran.err


class TestOutput:
    """The file of all translations."""

    @pytest.fixture
    def names(self, tiny_corpus: Path, tmp_path: Path) -> list[str]:
        """Return two test files."""
        lines = (tiny_corpus / "train.tsv").read_text("utf-8").splitlines(keepends=True)
        (tmp_path / "둘.tsv").write_text("".join(lines[:3]), encoding="utf-8")
        return [str(tiny_corpus / "valid.tsv"), str(tmp_path / "둘.tsv")]

    def test_a_table_of_all_test_files(
        self, run_app: Any, names: list[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "out.tsv"
        ran = run_app(*EVALUATE, "--set", f"data.test={', '.join(names)}", "--output", path)
        assert ran.status == 0 and ran.err.endswith(f"translations: {path}\n")
        assert ran.out.startswith("Translator  tiny\n")
        header, *rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
        assert header == ["test", "translator", "source", "reference", "translation"]
        assert [row[0] for row in rows] == [names[0]] * 8 + [names[1]] * 3
        sources = [row[2] for row in rows]
        translated = run_app("--mode", "predict", *sources).out.splitlines()
        assert [row[4] for row in rows] == translated
        pairs = [tuple(line.split("\t")) for line in Path(names[0]).read_text("utf-8").splitlines()]
        assert [(row[2], row[3]) for row in rows[:8]] == pairs
        again = run_app(
            *EVALUATE, "--json", "--input", path, "--set", "data.columns=source,translation"
        )
        assert json.loads(again.out)["scores"]["exact_match"] == 1.0

    def test_json(self, run_app: Any, names: list[str], tmp_path: Path) -> None:
        path = tmp_path / "out.jsonl"
        arguments = ("--json", "--input", names[1], "--output", path)
        ran = run_app(*EVALUATE, *arguments)
        assert json.loads(ran.out)["scores"]["sentences"] == 3
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [row["number"] for row in rows] == [1, 2, 3]
        keys = {"test", "translator", "source", "reference", "translation", "number"}
        assert all(row.keys() == keys for row in rows)

    def test_an_existing_file(self, run_app: Any, names: list[str], tmp_path: Path) -> None:
        path = tmp_path / "out.tsv"
        path.write_text("mine")
        ran = run_app(*EVALUATE, "--input", names[1], "--output", path)
        assert (ran.status, ran.out) == (2, "") and "--overwrite" in ran.err
        assert path.read_text() == "mine"
        ran = run_app(*EVALUATE, "--input", names[1], "--output", path, "--overwrite")
        assert ran.status == 0 and path.read_text("utf-8").startswith("test\t")

    @pytest.mark.parametrize("way", ["--input", "data.test"])
    def test_a_test_file_is_not_replaced(self, run_app: Any, names: list[str], way: str) -> None:
        before = Path(names[1]).read_bytes()
        given = ("--input", names[1]) if way == "--input" else ("--set", f"data.test={names[1]}")
        ran = run_app(*EVALUATE, *given, "--output", names[1], "--overwrite")
        assert (ran.status, ran.out) == (2, "")
        assert Path(names[1]).read_bytes() == before

    def test_nothing_is_left_after_an_error(
        self, run_app: Any, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_arguments: object) -> None:
            raise UserError("no")

        monkeypatch.setattr(evaluate.TranslationsFile, "write", fail)
        before = set(tmp_path.iterdir())
        assert run_app(*EVALUATE, "--input", names[1], "--output", tmp_path / "o").status == 2
        assert set(tmp_path.iterdir()) == before


class TestSeveralTranslators:
    @pytest.fixture
    def options(
        self, translator_folder: Path, tiny_overrides: Callable, tmp_path: Path
    ) -> Callable[..., Options]:
        """Return a function that makes options for the translators tiny and 다른."""
        for name in ("tiny", "다른"):
            (tmp_path / "model" / name).mkdir(parents=True)
            shutil.copy(translator_folder / "translator.safetensors", tmp_path / "model" / name)
        overrides = tiny_overrides(tmp_path / "model", "inference.engine=onnx")

        def make(**more: Any) -> Options:
            models: Any = ("tiny", "다른")
            return Options("evaluate", overrides=tuple(overrides), **{"model": models, **more})

        return make

    def test_reports_and_a_table(
        self,
        options: Callable[..., Options],
        tiny_corpus: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        read: list[object] = []
        real = reader.read_test_sets
        monkeypatch.setattr(
            reader, "read_test_sets", lambda *values: read.append(values) or real(*values)
        )
        assert evaluate.run(options()) == 0
        out = capsys.readouterr().out
        assert len(read) == 1
        assert [line for line in out.splitlines() if line.startswith("Translator ")] == [
            "Translator  tiny",
            "Translator  다른",
        ]
        *_reports, title, table, second_title, differences, note = out.split("\n\n")
        assert (title.splitlines()[-1], second_title) == ("Comparison", "Differences")
        header, first, second = table.splitlines()
        assert header.split() == [
            *("test", "set", "system", "BLEU", "chrF", "chrF++", "TER", "exact"),
        ]
        line = next(line for line in out.splitlines() if "BLEU, sacrebleu" in line)
        bleu = line.split()[2]  # "BLEU, sacrebleu  96.60 (μ = 96.58 ± 0.80)"
        name = str(tiny_corpus / "valid.tsv")
        assert first.split()[:4] == [name, "tiny", bleu, "±"]
        assert second.split()[:2] == ["다른", bleu]
        # Both are the same translator, so that none is better.
        rows = [line.split("  ")[-1] for line in differences.splitlines()[1:]]
        assert rows == ["no significant difference"] * 4
        assert "p < 0.05 in both tests" in note

    def test_json_and_output(
        self,
        options: Callable[..., Options],
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        path = tmp_path / "out.tsv"
        assert evaluate.run(options(json=True, output=str(path))) == 0
        reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [report["translator"] for report in reports] == ["tiny", "다른"]
        assert reports[0]["differences"] == []
        found = {each["metric"]: each for each in reports[1]["differences"]}
        assert list(found) == ["bleu_sacrebleu", "chrf", "chrf_plus_plus", "ter"]
        assert {each["baseline"] for each in found.values()} == {"tiny"}
        assert {each["p_bootstrap"] for each in found.values()} == {1.0}
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [row["translator"] for row in rows] == ["tiny"] * 8 + ["다른"] * 8

    def test_other_languages(
        self, options: Callable[..., Options], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = evaluate.translators.load_translators

        def load(*arguments: Any) -> Any:
            loaded = real(*arguments)
            object.__setattr__(loaded[1].settings.data, "target_language", "fr")
            return loaded

        monkeypatch.setattr(evaluate.translators, "load_translators", load)
        with pytest.raises(UserError, match=r"'tiny' \(ko → en\) and '다른' \(ko → fr\)"):
            evaluate.run(options())


class TestOutputOf:
    """Files of translations by other systems."""

    @pytest.fixture
    def output(self, tiny_corpus: Path, tmp_path: Path) -> Path:
        """Return a file with the references of the test set, the last one changed."""
        rows = (tiny_corpus / "valid.tsv").read_text("utf-8").splitlines()
        lines = [row.split("\t")[1] for row in rows]
        path = tmp_path / "other.txt"
        path.write_text("\n".join([*lines[:-1], "xyz"]) + "\n", encoding="utf-8")
        return path

    def test_alone(self, run_app: Any, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No translator is loaded."""
        monkeypatch.setattr(evaluate.translators, "load_translators", None)
        ran = run_app(*EVALUATE, "--output-of", "other", output, "--json")
        assert ran.status == 0
        report = json.loads(ran.out)
        assert (report["translator"], report["file"]) == ("other", str(output))
        assert report["scores"]["exact_match"] == 7 / 8
        assert (report["seconds"], report["scores"]["perplexity"]) == (None, None)
        assert report["examples"][-1]["translation"] == "xyz"

    def test_next_to_a_translator(self, run_app: Any, output: Path, tmp_path: Path) -> None:
        written = tmp_path / "all.tsv"
        ran = run_app(
            *(*EVALUATE, "--model", "tiny", "--output-of", "other", output),
            *("--output-of", "다른 것", output, "--output", written),
        )
        assert ran.status == 0
        assert f"System    other\nOutput    {output}\n" in ran.out
        table = ran.out.split("\n\n")[-4].splitlines()
        names = [line.split("  ") for line in table[1:]]
        assert [row[1] for row in names[:1]] == ["tiny"] and "other" in table[2]
        systems = [row.split("\t")[1] for row in written.read_text("utf-8").splitlines()[1:]]
        assert systems == ["tiny"] * 8 + ["other"] * 8 + ["다른 것"] * 8

    def test_target_language_without_a_translator(
        self, run_app: Any, tiny_corpus: Path, tmp_path: Path
    ) -> None:
        rows = (tiny_corpus / "valid.tsv").read_text("utf-8").splitlines()
        pairs = [row.split("\t") for row in rows]
        path, test = tmp_path / "o.txt", tmp_path / "en-ko.tsv"
        path.write_text("".join(f"{korean}\n" for korean, _ in pairs), encoding="utf-8")
        test.write_text("".join(f"{english}\t{korean}\n" for korean, english in pairs), "utf-8")
        languages = (
            *("--set", "data.source_language=en", "--set", "data.target_language=ko"),
            *("--set", "preprocessing.source_tokenizer=nltk"),
            *("--set", "preprocessing.target_tokenizer=mecab"),
        )
        ran = run_app(*EVALUATE, "--output-of", "o", path, "--input", test, "--json", *languages)
        scores = json.loads(ran.out)["scores"]
        assert (scores["exact_match"], scores["bleu_characters"]) == (1.0, pytest.approx(100))

    def test_a_line_for_each_row(self, run_app: Any, tmp_path: Path) -> None:
        """Rows with an empty side are translated by other systems as well."""
        test, path = tmp_path / "test.tsv", tmp_path / "o.txt"
        test.write_text("ko\ten\n가요.\tI go.\n와요.\t\n\n봐요.\tI see.\n", "utf-8")
        path.write_text("I go.\nI come.\n\nI see.\n", "utf-8")
        ran = run_app(*EVALUATE, "--output-of", "o", path, "--input", test, "--json")
        assert json.loads(ran.out)["scores"]["exact_match"] == 1.0

    @pytest.mark.parametrize("change", ["more", "fewer", "none"])
    def test_a_line_for_each_sentence_pair(
        self, run_app: Any, output: Path, tiny_corpus: Path, change: str
    ) -> None:
        lines = output.read_text("utf-8").splitlines(keepends=True)
        lines = {"more": [*lines, "\n"], "fewer": lines[1:], "none": []}[change]
        output.write_text("".join(lines), encoding="utf-8")
        ran = run_app(*EVALUATE, "--output-of", "other", output)
        name = str(tiny_corpus / "valid.tsv")
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.splitlines()[-1] == (
            f"error: --output-of: {str(output)!r} accepts one line for each sentence pair of "
            f"{name!r}. Received: {len(lines)} lines for 8 pairs. Translate the same file."
        )

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            (("a", "none.txt"), "--output-of: cannot read 'none.txt': No such file"),
            ((" ", "{file}"), "--output-of accepts the name of a system and a file. Received: ' '"),
            (("tiny", "{file}", "--model", "tiny"), "'tiny' is the name of a translator"),
            (
                ("a", "{file}", "--output-of", "a", "{file}"),
                "--output-of accepts each name once. Received 'a' 2 times",
            ),
            (("a",), "--output-of requires 2 values: --output-of NAME FILE"),
            (
                ("a", "{file}", "--set", "data.test={valid}, {train}"),
                "--output-of accepts one test set. Received: {valid}, {train}. Name one of them",
            ),
        ],
    )
    def test_errors(
        self, run_app: Any, output: Path, tiny_corpus: Path, arguments: tuple[str, ...], error: str
    ) -> None:
        names = {name: str(tiny_corpus / f"{name}.tsv") for name in ("valid", "train")}
        values = {"file": str(output), **names}
        ran = run_app(*EVALUATE, "--output-of", *(each.format(**values) for each in arguments))
        assert (ran.status, ran.out) == (2, "")
        assert error.format(**values) in ran.err.splitlines()[-1]
        assert "Traceback" not in ran.err

    def test_other_modes_refuse_it(self, run_app: Any, output: Path) -> None:
        ran = run_app("--mode", "score", "--output-of", "a", output)
        assert ran.status == 2 and "--output-of applies to --mode evaluate only" in ran.err

    def test_a_wrong_seed(
        self, run_app: Any, output: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SACREBLEU_SEED", "x")
        ran = run_app(*EVALUATE, "--output-of", "a", output)
        assert (ran.status, ran.out) == (2, "") and ran.err.startswith("error: SACREBLEU_SEED")
