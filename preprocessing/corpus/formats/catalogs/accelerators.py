"""Keyboard accelerators in the labels of programs: `_File`, `&File`, `파일(_F)`."""

from __future__ import annotations

import re

# In Korean, Chinese and Japanese the letter follows the label: 파일(&F)...
_APPENDED = re.compile(r"\s?\([_&~](?P<letter>[A-Za-z0-9])\)(?=(\.\.\.|…|:)?\s*$)")
_AT_WORD = re.compile(r"(?<![\w&_~])[_&~](?=[^\W_])")


def remove_accelerators(source: str, target: str) -> tuple[str, str]:
    """Remove the marks of accelerators from a pair; they are not text.

    A sign counts as such a mark if the other side has one as well: "A & B" and `_name` are
    unchanged.

    Args:
        source: The text of one side.
        target: The text of the other side.
    """
    appended = [_APPENDED.search(text) for text in (source, target)]
    if all(appended):
        return _APPENDED.sub("", source), _APPENDED.sub("", target)
    if appended[0]:
        return _APPENDED.sub("", source), _without_mark(target, appended[0]["letter"])
    if appended[1]:
        return _without_mark(source, appended[1]["letter"]), _APPENDED.sub("", target)
    if all(len(_AT_WORD.findall(text)) == 1 for text in (source, target)):
        return _AT_WORD.sub("", source), _AT_WORD.sub("", target)
    return source, target


def _without_mark(text: str, letter: str) -> str:
    """Return a text without the mark before a letter: `E_xit` is "Exit"."""
    return re.sub(rf"[_&~](?={letter})", "", text, count=1, flags=re.IGNORECASE)
