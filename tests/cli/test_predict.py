"""The mode predict: sentences from arguments, a file or a pipe; text, JSON or a picture."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from malgil.cli import predict
from malgil.evaluation.plotting import comparison

PREDICT = ("--mode", "predict")
KEYS = ["source", "translation", "translated", "score", "source_tokens", "target_tokens"]
KEYS += ["token_scores", "alternatives", "attention"]


def lines(*texts: str) -> str:
    return "".join(f"{text}\n" for text in texts)


@pytest.fixture
def untrained(tiny_settings: Any, tmp_path: Path) -> Any:
    """Train a translator of another model for one batch. Returns the options that name it."""
    from malgil.modeling.training.run import train

    def make(*model: str) -> list[str]:
        options = [f"model.{value}" for value in model]
        train(tiny_settings(tmp_path, *options, "training.max_minutes=0.000001"))
        # By Keras: graphs would take seconds to write.
        return ["--set", f"translator.directory={tmp_path}", "--set", "inference.engine=keras"]

    return make


def test_the_translations_differ(translated: list[str]) -> None:
    assert len(set(translated)) == len(translated) and all(translated)


class TestSources:
    def test_arguments(self, run_app: Any, sentences: list[str], translated: list[str]) -> None:
        assert run_app(*PREDICT, *sentences) == (0, lines(*translated), "")

    def test_a_pipe(self, run_app: Any, sentences: list[str], translated: list[str]) -> None:
        ran = run_app(*PREDICT, stdin=lines(*sentences).encode())
        assert ran == (0, lines(*translated), "")

    def test_a_file(
        self, run_app: Any, sentences: list[str], translated: list[str], tmp_path: Path
    ) -> None:
        (tmp_path / "글.txt").write_text(lines(*sentences), encoding="utf-8")
        ran = run_app(*PREDICT, "--input", tmp_path / "글.txt", "--output", tmp_path / "out")
        assert ran == (0, "", "")
        assert (tmp_path / "out").read_text(encoding="utf-8") == lines(*translated)

    def test_lines_with_nothing_to_translate(
        self, run_app: Any, sentences: list[str], translated: list[str]
    ) -> None:
        text = lines("---", sentences[0], "Even so.", " 25% ", "KTX")
        ran = run_app(*PREDICT, stdin=text.encode())
        expected = lines("---", translated[0], "Even so.", " 25% ", "KTX")
        assert (ran.status, ran.out) == (0, expected)
        assert "2 lines contain no letter of the source language (ko)" in ran.err
        assert "The first is line 3, 'Even so.'" in ran.err

    def test_blank_lines_and_order(
        self, run_app: Any, sentences: list[str], translated: list[str]
    ) -> None:
        a, b, *_ = sentences
        text = lines("", b, "   ", a, "\u3000\u200b\ufeff", b, "")
        expected = lines("", translated[1], "", translated[0], "", translated[1], "")
        assert run_app(*PREDICT, stdin=text.encode()) == (0, expected, "")
        assert run_app(*PREDICT, *text.split("\n")[:-1]) == (0, expected, "")

    @pytest.mark.parametrize("way", ["file", "pipe"])
    @pytest.mark.parametrize(
        ("begin", "between", "end"),
        [("", "\r\n", "\r\n"), ("\ufeff", "\n", "\n"), ("", "\n", ""), ("\ufeff", "\r\n", "")],
        ids=["crlf", "bom", "no end", "all of them"],
    )
    def test_how_a_file_may_be_written(
        self,
        run_app: Any,
        sentences: list[str],
        translated: list[str],
        tmp_path: Path,
        way: str,
        begin: str,
        between: str,
        end: str,
    ) -> None:
        content = (begin + between.join(["", *sentences[:2]]) + end).encode()
        (tmp_path / "in").write_bytes(content)
        arguments = ["--input", tmp_path / "in"] if way == "file" else []
        ran = run_app(*PREDICT, *arguments, stdin=content if way == "pipe" else b"")
        assert ran == (0, lines("", *translated[:2]), "")

    @pytest.mark.parametrize("way", ["file", "pipe"])
    def test_a_carriage_return_within_a_line(
        self, run_app: Any, sentences: list[str], translated: list[str], tmp_path: Path, way: str
    ) -> None:
        first, *rest = sentences[0].split(" ", 1)
        content = ("\r".join((first, *rest)) + f"\r\n{sentences[1]}\n").encode()
        (tmp_path / "in").write_bytes(content)
        arguments = ["--input", tmp_path / "in"] if way == "file" else []
        ran = run_app(*PREDICT, *arguments, stdin=content if way == "pipe" else b"")
        assert ran == (0, lines(*translated[:2]), "")

    def test_a_line_end_within_an_argument(self, run_app: Any, sentences: list[str]) -> None:
        ran = run_app(*PREDICT, "\n".join(sentences[:2]))
        assert ran.out == run_app(*PREDICT, " ".join(sentences[:2])).out
        assert ran.out.count("\n") == 1

    def test_more_lines_than_are_held_at_once(
        self,
        run_app: Any,
        sentences: list[str],
        translated: list[str],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        monkeypatch.setattr(predict, "LINES_AT_ONCE", 2)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        ran = run_app(*PREDICT, "--output", tmp_path / "out", stdin=lines(*sentences, "").encode())
        assert ran.err == "\r2 sentences\r4 sentences\r6 sentences\n"
        assert (tmp_path / "out").read_text(encoding="utf-8") == lines(*translated, "")


class TestBeginning:
    def test_of_each(self, run_app: Any, sentences: list[str], tmp_path: Path) -> None:
        ran = run_app(*PREDICT, "--beginning", "The puppy", *sentences[:3])
        assert ran.status == 0
        assert all(line.startswith("The puppy") for line in ran.out.splitlines())
        (tmp_path / "in").write_text(lines(*sentences[:3]), encoding="utf-8")
        files = ("--input", tmp_path / "in", "--output", tmp_path / "out")
        assert run_app(*PREDICT, "--beginning", "The puppy", *files).status == 0
        assert (tmp_path / "out").read_text(encoding="utf-8") == ran.out


class TestJson:
    def test_one_object_a_line(
        self, run_app: Any, sentences: list[str], translated: list[str]
    ) -> None:
        ran = run_app(*PREDICT, "--json", *sentences, " ")
        assert (ran.status, ran.err) == (0, "")
        objects = [json.loads(line) for line in ran.out.splitlines()]
        assert [each["source"] for each in objects] == [*sentences, " "]
        assert [each["translation"] for each in objects] == [*translated, ""]
        for each in objects:
            assert list(each) == KEYS
            assert len(each["attention"]) == len(each["target_tokens"])
            for row in each["attention"]:
                assert len(row) == len(each["source_tokens"])
                assert sum(row) == pytest.approx(1, abs=0.01)
        assert all(each["score"] < 0 for each in objects[:-1])
        assert objects[-1] == dict(
            zip(KEYS, [" ", "", False, 0.0, [], [], [], [], []], strict=True)
        )
        assert sentences[0] in ran.out  # Hangul as people read it

    def test_settings_of_the_search_are_heeded(self, run_app: Any, sentences: list[str]) -> None:
        ran = run_app(*PREDICT, "--json", "--set", "inference.max_length=2", *sentences[:2])
        for line in ran.out.splitlines():
            assert len(json.loads(line)["target_tokens"]) == 2


class TestAttention:
    def test_a_picture(
        self, run_app: Any, sentences: list[str], translated: list[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "그림.png"
        ran = run_app(*PREDICT, sentences[0], "--attention", path)
        assert ran == (0, lines(translated[0]), f"attention: {path}\n")
        assert path.read_bytes().startswith(b"\x89PNG\r\n")

    @pytest.mark.parametrize(
        ("stdin", "message"),
        [("", "none"), ("\u200b \n", "a blank line"), ("가\n나\n다\n", "several")],
    )
    def test_of_one_sentence_only(
        self, run_app: Any, tmp_path: Path, stdin: str, message: str
    ) -> None:
        ran = run_app(*PREDICT, "--attention", tmp_path / "a.png", stdin=stdin.encode())
        assert (ran.status, ran.out) == (2, "")
        assert f"Received: {message}." in ran.err
        assert list(tmp_path.iterdir()) == []

    def test_of_each_head(
        self,
        run_app: Any,
        sentences: list[str],
        untrained: Any,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        drawn: list[list[str]] = []
        draw = comparison.attentions_picture

        def note(path: str, looked: Any, columns: int) -> None:
            assert columns == 3  # a row for each layer
            drawn.append([title for title, _ in looked])
            draw(path, looked, columns)

        monkeypatch.setattr(comparison, "attentions_picture", note)
        options = untrained("architecture=transformer", "units=12", "heads=3", "decoder_layers=2")
        path = tmp_path / "heads.png"
        ran = run_app(*PREDICT, sentences[0], "--attention", path, *options)
        assert (ran.status, ran.err) == (0, f"attention: {path}\n")
        assert path.read_bytes().startswith(b"\x89PNG\r\n")
        heads = [f"layer {layer}, head {head}" for layer in (1, 2) for head in (1, 2, 3)]
        assert drawn == [heads]

    def test_of_a_system_that_looks_at_nothing(
        self, run_app: Any, sentences: list[str], untrained: Any, tmp_path: Path
    ) -> None:
        options = untrained("attention=none")
        ran = run_app(*PREDICT, sentences[0], "--attention", tmp_path / "a.png", *options)
        assert ran.status == 2 and not (tmp_path / "a.png").exists()
        assert "model.attention = none" in ran.err and ran.err.count("\n") == 1
        ran = run_app(*PREDICT, sentences[0], "--json", *options)
        assert ran.status == 0 and json.loads(ran.out)["attention"] == []


class TestOutput:
    def test_a_file_is_replaced_only_with_overwrite(
        self, run_app: Any, sentences: list[str], translated: list[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "out"
        path.write_text("precious")
        ran = run_app(*PREDICT, sentences[0], "--output", path)
        assert (ran.status, ran.out) == (2, "") and "add --overwrite" in ran.err
        assert path.read_text() == "precious"
        ran = run_app(*PREDICT, sentences[0], "--output", path, "--overwrite")
        assert ran == (0, "", "")
        assert path.read_text(encoding="utf-8") == lines(translated[0])

    @pytest.mark.parametrize("name", ["in", "link", "./in"])
    def test_the_input_is_never_replaced(self, run_app: Any, tmp_path: Path, name: str) -> None:
        (tmp_path / "in").write_text("가\n", encoding="utf-8")
        (tmp_path / "link").symlink_to(tmp_path / "in")
        ran = run_app(
            *PREDICT, "--input", tmp_path / "in", "--output", f"{tmp_path}/{name}", "--overwrite"
        )
        assert ran.status == 2 and "is the file of --input" in ran.err
        assert (tmp_path / "in").read_text(encoding="utf-8") == "가\n"

    @pytest.mark.parametrize("option", ["--output", "--attention"])
    @pytest.mark.parametrize(
        ("name", "message"),
        [("folder.png", "Is a directory. Name a file"), ("no/a.png", "Create its folder first.")],
    )
    def test_where_none_can_be(
        self, run_app: Any, tmp_path: Path, option: str, name: str, message: str
    ) -> None:
        (tmp_path / "folder.png").mkdir()
        ran = run_app(*PREDICT, "가", option, tmp_path / name)
        assert ran.status == 2 and message in ran.err and ran.err.count("\n") == 1

    def test_an_error_halfway_leaves_no_file(
        self, run_app: Any, sentences: list[str], tmp_path: Path
    ) -> None:
        (tmp_path / "old").write_text("precious")
        content = lines(sentences[0]).encode() + b"\n" * 20_000 + b"\xff\n"
        for name in ("new", "old"):
            ran = run_app(*PREDICT, "--output", tmp_path / name, "--overwrite", stdin=content)
            assert (ran.status, ran.out) == (2, "")
            assert "'standard input' is not UTF-8 text (near line 20,002)" in ran.err
        assert [path.name for path in tmp_path.iterdir()] == ["old"]
        assert (tmp_path / "old").read_text() == "precious"

    def test_a_file_of_the_same_run_is_never_replaced(self, run_app: Any, tmp_path: Path) -> None:
        terms = tmp_path / "terms.tsv"
        terms.write_text("고양이\tcat\n", encoding="utf-8")
        ran = run_app(*PREDICT, "가", "--glossary", terms, "--output", terms, "--overwrite")
        assert ran.status == 2 and "is the file of --glossary" in ran.err
        assert terms.read_text(encoding="utf-8") == "고양이\tcat\n"
        picture = tmp_path / "a.png"
        ran = run_app(*PREDICT, "가", "--attention", picture, "--output", picture)
        assert ran.status == 2 and "is the file of --output" in ran.err

    @pytest.mark.parametrize("option", ["--output", "--attention"])
    def test_a_folder_that_may_not_be_written_to(
        self, run_app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
    ) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write
        ran = run_app(*PREDICT, "가", option, tmp_path / "a.png")
        assert ran.status == 2 and ran.err == (
            f"error: {option}: cannot write '{tmp_path / 'a.png'}': Permission denied. "
            "Choose a folder that you may write to.\n"
        )

    def test_resume_requires_a_regular_file(self, run_app: Any, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        files = ("--input", tmp_path / "pipe", "--output", tmp_path / "out")
        ran = run_app(*PREDICT, "--resume", *files)
        assert ran.status == 2 and "--resume requires an --input that is a regular file" in ran.err

    def test_a_complete_file_is_not_resumed(self, run_app: Any, tmp_path: Path) -> None:
        (tmp_path / "in").write_text("\n\n")
        output = tmp_path / "o.txt"
        command = [*PREDICT, "--input", tmp_path / "in", "--output", output]
        assert run_app(*command).status == 0
        for more in ((), ("--overwrite",)):
            ran = run_app(*command, "--resume", *more)
            assert ran == (
                2,
                "",
                f"error: nothing to resume: {str(output)!r} is complete. To translate again, run "
                "with --overwrite and without --resume.\n",
            )
        (tmp_path / "o.txt.part").write_text("")
        assert "exists. Choose another file, or add --over" in run_app(*command, "--resume").err
        assert "cannot find" in run_app(*command, "--resume", "--overwrite").err  # the record

    @pytest.mark.parametrize(
        ("option", "more"), [("--output", ()), ("--output", ("--overwrite",)), ("--attention", ())]
    )
    def test_a_device_or_a_pipe_is_refused_at_once(
        self, run_app: Any, tmp_path: Path, option: str, more: tuple[str, ...]
    ) -> None:
        os.mkfifo(tmp_path / "pipe.png")
        assert run_app(*PREDICT, "가", option, tmp_path / "pipe.png", *more) == (
            2,
            "",
            f"error: {option}: cannot write {str(tmp_path / 'pipe.png')!r}: it is a device or "
            "a pipe, not a file. Check the path.\n",
        )

    def test_a_picture_of_another_kind(self, run_app: Any) -> None:
        assert run_app(*PREDICT, "가", "--attention", "/nonexist/x") == (
            2,
            "",
            "error: --attention: the file name of a picture accepts the extensions .png, .pdf, "
            ".svg. Received: '/nonexist/x'.\n",
        )


def test_blank_lines_are_numbered_among_alternatives(run_app: Any, tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("고양이가 잡니다.\n\n고양이가 웃습니다.\n", encoding="utf-8")
    lines = run_app("--mode", "predict", "--input", path, "--n-best", "2").out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["1", "1", "2", "3", "3"]
    assert lines[2] == "2\t0.0000\t"
