"""The archive of comparisons: what it keeps, and how it shows several of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.comparison_archive import keep, show
from malgil.common.errors import UserError
from malgil.evaluation.comparison import SystemResult
from malgil.modeling.translator import Translator
from tests.evaluation.test_comparison import result

SENTENCE = "고양이가 잡니다."


@pytest.fixture
def comparison(translator_folder: Path, tmp_path: Path) -> Path:
    """Make the folder of a comparison next to the tiny translator, as `--mode compare` does."""
    (tmp_path / translator_folder.name).symlink_to(translator_folder, target_is_directory=True)
    folder = tmp_path / "comparison"
    folder.mkdir()
    stored = {"settings": {}, "result": result(translator_folder.name).to_dict()}
    text = json.dumps(stored, ensure_ascii=False)
    (folder / f"{translator_folder.name}.json").write_text(text, encoding="utf-8")
    return folder


def write(folder: Path, *results: SystemResult) -> Path:
    folder.mkdir()
    for one in results:
        text = json.dumps(one.to_dict(), ensure_ascii=False)
        (folder / f"{one.name}.json").write_text(text, encoding="utf-8")
    return folder


def test_keeps_figures_and_another_sentence(
    comparison: Path, translator: Translator, tmp_path: Path
) -> None:
    """Neither paths nor sentences of the test sets are kept."""
    keep(comparison, tmp_path / "kept", SENTENCE)
    [path] = (tmp_path / "kept").iterdir()
    found = SystemResult.from_dict(json.loads(path.read_text("utf-8")))
    expected = result(translator.name)
    assert [test.test_name for test in found.tests] == ["dev-0", "dev-1"]
    assert replace(found, tests=expected.tests, attention=None) == replace(expected, attention=None)
    translation = translator.translate([SENTENCE])[0]
    assert found.attention
    assert found.attention.source_tokens == translation.source_tokens
    assert found.attention.target_tokens == translation.target_tokens


def test_archived_results_stay(comparison: Path, tmp_path: Path) -> None:
    """The translator may no longer exist. A system in progress has no result yet."""
    in_progress = json.dumps({"settings": {}, "files": {}, "result": None})
    (comparison / "in-progress.json").write_text(in_progress, encoding="utf-8")
    path = write(tmp_path / "kept", result("tiny")) / "tiny.json"
    before = path.read_text("utf-8")
    keep(comparison, tmp_path / "kept", SENTENCE)
    assert path.read_text("utf-8") == before
    assert list(path.parent.iterdir()) == [path]


def test_shows_one_comparison_best_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = [
        replace(result(name), validation_loss=loss) for name, loss in (("가", 3.0), ("나", 2.0))
    ]
    show([write(tmp_path / "seed-1", *others)], tmp_path / "shown")
    out = capsys.readouterr().out
    assert [line.split(" | ")[0] for line in out.splitlines()[2:]] == ["| 나", "| 가"]
    shown = {path.name for path in (tmp_path / "shown").iterdir()}
    assert shown == {"comparison.md", "comparison.png", "attention.png"}
    assert (tmp_path / "shown" / "comparison.md").read_text("utf-8") == out


def test_rows_of_several_comparisons_name_their_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [write(tmp_path / name, result("가")) for name in ("seed-1", "seed-2")]
    show(folders, None)
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| 가, seed-1", "| 가, seed-2"]
    assert {path.name for path in tmp_path.iterdir()} == {"seed-1", "seed-2"}


def test_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere' has no results. Run `python app.py"):
        keep(tmp_path / "nowhere", tmp_path / "kept", SENTENCE)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UserError, match="has no results. Name a folder"):
        show([tmp_path], None)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"result": {"name": "tiny"}}'])
def test_file_that_is_not_a_result_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "tiny.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"tiny\.json' is not a result"):
        keep(tmp_path, tmp_path / "kept", SENTENCE)
