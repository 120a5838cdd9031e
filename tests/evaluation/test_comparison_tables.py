"""The tables of a comparison: Markdown, text for a terminal, and the names of test sets."""

from __future__ import annotations

import dataclasses

import pytest

from malgil.evaluation.comparison import SystemResult
from malgil.evaluation.comparison_tables import (
    comparison_markdown,
    comparison_text,
    markdown_table,
    short_names,
)
from malgil.evaluation.report import Report, evaluate_output
from malgil.evaluation.sacrebleu_metrics import Interval
from malgil.evaluation.significance import Difference
from tests.evaluation.test_comparison import compared, result

NOTE = (
    "A system is called better or worse if p < 0.05 in both tests: paired bootstrap resampling "
    "and approximate randomization."
)


def test_table() -> None:
    lines = markdown_table([result(), SystemResult("둘", "killed | by 9")]).splitlines()
    assert lines[0] == (
        "| system | parameters | tokens/s | minutes | epochs | validation loss | BLEU dev-0 | "
        "chrF dev-0 | BLEU dev-1 | chrF dev-1 | ms per sentence |"
    )
    assert lines[2] == (
        "| 하나 | 1,234,567 | 4,400 | 6 | 2.6 | 2.500 | 16.2 | 38.5 | 17.2 | 38.5 | 57 |"
    )
    assert lines[3].startswith("| 둘 | failed: killed / by 9 |")
    assert {line.count("|") for line in lines} == {12}


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["data/dev-a.tsv", "/some/where/dev-b.tsv"], ["dev-a", "dev-b"]),
        (["a/composed/test.tsv", "a/written/test.tsv"], ["composed/test", "written/test"]),
        ([r"C:\a\x\test.tsv", r"C:\b\x\test.tsv", "other.tsv"], ["a/x/test", "b/x/test", "other"]),
        (["test.tsv", "test.csv", "x/test.tsv"], ["test.tsv", "test.csv", "x/test.tsv"]),
        (["test.tsv", "x/test.tsv"], ["test", "x/test"]),
        (["a/test.tsv", "a/test.tsv"], ["test", "test"]),
        ([], []),
    ],
)
def test_short_names(names: list[str], short: list[str]) -> None:
    assert short_names(names) == short


def test_intervals_in_the_table() -> None:
    line = markdown_table([compared()]).splitlines()[2]
    assert "| 2.500 | 16.2 | 38.5 ± 0.8 | 57 |" in line


def test_markdown_of_scores_and_differences() -> None:
    baseline = dataclasses.replace(compared(), name="하나")
    [test] = baseline.tests
    baseline = dataclasses.replace(baseline, tests=(dataclasses.replace(test, differences=()),))
    results = [baseline, compared(), SystemResult("셋", "killed by 9")]
    costs, scores, differences, note = comparison_markdown(results).split("\n\n")
    assert f"{costs}\n" == markdown_table(results)
    assert scores.splitlines() == [
        "| test set | system | BLEU | chrF | chrF++ | TER |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        "| dev-0 | 하나 | 16.2 | 38.5 ± 0.8 | 37.2 | 60.5 |",
        "| dev-0 | 둘 | 16.2 | 38.5 ± 0.8 | 37.2 | 60.5 |",
    ]
    assert differences.splitlines()[2:] == [
        "| dev-0 | 둘 | 하나 | chrF | +1.50 | 0.0100 | 0.0200 | better |"
    ]
    assert note == f"{NOTE}\n"


def test_results_of_earlier_versions_have_one_table() -> None:
    results = [result(), SystemResult("둘", "killed by 9")]
    assert comparison_markdown(results) == markdown_table(results)
    failed = [SystemResult("둘", "killed by 9")]
    assert comparison_markdown(failed) == markdown_table(failed)


def report(name: str, test_name: str, *differences: Difference) -> Report:
    pairs = [("가", "a b c d"), ("나", "e f g h")]
    made = evaluate_output(name, "o.txt", ["a b c d", "x y z"], pairs, "en", test_name)
    interval = Interval(50.0, 2.5)
    scores = dataclasses.replace(
        made.scores,
        **{"bleu_sacrebleu": 50.5, "chrf": 60.25, "chrf_plus_plus": 58.0, "ter": 40.0},
        intervals=dict.fromkeys(("bleu_sacrebleu", "chrf", "ter"), interval),
    )
    return dataclasses.replace(made, scores=scores, differences=differences)


def test_text_for_a_terminal() -> None:
    difference = Difference("ter", "하나", -1.5, 0.2, 0.01)
    reports = [
        report("하나", "a.tsv"),
        report("하나", "b.tsv"),
        report("둘", "a.tsv", difference),
        report("둘", "b.tsv"),
    ]
    title, scores, second_title, differences, note = comparison_text(reports).split("\n\n")
    assert (title, second_title, note) == ("Comparison", "Differences", NOTE)
    assert [line.split() for line in scores.splitlines()] == [
        ["test", "set", "system", "BLEU", "chrF", "chrF++", "TER", "exact"],
        *(
            [
                *names,
                *("50.50", "±", "2.50", "60.25", "±", "2.50", "58.00", "40.00", "±", "2.50"),
                *("50.00", "%"),
            ]
            for names in (["a.tsv", "하나"], ["둘"], ["b.tsv", "하나"], ["둘"])
        ),
    ]
    assert differences.splitlines()[1].split("  ")[0] == "a.tsv"
    assert differences.endswith("0.0100  no significant difference")


def test_text_without_tests() -> None:
    """Test sets that are too large to be resampled have no differences."""
    text = comparison_text([report("하나", "a.tsv"), report("둘", "a.tsv")])
    assert "Differences" not in text and NOTE not in text
