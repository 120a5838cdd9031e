"""Tests of the progress line: a redrawn bar on a terminal, a line every 30 seconds in a file."""

from __future__ import annotations

import errno
import io
import sys
from types import SimpleNamespace

import pytest

from malgil.common import progress
from malgil.common.progress import ProgressLine, clock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        """Return what a person sees: `\\r` goes back to the beginning of the line."""
        lines = [""]
        for line in self.getvalue().split("\n"):
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part) :]
            lines.append(shown.rstrip())
        return lines[1:]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Replace the clock by one that the test sets: `time.now`."""
    fake = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: fake.now))
    return fake


def update(line: ProgressLine, done: int = 3, title: str = "epoch 2/30") -> None:
    line.update(title, done, 12, loss=1.23456, speed=4321.9, left=3725.0)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0:00"),
        (-3, "0:00"),
        (7.9, "0:07"),
        (60, "1:00"),
        (187, "3:07"),
        (3599.99, "59:59"),
        (3600, "1:00:00"),
        (3765, "1:02:45"),
        (90_061, "25:01:01"),
    ],
)
def test_clock(seconds: float, expected: str) -> None:
    assert clock(seconds) == expected


class TestTerminal:
    def test_shows_all(self, time: SimpleNamespace) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        time.now += 0.2
        update(line)
        bar = "█" * 6 + "░" * 18
        expected = f"epoch 2/30 {bar} 3/12  loss 1.235  4,322 tokens/s  1:02:05 left"
        assert stream.screen() == [expected]

    @pytest.mark.parametrize(("done", "filled"), [(0, 0), (1, 2), (6, 12), (12, 24)])
    def test_bar(self, time: SimpleNamespace, done: int, filled: int) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        time.now += 0.2
        update(line, done)
        assert (stream.getvalue().count("█"), stream.getvalue().count("░")) == (filled, 24 - filled)

    def test_redraws_in_place(self, time: SimpleNamespace) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        for title in ("a long title", "short"):
            time.now += 0.2
            update(line, title=title)
        assert stream.getvalue().count("\r") == 2
        assert len(stream.screen()) == 1
        assert stream.screen()[0].startswith("short █")
        assert stream.screen()[0].endswith("1:02:05 left")

    def test_is_not_drawn_too_often(self, time: SimpleNamespace) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        for _ in range(100):
            time.now += 0.0625
            update(line)
        assert stream.getvalue().count("\r") == 50

    def test_count(self, time: SimpleNamespace) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        line.count("pairs read", 1000)
        time.now += 0.2
        line.count("pairs read", 12_345)
        time.now += 0.05
        line.count("pairs read", 13_000)
        assert stream.screen() == ["pairs read: 12,345"]

    def test_say_replaces_the_bar(self, time: SimpleNamespace) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        time.now += 0.2
        update(line)
        line.say("epoch 2: done")
        line.say("more")
        assert stream.screen() == ["epoch 2: done", "more", ""]
        time.now += 0.2
        update(line)
        assert stream.screen()[:2] == ["epoch 2: done", "more"]
        assert stream.screen()[2].startswith("epoch 2/30 █")

    def test_draw_does_not_wait_and_end_keeps_the_text(self, time: SimpleNamespace) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        line.end()  # nothing is drawn
        for done in (1, 2):
            line.draw(f"{done} sentences")
        line.end()
        line.say("done")
        assert stream.getvalue() == "\r1 sentences\r2 sentences\ndone\n"

    def test_clear_erases_the_bar(self, time: SimpleNamespace) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        time.now += 0.2
        update(line)
        line.clear()
        line.clear()
        print("error: no space", file=stream)
        assert stream.screen() == ["error: no space", ""]

    def test_no_batches_at_all(self, time: SimpleNamespace) -> None:
        stream = Terminal()
        line = ProgressLine(stream)
        time.now += 0.2
        line.update("epoch 1/1", 0, 0, 0.0, 0.0, 0.0)
        assert "0/0" in stream.getvalue()


class TestFile:
    def test_a_line_every_30_seconds(self, time: SimpleNamespace) -> None:
        stream = io.StringIO()
        line = ProgressLine(stream)
        for _ in range(95):
            time.now += 1.0
            update(line)
        assert stream.getvalue().count("\n") == 3
        assert "\r" not in stream.getvalue()
        assert all(text.startswith("epoch 2/30 █") for text in stream.getvalue().splitlines())

    def test_say(self, time: SimpleNamespace) -> None:
        stream = io.StringIO()
        line = ProgressLine(stream)
        time.now += 31
        update(line)
        line.say("말길")
        line.clear()
        assert stream.getvalue().splitlines()[1:] == ["말길"]
        assert "\r" not in stream.getvalue()


def test_standard_error_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    ProgressLine().say("here")
    assert stream.getvalue() == "here\n"


HOSTILE = "\x1b]0;owned\x07\x9b31m\u202e\r"
SHOWN = r"\x1b]0;owned\x07\x9b31m\u202e\r"


def test_control_characters_are_shown(time: SimpleNamespace) -> None:
    terminal = Terminal()
    line = ProgressLine(terminal)
    line.draw(HOSTILE + "\n")
    assert terminal.getvalue() == "\r" + SHOWN + "\\n"
    line.say(f"{HOSTILE}\nsecond line")
    assert terminal.getvalue().endswith(f"\r{SHOWN}\nsecond line\n")


class ClosedTerminal(Terminal):
    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")


class ClosedPipe(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [ClosedTerminal(), ClosedPipe()])
def test_a_closed_terminal_does_not_end_the_work(
    time: SimpleNamespace, stream: io.StringIO
) -> None:
    line = ProgressLine(stream)
    time.now += 60
    update(line)
    line.say("a message")
    line.draw("a count")
    line.end()
    line.clear()
