"""The mode inspect, as a person at a terminal or a pipe meets it."""

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
    directory = ("--set", f"translator.directory={tmp_path}")
    ran = run_app(*INSPECT, tmp_path / "가.tsv", tmp_path / "b.csv", "--json", *directory)
    found = json.loads(ran.out)
    assert (ran.status, found["pairs"]) == (0, 3)
    assert [sample["target"] for sample in found["samples"]] == ["cat", "dog", "bird"]
    assert (tmp_path / "tiny" / "corpus.png").exists()


def test_mistakes(run_app: Any, tmp_path: Path) -> None:
    ran = run_app(*INSPECT, tmp_path / "none.tsv")
    assert (ran.status, ran.out) == (2, "") and "none.tsv" in ran.err
    ran = run_app(*INSPECT, "--output", tmp_path / "a.txt")
    assert (ran.status, ran.out) == (2, "") and "png" in ran.err
    assert list(tmp_path.iterdir()) == []
