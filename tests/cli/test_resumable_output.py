"""Resumable output files: interrupted at any point, they end complete."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from malgil.cli.resumable_output import resumable
from malgil.common.errors import UserError


def write(path: Path, upto: int, resume: bool = False, key: str = "k", whole: bool = False) -> None:
    """Write the lines of inputs up to `upto`, three at a time; stop there unless it is whole."""
    with resumable(str(path), key, resume) as file:
        while file.done < upto:
            numbers = range(file.done, min(file.done + 3, upto))
            file.write("".join(f"{n} 줄\n" for n in numbers), len(numbers))
        if not whole:
            raise KeyboardInterrupt


@pytest.mark.parametrize("breaks", [[], [3], [1, 4, 9]])
def test_interruptions_do_not_change_the_file(tmp_path: Path, breaks: list[int]) -> None:
    path = tmp_path / "나온 것.txt"
    for i, upto in enumerate(breaks):
        with pytest.raises(KeyboardInterrupt):
            write(path, upto, resume=i > 0)
        assert not path.exists()
    write(path, 10, resume=bool(breaks), whole=True)
    assert path.read_text(encoding="utf-8") == "".join(f"{n} 줄\n" for n in range(10))
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_lines_that_were_not_recorded_are_written_again(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        write(path, 4)
    with open(tmp_path / "out.part", "ab") as file:
        file.write("반쪽".encode()[:4])  # killed in the middle of a line
    write(path, 6, resume=True, whole=True)
    assert path.read_text(encoding="utf-8") == "".join(f"{n} 줄\n" for n in range(6))


def test_an_interruption_at_the_start_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_kill_between_the_last_two_steps_does_not_block_the_next_run(tmp_path: Path) -> None:
    """The output has its final name, and its record is left."""
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", 5)
    (tmp_path / "out.part").rename(tmp_path / "out")
    write(tmp_path / "out", 2, whole=True)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "0 줄\n1 줄\n"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_kill_while_the_record_is_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / ".out.part.json.01234567").write_text('{"ke')
    write(tmp_path / "out", 2, whole=True)
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


class TestRefused:
    @pytest.fixture
    def interrupted(self, tmp_path: Path) -> Path:
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "out", 5)
        return tmp_path / "out"

    def test_starting_again_over_it(self, interrupted: Path) -> None:
        with pytest.raises(UserError, match="an earlier run was interrupted.*--resume"):
            write(interrupted, 9, whole=True)
        assert (interrupted.parent / "out.part").stat().st_size > 0

    def test_another_key(self, interrupted: Path) -> None:
        with pytest.raises(UserError, match="another translator"):
            write(interrupted, 9, resume=True, key="other")

    def test_nothing_to_resume(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="nothing to resume: cannot find .*none.part"):
            write(tmp_path / "none", 9, resume=True)

    @pytest.mark.parametrize(
        "record",
        [
            *("", "[]", "{}", '{"key": "k", "done": 1, "size": "x"}', "[" * 100_000),
            *('{"key": "k", "done": Infinity, "size": 0}', '{"key": "k", "done": 1.5, "size": 0}'),
        ],
    )
    def test_a_damaged_record(self, interrupted: Path, record: str) -> None:
        (interrupted.parent / "out.part.json").write_text(record)
        with pytest.raises(UserError, match="damaged"):
            write(interrupted, 9, resume=True)

    def test_a_part_that_is_too_short(self, interrupted: Path) -> None:
        record = interrupted.parent / "out.part.json"
        values = json.loads(record.read_text())
        record.write_text(json.dumps({**values, "size": 10_000}))
        with pytest.raises(UserError, match="cut short"):
            write(interrupted, 9, resume=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize(
    ("kind", "message"),
    [("pipe", "it is a device or a pipe"), ("device", "it is a device"), ("sparse", "is damaged")],
)
def test_a_record_that_is_no_small_file_is_refused(tmp_path: Path, kind: str, message: str) -> None:
    record = tmp_path / "out.txt.part.json"
    (tmp_path / "out.txt.part").write_text("x", encoding="utf-8")
    if kind == "pipe":
        os.mkfifo(record)
    elif kind == "device":
        record.symlink_to("/dev/zero")
    else:
        record.touch()
        os.truncate(record, 20 << 30)
    with pytest.raises(UserError, match=message):
        write(tmp_path / "out.txt", 3, resume=True)
