"""The corpora that the benchmark of the preparation makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scale import repeated
from malgil.common.errors import UserError


def test_repetitions_differ(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("9시에\tat 9\tnote\n가\tgo\n", encoding="utf-8")
    lines = list(repeated(path, 5))
    assert lines == ["9시에\tat 9", "가\tgo", "10시에\tat 10", "가 1\tgo 1", "11시에\tat 11"]


def test_empty_corpus_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="has no sentence pairs"):
        list(repeated(path, 5))
