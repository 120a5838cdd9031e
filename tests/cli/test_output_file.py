"""The files of a run are locked before time is spent, and what killed runs left is removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.output_file import open_output, reserve_output
from malgil.common.errors import UserError
from malgil.common.locks import exclusive


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """Return an output that another run writes."""
    with exclusive(tmp_path / "out.png"):
        yield tmp_path / "out.png"


MODES = {
    "predict": ("저는 학생이에요.",),
    "score": ("저는 학생이에요.", "I am a student."),
    "evaluate": (),
    "settings": (),
    "inspect": ("data/handwritten/test.tsv",),
}


@pytest.mark.parametrize("mode", MODES)
def test_second_run_is_refused_before_time_is_spent(
    run_app: Any, held: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translators, "load_translators", None)
    more = ("--overwrite",) if mode not in ("inspect",) else ()
    ran = run_app("--mode", mode, *MODES[mode], "--output", held, *more)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {str(held)!r} is in use: process ")
    assert ran.err.count("\n") == 1
    assert [path.name for path in held.parent.iterdir()] == [".out.png.lock"]


def test_the_picture_of_another_run(run_app: Any, held: Path) -> None:
    ran = run_app("--mode", "predict", "저는 학생이에요.", "--attention", held)
    assert ran.status == 2 and "is in use" in ran.err


def test_a_run_that_is_refused_leaves_no_part(run_app: Any, held: Path, tmp_path: Path) -> None:
    given = tmp_path / "in.txt"
    given.write_text("저는 학생이에요.\n", encoding="utf-8")
    ran = run_app("--mode", "predict", "--input", given, "--output", held)
    assert ran.status == 2
    assert {path.name for path in tmp_path.iterdir()} == {"in.txt", ".out.png.lock"}


def test_what_another_run_has_just_written_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run ended between the check and the lock."""
    path = tmp_path / "out"

    def exclusive_after_another(name: str) -> Any:
        path.write_text("of the other run")
        return exclusive(name)

    monkeypatch.setattr("malgil.cli.output_file.exclusive", exclusive_after_another)
    with pytest.raises(UserError, match="exists"), reserve_output(Options("predict", output=path)):
        pass
    assert path.read_text() == "of the other run"


def test_temporary_files_of_killed_runs_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".out.0123abcd").touch()
    (tmp_path / ".out.notes").touch()  # not one of them
    with open_output(str(tmp_path / "out")) as file:
        file.write("whole")
    assert {path.name for path in tmp_path.iterdir()} == {"out", ".out.notes"}
