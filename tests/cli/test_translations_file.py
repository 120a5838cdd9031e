"""The file of translations that evaluate writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from malgil.cli.translations_file import open_translations
from malgil.common.errors import UserError

PAIRS = [("말 \t길", "a\r\nb"), ("개", '"dog"')]


def test_cells_hold_neither_tabs_nor_line_ends(tmp_path: Path) -> None:
    with open_translations(str(tmp_path / "out.tsv"), as_json=False) as file:
        file.write("t.tsv", "ko-fr", PAIRS, ["«\u202fa\u202f»", "b\n"])
        file.write("u.tsv", "ko-fr", [], [])
    assert (tmp_path / "out.tsv").read_bytes().decode() == (
        "test\ttranslator\tsource\treference\ttranslation\n"
        "t.tsv\tko-fr\t말  길\ta b\t«\u202fa\u202f»\n"
        't.tsv\tko-fr\t개\t"dog"\tb \n'
    )


def test_json_keeps_texts_as_they_are(tmp_path: Path) -> None:
    with open_translations(str(tmp_path / "out.jsonl"), as_json=True) as file:
        file.write("t.tsv", "ko-en", PAIRS, ["x", "y"])
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    assert first == {
        "test": "t.tsv",
        "translator": "ko-en",
        "source": PAIRS[0][0],
        "reference": PAIRS[0][1],
        "translation": "x",
        "number": 1,
    }
    assert (second["number"], second["reference"]) == (2, '"dog"')


def test_nothing_remains_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError), open_translations(str(tmp_path / "out"), False) as file:
        file.write("t.tsv", "ko-en", PAIRS, ["x", "y"])
        raise UserError("no")
    assert list(tmp_path.iterdir()) == []
