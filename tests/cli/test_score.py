"""Score through the command line."""

from __future__ import annotations

import json
import math
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malgil.cli.score import alignment, format_score, header
from malgil.modeling.translation import Translation

SCORE = ("--mode", "score")


def scored(attention: np.ndarray | None) -> Translation:
    blocks = () if attention is None else (attention,)
    scores = [math.log(0.5)] * 2
    return Translation(
        "가 요", "I go", -1.0, ["▁가", "▁요"], ["▁I", "▁go"], blocks, token_scores=scores
    )


def test_a_line_of_text() -> None:
    weights = np.array([[0.2, 0.8], [0.9, 0.1]], np.float32)
    line = format_score(scored(weights), as_json=False)
    log_probability, perplexity, aligned = line.split("\t")
    assert float(log_probability) == pytest.approx(2 * math.log(0.5), abs=1e-4)
    assert float(perplexity) == pytest.approx(2)
    assert aligned == alignment(scored(weights)) == "1-0 0-1"
    assert alignment(scored(None)) == ""


def test_a_pair_as_json(run_app: Any, tiny_pairs: list[tuple[str, str]]) -> None:
    ran = run_app(*SCORE, *tiny_pairs[0], "--json")
    found = json.loads(ran.out)
    assert ran.status == 0 and "alternatives" not in found
    assert found["log_probability"] == pytest.approx(sum(found["token_scores"]), abs=1e-3)
    count = len(found["token_scores"])
    assert found["perplexity"] == pytest.approx(math.exp(-found["log_probability"] / count), 1e-3)
    assert ran.err == f"perplexity {found['perplexity']:.2f} over {count} tokens\n"


def test_a_file(run_app: Any, tiny_pairs: list[tuple[str, str]], tmp_path: Path) -> None:
    pairs = tiny_pairs[:3]
    (tmp_path / "p.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in pairs), encoding="utf-8")
    ran = run_app(*SCORE, "--input", tmp_path / "p.tsv", "--output", tmp_path / "out")
    assert (ran.status, ran.out) == (0, "") and ran.err.startswith("perplexity ")
    lines = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "log_probability\tperplexity\talignment" == header()
    outputs = [run_app(*SCORE, *pair).out.splitlines() for pair in pairs]
    assert outputs == [[lines[0], line] for line in lines[1:]]


def test_progress_counts_sentences(
    run_app: Any,
    tiny_pairs: list[tuple[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    (tmp_path / "p.tsv").write_text(
        "".join(f"{a}\t{b}\n" for a, b in tiny_pairs[:2]), encoding="utf-8"
    )
    ran = run_app(*SCORE, "--input", tmp_path / "p.tsv", "--output", tmp_path / "out")
    assert ran.err.startswith("\r1 sentence\r2 sentences\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "received: 0."),
        (["하나"], "received: 1."),
        (["하나", "둘", "셋"], "received: 3."),
    ],
)
def test_no_pair(run_app: Any, arguments: list[str], message: str) -> None:
    ran = run_app(*SCORE, *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "score accepts a source sentence and its translation" in ran.err
    assert message in ran.err


def test_no_header_before_an_error(run_app: Any, tmp_path: Path) -> None:
    (tmp_path / "p.tsv").write_text("no tab\n", encoding="utf-8")
    ran = run_app(*SCORE, "--input", tmp_path / "p.tsv")
    assert (ran.status, ran.out) == (2, "")


ROWS = "{0}\t{1}\n\n{0}\t\n\t{1}\n{0}\n{0}\t{1}\n"


def test_one_line_per_row(run_app: Any, tiny_pairs: list[tuple[str, str]], tmp_path: Path) -> None:
    path = tmp_path / "p.tsv"
    path.write_text(ROWS.format(*tiny_pairs[0]), encoding="utf-8")
    ran = run_app(*SCORE, "--input", path)
    [first] = run_app(*SCORE, *tiny_pairs[0]).out.splitlines()[1:]
    assert ran.out.splitlines() == [header(), first, *["nan\tnan\t"] * 4, first]
    assert ran.err.endswith("; 4 rows have no score, as a side is blank or missing\n")
    as_json = [
        json.loads(line)
        for line in run_app(*SCORE, "--input", path, "--json").out.split("\n")
        if line
    ]
    values = [one["log_probability"] for one in as_json]
    assert values[1:5] == [None] * 4 and values[0] == values[5] is not None
    assert [one["alignment"] for one in as_json[1:5]] == [""] * 4


def test_one_line_per_row_and_translator(
    run_app: Any, tiny_pairs: list[tuple[str, str]], tmp_path: Path, translator_folder: Path
) -> None:
    path = tmp_path / "p.tsv"
    path.write_text(ROWS.format(*tiny_pairs[0]), encoding="utf-8")
    other = shutil.copytree(translator_folder, tmp_path / "other")
    both = ("--model", translator_folder, "--model", other)
    lines = run_app(*SCORE, "--input", path, *both).out.splitlines()[1:]
    assert len(lines) == 12 and [line.split("\t")[1] == "nan" for line in lines] == (
        [False] * 2 + [True] * 8 + [False] * 2
    )


def test_a_pair_with_a_blank_side(run_app: Any) -> None:
    ran = run_app(*SCORE, "", "I go.")
    assert (ran.status, ran.out) == (0, f"{header()}\nnan\tnan\t\n")


def test_the_spans_of_placeholders_are_shown(run_app: Any) -> None:
    found = json.loads(
        run_app(*SCORE, "고양이가 2024년에 잡니다.", "The cat sleeps in 2024.", "--json").out
    )
    assert "2024" in found["source_tokens"] and "2024" in found["target_tokens"]
    assert not any("⟦" in token for token in found["source_tokens"] + found["target_tokens"])
