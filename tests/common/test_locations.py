"""Where things lie, in a checkout and in an installed copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from malgil.common import locations
from malgil.common.errors import UserError
from malgil.common.locations import ROOT, config_file, find, workspace


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installed copy, used in an empty folder."""
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
    assert config_file() == installed / "config.ini"


@pytest.mark.parametrize("name", ["home", "a/b"])
def test_malgil_home(installed: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("MALGIL_HOME", name)
    assert workspace() == installed / name


def test_the_home_of_nobody(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALGIL_HOME", "~nobody-of-this-name/x")
    with pytest.raises(UserError, match="MALGIL_HOME accepts a folder. Received: '~nobody"):
        workspace()


def test_files_are_found_in_this_order(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALGIL_HOME", str(installed / "home"))
    assert find("data/catalogue.ini") == ROOT / "data" / "catalogue.ini"
    for folder in (installed / "home", installed):
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "catalogue.ini").write_text("")
        assert find("data/catalogue.ini").absolute() == folder / "data" / "catalogue.ini"
    assert find("no.ini") == Path("no.ini")
