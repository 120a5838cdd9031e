"""Tests that the modes report settings that the translator in use cannot follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from malgil.cli.main import main
from malgil.common.files import write_text

SENTENCE = "고양이가 집에서 잡니다."


@pytest.fixture
def modes(tmp_path: Path) -> dict[str, list[str]]:
    """Return the arguments of a short run of each mode that loads a translator."""
    write_text(tmp_path / "test.tsv", f"{SENTENCE}\tThe cat sleeps at home.\n")
    return {
        "predict": [SENTENCE],
        "score": [SENTENCE, "The cat sleeps at home."],
        "evaluate": ["--input", str(tmp_path / "test.tsv")],
    }


@pytest.mark.parametrize("mode", ["predict", "score", "evaluate"])
@pytest.mark.parametrize("way", ["settings", "--model"])
def test_a_note_on_standard_error(
    mode: str,
    way: str,
    modes: dict[str, list[str]],
    translator_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    where = f"translator.directory={translator_folder.parent}"
    named = (
        ["--model", "tiny"]
        if way == "--model"
        else ["--set", f"translator.name={translator_folder.name}"]
    )
    arguments = ["--mode", mode, *modes[mode], "--set", where, *named]
    assert main(arguments) == 0
    assert "note: " not in capsys.readouterr().err
    assert main([*arguments, "--set", "model.units=8"]) == 0
    out, err = capsys.readouterr()
    assert err.count("note: ") == 1 and "note: " not in out
    assert (
        "note: tiny was trained with model.units = 64; model.units = 8 from --set has no effect. "
        "Train again to change it.\n"
    ) in err
