"""Kinds of noise in the sources of a test set, and what their references keep of it."""

from __future__ import annotations

import random
import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.typing_errors import with_typo
from malgil.preprocessing.corpus import Pair

SENTENCES_PER_LINE = 3
MISSING = 0.3  # share of the spaces that are missing
_MARKS = ".?!"
_END = re.compile(rf"[{re.escape(_MARKS)}]+\s*$")
_EAST_ASIAN = ("ko", "ja", "zh")  # target languages that use 「」; others get “”

Noise = Callable[[str, random.Random], str]


class Kind(NamedTuple):
    """A kind of noise.

    Attributes:
        name: Its name in the table.
        source: Changes a source.
        reference: Changes its reference, where the translation must keep what the source has.
        is_joined: Whether three sentences are then joined to a line.
        separator: What joins the sources; the references are joined by a space.
    """

    name: str
    source: Noise
    reference: Callable[[str, str], str]
    is_joined: bool = False
    separator: str = " "


def unchanged(text: str, _random: random.Random) -> str:
    """Return a text as it is."""
    return text


def correct(text: str, _language: str) -> str:
    """Return a reference as it is: the translation must not show the noise of its source."""
    return text


def without_one_space(text: str, choose: random.Random) -> str:
    """Remove one space at random."""
    places = [place for place, character in enumerate(text) if character == " "]
    if not places:
        return text
    place = choose.choice(places)
    return text[:place] + text[place + 1 :]


def without_some_spaces(text: str, choose: random.Random) -> str:
    """Remove each space with a probability of 30 %."""
    return "".join(each for each in text if each != " " or choose.random() >= MISSING)


def without_spaces(text: str, _random: random.Random) -> str:
    """Remove all spaces."""
    return text.replace(" ", "")


def with_one_space(text: str, choose: random.Random) -> str:
    """Insert a space between two letters at random."""
    places = [i for i in range(1, len(text)) if text[i - 1].isalpha() and text[i].isalpha()]
    if not places:
        return text
    place = choose.choice(places)
    return f"{text[:place]} {text[place:]}"


def with_zero_width_space(text: str, choose: random.Random) -> str:
    """Insert U+200B at random, as texts copied from web pages have it."""
    place = choose.randrange(len(text) + 1)
    return f"{text[:place]}\u200b{text[place:]}"


def without_mark(text: str, _random: random.Random) -> str:
    """Remove the final mark."""
    return _END.sub("", text)


def decomposed(text: str, _random: random.Random) -> str:
    """Decompose characters, as file names of macOS are (NFD)."""
    return unicodedata.normalize("NFD", text)


def full_width(text: str, _random: random.Random) -> str:
    """Replace printable ASCII characters by their full-width forms."""
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


def upper_case(text: str, _random: random.Random) -> str:
    """Convert to upper case."""
    return text.upper()


def lower_case(text: str, _random: random.Random) -> str:
    """Convert to lower case."""
    return text.lower()


def typographic(text: str, _random: random.Random) -> str:
    """Write ’ “ ” – … ・ 。 、 for plain signs; those within numbers are unchanged."""
    text = re.sub(r'"([^"]*)"', "“\\1”", text).replace("'", "’").replace("...", "…")
    text = text.replace("·", "・")
    for plain, sign in (("-", "–"), (".", "。"), (",", "、")):
        text = re.sub(rf"(?<!\d){re.escape(plain)}|{re.escape(plain)}(?!\d)", sign, text)
    return text


def wide_marks(text: str, _random: random.Random) -> str:
    """Write 。！？ for the final mark."""
    marks = str.maketrans(_MARKS, "。？！")
    return _END.sub(lambda found: found[0].rstrip().translate(marks), text)


def around(opening: str, closing: str) -> tuple[Noise, Callable[[str, str], str]]:
    """Return the functions that put signs around a source and around its reference."""
    return (
        lambda text, _random: f"{opening}{text}{closing}",
        lambda text, _language: f"{opening}{text}{closing}",
    )


def behind(ending: str) -> tuple[Noise, Callable[[str, str], str]]:
    """Return the functions that append an ending to a source and to its reference."""
    return around("", ending)


