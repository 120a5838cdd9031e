"""Values of stored JSON: accepted as they are declared, refused otherwise."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from malgil.common.records import build_record, parse_stored, read_stored


class Point(NamedTuple):
    name: str
    place: int = 0


@dataclass(frozen=True)
class Line:
    width: float
    points: tuple[Point, ...] = ()
    rows: list[dict[str, float]] = field(default_factory=list)
    color: str | None = None
    is_open: bool = False


WHOLE = {
    "width": 2,
    "points": [{"name": "a", "place": 3}, {"name": "b"}],
    "rows": [{"x": 1.5, "y": 2}],
    "color": None,
    "is_open": True,
}


def test_values_are_built_as_declared() -> None:
    expected = Line(2, (Point("a", 3), Point("b")), [{"x": 1.5, "y": 2}], None, True)
    assert build_record(Line, WHOLE) == expected
    assert build_record(Line, {"width": 0.5}) == Line(0.5)
    assert asdict(build_record(Line, {**WHOLE, "color": "red"}))["color"] == "red"
    assert build_record(tuple[str, int], ["a", 1]) == ("a", 1)


@pytest.mark.parametrize(
    "values",
    [
        *([], None, "x", 1, {}),
        *({**WHOLE, "width": each} for each in ("2", True, None, [2])),
        *({**WHOLE, "points": each} for each in ({}, "ab", [[]], [{"place": 3}], [{"name": 1}])),
        *({**WHOLE, "points": [{"name": "a", "place": each}]} for each in (1.0, True, "1", None)),
        *({**WHOLE, "rows": each} for each in ([[]], [{"x": "1"}], {"x": 1})),
        *({**WHOLE, "is_open": each} for each in (0, 1, "yes", None)),
        {**WHOLE, "color": 5},
        {**WHOLE, "unknown": 1},
    ],
)
def test_other_values_are_refused(values: Any) -> None:
    with pytest.raises(ValueError, match=r"Line|Point"):
        build_record(Line, values)


@pytest.mark.parametrize("content", ["[" * 100_000, "{", b"\xff", "", "[1e5", "9" * 5000])
def test_what_is_not_json_is_a_value_error(content: str | bytes) -> None:
    with pytest.raises(ValueError):
        parse_stored(content)


class TestStoredFiles:
    def test_a_file_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "record.json"
        path.write_text('{"name": "말길"}', encoding="utf-8")
        assert read_stored(path) == {"name": "말길"}
        assert read_stored(path, path.stat().st_size) == {"name": "말길"}

    def test_a_large_file_is_refused_without_reading_it(self, tmp_path: Path) -> None:
        path = tmp_path / "record.json"
        path.touch()
        os.truncate(path, 20 << 30)  # sparse
        with pytest.raises(ValueError, match="it has more than 1,048,576 bytes"):
            read_stored(path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
    def test_a_pipe_or_a_device_is_refused(self, tmp_path: Path) -> None:
        pipe, device = tmp_path / "pipe", tmp_path / "device"
        os.mkfifo(pipe)
        device.symlink_to("/dev/zero")
        for path in (pipe, device):
            with pytest.raises(OSError, match="a device or a pipe, not a file"):
                read_stored(path)
