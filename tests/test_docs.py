"""The examples of the documentation give what they say, on a translator that was really trained."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import malgil.modeling.search
import malgil.modeling.translator

ROOT = Path(__file__).parents[1]
CODE = [
    "common",
    "settings",
    "preprocessing",
    "modeling",
    "evaluation",
    "cli",
    "tools",
    "benchmarks",
    "tests",
]


@pytest.fixture
def as_shipped(translator_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder in which the tiny translator is `model/ko-en`."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "ko-en").symlink_to(translator_folder, target_is_directory=True)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("as_shipped")
def test_docstrings() -> None:
    result = doctest.testmod(malgil.modeling.translator)
    assert result.failed == 0 and result.attempted >= 5


def test_a_search_without_a_model() -> None:
    result = doctest.testmod(malgil.modeling.search)
    assert result.failed == 0 and result.attempted >= 6


@pytest.mark.usefixtures("as_shipped")
def test_pages() -> None:
    result = doctest.testfile(str(ROOT / "docs" / "translating.md"), module_relative=False)
    assert result.failed == 0 and result.attempted >= 10


@pytest.mark.parametrize(
    "page",
    sorted(
        path.relative_to(ROOT).as_posix()
        for path in (*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *(ROOT / "docs").glob("*.md"))
    ),
)
def test_files_that_a_page_names_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    code = (path for name in CODE for path in (ROOT / name).glob("**") if path.is_dir())
    folders = [ROOT, (ROOT / page).parent, *code]
    for name in sorted(set(re.findall(r"[\w/*-]+\.py\b", text))):
        assert any(any(folder.glob(name)) for folder in folders), f"{page} names {name}"
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / page).parent / link).exists(), f"{page} links to {link}"
