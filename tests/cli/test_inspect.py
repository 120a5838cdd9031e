"""The mode inspect, as it is used at a terminal or in a pipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

INSPECT = ("--mode", "inspect")


def test_the_training_files(run_app: Any, tmp_path: Path) -> None:
    ran = run_app(*INSPECT, "--output", tmp_path / "그림.png")
    assert ran.status == 0
    assert ran.out.startswith("52 pairs\n") and "ko (mecab)" in ran.out
    assert ran.err == f"picture: {tmp_path / '그림.png'}\n"
    assert (tmp_path / "그림.png").read_bytes().startswith(b"\x89PNG")


def test_named_files_as_json(run_app: Any, tmp_path: Path) -> None:
    for name, text in (("가.tsv", "고양이\tcat\n"), ("b.csv", "ko,en\n개,dog\n새,bird\n")):
        (tmp_path / name).write_text(text, "utf-8")
    directory = ("--set", f"translator.directory={tmp_path / 'model'}")
    ran = run_app(*INSPECT, tmp_path / "가.tsv", tmp_path / "b.csv", "--json", *directory)
    found = json.loads(ran.out)
    assert (ran.status, found["pairs"]) == (0, 3)
    assert [sample["target"] for sample in found["samples"]] == ["cat", "dog", "bird"]
    assert ran.err == ""


def test_the_default_files_are_not_read_for_other_languages(run_app: Any, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("chat\tcat\n", "utf-8")
    languages = ("data.source_language=fr", "preprocessing.source_tokenizer=nltk")
    options = [part for value in languages for part in ("--set", value)]
    default = ("--set", "data.valid=data/composed/valid.tsv")
    ran = run_app(*INSPECT, tmp_path / "a.tsv", *options, *default, "--set", "data.test=")
    assert (ran.status, ran.err) == (0, "")
    named = ("--set", f"data.test={tmp_path / 'none.tsv'}")
    ran = run_app(*INSPECT, tmp_path / "a.tsv", *options, *default, *named)
    assert ran.status == 0 and "none.tsv' does not exist" in ran.err


def test_nothing_is_written_without_output(run_app: Any, tmp_path: Path) -> None:
    """Neither a picture into the folder of a translator, nor an empty folder."""
    directory = ("--set", f"translator.directory={tmp_path / 'model'}")
    assert run_app(*INSPECT, *directory).status == 0
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_in_the_arguments(run_app: Any, tmp_path: Path) -> None:
    """No setting is at fault."""
    ran = run_app(*INSPECT, tmp_path / "none.tsv")
    assert (ran.status, ran.out) == (2, "")
    name = str(tmp_path / "none.tsv")
    reason = "No such file or directory. Name a file that exists."
    assert ran.err == f"error: cannot read {name!r}: {reason}\n"


def test_an_empty_name(run_app: Any) -> None:
    ran = run_app(*INSPECT, "")
    assert ran == (2, "", "error: --mode inspect accepts the names of files. Received: ''.\n")


def test_a_missing_file_in_the_settings(run_app: Any, tmp_path: Path) -> None:
    ran = run_app(*INSPECT, "--set", f"data.train={tmp_path / 'none.tsv'}")
    assert ran.status == 2 and ran.err.startswith("error: data.train")


def test_a_picture_that_cannot_be_written(run_app: Any, tmp_path: Path) -> None:
    """It is refused before the corpus is read."""
    for name, reason in (("a.txt", "png"), ("none/a.png", "folder"), (".", "png")):
        ran = run_app(*INSPECT, "--output", tmp_path / name)
        assert (ran.status, ran.out) == (2, "") and reason in ran.err
        assert ran.err.startswith("error: --output: ") and repr(str(tmp_path / name)) in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_picture_is_replaced(run_app: Any, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("old")
    assert run_app(*INSPECT, "--output", tmp_path / "a.png").status == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
