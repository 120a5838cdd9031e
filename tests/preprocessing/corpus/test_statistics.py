"""The summary of what was read and what was left out."""

from __future__ import annotations

from collections import Counter

from malgil.preprocessing.corpus.statistics import ReadStatistics, list_reasons


def test_summary() -> None:
    statistics = ReadStatistics()
    assert statistics.summary() == "0 pairs"
    statistics.count = 1
    assert statistics.summary() == "1 pair"
    statistics.count = 12_345
    statistics.left_out.update({"blank": 1, "far too long": 2000})
    statistics.formats.update({"a.zip detected as zip, TSV": 3, "b.csv detected as CSV": 1})
    assert statistics.summary() == (
        "12,345 pairs (left out: 2,000 far too long, 1 blank); "
        "3 files in a.zip detected as zip, TSV; b.csv detected as CSV"
    )


def test_reasons_are_listed_by_frequency() -> None:
    reasons = Counter({"blank": 1, "without a tab": 5, "far too long": 2})
    assert list_reasons(reasons, 2) == "5 without a tab, 2 far too long"
    assert list_reasons(Counter()) == ""
