"""Files that are gone on with after a break."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from malgil.cli.resumable_output import resumable
from malgil.common.errors import UserError


def write(path: Path, upto: int, resume: bool = False, key: str = "k", whole: bool = False) -> None:
    """Answers inputs up to one, three at a time, and breaks off there unless it is whole."""
    with resumable(str(path), key, resume) as file:
        while file.done < upto:
            numbers = range(file.done, min(file.done + 3, upto))
            file.write("".join(f"{n} 줄\n" for n in numbers), len(numbers))
        if not whole:
            raise KeyboardInterrupt


@pytest.mark.parametrize("breaks", [[], [3], [1, 4, 9]])
def test_ends_as_if_there_was_no_break(tmp_path: Path, breaks: list[int]) -> None:
    path = tmp_path / "나온 것.txt"
    for i, upto in enumerate(breaks):
        with pytest.raises(KeyboardInterrupt):
            write(path, upto, resume=i > 0)
        assert not path.exists()
    write(path, 10, resume=bool(breaks), whole=True)
    assert path.read_text(encoding="utf-8") == "".join(f"{n} 줄\n" for n in range(10))
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_was_written_and_not_noted_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        write(path, 4)
    with open(tmp_path / "out.part", "ab") as file:
        file.write("반쪽".encode()[:4])  # killed in the middle of a line
    write(path, 6, resume=True, whole=True)
    assert path.read_text(encoding="utf-8") == "".join(f"{n} 줄\n" for n in range(6))


def test_a_break_before_anything_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", 0)
    assert list(tmp_path.iterdir()) == []


class TestRefused:
    @pytest.fixture
    def broken_off(self, tmp_path: Path) -> Path:
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "out", 5)
        return tmp_path / "out"

    def test_to_begin_anew_over_it(self, broken_off: Path) -> None:
        with pytest.raises(UserError, match="--resume"):
            write(broken_off, 9, whole=True)
        assert (broken_off.parent / "out.part").stat().st_size > 0

    def test_another_key(self, broken_off: Path) -> None:
        with pytest.raises(UserError, match="another translator"):
            write(broken_off, 9, resume=True, key="other")

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="nothing to go on with"):
            write(tmp_path / "none", 9, resume=True)

    @pytest.mark.parametrize("record", ["", "[]", "{}", '{"key": "k", "done": 1, "size": "x"}'])
    def test_a_damaged_record(self, broken_off: Path, record: str) -> None:
        (broken_off.parent / "out.part.json").write_text(record)
        with pytest.raises(UserError, match="damaged"):
            write(broken_off, 9, resume=True)

    def test_a_part_that_is_too_short(self, broken_off: Path) -> None:
        record = broken_off.parent / "out.part.json"
        told = json.loads(record.read_text())
        record.write_text(json.dumps({**told, "size": 10_000}))
        with pytest.raises(UserError, match="cut short"):
            write(broken_off, 9, resume=True)
