"""The benchmark of the languages of columns, on windows whose results are known."""

from __future__ import annotations

from benchmarks.column_languages import count_windows, table
from tests.preprocessing.corpus.sentences import pairs_in

# A window of French and English, one of German and English, one of numbers, and a rest.
PAIRS = [
    *pairs_in("fr", "en")[:10],
    *pairs_in("de", "en")[:10],
    *([("1", "1")] * 10),
    *pairs_in("fr", "en")[:9],
]


def test_windows_are_counted_by_their_result() -> None:
    source, target = count_windows(PAIRS, ("fr", "en"), 10)
    assert source == {"identified": 1, "mistaken": 1, "uncertain": 1}
    assert target == {"identified": 2, "uncertain": 1}


def test_table() -> None:
    lines = list(table(PAIRS, ("fr", "en")))
    assert lines[2] == "| 10 | fr | 3 | 1 | 1 | 1 |"
    assert lines[3] == "| 10 | en | 3 | 2 | 1 | 0 |"
    assert len(lines) == 2 + 4 * 2
