"""What is spoken in a cue."""

from __future__ import annotations

import pytest

from malgil.preprocessing.corpus.formats.subtitles.dialogue import ends_sentence, spoken_turns


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("{\\an8}<i>안녕</i> <font color='#fff'>세상</font>", ["안녕 세상"]),
        ("<v Roger Bingham>We are <c.yellow>in</c> <00:01.500>New York", ["We are in New York"]),
        ("R&amp;D &lt;3", ["R&D <3"]),
        ("one\ntwo", ["one two"]),
        ("- Where?\n- There.", ["Where?", "There."]),
        ("-어디?\n-저기.", ["어디?", "저기."]),
        ("Where?\n- There.", ["Where?", "There."]),
        ("-5 degrees", ["-5 degrees"]),
        ("♪ Let it be ♪", ["Let it be"]),
        ("# Let it be #", ["Let it be"]),
        ("I write C# and *love* it.", ["I write C# and *love* it."]),
        ("Press #", ["Press #"]),
        ("*sighs*\nYes.", ["Yes."]),
        ("[door creaks]", []),
        ("(한숨) 그래요.", ["그래요."]),
        ("JOHN: Come in.", ["Come in."]),
        ("She said (twice) no.", ["She said (twice) no."]),
        ("Note: come in.", ["Note: come in."]),
        ("a < b and c > d", ["a < b and c > d"]),
        ("{name} is here", ["{name} is here"]),
        ("", []),
    ],
)
def test_turns(text: str, turns: list[str]) -> None:
    assert spoken_turns(text.split("\n")) == turns


@pytest.mark.parametrize("text", ["Yes.", "정말?", '"Go!"', "그래…", "하하~", "そう。", "No.)"])
def test_ends(text: str) -> None:
    assert ends_sentence(text)


@pytest.mark.parametrize("text", ["and then", "그래서", "a,", "3.5", ""])
def test_continues(text: str) -> None:
    assert not ends_sentence(text)
