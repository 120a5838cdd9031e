"""Checks of the files of sentence pairs."""

from __future__ import annotations

from pathlib import Path

import pytest

from malgil.cli.doctor.check import CheckResult
from malgil.cli.doctor.corpus import check_corpus
from malgil.settings import DataSettings, Settings
from tests.cli.doctor.conftest import by_name


def test_files_that_can_be_read(healthy: Settings) -> None:
    results = check_corpus(healthy)
    assert [(result.name, result.state) for result in results] == [
        ("data.train", "ok"),
        ("data.valid", "ok"),
        ("data.test", "ok"),
    ]
    assert results[0].detail == healthy.data.train[0]


def test_files_that_cannot_be_read(healthy: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty.tsv").write_bytes(b"")
    settings = Settings(
        data=DataSettings(
            train=(healthy.data.train[0], str(tmp_path / "no.tsv"), str(tmp_path)),
            valid=(),
            test=(str(tmp_path / "empty.tsv"),),
        )
    )
    found = by_name(check_corpus(settings))
    assert found["data.train"] == CheckResult(
        "data.train",
        "missing",
        f"cannot read {str(tmp_path / 'no.tsv')!r}: No such file or directory. Name a file that "
        f"exists. cannot read {str(tmp_path)!r}: Is a directory. Name a file, not a folder.",
        "--set data.train=FILE",
    )
    assert (found["data.valid"].state, found["data.valid"].detail) == (
        "missing",
        "the setting is empty",
    )
    assert (found["data.test"].state, found["data.test"].detail) == (
        "optional",
        f"{str(tmp_path / 'empty.tsv')!r} is empty.",
    )


def test_a_file_without_permission(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    found = by_name(check_corpus(healthy))["data.train"]
    assert found.state == "missing" and "Permission denied" in found.detail
