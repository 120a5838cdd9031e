"""Tests of text for a terminal: no character that a terminal would obey."""

from __future__ import annotations

import errno
import io
import json
import sys
import unicodedata

import pytest

from malgil.common.errors import UserError
from malgil.common.localization import _, ngettext
from malgil.common.printable import (
    PrintableStream,
    printable,
    printable_json,
    printable_lines,
    without_controls,
)
from malgil.common.table import format_table

EVERYTHING = "".join(map(chr, [*range(0x10000), *range(0x10000, sys.maxunicode + 1, 61)]))
# By the data of Unicode, and not by the ranges of the program.
CONTROLS = {
    character
    for character in EVERYTHING
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    or unicodedata.bidirectional(character)
    in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
}


def test_every_control_character_and_nothing_else_changes() -> None:
    assert {each for each in EVERYTHING if printable(each) != each} == CONTROLS
    assert {each for each in EVERYTHING if printable_lines(each) != each} == CONTROLS - set("\n\t")
    assert {each for each in EVERYTHING if without_controls(each) != each} == CONTROLS - set("\n\t")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("저는 👨‍👩‍👧 a\u00a0b　c שלום\u200f!", "저는 👨‍👩‍👧 a\u00a0b　c שלום\u200f!"),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\u202egnp.exe \udcff", r"\u202egnp.exe \udcff"),
    ],
)
def test_escapes(text: str, expected: str) -> None:
    assert printable(text) == expected
    assert printable(expected) == expected


def test_json_keeps_its_value() -> None:
    # In this order no two surrogates are a pair, which JSON would join.
    characters = "".join(sorted(CONTROLS, reverse=True)) + '말"\\'
    shown = printable_json(json.dumps([characters], ensure_ascii=False))
    assert CONTROLS.isdisjoint(shown) and "말" in shown
    assert json.loads(shown) == [characters]


def test_the_values_of_a_message() -> None:
    hostile = "a\n\x1b[2Jerror: b"
    assert _("in {name}: {count:,}").format(name=hostile, count=1234) == (
        r"in a \x1b[2Jerror: b: 1,234"
    )
    shown = _("{0} {error!s} {name!r}").format(hostile, error=ValueError("c \r\n  d"), name="e\n")
    assert shown == r"a \x1b[2Jerror: b c d 'e\n'"
    assert ngettext("{name} one", "{name} many", 2).format(name="\x07") == r"\x07 many"
    inner = _("two\nlines of {name}").format(name="a\nb")
    assert _("{inner}!").format(inner=inner) == "two\nlines of a b!"


def test_a_user_error_and_a_table() -> None:
    assert str(UserError("a\x1b\nb\x85c")) == r"a\x1b b c"
    assert format_table([("a\n", "b"), ("가", "c")]) == "a\\n  b\n가   c"


class Broken(io.StringIO):
    """A terminal that was closed."""

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")

    def flush(self) -> None:
        raise BrokenPipeError


class TestStream:
    def test_filters_what_is_written(self) -> None:
        plain = io.StringIO()
        stream = PrintableStream(plain)
        print("a\x1b", "\t가\n", file=stream, end="\r")  # type: ignore[arg-type]
        stream.writelines(["b\x9b\n"])
        assert plain.getvalue() == "a\\x1b \t가\n\\rb\\x9b\n"
        assert stream.isatty() is False

    def test_messages_that_cannot_be_written_are_dropped(self) -> None:
        stream = PrintableStream(Broken(), is_lossy=True)
        print("text", file=stream, flush=True)  # type: ignore[arg-type]

    def test_results_that_cannot_be_written_are_an_error(self) -> None:
        stream = PrintableStream(Broken())
        with pytest.raises(OSError, match="Input/output error"):
            stream.write("text")
        with pytest.raises(BrokenPipeError):
            stream.flush()
