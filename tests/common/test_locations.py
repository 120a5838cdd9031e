"""Tests of the locations of files, in a checkout and in an installed copy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from malgil.common import locations
from malgil.common.errors import UserError
from malgil.common.locations import ROOT, config_file, find, shown_path, workspace


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Simulate an installed copy in an empty current folder, and return that folder."""
    monkeypatch.setattr(locations, "IS_CHECKOUT", False)
    monkeypatch.delenv("MALGIL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_checkout_stays_in_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MALGIL_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.ini").write_text("")
    assert (workspace(), config_file()) == (ROOT, ROOT / "config.ini")


def test_an_installed_copy_works_in_the_current_folder(installed: Path) -> None:
    assert workspace() == installed
    assert config_file() == ROOT / "config.ini"
    (installed / "config.ini").write_text("")
    assert config_file().absolute() == installed / "config.ini"


@pytest.mark.parametrize("name", ["home", "a/b"])
def test_malgil_home(installed: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("MALGIL_HOME", name)
    assert workspace() == installed / name


@pytest.mark.parametrize(
    ("name", "reason"),
    [("~nobody-of-this-name/x", "the home folder of an unknown user"), ("file", "is a file")],
)
def test_a_malgil_home_that_is_not_a_folder(
    installed: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    (installed / "file").write_text("")
    monkeypatch.setenv("MALGIL_HOME", name)
    with pytest.raises(UserError) as caught:
        workspace()
    assert str(caught.value).startswith(f"MALGIL_HOME accepts a folder. Received: {name!r}, ")
    assert reason in str(caught.value)


@pytest.mark.parametrize("home", [None, "relative"])
def test_a_deleted_current_folder(
    installed: Path, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    folder = installed / "deleted"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert config_file() == ROOT / "config.ini"
    assert shown_path(ROOT / "config.ini") == str(ROOT / "config.ini")
    if home:
        monkeypatch.setenv("MALGIL_HOME", home)
    with pytest.raises(UserError, match="cannot read the current folder: .*Change to another"):
        workspace()


def test_paths_are_shown_from_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown_path(tmp_path / "a" / "b.ini") == str(Path("a", "b.ini"))
    assert shown_path("b.ini") == "b.ini"
    assert shown_path(tmp_path.parent) == str(tmp_path.parent)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="-P needs Python 3.11")
def test_app_finds_its_packages_in_safe_path_mode(tmp_path: Path) -> None:
    """With -P Python does not add the folder of the program to the path."""
    command = [sys.executable, "-P", ROOT / "app.py", "--help"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_files_are_found_in_this_order(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALGIL_HOME", str(installed / "home"))
    assert find("data/catalogue.ini") == ROOT / "data" / "catalogue.ini"
    for folder in (installed / "home", installed):
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "catalogue.ini").write_text("")
        assert find("data/catalogue.ini").absolute() == folder / "data" / "catalogue.ini"
    assert find("no.ini") == Path("no.ini")
