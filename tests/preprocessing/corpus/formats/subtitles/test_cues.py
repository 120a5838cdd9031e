"""SRT and WebVTT as programs and people write them."""

from __future__ import annotations

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats.subtitles import cues
from malgil.preprocessing.corpus.formats.subtitles.cues import Cue, read_cues

SRT = """1
00:00:01,000 --> 00:00:02,500
First line
second line

2
00:00:03,000-->00:00:04,000 X1:10 X2:20
1984

3
0:00:05.5 --> 0:00:06.5
Without an empty line
4
00:00:07,000 --> 00:00:08,000
5

9999
00:00:08,000 --> 00:00:07,000
backward

00:00:09,000 --> 00:00:10,000
"""
VTT = """WEBVTT - A title
Kind: captions

STYLE
::cue { color: red }

NOTE a comment
with 00:00 in it

intro
00:01.000 --> 00:02.500 align:start position:10%
<v Roger>Hello

NOTE between

00:00:03.000 --> 00:00:04.000
there
"""


def test_srt() -> None:
    assert read_cues(SRT.splitlines(), "'f'") == [
        Cue(1000, 2500, ("First line", "second line")),
        Cue(3000, 4000, ("1984",)),
        Cue(5500, 6500, ("Without an empty line",)),
        Cue(7000, 8000, ("5",)),
        Cue(9000, 10000, ()),
    ]


def test_vtt() -> None:
    assert read_cues(VTT.splitlines(), "'f'") == [
        Cue(1000, 2500, ("<v Roger>Hello",)),
        Cue(3000, 4000, ("there",)),
    ]


def test_the_order_of_times() -> None:
    lines = ["00:05.000 --> 00:06.000", "b", "", "00:01.000 --> 00:02.000", "a"]
    assert [cue.lines for cue in read_cues(lines, "'f'")] == [("a",), ("b",)]


def test_huge_numbers_and_too_many_cues(monkeypatch: pytest.MonkeyPatch) -> None:
    huge = ["9" * 50, "99999999:00:00,000 --> 00:00:01,000", "no cue"]
    assert read_cues(huge, "'f'") == []
    monkeypatch.setattr(cues, "_MAX_CUES", 3)
    with pytest.raises(Exception, match="'f' has more than 3 cues. Split it."):
        read_cues(["00:01.000 --> 00:02.000", ""] * 5, "'f'")


TEXTS = st.text("ab가나 .?!-'", min_size=1, max_size=9).filter(lambda text: text.strip())


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 9999), TEXTS), max_size=6))
@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_what_pysubs2_writes(form: str, rows: list[tuple[int, int, str]]) -> None:
    rows = [(start, start + length, text.strip()) for start, length, text in rows]
    file = pysubs2.SSAFile()
    for row in rows:
        file.append(pysubs2.SSAEvent(*row))
    expected = [Cue(start, end, (text,)) for start, end, text in sorted(rows, key=lambda r: r[0])]
    # With equal times, pysubs2 sorts by the ends.
    read = read_cues(file.to_string(form).splitlines(), "'f'")
    assert sorted(read) == sorted(expected)
