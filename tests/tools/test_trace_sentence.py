"""The number of files that translate a sentence, and the forms of a training pair."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from malgil.common.errors import ExitCode
from malgil.common.locations import ROOT
from tools.trace_sentence import FORMS, is_own, main, trace


@pytest.mark.parametrize(("module", "name"), [form[1:] for form in FORMS])
def test_the_forms_exist(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(f"malgil.{module}"), name)


def test_a_pair_takes_at_most_six_forms() -> None:
    assert len(FORMS) <= 6


def test_few_files_of_preprocessing_translate_a_sentence(translator_folder: Path) -> None:
    text, files = trace(str(translator_folder), "고양이가 웃습니다.")
    assert text == "The cat laughs."
    assert {"modeling/translator.py", "preprocessing/pipeline.py"} <= set(files)
    preprocessing = [name for name in files if name.startswith("preprocessing/")]
    assert len(preprocessing) <= 13, preprocessing
    assert all((ROOT / name).is_file() for name in files)


def test_a_virtual_environment_in_the_checkout_is_not_counted() -> None:
    assert is_own(ROOT / "modeling" / "translator.py")
    assert not is_own(ROOT / ".venv" / "lib" / "site-packages" / "numpy" / "core.py")
    assert not is_own(ROOT.parent / "other.py")


@pytest.mark.parametrize(("limit", "status"), [("1", 1), ("99", 0)])
def test_exit_status(translator_folder: Path, limit: str, status: int) -> None:
    program = [sys.executable, "tools/trace_sentence.py", str(translator_folder)]
    run = [*program, "고양이가 웃습니다.", "--limit", limit]
    ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == status
    assert "The cat laughs." in ran.stdout and "TokenizedPair" in ran.stdout


def test_missing_translator_is_a_user_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["trace_sentence.py", str(tmp_path / "nowhere")])
    assert main() == ExitCode.USER_ERROR
    assert capsys.readouterr().err.startswith("error: ")
