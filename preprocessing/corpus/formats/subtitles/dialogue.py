"""What is spoken in a cue: its text without markup, sounds and names of speakers."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

# Tags of WebVTT and SubRip, and override codes of Advanced SubStation: {\an8}, {\i1}, {y:i}.
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|</>|<\d[\d:.]*>|\{\\[^{}]*\}|\{[A-Za-z]:[^{}]*\}")
# Descriptions for people who cannot hear: [door creaks], (한숨), *sighs*. Those in parentheses only
# where they are not a part of a sentence, those in asterisks only on a line of their own.
_SOUND = re.compile(
    r"\[[^\[\]]*\]|［[^］]*］|^\s*\*[^*]+\*\s*$|^\s*[(（][^()（）]*[)）]\s*[:：]?|"
    r"(?<=[.?!…])\s*[(（][^()（）]*[)）]\s*$"
)
# Songs; a number sign counts as a music sign only at both ends of a line.
_MUSIC = re.compile("[♪♫♬♩]+")
_SUNG = re.compile(r"^\s*[#＃]+\s+(.*\S)\s+[#＃]+\s*$")
# JOHN: or MAN 2:, in capitals only: a sentence may contain a colon.
_SPEAKER = re.compile(r"^\s*[A-Z][A-Z0-9 .'&-]{1,30}:\s+(?=\S)")
_DASH = re.compile(r"^\s*[-‐‑–—]\s*(?=[^\s\d-])")
# A mark that ends a sentence, with what may follow it.
_SENTENCE_END = re.compile(r"[.?!…。？！~][\"'”’」』)\]]*$")


def spoken_turns(lines: Sequence[str]) -> list[str]:
    """Return what each speaker says in a cue; usually there is one.

    Args:
        lines: The lines of the cue. If a line begins with a dash, another speaker begins there.

    Returns:
        The texts without markup, descriptions of sounds, music signs, and names of speakers.
    """
    text = _TAG.sub("", "\n".join(lines))
    if "&" in text:
        text = html.unescape(text)
    turns: list[list[str]] = []
    for line in text.split("\n"):
        dash = _DASH.match(line)
        rest = line[dash.end() :] if dash else line
        rest = _SUNG.sub(r"\1", _MUSIC.sub("", _SOUND.sub("", rest)))
        rest = _SPEAKER.sub("", rest).strip()
        if dash or not turns:
            turns.append([])
        if rest:
            turns[-1].append(rest)
    return [" ".join(turn) for turn in turns if turn]


def ends_sentence(text: str) -> bool:
    """Return whether a text ends with a mark that ends a sentence."""
    return bool(_SENTENCE_END.search(text.rstrip()))
