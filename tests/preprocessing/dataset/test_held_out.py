"""Files of valid and test: missing, shared with train, and unreadable ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.dataset.held_out import check_files, existing_files, read_if_possible
from malgil.settings import Settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in "abc":
        (tmp_path / f"{name}.tsv").write_text(f"가\t{name}\n", encoding="utf-8")
    return tmp_path


def settings_of(drop_overlap: bool = True, **files: tuple[str, ...]) -> Settings:
    settings = Settings()
    names: dict[str, Any] = {"valid": ("b.tsv",), "test": ("c.tsv",), "train": ("a.tsv",), **files}
    return dataclasses.replace(
        settings,
        data=dataclasses.replace(settings.data, **names),
        cleaning=dataclasses.replace(settings.cleaning, drop_overlap=drop_overlap),
    )


def test_existing_files(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_of(test=("none.tsv", "c.tsv"))
    assert existing_files(settings, "test") == [Path("c.tsv")] and not caplog.records
    existing_files(settings, "test", warns=True)
    assert caplog.messages == [
        "data.test: 'none.tsv' does not exist, so its pairs are not kept out of data.train."
    ]


@pytest.mark.parametrize(
    ("train", "valid", "refused"),
    [
        (("a.tsv",), ("a.tsv",), True),
        (("a.tsv", "b.tsv"), ("b.tsv", "a.tsv", "c.tsv"), True),
        (("link.tsv",), ("a.tsv",), True),
        (("a.tsv", "b.tsv"), ("a.tsv",), False),
        (("a.tsv",), ("b.tsv",), False),
    ],
)
def test_files_that_train_shares(
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    train: tuple[str, ...],
    valid: tuple[str, ...],
    refused: bool,
) -> None:
    (folder / "link.tsv").symlink_to("a.tsv")
    check_files(settings_of(drop_overlap=False, train=train, valid=valid))
    settings = settings_of(train=train, valid=valid)
    if refused:
        with pytest.raises(UserError, match="^data.train and data.valid contain the same pairs"):
            check_files(settings)
    else:
        check_files(settings)
        assert len(caplog.records) == len({*train} & {*valid})


def test_pairs_that_training_holds_out(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read_if_possible(settings_of()) == [("가", "b"), ("가", "c")]
    assert read_if_possible(settings_of(drop_overlap=False)) == []
    assert read_if_possible(settings_of(train=("b.tsv",))) == [("가", "c")]
    (folder / "b.tsv").write_text("no tab\n", encoding="utf-8")
    assert not caplog.records
    assert read_if_possible(settings_of()) == [("가", "c")]
    [message] = caplog.messages
    assert message.startswith("pairs that are also in data.valid are not counted: 'b.tsv' holds no")
