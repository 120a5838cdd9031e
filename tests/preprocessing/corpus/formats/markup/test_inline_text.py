"""Spaces where inline elements were, in TMX and XLIFF."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from malgil.preprocessing.corpus.formats.markup.inline_text import inline_text


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("Hello<ph/>world", "Hello world"),
        ("Hello<ph>{br}</ph>world", "Hello world"),
        ("Hello <ph/>world", "Hello world"),
        ("Hello<x id='1'/>, world<x id='2'/>.", "Hello, world."),
        ("<bpt i='1'>&lt;b></bpt>H<ept i='1'>&lt;/b></ept>ello", "Hello"),
        ("안녕<ept>&lt;br/></ept>하세요", "안녕 하세요"),
        ("<g id='1'>서울</g>에서", "서울에서"),
        ("one<ut>\\par </ut>two", "one two"),
        ("one<ut/><ut/>two", "one two"),
        ("first<x ctype='lb'/>second", "first second"),
        ("a <hi>b<ph/>c</hi>d", "a b cd"),
        ("Hello <x id='I' equiv-text='{{name}}'/>!", "Hello {{name}}!"),
        ("Hello<x equiv-text='&lt;br/>'/>you", "Hello you"),
        ("<pc id='1'>on</pc>ly<ph id='2' disp='%s'/>", "only%s"),
        ("a<mrk mtype='term'>b</mrk>c", "abc"),
    ],
)
def test_text(xml: str, text: str) -> None:
    assert inline_text(ElementTree.fromstring(f"<seg>{xml}</seg>")) == text
