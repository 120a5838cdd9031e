"""Records of a comparison that are damaged: the system is measured again."""

from __future__ import annotations

from pathlib import Path

import pytest

from malgil.cli.comparison_record import ComparisonRecord
from malgil.evaluation.comparison import SystemResult
from malgil.settings import Settings


@pytest.fixture
def record(tmp_path: Path) -> ComparisonRecord:
    return ComparisonRecord(tmp_path, Settings(), {"a.tsv": "1f"})


def test_what_was_written_is_read(record: ComparisonRecord) -> None:
    assert record.read() == (False, None)
    record.write(None)
    assert record.read() == (True, None)
    record.write(SystemResult("a"))
    assert record.read() == (True, SystemResult("a"))


@pytest.mark.parametrize(
    "result",
    [
        "7",
        '"text"',
        '{"tests": [], "attention": 3}',
        '{"tests": [3], "attention": null}',
        '{"tests": [{"by_length": [7]}], "attention": null}',
        "[" * 99_999,
    ],
)
def test_damaged(record: ComparisonRecord, result: str) -> None:
    record.write(None)
    path = record.folder / "ko-en.json"
    text = path.read_text(encoding="utf-8")
    assert '"result": null' in text
    path.write_text(text.replace('"result": null', f'"result": {result}'), encoding="utf-8")
    assert record.read() == (False, None)