def instead_of_mark(ending: str) -> tuple[Noise, Callable[[str, str], str]]:
    """Return the functions that replace the final mark of both sides by an ending.

    Letters such as ㅋㅋ follow a Korean word directly, and another word after a space.
    """

    def kept(text: str, language: str) -> str:
        space = " " if ending.isalpha() and language != "ko" else ""
        return _END.sub("", text) + space + ending

    return lambda text, _random: _END.sub("", text) + ending, kept


def in_corner_brackets(text: str, language: str) -> str:
    """Put a reference in 「」, or in “” if its language does not use these brackets."""
    opening, closing = "「」" if language in _EAST_ASIAN else "“”"
    return f"{opening}{text}{closing}"


KINDS = (
    Kind("plain", unchanged, correct),
    Kind("one space missing", without_one_space, correct),
    Kind("30 % of spaces missing", without_some_spaces, correct),
    Kind("all spaces missing", without_spaces, correct),
    Kind("one space too many", with_one_space, correct),
    Kind("one typo", with_typo, correct),
    Kind("no final mark", without_mark, correct),
    Kind("NFD", decomposed, correct),
    Kind("full-width signs, letters, digits", full_width, correct),
    Kind("a zero-width space", with_zero_width_space, correct),
    Kind("UPPER CASE", upper_case, correct),
    Kind("lower case", lower_case, correct),
    Kind("typographic signs ’ “ ” – … ・ 。 、", typographic, correct),
    Kind('in "…"', *around('"', '"')),
    Kind("in “…”", *around("“", "”")),
    Kind("in 「…」", around("「", "」")[0], in_corner_brackets),
    Kind("- bullet", *around("- ", "")),
    Kind("ㅋㅋ for the final mark", *instead_of_mark("ㅋㅋ")),
    Kind("~ for the final mark", *instead_of_mark("~")),
    Kind("three to a line", unchanged, correct, True),
    Kind("three to a line, each with 😊", *behind("😊"), True),
    Kind("three to a line, each in (…)", *around("(", ")"), True),
    Kind('three to a line, each in "…"', *around('"', '"'), True),
    Kind("three to a line, each in “…”", *around("“", "”"), True),
    Kind("three to a line, each with [1]", *behind("[1]"), True),
    Kind("three to a line, each with ~", *behind("~"), True),
    Kind("three to a line, each with ㅋㅋ", *behind(" ㅋㅋ"), True),
    Kind("three to a line, each with ㅠㅠ", *behind(" ㅠㅠ"), True),
    Kind("three to a line, each with ^^", *behind(" ^^"), True),
    Kind("three to a line, no space between", unchanged, correct, True, ""),
    Kind("three to a line, ends 。！？", wide_marks, correct, True),
)
"""All kinds. The first is the clean figure."""


def noisy_pairs(
    kind: Kind, pairs: Sequence[Pair], target_language: str, seed: int
) -> tuple[list[Pair], float]:
    """Apply a kind of noise to sentence pairs.

    Args:
        kind: The kind.
        pairs: Sources and references.
        target_language: The language of the references, such as "en".
        seed: The seed of the noise. Each sentence has its own, so that a limit on the number of
            sentences does not change the noise of the others.

    Returns:
        The pairs, of three sentences each if they are joined; and the share of the sources that
        were changed, 0 to 1. Joining is a change.
    """
    noisy = [
        (
            kind.source(source, random.Random(f"{seed} {kind.name} {number}")),
            kind.reference(reference, target_language),
        )
        for number, (source, reference) in enumerate(pairs)
    ]
    if kind.is_joined:
        lines = [
            noisy[i : i + SENTENCES_PER_LINE] for i in range(0, len(noisy), SENTENCES_PER_LINE)
        ]
        joined = [
            (kind.separator.join(s for s, _ in line), " ".join(t for _, t in line))
            for line in lines
        ]
        return joined, 1.0
    changed = sum(new[0] != old[0] for new, old in zip(noisy, pairs, strict=True))
    return noisy, changed / len(pairs)
