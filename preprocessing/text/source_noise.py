"""Source noise: the spacing errors and missing final marks of typed text, for training sources.

A translator that has seen only well-edited sources fails on text as people type it. A share of the
training pairs therefore gets a source with such errors, while their targets stay correct (Belinkov
and Bisk 2018, section 5.2: training on noisy sources).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from random import Random

from malgil.preprocessing.text.protected_spans import find_spans

_HANGUL = re.compile("[가-힣]")
_FINAL_MARK = re.compile(r"[.?!…]+$")
# Spaces next to Hangul on either side: those in "New York" or between numbers carry meaning.
_SPACE_NEAR_HANGUL = re.compile("(?<=[가-힣]) | (?=[가-힣])")
_WITHIN_WORD = re.compile("(?<=[가-힣])(?=[가-힣])")
_MAX_ADDED = 2


def add_noise(source: str, target: str, share: float, seed: int) -> str:
    """Add typing errors to a source that is drawn; a pure function of the pair and the seed.

    A source with Hangul loses some or all of its spaces, or gets spaces within words. Any source
    may lose its final mark.

    Args:
        source: Normalized text.
        target: Its translation, which the draw also depends on.
        share: The share of pairs to draw, from 0 to 1.
        seed: `[training] seed`.

    Returns:
        The source with errors outside its protected spans, or unchanged.
    """
    # Other bits than those that `placeholder_augmentation.augment` draws with.
    digest = zlib.crc32(f"noise\t{seed}\t{source}\t{target}".encode())
    if digest >= share * 2**32:
        return source
    random = Random(digest)
    errors: list[Callable[[str, Random], str]] = [_drop_final_mark]
    if _HANGUL.search(source):
        errors += [_drop_spaces, _drop_spaces, _drop_all_spaces, _add_spaces, _add_spaces]
    return random.choice(errors)(source, random)


def _drop_final_mark(source: str, random: Random) -> str:
    without = _FINAL_MARK.sub("", source).rstrip()
    return without or source


def _drop_spaces(source: str, random: Random) -> str:
    """Drop each space with a probability that is drawn for the text, and at least one."""
    places = _places(source, _SPACE_NEAR_HANGUL)
    if not places:
        return source
    probability = random.random()
    dropped = [place for place in places if random.random() < probability]
    return _without(source, dropped or [random.choice(places)])


def _drop_all_spaces(source: str, random: Random) -> str:
    return _without(source, _places(source, _SPACE_NEAR_HANGUL))


def _add_spaces(source: str, random: Random) -> str:
    """Add one or two spaces between syllables."""
    places = _places(source, _WITHIN_WORD)
    count = min(random.randint(1, _MAX_ADDED), len(places))
    for place in sorted(random.sample(places, count), reverse=True):
        source = f"{source[:place]} {source[place:]}"
    return source


def _places(source: str, pattern: re.Pattern[str]) -> list[int]:
    """Return the index of each match outside the protected spans."""
    spans = find_spans(source)
    return [
        found.start()
        for found in pattern.finditer(source)
        if all(found.end() <= begin or found.start() >= end for begin, end in spans)
    ]


def _without(source: str, places: list[int]) -> str:
    dropped = set(places)
    return "".join(character for place, character in enumerate(source) if place not in dropped)
